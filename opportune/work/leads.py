"""What happens when a form comes in? Stored first, for good; then understood: who is it, what may we, what follows.

All in one transaction. Should the understanding fail, the lead stays stored and waits for `understand_waiting`: what we
acknowledged is never lost.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.form_answers import Answers
from channels.forms import Form, consent_wording
from opportune.rules.facts import Channel, Instant, Interest, Preference, Status
from opportune.store import contacts, leads
from opportune.store.models import Campaign, CampaignVersion, Company, Contact, Lead
from opportune.work import (
    arrivals,
    consents,
    doubts,
    form_life,
    merging,
    outgoing,
    people,
    places,
    preferences,
    signals,
)
from opportune.work.consents import Origin, Said
from opportune.work.world import World

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """Around the answers: the key that tells a repeated post from a new one, and the proof of E1."""

    key: str
    page: str | None = None
    ip: str | None = None
    agent: str | None = None


def advertiser(world: World) -> str:
    """Whom a consent on our forms names: the advertiser of the first live campaign, else the house itself. Looked up
    once a second, since every page and post asks."""
    now = world.clock.now()
    looked: dict[Instant, str] = world.extras.setdefault("advertiser", {})  # type: ignore[assignment]
    if now not in looked:
        found = _advertiser(world)
        looked.clear()
        looked[now] = found
        return found
    return looked[now]


def _advertiser(world: World) -> str:
    query = (
        select(CampaignVersion.document)
        .join(Campaign, Campaign.version_id == CampaignVersion.id)
        .where(Campaign.state == "live")
        .order_by(Campaign.id)
    )
    with world.db.read() as session:
        document = session.scalars(query).first()
    return str((document or {}).get("advertiser") or world.settings.mail_domain or "The owner of this page")


def row(world: World, form: Form, answers: Answers, visit: Visit, now: Instant) -> dict[str, Any]:
    """The lead to be. The same answers under the same key are one lead, however often they are posted; other answers
    under that key are another one: somebody went back and corrected a number."""
    named = form.document.advertiser or advertiser(world)
    words = json.dumps(answers.values, sort_keys=True, ensure_ascii=False)
    key = f"{form.key}:{visit.key[:100]}:{hashlib.sha256(words.encode()).hexdigest()[:32]}"
    return {
        "idempotency_key": key, "public_id": world.signer.keyed("lead", key), "form": form.key,
        "form_version": form.version, "fields": answers.values | {"advertiser": named, "shown": form.language},
        "answer_by": answers.values.get("answer_by"), "page": visit.page, "ip": visit.ip, "agent": visit.agent,
        "received_at": now, **doubts.marked([]),
    }  # fmt: skip


def take(world: World, form: Form, answers: Answers, visit: Visit, now: Instant) -> tuple[Lead, bool]:
    """(lead, is it new): stored and understood in one transaction. The site's own posts go through `intake`."""
    given = row(world, form, answers, visit, now)
    with world.db.write() as session:
        lead, new = leads.store_lead(session, **given)
        if new:
            _understand(world, session, lead, now)
    return lead, new


def understand_waiting(world: World, most: int = 5_000) -> int:
    """Leads that were only stored, or whose understanding failed, one by one; answers how many are through."""
    with world.db.read() as session:
        waiting = [lead.idempotency_key for lead in leads.waiting_leads(session, most)]
    through = 0
    for key in waiting:
        with world.db.write() as session:
            through += understand(world, session, key)
    return through


def understand(world: World, session: Session, key: str) -> bool:
    """Unless that was done, or is being done, or it waits for a look."""
    lead = leads.open_lead(session, key)
    if lead is None:
        return False
    _understand(world, session, lead, world.clock.now())
    return lead.handled_at is not None


def _understand(world: World, session: Session, lead: Lead, now: Instant) -> None:
    try:
        with session.begin_nested():
            contact = welcome(world, session, lead, now)
            signals.recompute(world, session, [contact.id], now)  # B1: the form is a signal
            arrivals.lead_arrived(world, session, lead, contact, now)
            outgoing.of_lead(world, session, lead, contact, now)
            lead.handled_at = now
    except Exception:  # whatever is wrong with our understanding, the lead itself stays
        session.refresh(lead)
        log.exception("lead %s is stored but not understood; it is tried again", lead.public_id)


def welcome(world: World, session: Session, lead: Lead, now: Instant) -> Contact:
    """The person behind the lead: known by mail or by number and name, else new; what they told us is newer than
    what we knew."""
    form = form_life.of_lead(session, lead)
    origin = leads.source(session, f"form:{form.key}", form.kind, now)
    contact = _known(session, lead) or _new(session, lead, now)
    contact.source_id = contact.source_id or origin.id
    lead.contact_id, lead.source_id = contact.id, origin.id
    _fill_in(session, contact, lead, form)
    _employer(session, contact, lead.fields.get("company", ""), now)
    contact.asked_for_contact = contact.asked_for_contact or form.asks_for_contact
    contact.bought = False  # A14: the person came to us
    where = preferences.Where("form", lead.public_id, now)
    if lead.answer_by and len(form.answers) > 1:  # where there was no choice, nothing was preferred
        said = Preference(Channel(lead.answer_by), f"form {form.key}", "stated")
        preferences.remember(session, contact, said, where)
    preferences.hear(session, contact, arrivals.free_text(lead), where)
    _keep_consents(world, session, contact, lead, form)
    session.flush()
    return contact


def _known(session: Session, lead: Lead) -> Contact | None:
    email, phone = lead.fields.get("email"), lead.fields.get("phone")
    there = contacts.at_addresses(session, [each for each in (email, phone) if each])
    name = people.name_key(lead.fields.get("name", ""))
    by_mail = there.get(email or "", [])
    by_phone = [each for each in there.get(phone or "", []) if people.name_key(each.name) == name]
    same_name = [each for each in by_mail if people.name_key(each.name) == name]
    return next(iter(same_name or by_mail or by_phone), None)


def _new(session: Session, lead: Lead, now: Instant) -> Contact:
    fields = lead.fields
    contact = Contact(
        name=people.clean_name(fields.get("name", "")) or fields.get("email") or fields["phone"],
        status=Status.UNKNOWN.value, business=people.is_business(fields.get("company", ""), fields.get("email")),
        interest=Interest.COLD.value, bought=False, zones=[], asked_for_contact=False, created_at=now, version=1,
        language=people.language_of(fields.get("language", ""), fields.get("country")),
    )  # fmt: skip
    session.add(contact)
    session.flush()
    return contact


def _fill_in(session: Session, contact: Contact, lead: Lead, form: Form) -> None:
    """Addresses, place and clock as the visitor gave them; where names are often made up, only what was unknown."""
    fields = lead.fields
    given = {kind: fields[kind] for kind in ("email", "phone") if fields.get(kind)}
    contacts.add_addresses(session, [contacts.address(contact, kind, text, text) for kind, text in given.items()])
    for kind, text in given.items():
        if form.document.trust == "normal" or getattr(contact, kind) is None:
            setattr(contact, kind, text)
    by_number = places.country_of_number(contact.phone) if contact.phone else None
    contact.country = contact.country or places.country_code(fields.get("country", "")) or by_number
    stated = places.zone_name(fields.get("zone", ""))
    if stated and contact.zone_evidence != "stated":
        contact.zones, contact.zone_evidence = [stated], "stated"
    if not contact.zones:
        contact.zones, evidence = places.zones_of(contact.country, contact.region, None, contact.phone)
        contact.zone_evidence = evidence or None
    contact.held = None if contact.zones else contacts.NEEDS_ZONE
    contact.version += 1


def _employer(session: Session, contact: Contact, name: str, now: Instant) -> None:
    """The company the visitor names, unless we know one."""
    if not name or contact.company_id is not None:
        return
    company = session.scalars(select(Company).where(Company.name == name).order_by(Company.id)).first()
    if company is None:
        company = merging.new_company(name, contact.email, contact.country, now)
        session.add(company)
        session.flush()
    contact.company_id = company.id


def _keep_consents(world: World, session: Session, contact: Contact, lead: Lead, form: Form) -> None:
    """E1: who, when, where, which words. Only a tick is a yes, and where the place asks it waits for a click."""
    named = lead.fields["advertiser"]
    said = [
        Said(each, consent_wording(each, named, form.language), wording_version=lead.form_version)
        for each in form.consents
        if lead.fields.get(f"consent_{each}") == "yes"
    ]
    origin = Origin(
        f"lead:{lead.public_id}", named, lead.source_id, lead.form_version, lead.page, lead.ip, lead.agent,
        {"lead": lead.public_id, "form": form.key},
    )  # fmt: skip
    always = form.document.double_opt_in == "always"  # a form may ask more than the place does, never less
    consents.take(world, session, contact, said, origin, lead.received_at, confirm=always)
