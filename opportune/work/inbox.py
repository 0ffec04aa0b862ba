"""What came back by mail, and what follows? Kept first, together with the cursor; understood after, once.

A person's answer stops the enrolment on every channel; "stop" is an opt-out; a hard bounce cleans the address.
"""

from __future__ import annotations

import base64
import logging
from contextlib import suppress

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels import inbox
from channels.base import Incoming
from channels.inbox import Returned
from channels.stop import Refusal, refusal
from opportune import faults
from opportune.rules.facts import Instant
from opportune.store import events, ledger, notes
from opportune.store import models as m
from opportune.work import callbacks, cases, optout, plan, preferences, react
from opportune.work.preferences import Where
from opportune.work.world import World

PROVIDER = "mailbox"
CURSOR = "inbox_cursor"

log = logging.getLogger(__name__)


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
    """Kept first, and the cursor moves with it: a mail that we fail to understand must not stop the mailbox."""
    now = world.clock.now()
    back = _read(mail.raw)
    faults.point("inbox.read")
    key, kind = (back.message_id or mail.uid, back.kind) if back else (mail.uid, "unreadable")
    payload = {"raw": base64.b64encode(mail.raw).decode()}
    if back:
        payload |= {"text": back.text[:4000], "from": back.sender}
    with world.db.write() as session:
        id, new = events.keep(session, PROVIDER, key, touch_id=None, kind=kind, payload=payload, received_at=now)
        notes.put_in(session, CURSOR, mail.uid)
    faults.point("inbox.cursor")
    if new:
        with suppress(Exception):  # kept with its reason, shown in /health, tried again from the list
            understand(world, id, mail.raw, now)
    return new


def _read(raw: bytes) -> Returned | None:
    try:
        return inbox.read(raw)
    except Exception:
        log.exception("A mail cannot be read at all; it is kept")
        return None


def understand(world: World, id: int, raw: bytes, now: Instant) -> None:
    """Let a mail that was kept under this id act, once."""
    sids = events.apply(world.db, id, lambda session: _act(world, session, id, raw, now))
    optout.cancel_calls(world, sids)


def _act(world: World, session: Session, id: int, raw: bytes, now: Instant) -> list[str]:
    back = inbox.read(raw)
    touch = _touch(session, back)
    if touch is not None:
        cases.lock(session, [touch.contact_id])
    if not events.take(session, id, now):
        return []
    if touch is None:
        return _from_a_stranger(world, session, back, now)
    session.execute(update(m.ProviderEvent).where(m.ProviderEvent.id == id).values(touch_id=touch.id))
    sids = _apply(world, session, touch, back, now)
    faults.point("inbox.applied")
    return sids


def _from_a_stranger(world: World, session: Session, back: Returned, now: Instant) -> list[str]:
    """Whoever asks us to stop is heard, also before we met: the address goes on the do-not-contact list."""
    said = refusal(back.text) if back.kind == "reply" and "@" in back.sender else None
    if said is None:
        return []
    no = {"reason": "replied stop", "evidence": back.text, "now": now}
    return optout.by_address(world, session, back.sender.lower(), channel=_channel(said), **no)  # type: ignore[arg-type]


def _channel(said: Refusal) -> str | None:
    return None if said == "everything" else said


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


def _apply(world: World, session: Session, touch: m.Touch, back: Returned, now: Instant) -> list[str]:
    if touch.state == "uncertain":  # whoever answers or bounces it has received it
        ledger.move(
            session, touch, "sent", now=now, who="inbox", why="something came back", sent_at=now, settled_at=None
        )
    if back.kind == "bounce":
        _bounced(world, session, touch, back, now)
    elif back.kind == "complaint":
        return _no_more(world, session, touch, "complaint", back.subject, now)
    elif back.kind == "reply":
        return _replied(world, session, touch, back, now)
    return []


def _replied(world: World, session: Session, touch: m.Touch, back: Returned, now: Instant) -> list[str]:
    said = refusal(back.text)
    if said == "everything":
        return _no_more(world, session, touch, "replied stop", back.text, now)
    sids = _no_more(world, session, touch, f"no {said}s any more", back.text, now, said) if said else []
    if touch.result is None and touch.channel == "email":  # a call's result is how the call ended
        why = "a person answered"
        ledger.annotate(session, touch, now=now, who="inbox", why=why, result="replied", result_at=now)
    _heard(world, session, touch, back.text, now)
    return sids


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


def _no_more(
    world: World, session: Session, touch: m.Touch, reason: str, said: str, now: Instant, channel: str | None = None
) -> list[str]:
    no = {"reason": reason, "evidence": said, "now": now, "touch_id": touch.id, "channel": channel}
    return optout.opt_out(world, session, touch.contact_id, **no)  # type: ignore[arg-type]
