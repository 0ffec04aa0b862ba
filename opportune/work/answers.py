"""What is written down of a decision? Made once for all people who are alike, down to the text of its JSON.

The row says exactly what the policy saw, which is what equal people have in common: their law, what was said and done,
the arm of their lot, but no name, number or address.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from opportune.rules.alike import REMEMBERED, Alike, Ground, Memo, alike, arm
from opportune.rules.facts import HOUR, RULES_VERSION, TURNS, Decision, Instant, Kind, Reason
from opportune.rules.familiarity import priority
from opportune.rules.flips import ANY_EMAIL, ANY_PHONE
from opportune.work import cases, tables
from opportune.work.seen import Seen, zones
from opportune.work.world import World

#: Columns of the decision row that equal people share, in the order of `Answer.row`.
SHARED = ("rules_version", "at", "verdict", "channel", "kind", "mode", "propensity", "propensities", "context",
          "ruled_out", "reasons", "changes", "moment", "again_at", "held", "first")  # fmt: skip
#: The same for the touch row and `Answer.touch`.
PLANNED = ("attempt", "channel", "kind", "template", "automated", "voicemail", "priority", "due_at", "not_after",
           "rules_version")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """`row` and `touch` as the tables take them; no `row`: too far ahead to be held to it, ask again at `again_at`."""

    decision: Decision
    again_at: Instant | None
    row: tuple[Any, ...] = ()
    touch: tuple[Any, ...] = ()


class Answers:
    """The answers of one moment in one world."""

    def __init__(self, world: World, now: Instant) -> None:
        self.now = now
        self._horizon = now + world.settings.horizon_hours * HOUR
        self._fits = tables.warmth(world.settings.warmth).fit.alike
        self._memo = Memo(now, self._answer)
        self._of = lru_cache(REMEMBERED)(self._first_time)

    def of(self, seen: Seen) -> Answer:
        """Equal keys are looked up; `seen` with `Seen.lot` and the ids left out is such a key."""
        ground = self._memo.ground(seen.campaign, seen.law)
        turn, lot = seen.contact_id % TURNS, arm(seen.lot, seen.campaign)
        return self._of(ground, turn, lot, seen.phone, seen.email, seen.suppressed, seen.sources, seen.words.facts,
                        seen.past, seen.elsewhere, seen.facts)  # fmt: skip

    def _first_time(self, ground: Ground, turn: int, lot: float, *known: Any) -> Answer:
        phone, email, said_no, sources, words, past, elsewhere, facts = known
        person = cases.person_of(
            facts, turn, ANY_PHONE if phone else None, ANY_EMAIL if email else None, zones(facts.zones), words, said_no,
            sources,
        )  # fmt: skip
        history = cases.history_of(facts, facts, past, elsewhere)
        return self._memo.answer(ground, alike(person, ground.campaign, history, self.now, lot)[0])

    def _answer(self, decision: Decision, same: Alike, ground: Ground) -> Answer:
        if decision.moment is not None and decision.moment > self._horizon:
            return Answer(decision, self.now + decision.moment - self._horizon)
        row = self._row(decision, same, ground)
        touch = self._touch(decision, same) if decision.channel is not None else ()
        return Answer(decision, None if touch else decision.again_at, row, touch)

    def _row(self, decision: Decision, same: Alike, ground: Ground) -> tuple[Any, ...]:
        saw = {"person": asdict(same.person), "history": asdict(same.history)}
        context = {**saw, "law": ground.law.place, "lot": same.lot}
        return (
            RULES_VERSION,
            self.now,
            verdict(decision),
            decision.channel and decision.channel.value,
            decision.kind.value,
            decision.mode,
            decision.propensity,
            json.dumps(dict(decision.propensities)),
            json.dumps(context),
            json.dumps({channel: reason_json(reason) for channel, reason in decision.ruled_out.items()}),
            json.dumps([reason_json(reason) for reason in decision.reasons]),
            json.dumps([{"fact": c.fact, "value": c.value, "channel": c.channel} for c in decision.changes]),
            decision.moment,
            decision.again_at,
            decision.held,
            decision.channel is not None and same.history.first_channel is None,
        )

    def _touch(self, decision: Decision, same: Alike) -> tuple[Any, ...]:
        assert decision.channel is not None
        turn = priority(same.person, decision, alike=self._fits).value
        return (1, decision.channel.value, decision.kind.value, decision.template, decision.automated,
                decision.voicemail, turn, decision.moment, decision.not_after, RULES_VERSION)  # fmt: skip


def answers(world: World, now: Instant) -> Answers:
    """Those of this moment; another moment forgets them."""
    known = world.extras.get("answers")
    if not isinstance(known, Answers) or known.now != now:
        known = world.extras["answers"] = Answers(world, now)
    return known


def follows(seen: Seen, decision: Decision) -> int | None:
    """A follow-up that had to wait still belongs to the call it follows."""
    return seen.past[-1].id if decision.kind is Kind.FOLLOW_UP and seen.past else None


def verdict(decision: Decision) -> str:
    if decision.channel is not None:
        return "act"
    return "held" if decision.held else "wait" if decision.again_at is not None else "never"


def reason_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "rule": reason.rule, "values": dict(reason.values)}


def reason_of(stored: dict[str, Any]) -> Reason:
    return Reason(stored["code"], stored["rule"], stored["values"])
