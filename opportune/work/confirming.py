"""Is it really they who said yes? Where the place asks for it, a mail with a link asks first (double opt-in, E1).

Until the link is confirmed there is no consent at all: what waits stands in a table of its own, which neither gate nor
planner reads. An address is asked at most once an hour and five times a day, whoever types it into a form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, HOUR, Instant
from opportune.store import contacts, ledger
from opportune.store import models as m
from opportune.work import plan, signatures
from opportune.work.world import World

TEMPLATE = "confirm"
UNKNOWN = "UNKNOWN"
MOST = ((HOUR, 1), (DAY, 5))  # mails to one address
LASTS = 30 * DAY  # an old mail in a drawer confirms nothing any more
_MAILED = select(func.count(m.ConsentPending.token.distinct()))


@dataclass(frozen=True, slots=True)
class Said:
    """One ticked box: which channel, and the words beside it."""

    channel: str
    wording: str
    purpose: str = contacts.MARKETING
    wording_version: str = "1"
    expires_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and how it was said: the proof of E1. `key` names the occasion, so that a repeated post mails once."""

    key: str
    advertiser: str = ""
    source_id: int | None = None
    form_version: str | None = None
    page: str | None = None
    ip: str | None = None
    agent: str | None = None
    proof: dict[str, Any] = field(default_factory=dict)


def asked_for(world: World, session: Session, contact: m.Contact) -> frozenset[str]:
    """Channels whose yes must be confirmed by mail: in any of the places that may be theirs."""
    return frozenset(channel for row in _rows(world, session, contact) for channel in row.get("confirm", ()))


def valid_until(world: World, session: Session, contact: m.Contact, said: Said, at: Instant) -> Instant | None:
    """When this yes ends: as it says itself, else by the shortest rule of their places and of the house."""
    if said.expires_at is not None:
        return said.expires_at
    days = [row["valid_days"] for row in _rows(world, session, contact) if "valid_days" in row]
    days += [world.settings.consent_valid_days] if world.settings.consent_valid_days else []
    return at + min(days) * DAY if days else None


def _rows(world: World, session: Session, contact: m.Contact) -> list[dict[str, Any]]:
    """Of address, number and the ending of the mail address."""
    placed = signatures.in_force(world, session).places(contact.country, contact.region, contact.phone)
    found = {place.partition("-")[0] for _, place in placed if place} or {UNKNOWN}
    found.add((contact.email or "").rpartition(".")[2].upper())
    return [row for place, row in table().items() if place in found]


@lru_cache
def table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files("opportune.work").joinpath("consent_places.toml").read_text("utf-8"))


def pending(
    world: World, session: Session, contact: m.Contact, said: Sequence[Said], origin: Origin, now: Instant
) -> list[m.ConsentPending]:
    """Keep these words apart and ask by mail, unless that address was asked just now. Call it under the transaction
    that stores the form; the contact's row is locked, so that two forms at once ask once."""
    token = link_token(world, world.signer.touch_token(_key(origin)))
    if not said or not contact.email or _waiting(session, token, 0):
        return []
    contact = session.get_one(m.Contact, contact.id, with_for_update={"key_share": True})
    digest = world.signer.address_digest(contact.email or "")
    room = _room(session, digest, now)
    facts = {name: value for name, value in asdict(origin).items() if name != "key"}
    rows = [
        m.ConsentPending(
            contact_id=contact.id, token=token, digest=digest, mailed=room, channel=each.channel, purpose=each.purpose,
            at=now, until=now + LASTS, expires_at=valid_until(world, session, contact, each, now),
            wording=each.wording, wording_version=each.wording_version, **facts,
        )
        for each in said
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    if room:
        _mail(world, session, contact, origin, now)
    return rows


def _room(session: Session, digest: str, now: Instant) -> bool:
    """Nobody can have a stranger's mailbox flooded through our forms."""
    mine = (m.ConsentPending.digest == digest, m.ConsentPending.mailed)
    return all((session.scalar(_MAILED.where(*mine, m.ConsentPending.at > now - span)) or 0) < n for span, n in MOST)


def _key(origin: Origin) -> str:
    return f"confirm:{origin.key}:1:1"


def link_token(world: World, touch_token: str) -> str:
    """What stands in the link. Not the touch's own token, which Message-ID and unsubscribe link carry."""
    return world.signer.keyed("confirm", touch_token)


def _mail(world: World, session: Session, contact: m.Contact, origin: Origin, now: Instant) -> None:
    """They asked for it and wait for it: it leaves at once (A4). It says nothing but the question."""
    key = _key(origin)
    values = {
        "key": key,
        "token": world.signer.touch_token(key),
        "contact_id": contact.id,
        "step": 1,
        "attempt": 1,
        "channel": "email",
        "kind": "requested",
        "template": TEMPLATE,
        "automated": False,
        "voicemail": False,
        "due_at": now,
        "not_after": now + DAY,
        "rules_version": "",
    }
    ledger.plan(session, [values], now, "form", "a yes waits to be confirmed")


def confirm(world: World, token: str, now: Instant, ip: str | None = None, agent: str | None = None) -> bool:
    """The link of the mail: from this commit on the yes holds. False: no such link, an old one, said no since, or
    confirmed before; the reader is told the same."""
    with world.db.read() as session:  # whoever guesses keeps no writer waiting
        if not _waiting(session, token.replace("\0", ""), now):
            return False
    with world.db.write() as session:
        waiting = _waiting(session, token.replace("\0", ""), now)
        if not waiting:
            return False
        owner = waiting[0].contact_id
        session.get_one(m.Contact, owner, with_for_update={"key_share": True})
        rows = [_granted(row, now, ip, agent) for row in waiting if not _over(session, row)]
        contacts.add_consents(session, rows)
        if rows:
            session.get_one(m.Contact, owner).version += 1
            plan.facts_changed(world, session, [owner], now)
        return bool(rows)


def _waiting(session: Session, token: str, now: Instant) -> Sequence[m.ConsentPending]:
    query = select(m.ConsentPending).where(m.ConsentPending.token == token, m.ConsentPending.until > now)
    return session.scalars(query.order_by(m.ConsentPending.id)).all()


def _over(session: Session, row: m.ConsentPending) -> bool:
    """Confirmed before, or they said no since they ticked the box: the later word counts."""
    done = select(m.Consent.id).where(m.Consent.pending_id == row.id)
    of_channel = or_(m.Consent.channel == row.channel, m.Consent.channel == _whole(row.channel))
    no = select(m.Consent.id).where(m.Consent.contact_id == row.contact_id, of_channel, ~m.Consent.granted)
    stop = select(m.Suppression.id).where(m.Suppression.contact_id == row.contact_id, m.Suppression.undone_at.is_(None))
    stop = stop.where(or_(m.Suppression.channel.is_(None), m.Suppression.channel == _whole(row.channel)))
    later = (done, no.where(m.Consent.at >= row.at), stop.where(m.Suppression.at >= row.at))
    return any(session.scalar(each.limit(1)) is not None for each in later)


def _whole(channel: str) -> str:
    return "email" if channel == "email" else "call"


def _granted(row: m.ConsentPending, now: Instant, ip: str | None, agent: str | None) -> m.Consent:
    """The words and their origin as they were, with who confirmed them, when and from where."""
    how = {"asked_at": row.at, "confirmed_ip": ip, "confirmed_agent": (agent or "")[:500]}
    return contacts.consent(
        row.contact_id, row.channel, granted=True, at=now, wording=row.wording, purpose=row.purpose,
        advertiser=row.advertiser, wording_version=row.wording_version, form_version=row.form_version,
        expires_at=row.expires_at, confirmed_at=now, pending_id=row.id, source_id=row.source_id, page=row.page,
        ip=row.ip, agent=row.agent, proof={**row.proof, **how},
    )  # fmt: skip
