"""Which facts can make no difference to a decision? Without them people become alike, and one answer serves them all.

Numbers and addresses become their presence, consents the last word on each kind, the lot its arm, sources those that a
rule names. Everything else is kept as it is, so a fact that the rules learn of later is safe by default. Deciding for
the alike gives the same decision but for the consent it rests on, which `personal` puts back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

from opportune.rules.campaign import Campaign
from opportune.rules.consent import CLOSED_BY, COVERED_BY, KINDS, LawRow
from opportune.rules.decide import decide, explain
from opportune.rules.facts import Change, ConsentFact, Decision, History, Instant, Person
from opportune.rules.flips import ANY_EMAIL, ANY_PHONE

T = TypeVar("T")
REMEMBERED = 32_768  # answers, two kilobytes each with their rows

#: As ConsentFact: id, channel, granted, at, expires_at, advertiser.
Word = tuple[int, str, bool, Instant, Instant | None, str]
#: Channel, granted, and whether it was said at this moment or for a later one.
Shape = tuple[tuple[str, bool, bool], ...]
#: On which kinds a recorded yes or no is a word.
SPEAKS = {
    (granted, channel): tuple(kind for kind in KINDS if channel in table[kind])
    for granted, table in ((True, COVERED_BY), (False, CLOSED_BY))
    for channel in KINDS
}


class Words(NamedTuple):
    """The last word on each kind: facts that say only their order, from 1, and the consents they stand for."""

    facts: tuple[ConsentFact, ...]
    ids: tuple[int, ...]

    def consent(self, decision: Decision) -> int | None:
        """Which consent of this person the decision rests on."""
        return None if decision.consent_id is None else self.ids[decision.consent_id - 1]


class Alike(NamedTuple):
    person: Person
    history: History
    lot: float


def alike(person: Person, campaign: Campaign, history: History, now: Instant, lot: float) -> tuple[Alike, Words]:
    said = sorted(person.consents, key=lambda fact: (fact.at, not fact.granted, fact.id))
    words = last_words((astuple(fact) for fact in said), campaign.advertiser, now)
    named = {name for rule in campaign.rules if rule.when for name in rule.when.sources}
    bare = replace(
        person,
        phone=ANY_PHONE if person.phone else None,
        email=ANY_EMAIL if person.email else None,
        consents=words.facts,
        sources=tuple(sorted(named.intersection(person.sources))),
    )
    return Alike(bare, history, arm(lot, campaign)), words


def personal(decision: Decision, words: Words) -> Decision:
    """The same decision, resting on this person's own consent."""
    return replace(decision, consent_id=words.consent(decision))


def last_words(said: Iterable[Word], advertiser: str, now: Instant) -> Words:
    """`said`: oldest first, at one moment the yes before the no, as they overrule each other."""
    ours = advertiser.casefold()
    heard = [
        (id, (channel, granted, at >= now))
        for id, channel, granted, at, expires_at, to in said
        if (not to or to == advertiser or to.strip().casefold() == ours)
        and (not granted or (at <= now and (expires_at is None or now < expires_at)))
    ]
    places, facts = _last(tuple([shape for _, shape in heard]), now)
    return Words(facts, tuple([heard[place][0] for place in places]))


@lru_cache(maxsize=4096)
def _last(heard: Shape, now: Instant) -> tuple[tuple[int, ...], tuple[ConsentFact, ...]]:
    """Which of these is the last on some kind. Time becomes the order; but a no of this moment or later stays one:
    a yes of this moment, which a counterfactual tries, would not overrule it."""
    last = {kind: place for place, (channel, granted, _) in enumerate(heard) for kind in SPEAKS[granted, channel]}
    places = tuple(sorted(set(last.values())))
    facts = []
    for order, place in enumerate(places, start=1):
        channel, granted, late = heard[place]
        facts.append(ConsentFact(order, channel, bool(granted), now if late and not granted else order))
    return places, tuple(facts)


def arm(lot: float, campaign: Campaign) -> float:
    """One lot for all of the same effect: the call's half of the sample, the mail's, everybody else, the hold-out."""
    rest = 1 - campaign.hold_out
    if lot > rest:
        return (rest + 1) / 2
    edges = (0.0, campaign.comparison_sample / 2, campaign.comparison_sample, rest)
    low, high = next((span for span in pairwise(edges) if lot < span[1]), edges[2:])
    return (low + high) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What many people share; each is itself and nothing else, since hashing a campaign costs more than deciding."""

    campaign: Campaign
    law: LawRow


class Memo(Generic[T]):
    """The answers of one moment by equal facts, each made into what its user needs of it; the latest `REMEMBERED`."""

    def __init__(self, now: Instant, make: Callable[[Decision, Alike, Ground], T]) -> None:
        self.now = now
        self.answer = lru_cache(REMEMBERED)(self._answer)
        self._make = make
        self._changes = lru_cache(REMEMBERED)(self._flips)
        self._grounds: dict[tuple[int, int], Ground] = {}

    def ground(self, campaign: Campaign, law: LawRow) -> Ground:
        """Kept with what it stands on, so no other campaign or law can take its identity."""
        return self._grounds.setdefault((id(campaign), id(law)), Ground(campaign, law))

    def _answer(self, ground: Ground, same: Alike) -> T:
        """As `decide.explain`."""
        found = decide(same.person, ground.campaign, same.history, ground.law, self.now, same.lot)
        anywhen = same._replace(person=replace(same.person, turn=0))  # which channel does not hang on the turn
        return self._make(replace(found, changes=self._changes(ground, anywhen)), same, ground)

    def _flips(self, ground: Ground, same: Alike) -> tuple[Change, ...]:
        return explain(same.person, ground.campaign, same.history, ground.law, self.now, same.lot).changes
