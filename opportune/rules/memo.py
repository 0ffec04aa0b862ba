"""How is one answer found for all who are alike? What was asked before is remembered, as long as it is still of use.

Of a person's facts only the turn is drawn per person, and it moves nothing but the moment. So all but the moment is
decided once for all turns; and where another fact would lead is what was decided for those who have that fact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from opportune.rules.alike import Alike, alike, named
from opportune.rules.cadence import spread
from opportune.rules.campaign import Campaign
from opportune.rules.case import Case, build
from opportune.rules.choice import Choice, choose
from opportune.rules.consent import LawRow
from opportune.rules.decide import carried_out, without_choice
from opportune.rules.facts import Change, Channel, Decision, Instant
from opportune.rules.flips import altered, apply, candidates
from opportune.rules.hours import MAIL_TURNS

REMEMBERED = 32_768  # sorts of people


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What many people share; each is itself and nothing else, since hashing a campaign costs more than deciding."""

    campaign: Campaign
    law: LawRow

    @property
    def by_source(self) -> bool:
        """Whether it matters where somebody came from."""
        return bool(self.campaign.rules) and bool(named(self.campaign))


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """All but the moment: either there is nothing to choose, or a choice was made."""

    case: Case
    answer: Decision  # at the first turn
    choice: Choice | None


class Memo:
    """The answers of one moment. Few are kept: each user remembers what it made of them."""

    def __init__(self, now: Instant) -> None:
        self.now = now
        self.base = lru_cache(REMEMBERED // 8)(self._base)
        self._grounds: dict[object, Ground] = {}

    def ground(self, campaign: Campaign, law: LawRow) -> Ground:
        """Kept with what it stands on, so no other campaign or law can take its identity."""
        key = (id(campaign), id(law))
        return self._grounds.get(key) or self._grounds.setdefault(key, Ground(campaign, law))

    def forget(self) -> None:
        self.base.cache_clear()
        self._grounds.clear()

    @staticmethod
    def share(base: Base, turn: int) -> float:
        """What this turn comes to: calls are spread finely, mail leaves a few times a day."""
        if base.choice is None:
            return 0.0
        share = spread(altered(base.case.person, "turn", turn), base.case.step)
        return int(share * MAIL_TURNS) / MAIL_TURNS if base.answer.channel is Channel.EMAIL else share

    def decide(self, base: Base, turn: int) -> Decision:
        """For those who are alike but for their turn, which is 0 in `base`; `changes` has the rest of the answer."""
        share = self.share(base, turn)
        if base.choice is None or share == self.share(base, 0):
            return base.answer
        return carried_out(replace(base.case, spread=share), base.choice)

    def _base(self, ground: Ground, same: Alike) -> Base:
        case = build(same.person, ground.campaign, same.history, ground.law, self.now, same.lot)
        answer = without_choice(case)
        if answer is not None:
            return Base(case, answer, None)
        choice = choose(case)
        return Base(case, carried_out(case, choice), choice)

    def changes(self, ground: Ground, same: Alike) -> tuple[Change, ...]:
        """Where one other fact would lead; that does not hang on the turn."""
        found = self.base(ground, same).answer
        flips = []
        for change in candidates(found, same.person, ground.campaign, same.history):
            channel = self._channel(ground, same, change)
            if channel is not found.channel:
                flips.append(replace(change, channel=channel))
        return tuple(flips)

    def _channel(self, ground: Ground, same: Alike, change: Change) -> Channel | None:
        """Where this change would lead."""
        person, campaign, history = apply(change, same.person, ground.campaign, same.history, self.now)
        if campaign is not ground.campaign:
            ground = self._grounds.setdefault((ground, change), Ground(campaign, ground.law))
        if person.consents is not same.person.consents:  # nothing else that a change alters sets people apart
            person = alike(person, ground.campaign, history, self.now, same.lot)[0].person
        return self.base(ground, Alike(person, history, same.lot)).answer.channel
