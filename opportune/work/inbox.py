"""What came back by mail, and what follows? Kept first, together with the cursor; understood after, once.

A person's answer stops the enrolment on every channel; "stop" is an opt-out; a hard bounce cleans the address, a
refusal of our domain (5.7.x) counts against the domain alone; who is away is left in peace until they are back.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from contextlib import suppress
from datetime import UTC, date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from channels import inbox
from channels.base import Incoming
from channels.inbox import Returned
from channels.stop import Refusal
from opportune import faults
from opportune.rules.facts import DAY, Instant
from opportune.store import events, ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import (
    absence,
    callbacks,
    cases,
    mail_ends,
    mailboxes,
    matching,
    optout,
    plan,
    preferences,
    react,
    replies,
)
from opportune.work.mailboxes import Login
from opportune.work.preferences import Where
from opportune.work.world import World

PROVIDER = "mailbox"
LIMIT, ROUNDS = 500, 20  # mails of one connection, connections of one run
KNOWN = 85 * DAY  # raw mails are kept a little longer: older ones would not be known again by their Message-ID

log = logging.getLogger(__name__)


def collect(world: World) -> int:
    """Read what is new in every mailbox; returns how many mails were new to us.

    Raises:
        inbox.Unreadable: a mailbox cannot be read, after all the others were. It says what to do.
    """
    new, wrong = 0, []
    for login in mailboxes.logins(world.settings):
        try:
            new += _read_all(world, login)
        except inbox.Unreadable as trouble:
            mailboxes.unreadable(world, login, str(trouble))
            wrong.append(str(trouble))
    if wrong:
        raise inbox.Unreadable("; ".join(wrong))
    return new


def _read_all(world: World, login: Login) -> int:
    new, found = 0, []
    for _ in range(ROUNDS):
        since = _day(world.clock.now() - KNOWN)
        found = inbox.fetch(*login, mailboxes.cursor(world, login), LIMIT, since)
        new += sum(_take_in(world, login.key, mail) for mail in found)
        if len(found) < LIMIT:
            break
    if not found:  # else the cursor that moved said so
        mailboxes.readable(world, login)
    return new


def _day(at: Instant) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def _take_in(world: World, mailbox: str, mail: Incoming) -> bool:
    """Kept first, and the cursor moves with it: a mail that we fail to understand must not stop the mailbox."""
    now = world.clock.now()
    back = _read(mail.raw)
    faults.point("inbox.read")
    key = (back.message_id if back else "") or f"sha256:{hashlib.sha256(mail.raw).hexdigest()}"
    payload = {"raw": base64.b64encode(mail.raw).decode()}
    if back:
        payload |= {"text": back.text[:4000], "from": back.sender}
    kind = back.kind if back else "unreadable"
    with world.db.write() as session:
        id, new = events.keep(session, PROVIDER, key, touch_id=None, kind=kind, payload=payload, received_at=now)
        mailboxes.move(session, mailbox, mail.uid, now)
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
    touch = matching.touch_of(session, back)
    writer = matching.contact_of(session, back) if touch is None and back.kind == "reply" else None
    cases.lock(session, [each for each in (touch and touch.contact_id, writer and writer.id) if each])
    if not events.take(session, id, now):
        return []
    if touch:  # as it stands now that it is held: what its server answered may just have been written
        [touch] = Bulk(session).objects(m.Touch, "WHERE id = ? FOR NO KEY UPDATE", touch.id)
    key = session.get_one(m.ProviderEvent, id).event_key
    if touch is None:
        return _out_of_the_blue(world, session, key, back, writer, now)
    session.execute(update(m.ProviderEvent).where(m.ProviderEvent.id == id).values(touch_id=touch.id))
    sids = _apply(world, session, touch, key, back, now)
    faults.point("inbox.applied")
    return sids


def _out_of_the_blue(
    world: World, session: Session, key: str, back: Returned, writer: m.Contact | None, now: Instant
) -> list[str]:
    """Whoever asks us to stop or complains is heard, also before we met: the address goes on the do-not-contact list.
    Nothing else that cannot be tied to a mail of ours does anything to anybody."""
    if back.kind == "complaint" and "@" in back.reader:
        return optout.by_address(world, session, back.reader, reason="complaint", evidence=back.subject, now=now)
    if back.kind != "reply":
        return []
    said = inbox.refused(back)
    replies.keep(session, key, back, now, contact_id=writer.id if writer else None, touch_id=None, said=said)
    if said is not None and "@" in back.sender:
        no = {"reason": "replied stop", "evidence": back.text or back.subject, "now": now}
        return optout.by_address(world, session, back.sender.lower(), channel=_channel(said), **no)  # type: ignore[arg-type]
    if writer:
        where = Where("reply", key, now)
        changed = preferences.hear(session, writer, back.text, where)
        if callbacks.asked(world, session, writer, back.text, where) or changed:
            plan.facts_changed(world, session, [writer.id], now)
    return []


def _channel(said: Refusal) -> str | None:
    return None if said == "everything" else said


def _apply(world: World, session: Session, touch: m.Touch, key: str, back: Returned, now: Instant) -> list[str]:
    mail_ends.proved(session, touch, now)
    if back.kind == "bounce":
        mail_ends.bounced(world, session, touch, back, now)
    elif back.kind == "auto_reply":
        _away(session, touch, back, now)
    elif back.delivered:
        mail_ends.arrived(session, touch, now)
    elif back.kind == "complaint":
        mail_ends.complained(session, touch, now)
        return _no_more(world, session, touch, "complaint", back.subject, now)
    elif back.kind == "reply":
        return _replied(world, session, touch, key, back, now)
    return []


def _away(session: Session, touch: m.Touch, back: Returned, now: Instant) -> None:
    """RFC 3834: no answer of a person; they are left in peace until they are back."""
    then = absence.postpone(session, session.get_one(m.Contact, touch.contact_id), back.return_date, now)
    until = f", nothing before {_day(then)}" if then else ", back already"
    ledger.annotate(session, touch, now=now, who="inbox", why=f"an automatic reply{until}")


def _replied(world: World, session: Session, touch: m.Touch, key: str, back: Returned, now: Instant) -> list[str]:
    said = inbox.refused(back)
    replies.keep(session, key, back, now, contact_id=touch.contact_id, touch_id=touch.id, said=said)
    if said == "everything":
        return _no_more(world, session, touch, "replied stop", back.text or back.subject, now)
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


def _no_more(
    world: World, session: Session, touch: m.Touch, reason: str, said: str, now: Instant, channel: str | None = None
) -> list[str]:
    no = {"reason": reason, "evidence": said, "now": now, "touch_id": touch.id, "channel": channel}
    return optout.opt_out(world, session, touch.contact_id, **no)  # type: ignore[arg-type]
