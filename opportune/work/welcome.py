"""Who is behind these leads? Known by mail, or by number and name, else new; what they tell is newer than what we knew.

Several at once, since the questions to the database cost more than the answers. No two of them share an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.forms import Form, consent_wording
from opportune.rules.facts import Channel, Instant, Interest, Preference, Status
from opportune.store import addresses, contacts
from opportune.store.bulk import Bulk
from opportune.store.leads import source
from opportune.store.models import Company, Contact, Lead
from opportune.work import consents, form_life, merging, people, places, preferences
from opportune.work.consents import Origin, Said
from opportune.work.world import World

Met = tuple[Lead, Contact, Form]


def given(lead: Lead) -> dict[str, str]:
    """The addresses the visitor left."""
    return {kind: lead.fields[kind] for kind in addresses.KINDS if lead.fields.get(kind)}


def welcome(world: World, session: Session, some: Sequence[Lead], now: Instant) -> list[Contact]:
    """The people behind these leads, in their order, with all that the forms say of them."""
    known = _known(session, some)
    met = [(lead, known.get(lead.id) or _new(lead, now), form_life.of_lead(session, lead)) for lead in some]
    for each in met:
        _fill_in(*each)
    _origins(session, met, now)
    _employers(session, met, now)
    session.add_all(contact for _, contact, _ in met)
    session.flush()
    _addresses(session, met)
    for each in met:
        each[0].contact_id = each[1].id
        _preferences(session, *each, now)
    for each in met:
        _keep_consents(world, session, *each)
    session.flush()
    return [contact for _, contact, _ in met]


def _known(session: Session, some: Sequence[Lead]) -> dict[int, Contact]:
    """By lead."""
    there = addresses.names_at(session, [each for lead in some for each in given(lead).values()])
    whose = {lead.id: id for lead in some if (id := _whose(lead, there))}
    found = {each.id: each for each in Bulk(session).objects(Contact, "WHERE id = ANY(?)", list(whose.values()))}
    return {lead: found[id] for lead, id in whose.items()}


def _whose(lead: Lead, there: dict[str, list[tuple[int, str]]]) -> int | None:
    name = people.name_key(lead.fields.get("name", ""))
    by_mail = there.get(lead.fields.get("email") or "", [])
    by_phone = [each for each in there.get(lead.fields.get("phone") or "", []) if people.name_key(each[1]) == name]
    same_name = [each for each in by_mail if people.name_key(each[1]) == name]
    return next((id for id, _ in same_name or by_mail or by_phone), None)


def _new(lead: Lead, now: Instant) -> Contact:
    fields = lead.fields
    return Contact(
        name=people.clean_name(fields.get("name", "")) or fields.get("email") or fields["phone"],
        status=Status.UNKNOWN.value, business=people.is_business(fields.get("company", ""), fields.get("email")),
        interest=Interest.COLD.value, bought=False, zones=[], asked_for_contact=False, created_at=now, version=1,
        language=people.language_of(fields.get("language", ""), fields.get("country")),
    )  # fmt: skip


def _fill_in(lead: Lead, contact: Contact, form: Form) -> None:
    """Addresses, place and clock as the visitor gave them; where names are often made up, only what was unknown."""
    fields = lead.fields
    for kind, text in given(lead).items():
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
    contact.asked_for_contact = contact.asked_for_contact or form.asks_for_contact
    contact.bought = False  # A14: the person came to us
    contact.version += 1


def _origins(session: Session, met: Iterable[Met], now: Instant) -> None:
    found: dict[str, int] = {}
    for lead, contact, form in met:
        if form.key not in found:
            found[form.key] = source(session, f"form:{form.key}", form.kind, now).id
        lead.source_id = found[form.key]
        contact.source_id = contact.source_id or lead.source_id


def _employers(session: Session, met: Iterable[Met], now: Instant) -> None:
    """The companies the visitors name, unless we know one."""
    named = [(lead.fields["company"], who) for lead, who, _ in met if lead.fields.get("company") and not who.company_id]
    query = select(Company).where(Company.name.in_({name for name, _ in named})).order_by(Company.id.desc())
    found = {each.name: each for each in session.scalars(query)} if named else {}
    for name, contact in named:
        if name not in found:
            found[name] = merging.new_company(name, contact.email, contact.country, now)
            session.add(found[name])
    session.flush()
    for name, contact in named:
        contact.company_id = found[name].id


def _addresses(session: Session, met: Iterable[Met]) -> None:
    rows = [addresses.address(who, kind, text, text) for lead, who, _ in met for kind, text in given(lead).items()]
    addresses.add(session, rows)


def _preferences(session: Session, lead: Lead, contact: Contact, form: Form, now: Instant) -> None:
    where = preferences.Where("form", lead.public_id, now)
    if lead.answer_by and len(form.answers) > 1:  # where there was no choice, nothing was preferred
        said = Preference(Channel(lead.answer_by), f"form {form.key}", "stated")
        preferences.remember(session, contact, said, where)
    preferences.hear(session, contact, str(lead.fields.get("message", "")), where)


def _keep_consents(world: World, session: Session, lead: Lead, contact: Contact, form: Form) -> None:
    """E1: who, when, where, which words. Only a tick is a yes, and where the place asks it waits for a click."""
    named = lead.fields["advertiser"]
    said = [
        Said(each, consent_wording(each, named, form.language), wording_version=lead.form_version)
        for each in form.consents
        if lead.fields.get(f"consent_{each}") == "yes"
    ]
    if not said:
        return
    origin = Origin(
        f"lead:{lead.public_id}", named, lead.source_id, lead.form_version, lead.page, lead.ip, lead.agent,
        {"lead": lead.public_id, "form": form.key},
    )  # fmt: skip
    always = form.document.double_opt_in == "always"  # a form may ask more than the place does, never less
    consents.take(world, session, contact, said, origin, lead.received_at, confirm=always)
