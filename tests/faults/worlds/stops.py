"""What stops the whole house in a made-up world? Our operator's pauses, and a clock that jumps.

Whoever pauses goes on minutes or hours later, and says what becomes of those whom the pause caught. A clock that jumped
is set right by hand, and only then somebody resumes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from faults.worlds.outside import Outside

from opportune.rules.facts import HOUR
from opportune.work import stops, watch
from opportune.work.versions import NotAllowed
from opportune.work.world import World

CAMPAIGNS = ("meetings", "clarifications")
THEN = ("send", "drop", "decide", "decide")
#: Of this campaign; without one, of all that are not on a pause of their own.
_THEIRS = """SELECT t.id FROM touch t JOIN campaign k ON k.id = t.campaign_id
  WHERE CASE WHEN ? IS NULL THEN k.state <> 'paused' ELSE k.key = ? END"""
_CAUGHT = f"""{_THEIRS} AND t.state IN ('planned', 'claimed') AND t.kind NOT IN ('requested', 'correction')
  AND (t.due_at <= ? OR EXISTS (SELECT 1 FROM touch_event e WHERE e.touch_id = t.id AND e.id > ?
  AND e.why IN ('kill switch', 'campaign is paused')))"""
_KEPT = f"{_THEIRS} AND t.state NOT IN ('cancelled', 'expired') AND t.id IN"


@dataclass
class Stop:
    """From event `since` on nothing of this campaign leaves, or nothing at all; `until` somebody resumes."""

    campaign: str | None
    since: int
    until: int | None = None


class Stops(Outside):
    """Who stops us, and how we go on."""

    def __init__(self) -> None:
        super().__init__()
        self.stops: list[Stop] = []
        self.outages: list[tuple[int, int]] = []

    def _pause(self) -> None:
        key = self.rng.choice((None, *CAMPAIGNS))
        if self._run("web", lambda world: _so(stops.pause, world, why="wrong price", by="ana", key=key)):
            self._stopped(key)
            self.at(self.now + self.rng.randrange(300, 4 * HOUR), lambda: self._resume(key))

    def _stopped(self, key: str | None) -> None:
        if not any(stop.campaign == key and stop.until is None for stop in self.stops):
            self.stops.append(Stop(key, self._mark()))
            self.note("stopped", "", key or "everything", "")

    def _resume(self, key: str | None) -> None:
        if self.jumped:  # nobody goes on before the clock is right
            self.at(self.now + HOUR, lambda: self._resume(key))
            return
        over = self._goes_on(key)
        then: Any = self.rng.choice(THEN)
        caught = self._caught(key, over)
        went_on = self._run("web", lambda world: _resumed(world, key, then))
        if went_on is None:
            self._not_over(key, over)
            self.at(self.now + 60, lambda: self._resume(key))
        elif key is None and not self._switch():  # the house saw a jump just before this was written: it is over too
            self._goes_on(None)
        if went_on and then == "drop":
            self._are_dropped(key, caught)

    def _goes_on(self, key: str | None) -> list[Stop]:
        """Others may act while this is written, so from now on; returns what is over."""
        over = [stop for stop in self.stops if stop.campaign == key and stop.until is None]
        for stop in over:
            stop.until = self._mark()
        return over

    def _not_over(self, key: str | None, over: list[Stop]) -> None:
        """Whoever wanted to go on died of it: everything may still stand, and nobody has stopped it anew."""
        paused = self.plain.execute("SELECT 1 FROM campaign WHERE key = ? AND state = 'paused'", (key,)).fetchall()
        anew = any(stop.campaign == key and stop.until is None for stop in self.stops)
        if (self._switch() if key is None else paused) and not anew:
            for stop in over:
                stop.until = None

    def _caught(self, key: str | None, over: list[Stop]) -> list[int]:
        """Attempts that the stop holds back: due (by whatever clock of ours), or put back for it."""
        since = min((stop.since for stop in over), default=self._mark())
        return [id for (id,) in self.plain.execute(_CAUGHT, (key, key, self.now - 2, since)).fetchall()]

    def _are_dropped(self, key: str | None, caught: list[int]) -> None:
        """None of them may leave any more, but for what a campaign holds that was paused meanwhile."""
        marks = ", ".join("?" * len(caught))
        kept = self.plain.execute(f"{_KEPT} ({marks})", (key, key, *caught)).fetchall()
        self.failures += [f"attempt {id} was dropped after a pause at {self.now}, and is not gone" for (id,) in kept]

    def _switch(self) -> str:
        """What stands at the kill switch; empty when nothing is stopped."""
        found = self.plain.execute("SELECT value FROM note WHERE key = 'kill_switch'").fetchall()
        return next((value for (value,) in found if value and value != "null"), "")

    def _jump(self) -> None:
        """Never within a pass: the house looks at the clock before each."""
        if self._stack or self.jumped:
            self.at(self.now + 60, self._jump)
            return
        self.jumped = self.rng.choice((-1, 1)) * self.rng.randrange(watch.JUMP + 100, 3 * HOUR)
        wrong = self.rng.randrange(600, 2 * HOUR)
        self.outages.append((self.now, self.now + max(wrong, self.jumped)))  # no deadline can be kept meanwhile
        self.at(self.now + wrong, self._set_right)

    def _set_right(self) -> None:
        if self._stack:
            self.at(self.now + 60, self._set_right)
            return
        self.jumped = 0
        self.at(self.now + self.rng.randrange(60, 2 * HOUR), lambda: self._resume(None))

    def _morning(self) -> None:
        """A colleague comes in and finds everything paused: by the clock, once more after it was set right."""
        if '"the house"' in self._switch() and not self.jumped:
            self._resume(None)

    def _look_at_clock(self, world: World) -> None:
        """As the flows do before each pass; only where a clock may jump. In earnest they look each second, so that what
        is noted is never older than a minute, and nobody was away."""
        if "jump" not in self.mischief.rates:
            return
        if "noted" in world.extras and not self.jumped:
            world.extras["noted"] = world.clock.now()
        if not watch.look(world):
            self._stopped(None)


def _resumed(world: World, key: str | None, then: Any) -> bool:
    """False: nothing was paused any more."""
    with suppress(NotAllowed):
        stops.resume(world, by="ana", key=key, stopped=then)
        return True
    return False


def _so(act: Any, *given: Any, **more: Any) -> bool:
    """Done, or it was so already."""
    with suppress(NotAllowed):
        act(*given, **more)
    return True
