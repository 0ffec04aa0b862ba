"""Rows for every chart of the board: the people of `support_board`, and whatever its charts count beside them."""

from __future__ import annotations

from pathlib import Path
from shutil import copy
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from support_board import NOW, seed

from opportune.rules.facts import DAY, HOUR
from opportune.store import models as m
from opportune.store import notes
from opportune.store.db import Database

PEOPLE = 900
EDGE = (NOW - 28 * DAY) // DAY * DAY + HOUR  # within four weeks in UTC, but not on clocks further west
JUNE = 1_212_321_600  # Sunday 1 June 2008, 12:00 UTC
WAITING = {  # state -> moments due, before now; the second of a pair: its time to leave is over
    "planned": (60, 5_000), "claimed": (50, 40), "sending": (30,), "uncertain": (400,), "expired": (HOUR, 2 * DAY),
    "failed": (HOUR,), "not_sent": (2 * HOUR, 3 * DAY), "bounced": (HOUR,), "delivered": (3 * HOUR,),
}  # fmt: skip


def filled(template: Path, folder: Path) -> Path:
    """A database of its own, filled."""
    path = folder / "charts.db"
    copy(template, path)
    db = Database(f"sqlite:///{path}")
    seed(db, PEOPLE)
    with db.write() as session:
        contacts = list(session.scalars(select(m.Contact).order_by(m.Contact.id)))
        touches = list(session.scalars(select(m.Touch).order_by(m.Touch.id)))
        _sources(session, contacts)
        _decisions(session)
        _attempts(session, touches)
        _outcomes(session, contacts)
        _leads(session, contacts)
        _waiting(session, list(session.scalars(select(m.Enrolment).order_by(m.Enrolment.id).limit(40))))
        _reports(session)
        _reviews(session)
        _words(session, contacts)
        _past(session, contacts)
    for flow, ago in (("plan", 100), ("mail slot", 2_000), ("inbox", 90)):
        notes.put(db, f"flow {flow}", NOW - ago)
    notes.put(db, "kill_switch", {"at": NOW - 5, "by": "anna", "why": "wrong list"})
    db.close()
    return path


def _sources(session: Session, contacts: list[m.Contact]) -> None:
    """Three of them, and people without one; of some another status became known later."""
    about = (("web", "chat", None), ("bought", "bought", 240.0))
    more = [m.Source(key=key, kind=kind, cost=cost, created_at=1) for key, kind, cost in about]
    session.add_all(more)
    session.flush()
    for contact in contacts:
        contact.source_id = (contact.source_id, more[0].id, more[1].id, None)[contact.id // 3 % 4]
        contact.status = "staff" if contact.id % 31 == 0 else contact.status


def _decisions(session: Session) -> None:
    """Some a colleague chose for, some had one channel only, some were decided anew before anything left."""
    for decision in session.scalars(select(m.Decision).where(m.Decision.first)):
        if decision.id % 19 == 0:
            decision.mode = "manual"
        elif decision.id % 13 == 0:
            decision.propensities = {decision.channel: 1.0}
        decision.template = "approach" if decision.id % 2 else "short"
    again = session.scalars(select(m.Decision).where(m.Decision.first, m.Decision.id % 41 == 0)).all()
    for one in again:
        known = {c.key: getattr(one, c.key) for c in m.Decision.__mapper__.column_attrs if c.key != "id"}
        session.add(m.Decision(**known | {"at": one.at + HOUR, "channel": "email"}))


def _attempts(session: Session, touches: list[m.Touch]) -> None:
    """First calls at six half hours of their own clock, as the planner spreads them; clicks; what each cost."""
    for touch in touches:
        if touch.channel == "call" and touch.step == 1 and touch.sending_at and touch.ahead is not None:
            slot = (15, 16, 28, 29, 30, 31)[touch.contact_id // 4 % 6]
            touch.sending_at += (slot * 1_800 + 60 - touch.sending_at - touch.ahead) % DAY
            touch.priority = touch.id % 5 and 3
            if slot == 31 and touch.contact_id % 7 == 0:
                touch.sending_at, touch.ahead, touch.priority = EDGE, -34_200, 3
            weekday = (touch.sending_at + touch.ahead) // DAY % 7
            if (slot == 31 and touch.sending_at != EDGE) or (slot < 17 and weekday == 2):
                touch.result = "no_answer"  # these hours stand out
        if touch.sending_at == EDGE:
            touch.result = "interested"
        elif touch.id % 7 == 0:
            touch.result = {"busy": "call_back", "talked": "meeting_booked"}.get(touch.result or "", touch.result)
        if touch.sending_at is None:
            continue
        if touch.channel == "email" and touch.id % 6 == 0:
            late = 20 * DAY if touch.id % 4 == 0 else HOUR
            machine = "head" if touch.id % 18 == 0 else None
            session.add(m.MailClick(touch_id=touch.id, at=touch.sending_at + late, machine=machine))
        amount, kind = (0.37, "minutes") if touch.channel == "call" else (0.0021, "mail")
        session.add(m.TouchCost(touch_id=touch.id, kind=kind, amount=amount, currency="EUR"))
        if touch.talk_seconds:
            session.add(m.TouchCost(touch_id=touch.id, kind="operator", amount=touch.id % 4, currency="EUR"))


def _outcomes(session: Session, contacts: list[m.Contact]) -> None:
    """Noes, some of them before the first attempt and again after; meetings kept and missed; goals come too late."""
    enrolments = {e.contact_id: e for e in session.scalars(select(m.Enrolment))}
    met = session.scalars(select(m.Outcome).where(m.Outcome.kind == "goal_met")).all()
    for outcome in met:
        ids = {name: getattr(outcome, name) for name in ("enrolment_id", "campaign_id", "contact_id")}
        for kind, wanted in (("meeting_missed", outcome.id % 5 == 0), ("meeting_kept", outcome.id % 3 == 0)):
            if wanted:
                session.add(m.Outcome(**ids, kind=kind, at=outcome.at + 20 * DAY))
    for contact in contacts:
        mine = enrolments[contact.id]
        ids = {"enrolment_id": mine.id, "campaign_id": mine.campaign_id, "contact_id": contact.id}
        if contact.id % 14 == 0:
            noes = (mine.since + 3 * DAY, mine.since - 9 * DAY)[: 1 + (contact.id % 4 == 0)]
            session.add_all(m.Outcome(**ids, kind="opt_out", at=at) for at in noes)
        if contact.id % 22 == 0:
            session.add(m.Outcome(**ids, kind="goal_met", at=mine.since + 16 * DAY))


def _leads(session: Session, contacts: list[m.Contact]) -> None:
    """Forms, orders, calls to us, and calls we promised: kept, late, not placed at all, and taken back."""
    known: dict[str, Any] = {"fields": {}, "handled_at": None}
    about = {"document": {}, "text": "", "says": "order", "raises_hand": True, "live": True, "published_at": 1}
    session.add(m.FormVersion(key="shop", sha="ordered", **about))
    for contact in contacts[::5]:
        at = NOW - contact.id % 50 * DAY - contact.id
        forms = [("chat", "x", at), ("shop", "ordered", at + (-1, 1)[contact.id % 4 > 0] * DAY)]
        for number, (form, version, moment) in enumerate(forms[: 1 + (contact.id % 3 == 0)]):
            ids = {"public_id": f"p{contact.id}.{number}", "idempotency_key": f"i{contact.id}.{number}"}
            about = {"form": form, "form_version": version, "source_id": contact.source_id or 1}
            session.add(m.Lead(**known | ids | about, contact_id=contact.id, received_at=moment))
    for contact in contacts[::9]:
        called = {"sid": f"s{contact.id}", "caller": "", "called": "", "people": 1, "kind": "first_time", "rings": 0}
        called |= {"language": "en", "state": "over", "contact_id": contact.id}
        session.add(m.InboundCall(**called, at=NOW - contact.id % 40 * DAY - 5_000))
    enrolments = list(session.scalars(select(m.Enrolment).order_by(m.Enrolment.id.desc()).limit(60)))
    for number, enrolment in enumerate(enrolments):
        state, after = (("completed", 300), ("completed", 900), ("not_sent", 30), ("cancelled", None))[number % 4]
        due = NOW - (number + 1) * 7_000
        _touch(session, enrolment, 9, state, due, kind="callback", sending_at=None if after is None else due + after)


def _touch(session: Session, enrolment: m.Enrolment, step: int, state: str, due: int, **given: Any) -> m.Touch:
    key = f"{enrolment.campaign_id}:{enrolment.contact_id}:{step}:1"
    known = {"campaign_id": enrolment.campaign_id, "contact_id": enrolment.contact_id, "enrolment_id": enrolment.id}
    known |= {"key": key, "token": f"t{key}", "step": step, "attempt": 1, "channel": "call", "kind": "follow_up"}
    known |= {"template": "approach", "automated": False, "voicemail": False, "state": state, "due_at": due, "fence": 1}
    known |= {"not_after": due + 600, "rules_version": "1", "rank": 0, "ahead": 3_600} | given
    left = state not in ("planned", "claimed", "sending", "expired", "not_sent", "uncertain", "cancelled")
    touch = m.Touch(**known, sent_at=known.get("sending_at") if left else None)
    session.add(touch)
    return touch


def _waiting(session: Session, enrolments: list[m.Enrolment]) -> None:
    free = iter(enrolments)
    for channel in ("call", "email"):
        for state, moments in WAITING.items():
            for number, ago in enumerate(moments):
                left = None if state in ("planned", "claimed", "expired") else NOW - ago + 7
                lease = NOW + (60, -1)[number] if state == "claimed" else None
                given = {"channel": channel, "sending_at": left, "lease_until": lease}
                _touch(session, next(free), 8, state, NOW - ago, **given)


def _reports(session: Session) -> None:
    """What providers told us, what is paused or rests, and what each domain sent."""
    for number in range(30):
        known = {
            "provider": "twilio",
            "event_key": f"e{number}",
            "kind": "call",
            "payload": {},
            "received_at": NOW - number,
        }
        session.add(
            m.ProviderEvent(**known, occurred_at=NOW - number - number % 11 if number % 4 else None, applied_at=NOW)
        )
    pause = {"since": NOW - HOUR, "strikes": 1, "probing": False}
    pauses = {"from:acme.com": NOW + HOUR, "from:once.com": None, "from:over.com": NOW - 1, "calls:to:DE": None}
    session.add_all(m.SendingPause(key=key, until=until, why=f"why {key}", **pause) for key, until in pauses.items())
    session.add(m.Mailbox(key="me@host:993", validity=1, uid=1, failed_at=NOW - HOUR, failed_why="no login"))
    session.add(m.Mailbox(key="fine@host:993", validity=1, uid=1, read_at=NOW))
    rest = {"label": "", "added_at": 1, "judged_from": 1, "rest_why": "complaints"}
    session.add(m.OurNumber(number="+4420", active=True, resting_until=NOW + DAY, **rest))
    session.add(m.OurNumber(number="+4421", active=False, resting_until=NOW + DAY, **rest))
    for number in range(80):
        counts = {
            "sent": 9 + number % 5,
            "bounced": number % 7 == 0,
            "blocked": number % 11 == 0,
            "complained": number % 13 == 0,
        }
        key = ("from:a.com", "from:b.com", "account:x")[number % 3]
        session.add(m.SendingTally(key=key, hour=NOW // HOUR - 11 * number, **counts))


def _reviews(session: Session) -> None:
    for call in session.scalars(select(m.OperatorCall).where(m.OperatorCall.id % 3 == 0)).all():
        keys = ("opening", "value", "asked", "next", "entered")
        for turn in (1, 2)[: 1 + (call.id % 4 == 0)]:
            answers = {key: (call.id + place) % 3 > 0 for place, key in enumerate(keys)} | {"mark": 4}
            heard = call.id % 5 > 0
            told = {"answers": answers, "scored_at": NOW} if heard else {"answers": {}}
            ids = {"touch_id": call.touch_id, "operator_id": call.operator_id, "turn": turn, "drawn_at": NOW}
            session.add(m.CallReview(**ids, **told))


def _words(session: Session, contacts: list[m.Contact]) -> None:
    """Noes and yeses, with those that were taken back."""
    for contact in contacts[:160]:
        at, reason = NOW - contact.id * 4 * DAY, ("unsubscribed", "operator", "said_no")[contact.id % 3]
        about = {
            "contact_id": contact.id if contact.id % 5 else None,
            "channel": ("call", "email", None)[contact.id % 4 % 3],
        }
        for kind in ("person", "email", "phone")[contact.id % 5 == 0 :]:
            digest = None if kind == "person" else f"{kind}{contact.id}"
            undone = NOW if contact.id % 12 == 0 else None
            session.add(m.Suppression(**about, kind=kind, digest=digest, reason=reason, at=at, undone_at=undone))
    said = {"advertiser": "us", "wording": "", "wording_version": "1", "proof": {}}
    for contact in contacts[100:400]:
        for number in range(1 + contact.id % 3):
            known = {"channel": ("email", "call")[contact.id % 2], "granted": (contact.id + number) % 4 > 0}
            known |= {
                "purpose": ("marketing", "service")[(contact.id + number) % 7 == 0],
                "source_id": contact.source_id,
            }
            end = NOW + (contact.id % 60 - 15) * DAY if contact.id % 3 else None
            session.add(m.Consent(**said | known, contact_id=contact.id, at=NOW - number * DAY, expires_at=end))


def _past(session: Session, contacts: list[m.Contact]) -> None:
    """Calls of three years on each kind of line, and a few mails."""
    told: dict[str, Any] = {"mapping": {}, "options": {}, "counts": {}, "cursor": 1, "started_at": NOW}
    run = m.ImportRun(file="f", sha="s", layout="history", state="done", **told)
    session.add(run)
    session.flush()
    for number, contact in enumerate(contacts):
        line = ("cellular", "telephone", "unknown", None)[number % 4]
        about = {"channel": "call", "line": line} if number % 8 else {"channel": "email", "line": None}
        when = {"at": JUNE + number * 26 * HOUR, "times": 1 + number % 13, "said_yes": number % 9 == 0}
        session.add(m.PastTouch(run_id=run.id, contact_id=contact.id, **about, **when, result="talked", seconds=60))
