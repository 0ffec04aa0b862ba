"""What do we know of a person's interest, and what follows from it (B1, B8, B11, C1-C3)?

A form, a talk, an answer and a mail are signals where they stand: they are read from their own tables, so that nothing
can be told twice or differently. The table `signal` keeps what has no other home: what a list says, a recommendation, a
colleague's note, a mail opened. Label and kinds on the contact are a cache, renewed in the transaction that changes a
signal, and nightly since interest cools; a mail that merely left never warms anybody by itself and waits for the night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from channels.forms import FORMS
from opportune.rules.campaign import SERIOUS
from opportune.rules.facts import CallResult, Instant
from opportune.rules.familiarity import kinds
from opportune.rules.warmth import FITS, REFERRAL, Signal, Warmth, WarmthTable, inbound, only_informing, warmth
from opportune.store import contacts
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.once import insert_new
from opportune.work import cases, fitting, plan, tables
from opportune.work.rows import PersonRow
from opportune.work.world import World

#: E2: the call results that say something. "Not interested" cools nobody: it stops the campaign, time does the rest.
TALKS = {
    CallResult.TALKED: "talked",
    CallResult.INTERESTED: "interested",
    CallResult.MEETING: "agreed",
    CallResult.CALL_BACK: "asked_for_call",
    CallResult.EMAIL_PLEASE: "asked_for_mail",
}
BOUNCE = 10  # seconds: who saw one page of our site, and for less than that, was gone at once (F4)
_LEADS = """
  SELECT l.contact_id, l.form, l.answer_by, l.received_at, v.says, v.raises_hand
  FROM lead l LEFT JOIN form_version v ON v.sha = l.form_version WHERE l.contact_id = ANY(?)"""
_SERIOUS = [goal.value for goal in SERIOUS]
_CACHED = ("interest", "familiarity", "call_kind", "stage", "only_informs", "inbound", "fit")


class UnknownSignal(ValueError):
    """The table has no such signal; the message names those it has."""


def note(
    world: World, session: Session, contact_id: int, kind: str, evidence: str, now: Instant, by: str | None = None
) -> set[int]:
    """Record a signal and renew what follows. `by`: who recommended them (address, number or id), B14."""
    table = tables.warmth(world.settings.warmth)
    if kind not in table.signals or kind == FITS:
        names = ", ".join(sorted(set(table.signals) - {FITS}))
        raise UnknownSignal(f"signal {kind!r} is not known; use one of {names}")
    append(session, [row(contact_id, kind, now, evidence, introduced_by=introducer(session, by or ""))])
    return recompute(world, session, [contact_id], now)


def row(contact_id: int, kind: str, at: Instant, evidence: str, **where: int | None) -> dict[str, Any]:
    values = {"contact_id": contact_id, "kind": kind, "at": at, "evidence": evidence[:500]}
    return {"source_id": None, "introduced_by": None} | values | where


def append(session: Session, rows: list[dict[str, Any]]) -> int:
    """Told twice it is stored once; answers how many are new."""
    session.flush()
    return insert_new(session, m.Signal, rows) if rows else 0


def from_list(session: Session, people: Sequence[tuple[PersonRow, m.Contact, m.Source]], now: Instant) -> None:
    """What a list claims, once for each list: the day it first came with it is its day."""
    said = m.Signal.contact_id, m.Signal.kind, m.Signal.evidence
    ids = {contact.id for row, contact, _ in people if row.signals}
    there = {tuple(each) for each in session.execute(select(*said).where(m.Signal.contact_id.in_(ids)))} if ids else ()
    new = []
    for line, contact, origin in people:
        for kind, words in line.signals.items():
            evidence = f"list {origin.key}: {words}"[:500]
            by = introducer(session, words) if kind == REFERRAL else None
            if (contact.id, kind, evidence) not in there:
                new.append(row(contact.id, kind, now, evidence, source_id=origin.id, introduced_by=by))
    append(session, new)


def introducer(session: Session, text: str) -> int | None:
    """B14: who recommended them, where the words lead to one person we know."""
    known = contacts.find_all(session, text) if text else []
    return known[0].id if len(known) == 1 else None


_TOUCHES = """
  SELECT contact_id, channel, kind, result, sent_at, result_at FROM touch
  WHERE contact_id = ANY(?) AND (sent_at IS NOT NULL OR result IS NOT NULL)"""
_CLICKS = f"""
  SELECT t.contact_id, MIN(k.at), MIN(CASE WHEN v.pages > 1 OR v.seconds >= {BOUNCE} THEN v.at END)
  FROM mail_click k JOIN touch t ON t.id = k.touch_id LEFT JOIN mail_visit v ON v.click_id = k.id
  WHERE t.contact_id = ANY(?) AND k.machine IS NULL GROUP BY t.contact_id, t.id"""
_OUTCOMES = """
  SELECT o.contact_id, o.kind, o.at, c.key, c.goal FROM outcome o LEFT JOIN campaign c ON c.id = o.campaign_id
  WHERE o.contact_id = ANY(?)"""


def of(session: Session, ids: Collection[int]) -> dict[int, list[Signal]]:
    """Everything that tells of these people's interest; five queries whatever their number."""
    found: dict[int, list[Signal]] = defaultdict(list)
    own = (_stored, _forms, _touches, _clicks)
    for contact, signal in (each for read in own for each in read(session, ids)):
        found[contact].append(signal)
    for contact, signal in _outcomes(session, ids):
        found[contact].append(signal)
    return found


def told(world: World, session: Session, contact: m.Contact, now: Instant) -> Warmth:
    """The label with its evidence, for whoever asks why."""
    table = tables.warmth(world.settings.warmth)
    return warmth(_with_fit(of(session, [contact.id])[contact.id], contact.fit, table, now), table, now)


def recompute(world: World, session: Session, ids: Collection[int], now: Instant) -> set[int]:
    """Renew label and kinds of these people; answers for whom anything changed, so that plans can be made anew."""
    session.flush()
    table = tables.warmth(world.settings.warmth)
    fits = fitting.of(world, session, ids)
    signals = of(session, ids)
    changed = set()
    for contact in Bulk(session).objects(m.Contact, "WHERE id = ANY(?) ORDER BY id", list(ids)):
        new = _cache(signals[contact.id], fits.get(contact.id), table, now)
        if _renew(contact, new, now):
            changed.add(contact.id)
    session.flush()
    return changed


def _renew(contact: m.Contact, new: dict[str, Any], now: Instant) -> bool:
    if all(getattr(contact, name) == new[name] for name in _CACHED):
        return False
    if contact.interest != new["interest"]:
        contact.interest_since = now
    for name in _CACHED:
        setattr(contact, name, new[name])
    contact.version += 1
    return True


def _cache(signals: list[Signal], fit: float | None, table: WarmthTable, now: Instant) -> dict[str, Any]:
    kind = kinds(signals, table)
    return {
        "interest": warmth(_with_fit(signals, fit, table, now), table, now).interest.value,
        "familiarity": kind.familiarity.value,
        "call_kind": kind.call.value,
        "stage": kind.stage.value,
        "only_informs": only_informing(signals, table, now),
        "inbound": inbound(signals, table, now),
        "fit": fit,
    }


def _with_fit(signals: list[Signal], fit: float | None, table: WarmthTable, now: Instant) -> list[Signal]:
    """B1: who looks like our customers is warm."""
    alike = fit is not None and fit >= table.fit.alike
    return [*signals, Signal(FITS, now, f"fit {fit:.1f}")] if alike else signals


def _stored(session: Session, ids: Collection[int]) -> Iterator[tuple[int, Signal]]:
    query = "SELECT contact_id, kind, at, evidence FROM signal WHERE contact_id = ANY(?)"
    for contact, kind, at, evidence in Bulk(session).rows(query, list(ids)):
        yield contact, Signal(kind, at, evidence)


def _forms(session: Session, ids: Collection[int]) -> Iterator[tuple[int, Signal]]:
    for contact, key, answer_by, at, says, raises_hand in Bulk(session).rows(_LEADS, list(ids)):
        form = FORMS.get(key)
        if says is None and form:  # as it is built in
            says, raises_hand = form.document.says, form.asks_for_contact
        if contact and says:
            yield contact, Signal(says, at, f"form {key}")
            if raises_hand:
                yield contact, Signal("asked_for_mail" if answer_by == "email" else "asked_for_call", at, f"form {key}")


def _touches(session: Session, ids: Collection[int]) -> Iterator[tuple[int, Signal]]:
    for contact, channel, kind, result, sent_at, result_at in Bulk(session).rows(_TOUCHES, list(ids)):
        if channel == "call" and result in TALKS:
            yield contact, Signal(TALKS[CallResult(result)], result_at or sent_at or 0, "on the phone")
        elif channel == "email" and sent_at is not None and kind != "requested":
            yield contact, Signal("mailed", sent_at)
        if channel == "email" and result == "replied":
            yield contact, Signal("replied", result_at or sent_at or 0, "by mail")


def _clicks(session: Session, ids: Collection[int]) -> Iterator[tuple[int, Signal]]:
    """Once for each mail, and only what likely a person did: scanners follow links too."""
    for contact, at, stayed in Bulk(session).rows(_CLICKS, list(ids)):
        yield contact, Signal("clicked", at, "a link in our mail")
        if stayed is not None:
            yield contact, Signal("visited", stayed, "our site, from a link in our mail")


def _outcomes(session: Session, ids: Collection[int]) -> Iterator[tuple[int, Signal]]:
    """A serious goal that is met is an agreement to talk (C3)."""
    for contact, kind, at, key, goal in Bulk(session).rows(_OUTCOMES, list(ids)):
        if kind == "reply":
            yield contact, Signal("replied", at, f"campaign {key}")
        elif kind == "meeting_kept" or (kind == "goal_met" and goal in _SERIOUS):
            yield contact, Signal("agreed", at, f"campaign {key}")


def by_night(world: World, now: Instant, part: int = 200) -> dict[str, int]:
    """Interest cools, and what our customers look like is learned anew. Only those it may concern are read again; whose
    facts changed is decided for anew."""
    profile = fitting.learn_anew(world, now)
    with world.db.read() as session:
        labelled = or_(m.Contact.interest != "cold", m.Contact.only_informs, m.Contact.inbound)
        people = sorted({*session.scalars(select(m.Contact.id).where(labelled)), *fitting.moved(world, session)})
    renewed = 0
    for start in range(0, len(people), part):
        with world.db.write() as session:
            cases.lock(session, people[start : start + part])
            changed = recompute(world, session, people[start : start + part], now)
            plan.facts_changed(world, session, sorted(changed), now)
            renewed += len(changed)
    return {"customers_learned_from": profile.customers, "signals_renewed": renewed}
