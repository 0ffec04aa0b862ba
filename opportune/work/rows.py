"""What does one row of a list say about a person?

Columns are known by many names (`columns.toml`). A row that cannot be understood says why, in the list owner's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from channels.addresses import normal_email, normal_phone
from opportune.rules.facts import Channel, Instant, Preference, Status
from opportune.rules.markers import preference_in
from opportune.work import claims, dialling, layouts, open_list, people, places
from opportune.work.claims import BadRow as BadRow
from opportune.work.layouts import Columns
from opportune.work.sheets import Record

Unusable = dict[str, tuple[str, str]]  # kind -> as it was written, and why
CONSENTS = {
    "consent_call": "call",
    "consent_automated_call": "call_auto",
    "consent_voicemail": "voicemail",
    "consent_email": "email",
}
CHANNELS = {
    Channel.CALL: "call phone telephone tel calls anruf telefon звонок телефон apel apeluri",
    Channel.EMAIL: "email e-mail mail писать почта письмо",
}
PHONES = ("phone", "mobile", "other_phone")
SHORTENED = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)  # 4.4E+11: the digits are gone
WHOLE = re.compile(r"\.0$")
#: Opt-out columns: which channels a yes in them closes (E1).
REFUSALS = {
    "no_call": ("call", "call_auto", "voicemail"),
    "no_email": ("email",),
    "no_contact": ("call", "call_auto", "voicemail", "email"),
}
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%Y/%m/%d")


@dataclass(frozen=True, slots=True)
class Said:
    """One word about one channel; `at` is None where the list names no day."""

    channel: str
    granted: bool
    at: Instant | None
    expires_at: Instant | None


@dataclass(slots=True)
class PersonRow:
    """One person of a list, normalised."""

    line: int
    name: str
    email: str | None
    phone: str | None
    country: str | None
    region: str | None
    zones: list[str]
    zone_evidence: str
    title: str
    status: Status
    company: str
    language: str
    source: str
    bought: bool
    prefers: Channel | None
    noted: Preference | None  # what the notes say of it (A9)
    notes: str
    wording: str
    advertiser: str
    given: dict[str, str] = field(default_factory=dict)  # addresses as they were written
    unusable: Unusable = field(default_factory=dict)  # addresses that cannot be used (E7)
    signals: dict[str, str] = field(default_factory=dict)  # kind -> what the list says (B1, B11, C1, C2)
    firm: dict[str, str] = field(default_factory=dict)  # of the company: industry, size (B15)
    others: list[str] = field(default_factory=list)  # more numbers of the same person
    consents: list[Said] = field(default_factory=list)
    owner: str = ""  # the colleague whose contact it is, as the list names them

    @property
    def addresses(self) -> list[str]:
        return [each for each in (self.email, self.phone) if each]


def person(record: Record, at: Columns, default_country: str | None) -> PersonRow:
    """The row understood, or BadRow."""
    if record.broken:
        raise BadRow(record.broken)
    said = layouts.understood(open_list.cells(record, at))
    get = said.get
    country = _country(get("country", ""), default_country)
    email, phone, others, unusable = _addresses(said, country)
    country = country or (places.country_of_number(phone) if phone else None)
    region, zones, evidence = _place(said, country, phone)
    signals = claims.signals(said)
    return PersonRow(
        line=record.line,
        name=_name(said, email, phone),
        email=email,
        phone=phone,
        country=country,
        region=region,
        zones=zones,
        zone_evidence=evidence,
        status=people.status_of(get("title", ""), get("status", "")),
        language=people.language_of(get("language", ""), country),
        bought=claims.yes_no("bought", get("bought", "")) or False,
        prefers=_channel(get("prefers", "")),
        noted=preference_in(get("notes", "")),
        notes="; ".join(filter(None, ["customer" if "bought_before" in signals else "", get("notes", "")])),
        given={"email": get("email", ""), "phone": get("phone") or get("mobile", "")},
        unusable=unusable,
        signals=signals,
        firm={name: get(name, "")[:200] for name in ("industry", "size") if get(name)},
        others=others,
        consents=_consents(said),
        **_as_written(said),
    )


def _as_written(cells: dict[str, str]) -> dict[str, str]:
    """What is kept as the list has it, no longer than its column in the database."""
    lengths = {"title": 500, "company": 500, "source": 150, "advertiser": 500, "owner": 200}
    kept = {name: cells.get(name, "")[:length] for name, length in lengths.items()}
    return kept | {"wording": cells.get("consent_text", "")}


def moment(column: str, text: str) -> Instant:
    """A day, or a day and a time, as UTC; a day that does not exist is a BadRow."""
    for shape in DATES:
        try:
            return int(datetime.strptime(text, shape).replace(tzinfo=UTC).timestamp())
        except ValueError:
            continue
    raise BadRow(f"{column}: {text!r} is no date; write it like {date(2026, 3, 31).isoformat()}")


def _country(text: str, default: str | None) -> str | None:
    code = places.country_code(text) if text else default
    if text and code is None:
        raise BadRow(f"country: {text!r} is not known; write its two-letter code or its English name")
    return code


def _addresses(cells: dict[str, str], country: str | None) -> tuple[str | None, str | None, list[str], Unusable]:
    """(mail, phone, more phones, unusable ones and why). Neither mail nor phone: the row cannot be used."""
    written = cells.get("email", "")
    email = normal_email(written) if written else None
    unusable = {} if email or not written else {"email": written}
    whys = {"email": "not a valid email"}
    phones = []
    for text in filter(None, (cells.get(column, "") for column in PHONES)):
        number = normal_phone(WHOLE.sub("", text), country) if not SHORTENED.fullmatch(text) else None
        why = dialling.never(number) if number else _no_number(text)
        if number and not why:
            phones.append(number)
        else:
            unusable["phone"], whys["phone"] = text, why
    if not email and not phones:
        found = ", ".join(f"{kind} {text!r} ({whys[kind]})" for kind, text in unusable.items())
        hint = "; a local number needs the country" if "phone" in unusable and not country else ""
        raise BadRow(f"no usable address: {found}{hint}" if found else "neither email nor phone")
    refused = {kind: (text, whys[kind]) for kind, text in unusable.items()}
    return email, phones[0] if phones else None, phones[1:], refused


def _no_number(text: str) -> str:
    if SHORTENED.fullmatch(text):
        return "a spreadsheet shortened the number: format the column as text and export the list again"
    return "not a valid phone"


def _place(cells: dict[str, str], country: str | None, phone: str | None) -> tuple[str | None, list[str], str]:
    """The region; the zones, and how we know them: stated, else by address, else by number. Nothing is guessed."""
    stated, written = cells.get("zone", ""), cells.get("region", "")
    region = places.region_code(country, written) or written[:64] or None
    if not stated:
        return region, *places.zones_of(country, written or region, cells.get("city"), phone)
    zone = places.zone_name(stated)
    if zone is None:
        raise BadRow(f"zone: {stated!r} is no IANA time zone; write one like Europe/Berlin, or leave it empty")
    return region, [zone], "stated"


def _name(cells: dict[str, str], email: str | None, phone: str | None) -> str:
    full = cells.get("name") or f"{cells.get('first_name', '')} {cells.get('last_name', '')}"
    return people.clean_name(full)[:500] or (email or phone or "")


def _channel(text: str) -> Channel | None:
    if not text or places.key(text) in (places.key("any"), places.key("none")):
        return None
    for channel, words in CHANNELS.items():
        if places.key(text) in map(places.key, words.split()):
            return channel
    raise BadRow(f"prefers: {text!r} is neither call nor email")


def _consents(cells: dict[str, str]) -> list[Said]:
    """E1: each column that says something, with the day of the row or a day of its own."""
    given, until = cells.get("consent_date", ""), cells.get("consent_expires", "")
    day = moment("consent_date", given) if given else None
    expires = moment("consent_expires", until) if until else None
    said = []
    for column, channel in CONSENTS.items():
        text = cells.get(column, "")
        if re.match(r"\d{1,4}[./-]\d", text):
            said.append(Said(channel, True, moment(column, text), expires))
        elif text:
            granted = claims.yes_no(column, text) or False
            said.append(Said(channel, granted, day, expires if granted else None))
    closed = {
        each for column, closes in REFUSALS.items() if claims.yes_no(column, cells.get(column, "")) for each in closes
    }
    # A row that says both yes and no has said no.
    return [each for each in said if each.channel not in closed] + [
        Said(each, False, day, None) for each in sorted(closed)
    ]
