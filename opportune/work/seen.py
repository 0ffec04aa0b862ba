"""What does a decision see of many people at once? Plain rows, read in the transaction that decides.

What the rules make of a row is `cases`' business; here only what may differ between people is put side by side, so that
equal facts give equal keys and are looked at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from opportune.rules.alike import Words, last_words
from opportune.rules.campaign import Campaign
from opportune.rules.consent import LawRow
from opportune.rules.facts import DAY, Instant
from opportune.store import sealed
from opportune.store.bulk import Bulk
from opportune.store.ledger import LEFT, OPEN
from opportune.work import cases, noes, signatures
from opportune.work.world import World


class Facts(NamedTuple):
    """What equal people have in common, named as in the tables; `zones` is JSON text, flags may be 0 and 1."""

    first_channel: str | None
    stopped_why: str | None
    promised_at: Instant | None
    disqualified_at: Instant | None
    refused_at: Instant | None
    country: str | None
    region: str | None
    zones: Any
    status: str
    business: bool
    interest: str
    prefers: str | None
    prefers_strength: str | None
    prefers_evidence: str | None
    bought: bool
    asked_for_contact: bool
    familiarity: str
    call_kind: str
    stage: str
    fit: float | None
    only_informs: bool
    inbound: bool


class PastRow(NamedTuple):
    """A touch of this enrolment that left, or may have left."""

    id: int
    channel: str
    kind: str
    step: int
    attempt: int
    sending_at: Instant | None
    state: str
    result: str | None
    template: str


class Seen(NamedTuple):
    """One enrolment with all that a decision about it may rest on."""

    enrolment_id: int
    contact_id: int
    campaign_id: int
    version_id: int
    lot: float
    key: str  # of the campaign
    campaign: Campaign
    law: LawRow
    phone: bool
    email: bool
    suppressed: str | None
    sources: tuple[str, ...]
    words: Words
    last_step: int  # cancelled touches included: a step number is never used twice
    past: tuple[PastRow, ...]
    elsewhere: tuple[tuple[str, Instant], ...]
    facts: Facts


_OF_ENROLMENT = {"first_channel", "stopped_why", "promised_at"}
_FACTS = ", ".join(f"{'e' if name in _OF_ENROLMENT else 'c'}.{name}" for name in Facts._fields)
_FACTS = _FACTS.replace("c.zones", "CAST(c.zones AS TEXT)")
_ROWS = f"""
  SELECT e.id, e.contact_id, e.campaign_id, e.version_id, e.lot, k.key, c.phone, c.email, c.source_id, e.decide_at,
         e.state, k.state, k.version_id, {_FACTS}
  FROM enrolment e JOIN contact c ON c.id = e.contact_id JOIN campaign k ON k.id = e.campaign_id
  WHERE e.id = ANY(?) ORDER BY e.contact_id, e.id"""
_CONSENTS = """
  SELECT contact_id, id, channel, granted, at, expires_at, advertiser FROM consent
  WHERE contact_id = ANY(?) AND (purpose = 'marketing' OR NOT granted) ORDER BY contact_id, at, granted DESC, id"""
_TOUCHES = f"""
  SELECT contact_id, enrolment_id, {", ".join(PastRow._fields)} FROM touch
  WHERE contact_id = ANY(?) AND (enrolment_id = ANY(?) OR sending_at > ?) ORDER BY sending_at, id"""


def look(world: World, bulk: Bulk, enrolments: Sequence[int], now: Instant, *, due: bool) -> list[Seen]:
    """These enrolments by contact, or those of them that are `due`; who ended, or whose campaign is not live, is left
    out."""
    # States are looked at here: SQLite would rather walk through an index of everybody active.
    active = [row for row in bulk.rows(_ROWS, list(enrolments)) if row[10:12] == ("active", "live")]
    rows = [row for row in active if not due or (row[9] is not None and row[9] <= now)]
    people = sorted({row[1] for row in rows})
    if sealed.ids():
        rows = [(*row[:6], sealed.opened(row[6]), sealed.opened(row[7]), *row[8:]) for row in rows]
    no = noes.look(world, bulk, [(row[1], row[6], row[7]) for row in rows])
    consents, touches = _grouped(bulk.rows(_CONSENTS, people)), _touches(bulk, people, [row[0] for row in rows], now)
    sources = cases.sources(bulk, {row[8] for row in rows if row[8]})
    laws = signatures.in_force(world, bulk.session)
    found = []
    for enrolment, contact, campaign_id, version, lot, key, phone, email, source, _, _, _, published, *known in rows:
        facts = Facts._make(known)
        campaign = cases.running_of(world, bulk.session, version, published)
        law = laws.row(facts.country, facts.region, phone, zones(facts.zones), now)
        said = no.among(contact, [each[1:] for each in consents.get(contact, ())])
        words = last_words(said, campaign.advertiser, now)
        step, past, elsewhere = _history(touches[contact], enrolment, now) if contact in touches else (0, (), ())
        found.append(
            Seen(enrolment, contact, campaign_id, version, lot, key, campaign, law, bool(phone), bool(email),
                 no.everywhere.get(contact), sources.get(source, ()), words, step, past, elsewhere,
                 facts)
        )  # fmt: skip
    return found


def _touches(bulk: Bulk, people: list[int], enrolments: list[int], now: Instant) -> dict[int, list[Any]]:
    return _grouped(bulk.rows(_TOUCHES, people, enrolments, _since(now)))


def _history(
    touches: list[Any], enrolment: int, now: Instant
) -> tuple[int, tuple[PastRow, ...], tuple[tuple[str, Instant], ...]]:
    """(last step, what left of this enrolment, what left of late in any campaign)"""
    mine = [PastRow._make(row) for _, of, *row in touches if of == enrolment]
    everywhere = (PastRow._make(row) for _, _, *row in touches)
    return (
        max((touch.step for touch in mine), default=0),
        tuple(_left(mine, now)),
        tuple(
            (touch.channel, touch.sending_at)
            for touch in everywhere
            if touch.sending_at is not None
            and touch.sending_at > _since(now)
            and touch.state in LEFT
            and touch.kind != "requested"
        ),
    )


def _left(mine: list[PastRow], now: Instant) -> Iterable[PastRow]:
    """What was asked for and is on its way counts as gone now: no decision cancels it, so none may plan it again."""
    for touch in mine:
        if touch.state in LEFT:
            yield touch
    for touch in mine:
        if touch.kind == "requested" and touch.state in OPEN:
            yield touch._replace(sending_at=now)


def _since(now: Instant) -> Instant:
    return now - cases.CAP_DAYS * DAY


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    return groups


@lru_cache(maxsize=4096)
def zones(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
