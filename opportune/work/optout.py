"""What happens when somebody says no? One function for every way of saying it: link, key 9, reply, operator.

It locks the contact's row, the same one the gate locks: once we answered, nothing enters `sending` for this person.
"""

from __future__ import annotations

import json
import os

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune import faults
from opportune.rules.facts import Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import stopping
from opportune.work.world import World


def opt_out(
    world: World, session: Session, contact_id: int, *, reason: str, evidence: str, now: Instant, touch_id: int | None
) -> list[str]:
    """Suppress this person on every channel, at once. Returns the CallSids to cancel after the commit."""
    contact = session.scalars(select(m.Contact).where(m.Contact.id == contact_id).with_for_update(key_share=True)).one()
    contact.version += 1
    known = select(m.Suppression.id).where(m.Suppression.contact_id == contact_id, m.Suppression.undone_at.is_(None))
    if session.scalar(known) is None:
        _suppress(world, session, contact, reason, evidence, now)
        session.add(m.Outcome(contact_id=contact_id, touch_id=touch_id, kind="opt_out", at=now, note=evidence[:500]))
    ledger.cancel_open(session, m.Touch.contact_id == contact_id, now=now, who="opt-out", why=reason)
    active = select(m.Enrolment).where(m.Enrolment.contact_id == contact_id, m.Enrolment.state == "active")
    for enrolment in session.scalars(active):
        stopping.stop(session, enrolment, "opted_out", now)
    ringing = _ringing(session, contact_id, touch_id, reason, now)
    faults.point("optout.written")
    return ringing


def by_token(world: World, token: str, now: Instant) -> bool:
    """The unsubscribe link of a mail. False: no touch has this token; the reader is told the same."""
    with world.db.write() as session:
        touch = session.scalar(select(m.Touch).where(m.Touch.token == token.replace("\0", "")))
        if touch is None:
            return False
        sids = opt_out(
            world, session, touch.contact_id, reason="unsubscribed", evidence="link", now=now, touch_id=touch.id
        )
    cancel_calls(world, sids)
    return True


def _suppress(world: World, session: Session, contact: m.Contact, reason: str, evidence: str, now: Instant) -> None:
    entries: list[tuple[str, str | None]] = [("person", None)]
    for kind, value in (("email", contact.email), ("phone", contact.phone)):
        if value:
            entries.append((kind, world.signer.address_digest(value)))
    for kind, digest in entries:
        session.add(
            m.Suppression(
                contact_id=contact.id, kind=kind, digest=digest, reason=reason, evidence=evidence[:500], at=now
            )
        )
    _journal(world, {"at": now, "contact": contact.id, "reason": reason, "digests": [d for _, d in entries if d]})


def _journal(world: World, entry: dict[str, object]) -> None:
    """Outside the database and synced, before we answer: a restore from backup replays it (promise 3)."""
    world.settings.home.mkdir(parents=True, exist_ok=True)
    name = "opt-outs-practice.jsonl" if world.settings.practice else "opt-outs.jsonl"
    with (world.settings.home / name).open("a") as journal:
        journal.write(json.dumps(entry) + "\n")
        journal.flush()
        os.fsync(journal.fileno())
    faults.point("optout.journaled")


def _ringing(session: Session, contact_id: int, touch_id: int | None, reason: str, now: Instant) -> list[str]:
    """Calls that are queued or ringing somewhere else: asked of the carrier to stop."""
    where = (m.Touch.contact_id == contact_id, m.Touch.channel == "call", m.Touch.state.in_(("sent", "ringing")))
    sids = []
    for touch in session.scalars(select(m.Touch).where(*where, m.Touch.id != (touch_id or 0))):
        ledger.move(session, touch, "cancel_requested", now=now, who="opt-out", why=reason, settled_at=None)
        sids.append(touch.provider_id or "")
    return [sid for sid in sids if sid]


def cancel_calls(world: World, sids: list[str]) -> None:
    """After the commit: the carrier is asked within moments; its webhook then reports what became of the call."""
    faults.point("optout.committed")
    for sid in sids:
        world.carrier.cancel(sid)
        faults.point("optout.cancelled")
