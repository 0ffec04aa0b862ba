"""May we contact this person in this way (E1, A14)?

The law of a place is data: a `LawRow`. A recorded yes opens a channel and a recorded no closes it; without either the
row's basis decides, and a row nobody signed off closes whatever is risky. Where several places apply, each must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

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


Week = tuple[tuple[Minutes, ...], ...]  # from Monday to Sunday, stretches of local minutes
FOREVER = 10**6


@dataclass(frozen=True, slots=True)
class LawRow:
    """The law of one place, as far as it binds a decision; or the strictest of several places (`parts`).

    `basis`: (kind, "b2b" | "b2c") -> opt_in | opt_out | forbidden. `windows`: hours in which calls are lawful,
    `auto_windows`: those of calls that speak by themselves, where the place has others. `caps`: (most calls, in so many
    days). `calendar`: whose public holidays the person has; `closed_on`: those of them on which the law closes calls;
    both as "US-FL" or "DE-BY+AT", filled in by the law book. `doubtful`: kinds whose values are a guess.
    `blocked`: nothing at all until somebody signs. `since`, `until`: the days (since 1970, the last one out) it holds.
    """

    place: str
    name: str
    basis: Mapping[tuple[str, str], str]
    windows: Week
    auto_windows: Week | None = None
    calendar: str = ""
    closed_on: str = ""
    days_off: frozenset[int] = frozenset()  # by decree, beside the calendar's own
    days_worked: frozenset[int] = frozenset()  # and those that a decree made working days
    caps: tuple[tuple[int, int], ...] = ()
    refusal_days: int = 0
    doubtful: frozenset[str] = frozenset()
    blocked: bool = False
    verified_by: str = ""
    since: int = 0
    until: int = FOREVER
    parts: tuple[LawRow, ...] = ()

    @property
    def each(self) -> tuple[LawRow, ...]:
        return self.parts or (self,)

    def hours(self, automated: bool) -> Week:
        """When calls may ring. Those of automated calls only narrow the others."""
        if not automated or self.auto_windows is None:
            return self.windows
        return narrowed(self.windows, self.auto_windows)

    def needs(self, kind: str, audience: str) -> str:
        return self.basis.get((kind, audience), "opt_in")

    def trusted(self, kind: str) -> bool:
        """Somebody answers for what the row says of this kind."""
        return bool(self.verified_by) and kind not in self.doubtful


@lru_cache(maxsize=4096)
def narrowed(one: Week, other: Week) -> Week:
    """What is open in both weeks."""
    return tuple(
        tuple(sorted((max(a, c), min(b, d)) for a, b in mine for c, d in theirs if max(a, c) < min(b, d)))
        for mine, theirs in zip(one, other, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes, and the consent it rests on (None: it rests on the row)."""

    consent_id: int | None = None


def may(person: Person, kind: str, campaign: Campaign, law: LawRow, now: Instant) -> Allowed | Reason:
    """Whether `kind` (call, call_auto, voicemail, email) is lawful for this person now."""
    audience = "b2b" if person.business else "b2c"
    forbidding = _places(law, kind, lambda row: row.needs(kind, audience) == "forbidden")
    if forbidding:
        return Reason("forbidden_here", "E1", forbidding)
    blocking = _places(law, kind, lambda row: row.blocked and not row.verified_by)
    if blocking:
        return Reason("law_blocked", "E1", blocking)
    word = _latest_word(person, kind, campaign, now)
    if word is not None:
        return Allowed(word.id) if word.granted else Reason("consent_withdrawn", "E1", {"kind": kind})
    if person.bought:
        return Reason("bought_list", "A14", {"kind": kind})
    asking = _places(law, kind, lambda row: row.needs(kind, audience) == "opt_in")
    if asking and not (campaign.purpose == "service" and kind in ("call", "email")):
        return Reason("needs_consent", "E1", asking)
    unsigned = _places(law, kind, lambda row: not row.trusted(kind))
    if unsigned and (kind != "call" or not person.business):
        return Reason("law_unsigned", "E1", unsigned)
    return Allowed()


def _places(law: LawRow, kind: str, chosen: Callable[[LawRow], bool]) -> dict[str, str]:
    """The places of which this holds, for the reason's sentence; `code` is what `opportune law sign` takes."""
    found = {row.place: row.name for row in law.each if chosen(row)}
    return {"kind": kind, "place": ", ".join(found.values()), "code": " ".join(found)} if found else {}


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
