"""What do we need no longer? By the timers of `retention.toml`, a thousand rows at a time, so that nobody waits."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import ColumnElement, Table, delete, or_, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.settings import ROOT, SettingError
from opportune.store import audit, contacts, notes
from opportune.store import models as m
from opportune.work.world import World

SHIPPED = ROOT / "opportune/work/retention.toml"
PART = 1000


class Timer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    days: int = Field(ge=0)
    least: int = 1
    what: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`old`: which rows are, before that moment. `blank`: these columns alone; none: the rows go."""

    table: type[m.Base]
    old: Callable[[Instant], tuple[ColumnElement[bool], ...]]
    blank: tuple[str, ...] = ()
    sealed: bool = False  # consents: see `contacts.unsealed`


def _settled(before: Instant) -> tuple[ColumnElement[bool], ...]:
    return (m.PreparedMessage.touch_id.in_(select(m.Touch.id).where(m.Touch.settled_at < before)),)


def _unconfirmed(before: Instant) -> tuple[ColumnElement[bool], ...]:
    confirmed = select(m.Consent.id).where(m.Consent.pending_id == m.ConsentPending.id)
    return m.ConsentPending.until < before, ~confirmed.exists()


def _not_owed(before: Instant) -> tuple[ColumnElement[bool], ...]:
    return m.InboundCall.at < before, m.InboundCall.due_at.is_(None) | m.InboundCall.handled_at.is_not(None)


NETWORK = ("ip", "agent")
HEARD = ("recording_url", "said", "said_number", "said_name")
RULES = {
    "prepared_words": Rule(m.PreparedMessage, _settled),
    "provider_reports": Rule(m.ProviderEvent, lambda b: (m.ProviderEvent.received_at < b,)),
    "leads_not_taken": Rule(
        m.Lead, lambda b: (m.Lead.received_at < b, m.Lead.handled_at.is_(None), m.Lead.contact_id.is_(None))
    ),
    "lead_network": Rule(m.Lead, lambda b: (m.Lead.received_at < b,), NETWORK),
    "consent_network": Rule(m.Consent, lambda b: (m.Consent.at < b,), NETWORK, sealed=True),
    "unconfirmed": Rule(m.ConsentPending, _unconfirmed, sealed=True),
    "recordings": Rule(m.InboundCall, _not_owed, HEARD),
    "replies": Rule(m.Reply, lambda b: (m.Reply.at < b, m.Reply.handled_at.is_not(None)), ("subject", "text")),
    "visits": Rule(m.MailVisit, lambda b: (m.MailVisit.at < b,)),
    "told_to_others": Rule(m.WebhookDelivery, lambda b: (m.WebhookDelivery.ended_at < b,)),
    "requests": Rule(m.PersonRequest, lambda b: (m.PersonRequest.done_at < b,)),
}


@lru_cache
def timers(file: Path = SHIPPED) -> dict[str, Timer]:
    """Read once per process.

    Raises:
        SettingError: what is wrong with the file, and what to do.
    """
    try:
        shipped, own = (tomllib.loads(each.read_text(encoding="utf-8")) for each in (SHIPPED, file))
        if unknown := set(own) - set(shipped):
            raise SettingError(f"{file}: {sorted(unknown)[0]}: there is no such timer; there are {', '.join(shipped)}")
        found = {name: Timer.model_validate(given | own.get(name, {})) for name, given in shipped.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError, TypeError) as problem:
        raise SettingError(f"{file}: {problem}. Mend the file or OPPORTUNE_RETENTION.") from problem
    for name, timer in found.items():
        if 0 < timer.days < timer.least:
            raise SettingError(f"{file}: {name}: {timer.days} days are too few; {timer.least} at least, or 0: for ever")
    return found


def run(world: World, now: Instant) -> dict[str, int]:
    """By night; how many rows of each kind are gone or say less."""
    counts = {}
    for name, timer in timers(world.settings.retention).items():
        before = now - timer.days * DAY
        if timer.days == 0:
            continue
        if name in RULES:
            counts[name] = _rows(world, RULES[name], before)
        else:
            counts[name] = _audit(world, before) if name == "audit" else _files(world, before)
    return {f"{name}_gone": count for name, count in counts.items()}


def _rows(world: World, rule: Rule, before: Instant) -> int:
    table: Table = rule.table.__table__  # type: ignore[assignment]
    [key] = table.primary_key
    any_left = [or_(*(table.c[each].is_not(None) for each in rule.blank))] if rule.blank else []
    count, behind = 0, 0
    while True:
        with world.db.write() as session:
            query = select(key).where(*rule.old(before), *any_left, key > behind).order_by(key).limit(PART)
            ids = list(session.scalars(query))
            if ids:
                _let_go(session, table, key, ids, rule)
        count += len(ids)
        if len(ids) < PART:
            return count
        behind = ids[-1]


def _let_go(session: Session, table: Table, key: Any, ids: list[int], rule: Rule) -> None:
    change = update(table).values(dict.fromkeys(rule.blank)) if rule.blank else delete(table)
    if rule.sealed:
        with contacts.unsealed(session, "retention"):
            session.execute(change.where(key.in_(ids)))
    else:
        session.execute(change.where(key.in_(ids)))


def _audit(world: World, before: Instant) -> int:
    """From the start of the chain, which then begins behind the last one that is gone."""
    count = 0
    while True:
        with world.db.write() as session:
            part = session.execute(select(m.Audit.id, m.Audit.at, m.Audit.hash).order_by(m.Audit.id).limit(PART)).all()
            old = list(takewhile(lambda row: row.at < before, part))
            if old:
                session.execute(delete(m.Audit).where(m.Audit.id <= old[-1].id))
                notes.put_in(session, audit.TAIL, {"id": old[-1].id, "hash": old[-1].hash})
        count += len(old)
        if len(old) < PART:
            return count


def _files(world: World, before: Instant) -> int:
    count = 0
    for path in (world.settings.home / "rejects").glob("*.csv"):
        if path.stat().st_mtime < before:
            path.unlink()
            count += 1
    return count
