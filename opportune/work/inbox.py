"""What came back by mail, and what follows? Stored first, applied once; the cursor moves only with the transaction.

A person's answer stops the enrolment on every channel; "stop" is an opt-out; a hard bounce cleans the address.
"""

from __future__ import annotations

import base64

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import inbox
from channels.base import Incoming
from channels.inbox import Returned
from opportune import faults
from opportune.rules.facts import Instant
from opportune.store import ledger, notes
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work import callbacks, cases, optout, plan, preferences, react
from opportune.work.preferences import Where
from opportune.work.world import World

CURSOR = "inbox_cursor"


def collect(world: World) -> int:
    """Read what is new in the mailbox; returns how many mails were new to us."""
    s = world.settings
    if not s.imap_host:
        return 0
    after = notes.get(world.db, CURSOR)
    password = s.imap_password.get_secret_value()
    found = inbox.fetch(s.imap_host, s.imap_port, s.imap_user, password, s.imap_security, after)
    return sum(_take_in(world, mail) for mail in found)


def _take_in(world: World, mail: Incoming) -> bool:
    now = world.clock.now()
    back = inbox.read(mail.raw)
    faults.point("inbox.read")
    sids: list[str] = []
    with world.db.write() as session:
        notes.put_in(session, CURSOR, mail.uid)
        touch = _touch(session, back)
        if touch is not None:
            cases.lock(session, [touch.contact_id])
        new = _store(session, mail, back, touch, now)
        if new and touch is not None:
            sids = _apply(world, session, touch, back, now)
        faults.point("inbox.applied")
    faults.point("inbox.cursor")
    optout.cancel_calls(world, sids)
    return new


def _touch(session: Session, back: Returned) -> m.Touch | None:
    """By the token it was addressed to, then by the thread, then by the sender's latest mail from us."""
    if back.token and (found := session.scalar(select(m.Touch).where(m.Touch.token == back.token))):
        return found
    thread = [id for id in (back.in_reply_to, *back.references) if id]
    if thread and (found := session.scalar(select(m.Touch).where(m.Touch.message_id.in_(thread)).limit(1))):
        return found
    if back.kind not in ("reply", "auto_reply"):
        return None
    wrote = (m.Contact.email == back.sender.lower(), m.Touch.channel == "email", m.Touch.sent_at.is_not(None))
    latest = select(m.Touch).join(m.Contact, m.Contact.id == m.Touch.contact_id).where(*wrote)
    return session.scalar(latest.order_by(m.Touch.sent_at.desc()).limit(1))


def _store(session: Session, mail: Incoming, back: Returned, touch: m.Touch | None, now: Instant) -> bool:
    values = {
        "provider": "mailbox",
        "event_key": (back.message_id or mail.uid)[:300],
        "touch_id": touch.id if touch else None,
        "kind": back.kind,
        "payload": {"raw": base64.b64encode(mail.raw).decode(), "text": back.text[:4000], "from": back.sender},
        "received_at": now,
        "applied_at": now if touch else None,
    }
    return insert_once(session, m.ProviderEvent, values)


def _apply(world: World, session: Session, touch: m.Touch, back: Returned, now: Instant) -> list[str]:
    if touch.state == "uncertain":  # whoever answers or bounces it has received it
        ledger.move(
            session, touch, "sent", now=now, who="inbox", why="something came back", sent_at=now, settled_at=None
        )
    if back.kind == "bounce":
        _bounced(world, session, touch, back, now)
    elif back.kind == "complaint":
        return _no_more(world, session, touch, "complaint", back.subject, now)
    elif back.kind == "reply" and inbox.wants_to_stop(back.text):
        return _no_more(world, session, touch, "replied stop", back.text, now)
    elif back.kind == "reply":
        if touch.result is None:
            ledger.annotate(
                session, touch, now=now, who="inbox", why="a person answered", result="replied", result_at=now
            )
        _heard(world, session, touch, back.text, now)
    return []


def _heard(world: World, session: Session, touch: m.Touch, text: str, now: Instant) -> None:
    """Their words stop the enrolment; what they say of how to reach them counts everywhere (A9, C4)."""
    contact = session.get_one(m.Contact, touch.contact_id)
    where = Where("reply", touch.key, now)
    changed = preferences.hear(session, contact, text, where) or preferences.renew_habit(session, contact, now)
    react.replied(world, session, touch, text, now)
    enrolment = session.get(m.Enrolment, touch.enrolment_id) if touch.enrolment_id else None
    if callbacks.asked(world, session, contact, text, where, enrolment) or changed:
        plan.facts_changed(world, session, [contact.id], now)


def _bounced(world: World, session: Session, touch: m.Touch, back: Returned, now: Instant) -> None:
    if touch.state in ("sent", "delivered"):
        facts = {"result": "bounced", "result_at": now}
        ledger.move(session, touch, "bounced", now=now, who="inbox", why=back.status or back.subject, **facts)
    if back.hard:
        react.address_is_wrong(session, touch, f"bounced {back.status}", now)
        if touch.enrolment_id:
            plan.decide_again(world, session, touch.enrolment_id, now, caused_by=touch.id)


def _no_more(world: World, session: Session, touch: m.Touch, reason: str, evidence: str, now: Instant) -> list[str]:
    return optout.opt_out(
        world, session, touch.contact_id, reason=reason, evidence=evidence, now=now, touch_id=touch.id
    )
