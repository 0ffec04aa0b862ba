"""What happens when somebody says no? One function for every way of saying it: link, key 9, reply, complaint, form,
operator.

It locks the contact's row, the same one the gate locks: once we answered, nothing enters `sending` for this person. A
no to one channel only closes that channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from opportune import faults
from opportune.rules.facts import Instant
from opportune.store import addresses, audit, ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import journal, outgoing, plan, stopping, whom
from opportune.work.world import World

CHANNEL_OF = {"phone": "call", "email": "email"}
Entry = tuple[str, str | None]  # kind (person | email | phone) and keyed hash


def opt_out(
    world: World,
    session: Session,
    contact_id: int,
    *,
    reason: str,
    evidence: str,
    now: Instant,
    touch_id: int | None,
    channel: str | None = None,
    counted: bool = True,
    said_at: Instant | None = None,
) -> list[str]:
    """Suppress this person on every channel (or on `channel`), at once. Returns the CallSids to cancel after the
    commit. Not `counted`: no answer to us, but a no that comes with another record of the same person, or from a list,
    which may tell when it was said."""
    [contact] = Bulk(session).objects(m.Contact, "WHERE id = ? FOR NO KEY UPDATE", contact_id)
    contact.version += 1
    new = _suppress(world, session, contact, reason, evidence, said_at or now, channel)
    if new and counted:
        outgoing.of_opt_out(world, session, contact, channel, reason, now)
    if new and channel is None and counted:
        session.add(m.Outcome(contact_id=contact_id, touch_id=touch_id, kind="opt_out", at=now, note=evidence[:500]))
    mine, given = (
        ("contact_id = ? AND channel = ?", (contact_id, channel)) if channel else ("contact_id = ?", (contact_id,))
    )
    ledger.cancel_open(session, mine, *given, now=now, who="opt-out", why=reason)
    if channel is None:
        for enrolment in Bulk(session).objects(m.Enrolment, "WHERE contact_id = ? AND state = 'active'", contact_id):
            stopping.stop(session, enrolment, "opted_out", now)
    else:
        plan.facts_changed(world, session, [contact_id], now)
    ringing = _ringing(session, contact_id, touch_id, reason, now) if channel != "email" else []
    faults.point("optout.written")
    return ringing


def by_token(world: World, token: str, now: Instant) -> bool:
    """The unsubscribe link of a mail. False: no touch has this token; the reader is told the same."""
    mine = select(m.Touch).where(m.Touch.token == token.replace("\0", ""))
    with world.db.read() as session:  # whoever guesses keeps no writer waiting
        if session.scalar(mine) is None:
            return False
    no: dict[str, Any] = {"reason": "unsubscribed", "evidence": "link", "now": now}

    def act(session: Session) -> list[str] | None:
        touch = session.scalar(mine)
        return opt_out(world, session, touch.contact_id, touch_id=touch.id, **no) if touch else None

    sids = world.db.attempt(act)
    if sids is None:
        return False
    cancel_calls(world, sids)
    return True


def by_address(
    world: World,
    session: Session,
    address: str,
    *,
    reason: str,
    evidence: str,
    now: Instant,
    channel: str | None = None,
) -> list[str]:
    """Whoever is known there, and whoever ever comes with that address: also people we have not met yet."""
    known = addresses.ever_at(session, address)
    entry = ("email" if "@" in address else "phone", world.signer.address_digest(address))
    no = {"reason": reason, "evidence": evidence, "now": now, "channel": channel}
    return by_digest(world, session, entry, known, **no)  # type: ignore[arg-type]


def by_digest(
    world: World,
    session: Session,
    entry: Entry,
    people: Sequence[int],
    *,
    reason: str,
    evidence: str,
    now: Instant,
    channel: str | None,
) -> list[str]:
    """The same by the address's keyed hash, as the journal has it; `people`: who has that address."""
    _keep(world, session, None, [entry], reason, evidence, now, channel)
    no = {"reason": reason, "evidence": evidence, "now": now, "channel": channel, "touch_id": None}
    return [sid for person in sorted(set(people)) for sid in opt_out(world, session, person, **no)]  # type: ignore[arg-type]


def _suppress(
    world: World, session: Session, contact: m.Contact, reason: str, evidence: str, now: Instant, channel: str | None
) -> int:
    """By person, and by keyed hash of every address and number we know, so that it outlives the person's data."""
    rows = session.execute(select(m.Address.kind, m.Address.value).where(m.Address.contact_id == contact.id)).tuples()
    known = {*rows, *((kind, value) for kind in CHANNEL_OF if (value := getattr(contact, kind)))}
    of_channel = sorted(each for each in known if channel in (None, CHANNEL_OF.get(each[0])))
    entries = [("person", None), *((kind, world.signer.address_digest(value)) for kind, value in of_channel)]
    return _keep(world, session, contact.id, entries, reason, evidence, now, channel)


def _keep(
    world: World,
    session: Session,
    contact_id: int | None,
    entries: Sequence[Entry],
    reason: str,
    evidence: str,
    now: Instant,
    channel: str | None,
) -> int:
    """Those that are not in force yet; how many. Journaled first. Of a person those of their own: another one at that
    number may be allowed again."""
    digests = [digest for _, digest in entries]
    by = m.Suppression.contact_id == contact_id if contact_id else m.Suppression.digest.in_(digests)
    force = (m.Suppression.undone_at.is_(None), or_(m.Suppression.channel.is_(None), m.Suppression.channel == channel))
    there = {tuple(row) for row in session.execute(select(m.Suppression.kind, m.Suppression.digest).where(by, *force))}
    new = [entry for entry in dict.fromkeys(entries) if entry not in there]
    if new:
        said = [[kind, digest] for kind, digest in new if digest]
        journal.append(world, {"at": now, "contact": contact_id, "reason": reason, "channel": channel, "no": said})
    same = {"contact_id": contact_id, "channel": channel, "reason": reason, "evidence": evidence[:500], "at": now}
    session.add_all(m.Suppression(kind=kind, digest=digest, **same) for kind, digest in new)
    session.flush()
    return len(new)


def _ringing(session: Session, contact_id: int, touch_id: int | None, reason: str, now: Instant) -> list[str]:
    """Calls that are queued or ringing somewhere else, also for somebody else with one of these numbers: asked of the
    carrier to stop. Held: a report that moved one meanwhile would leave nobody to ask again."""
    same_phone = select(m.Contact.id).where(m.Contact.phone.in_(_numbers(session, contact_id)))
    people = or_(m.Touch.contact_id == contact_id, m.Touch.contact_id.in_(same_phone))
    where = (people, m.Touch.channel == "call", m.Touch.state.in_(("sent", "ringing")), m.Touch.id != (touch_id or 0))
    held = select(m.Touch).where(*where).order_by(m.Touch.id).with_for_update()
    sids = []
    for touch in session.scalars(held.execution_options(populate_existing=True)).all():
        ledger.move(session, touch, "cancel_requested", now=now, who="opt-out", why=reason, **stopping.asking(now))
        sids.append(touch.provider_id or "")
    return [sid for sid in sids if sid]


def _numbers(session: Session, contact_id: int) -> list[str]:
    theirs = (m.Address.contact_id == contact_id, m.Address.kind == "phone")
    known = [*session.scalars(select(m.Address.value).where(*theirs)), session.get_one(m.Contact, contact_id).phone]
    return [number for number in known if number]


def cancel_calls(world: World, sids: Sequence[str]) -> None:
    """After the commit: the carrier is asked within moments; its webhook then reports what became of the call. Should
    this process die here, the reconciler asks."""
    faults.point("optout.committed")
    for sid in sids:
        world.carrier.cancel(sid)
        faults.point("optout.cancelled")


def allow(world: World, who: str, *, why: str, by: str) -> int:
    """A no that was none, say a wrong click on "do not call": undone with its reason. Returns how many entries.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
        ValueError: no reason, or there is nothing to undo.
    """
    if not why.strip():
        raise ValueError("--why: say how you know that they may be contacted; it is kept")
    now = world.clock.now()
    with world.db.write() as session:
        contact = whom.the_one(session, who)
        session.get_one(m.Contact, contact.id, with_for_update={"key_share": True}).version += 1
        digests = _digests(world, session, contact)
        rows, others = _in_force(session, contact, digests)
        if not rows and others:
            which = ", ".join(f"#{id}" for id in sorted({row.contact_id or 0 for row in others}))
            raise ValueError(f"{contact.name}: somebody else at one of their addresses said no: {which}; ask them")
        if not rows:
            raise ValueError(f"{contact.name} is not on the do-not-contact list")
        yes = {"at": now, "contact": contact.id, "reason": why[:500], "yes": sorted(digests)}
        journal.append(world, yes, *map(_line, others))
        for row in rows:
            row.undone_at, row.undone_why = now, why[:500]
        data = {"entries": [row.id for row in rows]}
        audit.write(session, now, by, "allowed", audit.person(contact.id), why, data)
        goes_on = select(m.Campaign.id).where(m.Campaign.state != "ended")  # else they would be left open there (B7)
        stopped = (m.Enrolment.contact_id == contact.id, m.Enrolment.stopped_why == "opted_out")
        again = {"state": "active", "stopped_why": None, "stopped_at": None, "decide_at": now}
        session.execute(update(m.Enrolment).where(*stopped, m.Enrolment.campaign_id.in_(goes_on)).values(**again))
        session.flush()
        plan.facts_changed(world, session, [contact.id], now)
    return len(rows)


def _digests(world: World, session: Session, contact: m.Contact) -> set[str]:
    values = session.scalars(select(m.Address.value).where(m.Address.contact_id == contact.id))
    return {world.signer.address_digest(each) for each in (*values, contact.email, contact.phone) if each}


def _in_force(
    session: Session, contact: m.Contact, digests: set[str]
) -> tuple[list[m.Suppression], list[m.Suppression]]:
    """The entries of this person, under every record that became theirs, and of nobody in particular; and those of
    others at the same addresses, which stay."""
    mine = {contact.id}
    while more := set(session.scalars(select(m.Contact.id).where(m.Contact.merged_into.in_(mine)))) - mine:
        mine |= more
    either = or_(m.Suppression.contact_id.in_(mine), m.Suppression.digest.in_(digests))
    query = select(m.Suppression).where(either, m.Suppression.undone_at.is_(None)).order_by(m.Suppression.id)
    rows = session.scalars(query).all()
    return ([row for row in rows if row.contact_id in {*mine, None}],
            [row for row in rows if row.contact_id not in {*mine, None}])  # fmt: skip


def _line(row: m.Suppression) -> dict[str, Any]:
    """As the journal has it."""
    said = {"at": row.at, "contact": row.contact_id, "reason": row.reason, "channel": row.channel}
    return {**said, "no": [[row.kind, row.digest]]}
