"""May we contact this person in this way (E1, A14)?

The law of a place is data: a `LawRow`. A recorded yes opens a channel and a recorded no closes it; without either the
row's basis decides, and a row nobody signed off closes whatever is risky.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from opportune.rules.campaign import Campaign, Minutes
from opportune.rules.facts import ConsentFact, Instant, Person, Reason

KINDS = ("call", "call_auto", "voicemail", "email")

#: Which recorded yes covers a kind: a message that an automated call leaves on a machine is part of that call.
COVERED_BY = {"call": {"call"}, "call_auto": {"call_auto"}, "voicemail": {"voicemail", "call_auto"}, "email": {"email"}}
#: Which recorded no closes a kind: no calls means no calls of any sort.
CLOSED_BY = {
    "call": {"call"},
    "call_auto": {"call", "call_auto"},
    "voicemail": {"call", "call_auto", "voicemail"},
    "email": {"email"},
}


@dataclass(frozen=True, slots=True)
class LawRow:
    """The law of one place. `basis`: (kind, "b2b" | "b2c") -> opt_in | opt_out | forbidden.

    `windows`: from Monday to Sunday, stretches of local minutes in which calls are lawful. `caps`: (most calls, in so
    many days). `calendar`: whose public holidays count, "US-FL"; the law book fills it in.
    """

    place: str
    name: str
    basis: Mapping[tuple[str, str], str]
    windows: tuple[tuple[Minutes, ...], ...]
    closed_on_holidays: bool = True
    caps: tuple[tuple[int, int], ...] = ()
    refusal_days: int = 0
    confidence: str = "L"
    verified_by: str = ""
    source: str = ""
    source_seen: str = ""
    calendar: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def signed(self) -> bool:
        return self.confidence != "L" and bool(self.verified_by)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes, and the consent it rests on (None: it rests on the row)."""

    consent_id: int | None = None


def may(person: Person, kind: str, campaign: Campaign, law: LawRow, now: Instant) -> Allowed | Reason:
    """Whether `kind` (call, call_auto, voicemail, email) is lawful for this person now."""
    basis = law.basis.get((kind, "b2b" if person.business else "b2c"), "opt_in")
    values = {"kind": kind, "place": law.name}
    if basis == "forbidden":
        return Reason("forbidden_here", "E1", values)
    word = _latest_word(person, kind, campaign, now)
    if word is not None:
        return Allowed(word.id) if word.granted else Reason("consent_withdrawn", "E1", values)
    if person.bought:
        return Reason("bought_list", "A14", values)
    informs = campaign.purpose == "service" and kind in ("call", "email")
    if basis == "opt_in" and not informs:
        return Reason("needs_consent", "E1", values)
    if not law.signed and (kind != "call" or not person.business):
        return Reason("law_unsigned", "E1", values)
    return Allowed()


def _latest_word(person: Person, kind: str, campaign: Campaign, now: Instant) -> ConsentFact | None:
    """The latest yes to our advertiser that still holds, or the latest no; at the same moment the no wins."""
    words = [fact for fact in person.consents if _speaks(fact, kind, campaign, now)]
    return max(words, key=lambda fact: (fact.at, not fact.granted, fact.id), default=None)


def _speaks(fact: ConsentFact, kind: str, campaign: Campaign, now: Instant) -> bool:
    ours = not fact.advertiser or fact.advertiser.strip().casefold() == campaign.advertiser.casefold()
    if not fact.granted:
        return ours and fact.channel in CLOSED_BY[kind]
    holds = fact.at <= now and (fact.expires_at is None or now < fact.expires_at)
    return ours and holds and fact.channel in COVERED_BY[kind]
