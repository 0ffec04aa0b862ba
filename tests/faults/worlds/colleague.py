"""What would a colleague's phone have seen? It is rung first; only who accepts makes the carrier dial the person.

The colleague listens, accepts, passes, wants a pause, hangs up at any moment, or never picks up. After a talk they stay
on the line for the next one. What the carrier dials for them is a call like any other, with its own reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faults.worlds.carrier import Call, Exchange

#: What a colleague does when rung, by weight; the last one hears the person's phone ring, and hangs up.
MOODS = {"accepts": 16, "passes": 3, "pauses": 1, "listens": 2, "hangs up": 2, "no-answer": 3, "busy": 2, "leaves": 2}
KEYS = {"accepts": "1", "leaves": "1", "passes": "2", "pauses": "3", "listens": ""}
#: What the person does whom the carrier dials.
PERSONS = {"human": 20, "machine": 8, "no-answer": 8, "busy": 4, "gone": 1, "declines": 1}
_ACTION = re.compile(r'action="[^"]*/voice/operator/(\w+)/(\w+)"')
_SHOWN = re.compile(r'callerId="([^"]+)"')
_NEXT = re.compile(r"<Redirect[^>]*>[^<]*/voice/operator/(\w+)/next<")
_PERSON = re.compile(r'url="[^"]*/voice/([^/"]+)/whisper"[^>]*>([^<]+)<')


def weighed(exchange: Exchange, weights: dict[str, int]) -> str:
    return exchange.around.mischief.rng.choices(list(weights), list(weights.values()))[0]


@dataclass
class Phone:
    """A colleague's leg from its ring to its end; `token` is that of the row it is asked for at the moment."""

    exchange: Exchange
    leg: Call
    token: str
    mood: str
    leaves: bool = False

    def ring(self, _leg: Call) -> None:
        self.leg.status, self.leg.started = "ringing", self.exchange.around.now
        if self.mood in ("no-answer", "busy"):
            return self._later(20 if self.mood == "no-answer" else 2, lambda: self._end(self.mood))
        self._later(5, self._pick_up)

    def _pick_up(self) -> None:
        self.leg.status = "in-progress"
        self._obey(self._ask(""))

    def _obey(self, twiml: str) -> None:
        """Do as the words say; no words, and the line is over."""
        if "<Gather" in twiml:
            self._later(8, self._decide)
        elif person := _PERSON.search(twiml):
            self._dial(*person.groups(), _SHOWN.search(twiml).group(1))
        elif following := _NEXT.search(twiml):
            self.token = following.group(1)
            self._later(10 if "<Pause" in twiml else 1, lambda: self._obey(self._ask("/next")))
        else:
            self._later(1, lambda: self._end("completed"))

    def _decide(self) -> None:
        if self.mood == "hangs up":
            return self._end("completed")
        mood, self.mood = self.mood, weighed(self.exchange, {m: w for m, w in MOODS.items() if m in KEYS})
        self.leaves = mood == "leaves"
        self._obey(self._ask("/accept", Digits=KEYS[mood]))

    def _dial(self, token: str, number: str, shown: str) -> None:
        script = weighed(self.exchange, PERSONS)
        person = self.exchange.dialled(self, token, number, shown, script)
        if self.leaves:
            self._later(4, lambda: self._gone_while(person))

    def _gone_while(self, person: Call) -> None:
        """The line ends in the middle of it all."""
        if person.status == "ringing":
            self.exchange.end(person, "canceled")
        self._end("completed")

    def picked_up(self, person: Call) -> None:
        """The person did: both hear each other, unless our words say no."""
        twiml = self.exchange.ask(person, "/whisper")
        if not twiml or "<Hangup" in twiml:
            return self.exchange.end(person, "completed")
        self.exchange.around.note("hears", person.token, person.sid, person.to)
        seconds = 10 if person.script == "machine" else self.exchange.around.mischief.rng.choice((20, 240))
        person.duration = str(seconds)
        if person.script != "machine":
            self.exchange.around.talk_over(person.token, seconds)
        self.exchange.later(seconds, person, lambda call: self.exchange.end(call, "completed"))

    def over(self, person: Call, status: str) -> None:
        """How the dialling ended, which the colleague's own leg tells too."""
        if self.leg.status == "in-progress":
            told = {"DialCallSid": person.sid, "DialCallStatus": status, "DialCallDuration": person.duration or "0"}
            self._later(1, lambda: self._obey(self._ask("/after", **told)))

    def _ask(self, leaf: str, **more: str) -> str:
        return self.exchange.ask(self.leg, f"/operator{leaf}", token=self.token, **more)

    def _later(self, seconds: int, what: object) -> None:
        self.exchange.later(seconds, self.leg, lambda _: what())  # type: ignore[operator]

    def _end(self, status: str) -> None:
        self.exchange.end(self.leg, status)
