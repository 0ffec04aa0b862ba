"""What is written down of a decision? Made once for all people who are alike, down to the text of its JSON.

The row says exactly what the policy saw, which is what equal people have in common: their law, what was said and done,
the arm of their lot, but no name, number or address.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any

from opportune.rules.alike import Alike, alike, arm
from opportune.rules.alike import facts as words
from opportune.rules.facts import HOUR, RULES_VERSION, TURNS, Decision, Instant, Kind, Reason
from opportune.rules.familiarity import priority
from opportune.rules.flips import ANY_EMAIL, ANY_PHONE
from opportune.rules.memo import REMEMBERED, Ground, Memo
from opportune.rules.zones import ahead
from opportune.work import cases, tables
from opportune.work.seen import Seen, zones
from opportune.work.world import World

#: Columns of the decision row that equal people share, in the order of `Answer.row`.
SHARED = ("ruled_out", "changes", "rules_version", "at", "verdict", "channel", "kind", "mode", "propensity",
          "propensities", "reasons", "moment", "again_at", "held", "status", "template", "ahead", "first")  # fmt: skip
#: The same for the touch row and `Answer.touch`.
PLANNED = ("attempt", "channel", "kind", "template", "automated", "voicemail", "priority", "due_at", "not_after",
           "ahead", "rules_version")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """`row` and `touch` as the tables take them; no `row`: too far ahead to be held to it, ask again at `again_at`."""

    decision: Decision
    again_at: Instant | None
    row: tuple[Any, ...] = ()
    touch: tuple[Any, ...] = ()


class Group:
    """People who are alike but for their turn, with what is told of all of them."""

    def __init__(self, ground: Ground, first: Alike, memo: Memo) -> None:
        self.ground = ground
        self.first = first
        self.base = memo.base(ground, first)
        context = {"person": first.person, "history": first.history, "law": ground.law.place, "lot": first.lot}
        self.before, self.after = json.dumps(context, default=_fields).split('"turn": 0', 1)
        out, changes = self.base.answer.ruled_out, memo.changes(ground, first)
        self.told = (
            _text({channel: reason_json(reason) for channel, reason in out.items()}),
            _text([{"fact": c.fact, "value": c.value, "channel": c.channel} for c in changes]),
        )
        self.by_turn: list[Answer | None] = [None] * TURNS
        self.by_share: dict[float, Answer] = {}

    def context(self, turn: int) -> str:
        return f'{self.before}"turn": {turn}{self.after}'


class Answers:
    """The answers of one moment in one world."""

    def __init__(self, world: World, now: Instant) -> None:
        self.now = now
        self._horizon = now + world.settings.horizon_hours * HOUR
        self._fits = tables.warmth(world.settings.warmth).fit.alike
        self._memo = Memo(now)
        self._group = lru_cache(REMEMBERED)(self._first_time)

    def of(self, seen: Seen) -> tuple[Answer, Group]:
        """Looked up by what of `seen` may differ between people and matter."""
        ground = self._memo.ground(seen.campaign, seen.law)
        sources = seen.sources if ground.by_source else ()
        known = (ground, arm(seen.lot, seen.campaign), seen.phone, seen.email, seen.suppressed, sources,
                 seen.words.said, seen.past, seen.elsewhere, seen.facts)  # fmt: skip
        group, turn = self._group(known), seen.contact_id % TURNS
        answer = group.by_turn[turn]
        if answer is None:
            answer = group.by_turn[turn] = self._answer(group, turn)
        return answer, group

    def forget(self) -> None:
        """Caches of methods are cycles, which the planner keeps the collector away from."""
        self._group.cache_clear()
        self._memo.forget()

    def _first_time(self, known: tuple[Any, ...]) -> Group:
        ground, lot, phone, email, said_no, sources, said, past, elsewhere, facts = known
        addresses = (ANY_PHONE if phone else None, ANY_EMAIL if email else None)
        consents = words(said, self.now)
        person = cases.person_of(facts, 0, *addresses, zones(facts.zones), consents, said_no, sources)
        history = cases.history_of(facts, facts, past, elsewhere)
        return Group(ground, alike(person, ground.campaign, history, self.now, lot)[0], self._memo)

    def _answer(self, group: Group, turn: int) -> Answer:
        share = self._memo.share(group.base, turn)
        if share not in group.by_share:
            group.by_share[share] = self._written(group, self._memo.decide(group.base, turn))
        return group.by_share[share]

    def _written(self, group: Group, decision: Decision) -> Answer:
        if decision.moment is not None and decision.moment > self._horizon:
            return Answer(decision, self.now + decision.moment - self._horizon)
        row = (
            *group.told,
            RULES_VERSION,
            self.now,
            verdict(decision),
            decision.channel and decision.channel.value,
            decision.kind.value,
            decision.mode,
            decision.propensity,
            _text(dict(decision.propensities)),
            _text([reason_json(reason) for reason in decision.reasons]),
            decision.moment,
            decision.again_at,
            decision.held,
            group.first.person.status.value,
            decision.template or None,
            _ahead(decision, group.first),
            decision.channel is not None and group.first.history.first_channel is None,
        )
        touch = self._touch(decision, group.first) if decision.channel is not None else ()
        return Answer(decision, None if touch else decision.again_at, row, touch)

    def _touch(self, decision: Decision, same: Alike) -> tuple[Any, ...]:
        assert decision.channel is not None
        turn = priority(same.person, decision, alike=self._fits).value
        return (1, decision.channel.value, decision.kind.value, decision.template, decision.automated,
                decision.voicemail, turn, decision.moment, decision.not_after,
                _ahead(decision, same), RULES_VERSION)  # fmt: skip


def answers(world: World, now: Instant) -> Answers:
    """Those of this moment; another moment forgets them."""
    known = world.extras.get("answers")
    if isinstance(known, Answers) and known.now == now:
        return known
    if isinstance(known, Answers):
        known.forget()
    fresh = world.extras["answers"] = Answers(world, now)
    return fresh


def _ahead(decision: Decision, same: Alike) -> int | None:
    """Of their clock, when it is due: the database knows no zones, and the board asks at what hour people answer."""
    return None if decision.moment is None else ahead(same.person.zones, decision.moment)


def follows(seen: Seen, decision: Decision) -> int | None:
    """A follow-up that had to wait still belongs to the call it follows, and so does what was asked for there."""
    return seen.past[-1].id if decision.kind in (Kind.FOLLOW_UP, Kind.REQUESTED) and seen.past else None


def _text(told: Any) -> str:
    """As JSON; many sorts of people share one, and a million of them must fit into memory."""
    return intern(json.dumps(told))


def _fields(fact: Any) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies everything first."""
    return {name: getattr(fact, name) for name in fact.__slots__}


def verdict(decision: Decision) -> str:
    if decision.channel is not None:
        return "act"
    return "held" if decision.held else "wait" if decision.again_at is not None else "never"


def reason_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "rule": reason.rule, "values": dict(reason.values)}


def reason_of(stored: dict[str, Any]) -> Reason:
    return Reason(stored["code"], stored["rule"], stored["values"])
