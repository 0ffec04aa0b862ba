"""A crowd with every sort of fact and gap, and a second reader of segments in plain Python, for tests."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from sqlalchemy.orm import Session
from support_touches import Rows

from opportune.rules.facts import DAY, CallResult
from opportune.rules.fit import size_class
from opportune.rules.segment import Condition, Segment
from opportune.store import models as m

NOW = 1_772_000_000
HOSTILE = ("' OR 1=1 --", "%", "_", '"; DROP TABLE contact; --', "a\\' OR ''='", "\\", ")) OR ((1=1", ":x", "%s", "?")
INDUSTRIES = ("bakery", "Bakery ", "Bäckerei", "BÄCKEREI", "ПЕКАРНЯ", "пекарня", HOSTILE[0], "%", None)
SIZES = ("7", "12", "1,200", 120, "many", "", None)
COUNTRIES = ("DE", "RO", "MD", None)
CONSENTS = ("call", "call_auto", "voicemail", "email")
RESULTS = ("interested", "no_answer", "talked", "do_not_call", "call_back", None)
COVERED = {"call": {"call"}, "call_auto": {"call_auto"}, "voicemail": {"voicemail", "call_auto"}, "email": {"email"}}
CLOSED = {"call": {"call"}, "call_auto": {"call", "call_auto"}, "voicemail": set(CONSENTS[:3]), "email": {"email"}}
TALKED = {"interested", "not_interested", "meeting_booked", "talked", "call_back", "email_please", "do_not_call"}


@dataclass
class Known:
    """One person with everything that was written of them."""

    contact: m.Contact
    source: m.Source | None
    facts: dict[str, object]
    consents: list[m.Consent] = field(default_factory=list)
    stops: list[m.Suppression] = field(default_factory=list)
    touches: list[m.Touch] = field(default_factory=list)


def crowd(session: Session, number: int = 90) -> list[Known]:
    chance, rows = random.Random(6), Rows(session, NOW)
    sources = [
        rows.add(m.Source(key=key, kind=kind, created_at=1)) for key, kind in (("fair", "import"), ("%", "chat"))
    ]
    gone = rows.person(erased_at=1)
    return [_somebody(rows, chance, chance.choice([*sources, None]), gone) for _ in range(number)]


def _somebody(rows: Rows, chance: random.Random, source: m.Source | None, gone: m.Contact) -> Known:
    facts = {"industry": chance.choice(INDUSTRIES), "size": chance.choice(SIZES)}
    facts = {name: value for name, value in facts.items() if value is not None}
    company = rows.add(m.Company(name="Firm", facts=facts, created_at=1)) if chance.random() < 0.8 else None
    person = rows.person(
        source, company_id=company and company.id, country=chance.choice(COUNTRIES),
        status=chance.choice(["executive", "staff", "unknown"]), interest=chance.choice(["cold", "warm", "hot"]),
        language=chance.choice(["de", "ro"]), stage=chance.choice(["person", "customer"]),
        familiarity=chance.choice(["cold", "hot"]), call_kind=chance.choice(["first_time", "repeat"]),
        business=chance.random() < 0.5, fit=chance.choice([None, 0.2, 0.5, 0.9]),
        merged_into=gone.id if chance.random() < 0.05 else None, erased_at=1 if chance.random() < 0.05 else None,
    )  # fmt: skip
    known = Known(person, source, facts if company else {})
    for _ in range(chance.randrange(4)):
        known.consents.append(rows.add(_consent(person, chance)))
    if chance.random() < 0.2:
        said = {"kind": "person", "reason": "said_no", "at": _then(chance), "undone_at": chance.choice([None, None, 5])}
        stop = m.Suppression(contact_id=person.id, channel=chance.choice([None, "call", "email"]), **said)
        known.stops.append(rows.add(stop))
    if chance.random() < 0.7:
        enrolment = rows.decided(person, NOW - 400 * DAY)
        for _ in range(chance.randrange(1, 4)):
            known.touches.append(_touch(rows, enrolment, chance))
    return known


def _then(chance: random.Random) -> int:
    return NOW - chance.choice([0, 1, 9, 10, 11, 200]) * DAY + chance.choice([0, 0, 1])


def _consent(person: m.Contact, chance: random.Random) -> m.Consent:
    purpose = chance.choice(["marketing", "marketing", "marketing", "service"])
    said = {"purpose": purpose, "advertiser": "", "wording": "yes", "wording_version": "1", "proof": {}}
    ends = chance.choice([None, None, NOW, NOW + 1])
    said |= {"channel": chance.choice(CONSENTS), "granted": chance.random() < 0.7, "at": _then(chance)}
    return m.Consent(contact_id=person.id, expires_at=ends, **said)


def _touch(rows: Rows, enrolment: m.Enrolment, chance: random.Random) -> m.Touch:
    call, left = chance.random() < 0.7, chance.random() < 0.8
    at = _then(chance)
    result = chance.choice(RESULTS if call else ("replied", "bounced", None))
    given = {"channel": "call" if call else "email", "sending_at": at if left else None, "result": result}
    return rows.touch(enrolment, at, **given, result_at=at + 1 if result and chance.random() < 0.5 else None)


# --- the second reader


def chosen(everybody: list[Known], segment: Segment, others: dict[str, Segment]) -> set[int]:
    alive = [each for each in everybody if each.contact.merged_into is None and each.contact.erased_at is None]
    return {each.contact.id for each in alive if inside(each, segment, others)}


def inside(who: Known, segment: Segment, others: dict[str, Segment]) -> bool:
    return (
        all(holds(who, each, others) for each in segment.all)
        and (not segment.any or any(holds(who, each, others) for each in segment.any))
        and not any(holds(who, each, others) for each in segment.none)
    )


def holds(who: Known, c: Condition, others: dict[str, Segment]) -> bool:
    p, industry = who.contact, str(who.facts.get("industry", "")).strip().lower()
    known = {
        "statuses": {p.status}, "countries": {p.country}, "interests": {p.interest}, "languages": {p.language},
        "stages": {p.stage}, "familiarity": {p.familiarity}, "kinds": {p.call_kind},
        "sources": {who.source.key, who.source.kind} if who.source else set(),
        "sizes": {size_class(who.facts.get("size"))}, "last_call": {last_call(who)},
    }  # fmt: skip
    lists = all(not getattr(c, name) or {str(v) for v in getattr(c, name)} & mine for name, mine in known.items())
    sent = [touch.sending_at for touch in who.touches if touch.sending_at is not None]
    since = None if c.contacted_within_days is None else NOW - c.contacted_within_days * DAY
    return (
        lists
        and (not c.industries or industry in {each.lower() for each in c.industries})
        and (c.business is None or p.business is c.business)
        and (c.fit_from is None or (p.fit is not None and p.fit >= c.fit_from))
        and (c.fit_below is None or (p.fit is not None and p.fit < c.fit_below))
        and (since is None or any(at >= since for at in sent))
        and (c.answered_within_days is None or answered(who, NOW - c.answered_within_days * DAY))
        and all(agreed(who, kind) for kind in c.consents)
        and (c.segment is None or (c.segment in others and inside(who, others[c.segment], others)))
    )


def last_call(who: Known) -> str | None:
    calls = [touch for touch in who.touches if touch.channel == "call" and touch.result in set(CallResult)]
    return max(calls, key=lambda touch: touch.id).result if calls else None


def answered(who: Known, since: int) -> bool:
    def when(touch: m.Touch) -> int:
        return touch.result_at if touch.result_at is not None else touch.sending_at or 0

    talks = [touch for touch in who.touches if touch.result in (TALKED if touch.channel == "call" else {"replied"})]
    return any(when(touch) >= since for touch in talks)


def agreed(who: Known, kind: str) -> bool:
    """The words in order; the no after the yes of the same moment."""
    stops = [stop for stop in who.stops if stop.undone_at is None]
    if any(stop.channel is None for stop in stops):
        return False
    words = [(stop.at, 1) for stop in stops if stop.channel in CLOSED[kind]]
    for said in who.consents:
        holds_now = said.purpose == "marketing" and said.at <= NOW and (said.expires_at or NOW + 1) > NOW
        if said.granted and said.channel in COVERED[kind] and holds_now:
            words.append((said.at, 0))
        elif not said.granted and said.channel in CLOSED[kind]:
            words.append((said.at, 1))
    return bool(words) and max(words)[1] == 0
