"""Which facts can make no difference to a decision? Without them people become alike, and one answer serves them all.

Numbers and addresses become their presence, consents the last word on each kind, the lot its arm, sources those that a
rule names. Everything else is kept as it is, so a fact that the rules learn of later is safe by default. Deciding for
the alike gives the same decision but for the consent it rests on, which `personal` puts back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from opportune.rules.campaign import Campaign
from opportune.rules.consent import CLOSED_BY, COVERED_BY, KINDS
from opportune.rules.facts import ConsentFact, Decision, History, Instant, Person
from opportune.rules.flips import ANY_EMAIL, ANY_PHONE

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
    """The last word on each kind, oldest first, and the consents they stand for."""

    said: Shape
    ids: tuple[int, ...]

    def consent(self, decision: Decision) -> int | None:
        """Which consent of this person the decision rests on."""
        return None if decision.consent_id is None else self.ids[decision.consent_id - 1]

    def facts(self, now: Instant) -> tuple[ConsentFact, ...]:
        return facts(self.said, now)


class Alike(NamedTuple):
    person: Person
    history: History
    lot: float


def alike(person: Person, campaign: Campaign, history: History, now: Instant, lot: float) -> tuple[Alike, Words]:
    said = sorted(person.consents, key=lambda fact: (fact.at, not fact.granted, fact.id))
    words = last_words(
        [(f.id, f.channel, f.granted, f.at, f.expires_at, f.advertiser) for f in said], campaign.advertiser, now
    )
    bare = replace(
        person,
        phone=ANY_PHONE if person.phone else None,
        email=ANY_EMAIL if person.email else None,
        consents=words.facts(now),
        sources=tuple(sorted(named(campaign).intersection(person.sources))),
    )
    return Alike(bare, history, arm(lot, campaign)), words


def named(campaign: Campaign) -> frozenset[str]:
    """The sources that its rules ask for."""
    return frozenset(name for rule in campaign.rules if rule.when for name in rule.when.sources)


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
    places, last = _last(tuple([shape for _, shape in heard]))
    return Words(last, tuple([heard[place][0] for place in places]))


@lru_cache(maxsize=4096)
def _last(heard: Shape) -> tuple[tuple[int, ...], Shape]:
    """Which of these is the last on some kind."""
    last = {kind: place for place, (channel, granted, _) in enumerate(heard) for kind in SPEAKS[granted, channel]}
    places = tuple(sorted(set(last.values())))
    return places, tuple((heard[place][0], bool(heard[place][1]), heard[place][2]) for place in places)


@lru_cache(maxsize=4096)
def facts(said: Shape, now: Instant) -> tuple[ConsentFact, ...]:
    """Facts whose number and time say only their order; but a no of this moment or later stays one: a yes of this
    moment, which a counterfactual tries, would not overrule it."""
    return tuple(
        ConsentFact(order, channel, granted, now if late and not granted else order)
        for order, (channel, granted, late) in enumerate(said, start=1)
    )


def arm(lot: float, campaign: Campaign) -> float:
    """One lot for all of the same effect: the call's half of the sample, the mail's, everybody else, the hold-out."""
    return _arm(lot, campaign.comparison_sample, 1 - campaign.hold_out)


def _arm(lot: float, sample: float, rest: float) -> float:
    if lot > rest:
        return (rest + 1) / 2
    if lot >= sample:
        return (sample + rest) / 2
    return sample / 4 if lot < sample / 2 else sample * 3 / 4
