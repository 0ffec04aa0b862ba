"""What do the rules get to see of a person? Rows become frozen facts, for one case or a thousand at once.

Planner, gate and webhooks all read through here, so a decision and its re-check look at the same things.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, or_, select
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
from opportune.store.ledger import LEFT
from opportune.work.world import World

CAP_DAYS = 30  # how far back caps look


def _in(column: Any) -> Any:
    return column.in_(bindparam("ids", expanding=True))


# Built once: putting a statement together costs as much as running it, and the gate runs these for every group.
_ROWS = (
    select(m.Enrolment, m.Contact, m.Campaign)
    .join(m.Contact, m.Contact.id == m.Enrolment.contact_id)
    .join(m.Campaign, m.Campaign.id == m.Enrolment.campaign_id)
    .where(_in(m.Enrolment.id))
    .order_by(m.Enrolment.contact_id, m.Enrolment.id)
)
_COMPANIES = select(m.Company).where(_in(m.Company.id))
_CONSENTS = select(m.Consent).where(_in(m.Consent.contact_id)).order_by(m.Consent.id)
_LEFT = select(m.Touch).where(_in(m.Touch.contact_id), m.Touch.state.in_(LEFT)).order_by(m.Touch.sending_at, m.Touch.id)
_SAID_NO = select(m.Suppression.contact_id, m.Suppression.digest, m.Suppression.reason).where(
    m.Suppression.undone_at.is_(None),
    m.Suppression.channel.is_(None),
    or_(_in(m.Suppression.contact_id), m.Suppression.digest.in_(bindparam("digests", expanding=True))),
)


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
    """The cases of these enrolments, in the order of contact and enrolment; seven queries whatever their number."""
    ids = list(enrolments)
    rows = session.execute(_ROWS, {"ids": ids}).all()
    contacts = [contact for _, contact, _ in rows]
    companies = _companies(session, contacts)
    people = persons(world, session, contacts)
    touches = _touches(session, contacts)
    cases = []
    for enrolment, contact, campaign in rows:
        document = campaign_of(world, session, enrolment.version_id)
        history = _history(enrolment, contact, touches[contact.id], now)
        law = world.law.row(contact.country, contact.region)
        company = companies.get(contact.company_id or 0)
        cases.append(Case(enrolment, contact, company, people[contact.id], history, document, campaign.state, law))
    return cases


def lock(session: Session, people: Iterable[int]) -> None:
    """Hold these contacts until the commit: what opts out waits. Always before their touches, or two could wait for
    each other; `key_share`: rows that merely refer to the contact may be written meanwhile."""
    rows = select(m.Contact).where(m.Contact.id.in_(set(people))).order_by(m.Contact.id)
    session.scalars(rows.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def persons(world: World, session: Session, contacts: Sequence[m.Contact]) -> dict[int, Person]:
    """The people as the rules see them."""
    ids = [contact.id for contact in contacts]
    consents = _grouped(session.scalars(_CONSENTS, {"ids": ids}))
    said_no = suppressed(world, session, contacts)
    return {c.id: _person(c, consents[c.id], said_no.get(c.id)) for c in contacts}


def suppressed(world: World, session: Session, contacts: Sequence[m.Contact]) -> dict[int, str]:
    """Who must not be contacted, and why: by person, or by keyed hash of an address (also one met only now)."""
    by_id = {contact.id: [contact.id] for contact in contacts}
    by_digest: dict[str, list[int]] = defaultdict(list)
    for contact in contacts:
        for address in filter(None, (contact.email, contact.phone)):
            by_digest[world.signer.address_digest(address)].append(contact.id)
    found: dict[int, str] = {}
    for person, digest, reason in session.execute(_SAID_NO, {"ids": list(by_id), "digests": list(by_digest)}):
        for id in [*by_id.get(person or 0, []), *by_digest.get(digest or "", [])]:
            found[id] = reason
    return found


def campaign_of(world: World, session: Session, version_id: int) -> Campaign:
    """The document of a version; immutable, hence remembered."""
    known: dict[int, Campaign] = world.extras.setdefault("campaigns", {})  # type: ignore[assignment]
    if version_id not in known:
        version = session.get_one(m.CampaignVersion, version_id)
        known[version_id] = Campaign.model_validate_json(json.dumps(version.document))
    return known[version_id]


def _companies(session: Session, contacts: Sequence[m.Contact]) -> dict[int, m.Company]:
    ids = {contact.company_id for contact in contacts if contact.company_id}
    return {company.id: company for company in session.scalars(_COMPANIES, {"ids": list(ids)})}


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.contact_id].append(row)
    return groups


def _touches(session: Session, contacts: Sequence[m.Contact]) -> dict[int, list[m.Touch]]:
    return _grouped(session.scalars(_LEFT, {"ids": [contact.id for contact in contacts]}))


def _person(contact: m.Contact, consents: list[m.Consent], said_no: str | None) -> Person:
    preference = None
    if contact.prefers in ("call", "email"):
        evidence, strength = contact.prefers_evidence or "", contact.prefers_strength or "stated"
        preference = Preference(Channel(contact.prefers), evidence, strength)
    return Person(
        country=contact.country,
        region=contact.region,
        zones=tuple(contact.zones),
        turn=contact.id % TURNS,
        status=Status(contact.status),
        business=contact.business,
        interest=Interest(contact.interest),
        phone=contact.phone,
        email=contact.email,
        preference=preference,
        consents=tuple(ConsentFact(c.id, c.channel, c.granted, c.at, c.expires_at, c.advertiser) for c in consents),
        suppressed=said_no,
        bought=contact.bought,
        asked_for_contact=contact.asked_for_contact,
        familiarity=Familiarity(contact.familiarity),
        call_kind=CallKind(contact.call_kind),
        stage=Stage(contact.stage),
        fit=contact.fit,
        only_informs=contact.only_informs,
        inbound=contact.inbound,
    )


def _history(enrolment: m.Enrolment, contact: m.Contact, touches: list[m.Touch], now: Instant) -> History:
    mine = [t for t in touches if t.enrolment_id == enrolment.id]
    recent = [t for t in touches if (t.sending_at or 0) > now - CAP_DAYS * DAY and t.kind != "requested"]
    stopped = enrolment.stopped_why or ("disqualified" if contact.disqualified_at else None)
    return History(
        touches=tuple(_past(t) for t in mine),
        elsewhere=tuple((Channel(t.channel), t.sending_at or 0) for t in recent),
        stopped=stopped,
        promised_at=enrolment.promised_at,
        refused_at=contact.refused_at,
        first_channel=Channel(enrolment.first_channel) if enrolment.first_channel else None,
    )


def _past(touch: m.Touch) -> PastTouch:
    result = CallResult(touch.result) if touch.channel == "call" and touch.result else None
    at, channel, kind = touch.sending_at or 0, Channel(touch.channel), Kind(touch.kind)
    return PastTouch(touch.id, channel, kind, touch.step, touch.attempt, at, touch.state, result)
