"""What becomes of a yes, and how is it taken back (E1)?

Every word is a row of its own with its proof, and none is ever changed. A yes from a form counts at once, or waits for
a click in a mail where the place asks for that (`confirming`). Taking it back goes the way of every no (`optout`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import audit, contacts
from opportune.store import models as m
from opportune.work import confirming, optout, plan, whom
from opportune.work.confirming import Origin, Said, pending
from opportune.work.world import World

__all__ = [
    "CHANNELS",
    "Document",
    "Origin",
    "Said",
    "by_token",
    "declare",
    "document",
    "give",
    "pending",
    "take",
    "withdraw",
    "withdraw_for",
]

CHANNELS = ("call", "call_auto", "voicemail", "email")
#: What a no to the whole channel goes by in `optout`; a no to one way of calling is a word of its own only.
WHOLE = ("call", "email")
Document = tuple[str, str]  # name and SHA-256 of a file


def take(
    world: World,
    session: Session,
    contact: m.Contact,
    said: Sequence[Said],
    origin: Origin,
    now: Instant,
    *,
    confirm: bool = False,
) -> list[str]:
    """What a form's boxes bring; answers which channels wait for their click. `confirm`: this form always asks by mail;
    a form may be stricter than the place, never laxer."""
    wait = frozenset(CHANNELS) if confirm else confirming.asked_for(world, session, contact)
    waiting = [each for each in said if contact.email and each.channel in wait]
    give(world, session, contact, [each for each in said if each not in waiting], origin, now)
    pending(world, session, contact, waiting, origin, now)
    return [each.channel for each in waiting]


def give(world: World, session: Session, contact: m.Contact, said: Sequence[Said], origin: Origin, now: Instant) -> int:
    """Each of these holds from now on; answers how many are new."""
    rows = [_yes(world, session, contact, each, origin, now) for each in said]
    return contacts.add_consent(session, *rows) if rows else 0


def _yes(world: World, session: Session, contact: m.Contact, said: Said, origin: Origin, now: Instant) -> m.Consent:
    return contacts.consent(
        contact.id, said.channel, granted=True, at=now, wording=said.wording, purpose=said.purpose,
        wording_version=said.wording_version, expires_at=confirming.valid_until(world, session, contact, said, now),
        advertiser=origin.advertiser, source_id=origin.source_id, form_version=origin.form_version, page=origin.page,
        ip=origin.ip, agent=origin.agent, proof=origin.proof,
    )  # fmt: skip


def withdraw(
    world: World,
    session: Session,
    contact_id: int,
    channel: str | None,
    *,
    reason: str,
    evidence: str,
    now: Instant,
    **proof: Any,
) -> list[str]:
    """Taken back from this commit on: one channel, or everything (None). The history gets a word for each channel that
    was open; the no itself goes through `optout`, so that the gate sees it at once. Returns the CallSids to cancel."""
    how = {"evidence": evidence[:500], **{name: value for name, value in proof.items() if name not in ("ip", "agent")}}
    where = {name: proof.get(name) for name in ("ip", "agent")}
    rows = [
        contacts.consent(contact_id, each, granted=False, purpose=purpose, at=now, wording=reason, proof=how, **where)
        for each, purpose in _closing(session, contact_id, channel)
    ]
    contacts.add_consents(session, rows)
    if channel is None or channel in WHOLE:
        no = {"reason": reason, "evidence": evidence, "now": now, "channel": channel, "touch_id": None}
        return optout.opt_out(world, session, contact_id, **no)  # type: ignore[arg-type]
    session.get_one(m.Contact, contact_id, with_for_update={"key_share": True}).version += 1
    plan.facts_changed(world, session, [contact_id], now)
    return []


def _closing(session: Session, contact_id: int, channel: str | None) -> list[tuple[str, str]]:
    """Channel and purpose of each yes there ever was; of one channel also where there was none."""
    said = select(m.Consent.channel, m.Consent.purpose).where(m.Consent.contact_id == contact_id, m.Consent.granted)
    known = {(each, purpose) for each, purpose in session.execute(said) if channel in (None, each)}
    return sorted(known | ({(channel, contacts.MARKETING)} if channel else set()))


def by_token(
    world: World, token: str, channel: str | None, now: Instant, ip: str | None = None, agent: str | None = None
) -> bool:
    """Their own page, by the token of any contact of ours. False: no such token; they are told the same."""
    with world.db.read() as session:  # whoever guesses keeps no writer waiting
        if owner(session, token) is None:
            return False
    how: dict[str, Any] = {"reason": "withdrawn on their page", "evidence": "link", "now": now, "ip": ip}

    def act(session: Session) -> list[str] | None:
        contact = owner(session, token)
        return withdraw(world, session, contact.id, channel, **how, agent=agent) if contact else None

    sids = world.db.attempt(act)
    if sids is None:
        return False
    optout.cancel_calls(world, sids)
    return True


def owner(session: Session, token: str) -> m.Contact | None:
    """Whose mail or call carries this token."""
    who = select(m.Touch.contact_id).where(m.Touch.token == token.replace("\0", ""))
    found = session.get(m.Contact, session.scalar(who) or 0)
    while found is not None and found.merged_into is not None:
        found = session.get(m.Contact, found.merged_into)
    return found


def withdraw_for(world: World, who: str, channel: str | None, *, why: str, by: str) -> int:
    """A colleague was told. Answers whose it was.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
        ValueError: no reason, or no such channel.
    """
    if not why.strip():
        raise ValueError("--why: say how they told us; it is kept")
    if channel is not None and channel not in CHANNELS:
        raise ValueError(f"--channel: {channel!r} is none of {', '.join(CHANNELS)}; leave it out for all")
    now = world.clock.now()
    with world.db.write() as session:
        contact = whom.the_one(session, who)
        how = {"reason": "told a colleague", "evidence": why, "now": now, "by": by}
        sids = withdraw(world, session, contact.id, channel, **how)  # type: ignore[arg-type]
        data = {"channel": channel or "all"}
        audit.write(session, now, by, "consent withdrawn", audit.person(contact.id), why, data)
    optout.cancel_calls(world, sids)
    return contact.id


def document(file: Path) -> Document:
    """Its name and its SHA-256: the file itself stays with whoever answers for it."""
    with file.open("rb") as opened:
        return file.name[:500], hashlib.file_digest(opened, "sha256").hexdigest()


def declare(source: m.Source, by: str | None, shown: Document | None) -> None:
    """Who answers for the basis of a whole list, and what shows it. What was declared before stays where nothing new is
    said."""
    source.basis_by = by or source.basis_by
    if shown is not None:
        source.document, source.document_hash = shown
