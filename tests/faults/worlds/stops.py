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
        self._goes_on(key)
        then: Any = self.rng.choice(THEN)
        if not self._run("web", lambda world: _so(stops.resume, world, by="ana", key=key, stopped=then)):
            self.at(self.now + 60, lambda: self._resume(key))
        elif key is None and not self._switch():  # the house saw a jump just before this was written: it is over too
            self._goes_on(None)

    def _goes_on(self, key: str | None) -> None:
        for stop in self.stops:
            if stop.campaign == key and stop.until is None:
                stop.until = self._mark()

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


def _so(act: Any, *given: Any, **more: Any) -> bool:
    """Done, or it was so already."""
    with suppress(NotAllowed):
        act(*given, **more)
    return True
