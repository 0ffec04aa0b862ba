"""What do the rules get to see of a person? Rows become frozen facts, for one case or a thousand at once.

Planner, gate and webhooks all read through here, so a decision and its re-check look at the same things.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.campaign import Campaign
from opportune.rules.consent import LawRow
from opportune.rules.facts import (
    DAY,
    TURNS,
    CallKind,
    CallResult,
    Channel,
    ConsentFact,
    Familiarity,
    History,
    Instant,
    Interest,
    Kind,
    PastTouch,
    Person,
    Preference,
    Stage,
    Status,
)
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.ledger import LEFT
from opportune.work import noes, signatures
from opportune.work.world import World

CAP_DAYS = 30  # how far back caps look
_STATES = "SELECT id, state, version_id FROM campaign WHERE id = ANY(?)"
_CONSENTS = """
  SELECT contact_id, id, channel, granted, at, expires_at, advertiser FROM consent
  WHERE contact_id = ANY(?) AND (purpose = 'marketing' OR NOT granted) ORDER BY id"""
# Without a word on the state: SQLite would go by that, through everything that ever left.
_TOUCHES = """
  SELECT contact_id, enrolment_id, id, channel, kind, step, attempt, sending_at, state, result, template FROM touch
  WHERE contact_id = ANY(?) ORDER BY sending_at, id"""


class PastRow(NamedTuple):
    """A touch that left, or may have left."""

    contact_id: int
    enrolment_id: int | None
    id: int
    channel: str
    kind: str
    step: int
    attempt: int
    sending_at: Instant | None
    state: str
    result: str | None
    template: str


@dataclass(frozen=True, slots=True)
class Case:
    """One enrolment with everything a decision rests on."""

    enrolment: m.Enrolment
    contact: m.Contact
    company: m.Company | None
    person: Person
    history: History
    campaign: Campaign
    state: str  # of the campaign: live | paused | ended
    law: LawRow


def load(world: World, session: Session, enrolments: Iterable[int], now: Instant) -> list[Case]:
    """The cases of these enrolments, in the order of contact and enrolment; eight queries whatever their number."""
    bulk = Bulk(session)
    rows = bulk.objects(m.Enrolment, "WHERE id = ANY(?) ORDER BY contact_id, id", list(enrolments))
    contacts = bulk.objects(m.Contact, "WHERE id = ANY(?)", [row.contact_id for row in rows])
    states = {id: rest for id, *rest in bulk.rows(_STATES, list({row.campaign_id for row in rows}))}
    by_id, companies = {contact.id: contact for contact in contacts}, _companies(bulk, contacts)
    people = persons(world, session, contacts)
    touches = _touches(session, contacts)
    laws = signatures.in_force(world, session)
    cases = []
    for enrolment in rows:
        contact = by_id[enrolment.contact_id]
        state, published = states[enrolment.campaign_id]
        document = running_of(world, session, enrolment.version_id, published)
        history = _history(enrolment, contact, touches[contact.id], now)
        law = laws.row(contact.country, contact.region, contact.phone, tuple(contact.zones), now)
        company = companies.get(contact.company_id or 0)
        cases.append(Case(enrolment, contact, company, people[contact.id], history, document, state, law))
    return cases


def lock(session: Session, people: Iterable[int]) -> None:
    """Hold these contacts until the commit: what opts out waits. Always before their touches, or two could wait for
    each other; `key_share`: rows that merely refer to the contact may be written meanwhile. On SQLite the one writer
    holds everybody."""
    if session.get_bind().dialect.name == "sqlite":
        return
    rows = select(m.Contact.id).where(m.Contact.id.in_(set(people))).order_by(m.Contact.id)
    held = session.scalars(rows.with_for_update(key_share=True)).all()
    known = (session.identity_map.get(session.identity_key(m.Contact, id)) for id in held)
    for contact in filter(None, known):  # somebody else may have changed it until now
        session.expire(contact)


def persons(world: World, session: Session, contacts: Sequence[m.Contact]) -> dict[int, Person]:
    """The people as the rules see them."""
    bulk = Bulk(session)
    consents = defaultdict(list)
    for person, id, channel, granted, *rest in bulk.rows(_CONSENTS, [contact.id for contact in contacts]):
        consents[person].append(ConsentFact(id, channel, bool(granted), *rest))
    no = noes.look(world, bulk, [(contact.id, contact.phone, contact.email) for contact in contacts])
    brought = sources(bulk, {contact.source_id for contact in contacts if contact.source_id})
    return {
        c.id: person_of(
            c,
            c.id % TURNS,
            c.phone,
            c.email,
            c.zones,
            [*consents[c.id], *no.facts(c.id)],
            no.everywhere.get(c.id),
            brought.get(c.source_id or 0, ()),
        )
        for c in contacts
    }


def sources(bulk: Bulk, ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """What a rule may call each of them: its name and its kind."""
    wanted = sorted(ids)
    rows = bulk.rows("SELECT id, key, kind FROM source WHERE id = ANY(?)", wanted) if wanted else []
    return {id: (key, kind) for id, key, kind in rows}


def suppressed(
    world: World, session: Session, contacts: Sequence[m.Contact], channel: str | None = None
) -> dict[int, str]:
    """Who must not be contacted (at all, or on `channel`), and why."""
    return noes.to(world, session, contacts, channel)


def campaign_of(world: World, session: Session, version_id: int) -> Campaign:
    """The document of a version; immutable, hence remembered."""
    known: dict[int, Campaign] = world.extras.setdefault("campaigns", {})  # type: ignore[assignment]
    if version_id not in known:
        version = session.get_one(m.CampaignVersion, version_id)
        known[version_id] = Campaign.model_validate_json(json.dumps(version.document))
    return known[version_id]


def running_of(world: World, session: Session, version_id: int, published: int | None) -> Campaign:
    """The document of who is inside: of their own version, but until the last day of what is published since."""
    mine, ends = campaign_of(world, session, version_id), campaign_of(world, session, published or version_id).ends
    if ends == mine.ends:
        return mine
    until: dict[Any, Campaign] = world.extras.setdefault("campaigns until", {})  # type: ignore[assignment]
    return until.get((version_id, ends)) or until.setdefault((version_id, ends), mine.model_copy(update={"ends": ends}))


def _companies(bulk: Bulk, contacts: Sequence[m.Contact]) -> dict[int, m.Company]:
    ids = {contact.company_id for contact in contacts if contact.company_id}
    return {each.id: each for each in bulk.objects(m.Company, "WHERE id = ANY(?)", list(ids))} if ids else {}


def _touches(session: Session, contacts: Sequence[m.Contact]) -> dict[int, list[PastRow]]:
    groups: dict[int, list[PastRow]] = defaultdict(list)
    for row in map(PastRow._make, Bulk(session).rows(_TOUCHES, [contact.id for contact in contacts])):
        if row.state in LEFT:
            groups[row.contact_id].append(row)
    return groups


def person_of(
    facts: Any,
    turn: int,
    phone: str | None,
    email: str | None,
    zones: Sequence[str],
    consents: Iterable[ConsentFact],
    said_no: str | None,
    sources: tuple[str, ...],
) -> Person:
    """`facts`: a contact, or `seen.Facts` of one, whose flags SQLite gives as 0 and 1."""
    return Person(
        country=facts.country,
        region=facts.region,
        zones=tuple(zones),
        turn=turn,
        status=Status(facts.status),
        business=bool(facts.business),
        interest=Interest(facts.interest),
        phone=phone,
        email=email,
        preference=_preference(facts),
        consents=tuple(consents),
        suppressed=said_no,
        bought=bool(facts.bought),
        asked_for_contact=bool(facts.asked_for_contact),
        familiarity=Familiarity(facts.familiarity),
        call_kind=CallKind(facts.call_kind),
        stage=Stage(facts.stage),
        sources=sources,
        fit=facts.fit,
        only_informs=bool(facts.only_informs),
        inbound=bool(facts.inbound),
    )


def _preference(facts: Any) -> Preference | None:
    if facts.prefers not in ("call", "email"):
        return None
    return Preference(Channel(facts.prefers), facts.prefers_evidence or "", facts.prefers_strength or "stated")


def _history(enrolment: m.Enrolment, contact: m.Contact, touches: list[PastRow], now: Instant) -> History:
    mine = [t for t in touches if t.enrolment_id == enrolment.id]
    recent = [t for t in touches if (t.sending_at or 0) > now - CAP_DAYS * DAY and t.kind != "requested"]
    return history_of(enrolment, contact, mine, [(t.channel, t.sending_at or 0) for t in recent])


def history_of(enrolment: Any, contact: Any, mine: Iterable[Any], elsewhere: Iterable[tuple[str, Instant]]) -> History:
    """Of rows or of `seen.Facts`, which stand for both."""
    return History(
        touches=tuple(_past(t) for t in mine),
        elsewhere=tuple((Channel(channel), at) for channel, at in elsewhere),
        stopped=enrolment.stopped_why or ("disqualified" if contact.disqualified_at else None),
        promised_at=enrolment.promised_at,
        refused_at=contact.refused_at,
        first_channel=Channel(enrolment.first_channel) if enrolment.first_channel else None,
    )


def _past(touch: Any) -> PastTouch:
    result = CallResult(touch.result) if touch.channel == "call" and touch.result else None
    at, channel, kind = touch.sending_at or 0, Channel(touch.channel), Kind(touch.kind)
    return PastTouch(touch.id, channel, kind, touch.step, touch.attempt, at, touch.state, result, touch.template)
