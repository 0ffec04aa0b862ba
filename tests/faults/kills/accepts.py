"""A colleague presses 1 and our application dies in that second: is the person dialled twice, or in vain?

Only an answer that reached the carrier makes it dial, so a dial is counted where that answer arrived. A carrier that
got none asks the same once more or takes the fallback, and ends the colleague's line; then other colleagues are rung.
"""

from __future__ import annotations

import random
import re
import signal
from dataclasses import dataclass
from urllib.parse import urlencode

from faults.kills import audit
from faults.kills.figures import Figures
from faults.kills.home import ACCOUNT, SEEN, TOKEN, Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.points import deadly
from faults.kills.processes import ended, fork, kill
from faults.kills.seen import Log
from faults.kills.web import FORM, Visitor, application
from faults.kills.workers import owner, settle, warm

from channels.standin.carrier.webhooks import sign
from opportune.work import operator_first, operators

PEOPLE, COLLEAGUES = 12, 6
POINTS = ("event.stored", "gate.locked", "gate.marked", "event.committed")
MINUTES = (2, 16, 32, 61, 76)
_PERSON = re.compile(r'url="[^"]*/voice/([^/"]+)/whisper"')
_FOLLOWING = re.compile(r"/voice/operator/(\w+)/next<")


@dataclass
class Lines:
    """The carrier's side of the colleagues' lines, over real HTTP. The application that is asked to accept for the
    `last` time dies of it, and is started anew."""

    home: Home
    point: str
    last: int
    dice: random.Random
    accepted: int = 0
    died: int = 0
    dialled: int = 0

    def __post_init__(self) -> None:
        self.visitor, self.log = Visitor(self.home), Log(self.home.folder / SEEN)
        self.living = fork(application(self.home))

    def take_calls(self, token: str, leg: str) -> None:
        """A colleague picks up, accepts, and stays on the line for two more."""
        for _ in range(3):
            if self._ask(token, leg, "") is None:
                break
            words = self._accept(token, leg)
            if words is None or not (person := _PERSON.search(words)):
                break
            self._dial(person.group(1))
            words = self._ask(token, leg, "/after", DialCallStatus="no-answer", DialCallSid=f"CAp{self.dialled}") or ""
            following = _FOLLOWING.search(words)
            if following is None:
                break
            token = following.group(1)
            if "<Gather" not in (self._ask(token, leg, "/next") or ""):
                break
        self._ask(token, leg, "/status", CallStatus="completed", again=True)

    def _accept(self, token: str, leg: str) -> str | None:
        self.accepted += 1
        if self.accepted == self.last:
            kill(self.living)
            self.visitor.close()
            self.living = fork(application(self.home, deadly(self.point, 1)))
        return self._ask(token, leg, "/accept", again=self.dice.random() < 0.5, Digits="1")

    def _dial(self, token: str) -> None:
        """The person's phone rings, and nobody picks up."""
        self.dialled += 1
        self.log.add("ring", token, sid=f"CAp{self.dialled}")
        for number, status in enumerate(("initiated", "ringing", "no-answer")):
            fields = {"CallSid": f"CAp{self.dialled}", "CallStatus": status, "SequenceNumber": str(number)}
            self._post(f"/voice/{token}/status", fields, again=True)

    def _ask(self, token: str, leg: str, leaf: str, *, again: bool = False, **more: str) -> str | None:
        """None: no words came, and the line takes the fallback."""
        fields = {"CallSid": leg, "CallStatus": "in-progress", **more}
        return self._post(f"/voice/operator/{token}{leaf}", fields, again=again)

    def _post(self, path: str, fields: dict[str, str], *, again: bool) -> str | None:
        """Signed. `again`: asked once more when the connection broke, as one may have the carrier do."""
        whole = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "From": "", "To": "", **fields}
        headers = FORM | {"X-Twilio-Signature": sign(TOKEN, self.home.settings.public_url + path, whole)}
        for _ in range(2 if again else 1):
            status = self.visitor.ask(path, urlencode(whole).encode(), headers)
            if status is not None:
                return self.visitor.said.decode() if status < 300 else None
            self.died += ended(self.living) == -signal.SIGKILL
            self.living = fork(application(self.home))
        return None


def run(rounds: int, seed: int = 1) -> Figures:
    """So many kills, in turn at each point that an accept passes."""
    figures, dice = Figures(told={"dialled": 0}), random.Random(seed)
    with scratch() as folder, ports() as sockets:
        people = build(folder / "people", f"sqlite:///{folder}/people/test.db", sockets, PEOPLE, ("colleague",))
        _on_duty(template := people.copy(folder / "template"))
        with outside(home := template.copy(folder / "warm")):
            warm(home)
        for number in range(rounds):
            home = template.copy(folder / "round")
            _one(home, POINTS[number % len(POINTS)], dice, figures)
    return figures


def _on_duty(home: Home) -> None:
    world = home.open("somebody")
    for number in range(COLLEAGUES):
        operators.add(world, f"Colleague {number}", f"+44207946099{number}")
        operators.on_duty(world, f"+44207946099{number}")
    world.close()


def _one(home: Home, point: str, dice: random.Random, figures: Figures) -> None:
    figures.runs += 1
    with outside(home):
        lines = Lines(home, point, dice.randrange(1, 9), dice)
        for _ in range(2):  # whom the dead left alone is offered to others
            if ended(fork(lambda: _ring(home))):
                figures.wrong(f"{point}: ringing failed")
            for token, leg in home.rows("SELECT token, provider_id FROM operator_call WHERE state = 'ringing'"):
                lines.take_calls(token, leg)
        kill(lines.living)
        if ended(fork(lambda: settle(home, MINUTES))):
            figures.wrong(f"{point}: the survivor failed")
    if lines.died != 1:
        figures.wrong(f"{point}: the application died {lines.died} times")
    if lines.dialled != (due := PEOPLE - (point == "event.committed")):  # then it is on record that we may have dialled
        figures.wrong(f"{point}: {lines.dialled} were dialled, not {due}")
    figures.told["dialled"] += lines.dialled
    figures.uncertain += audit.closed_in_time(home, figures)
    audit.compare(home, figures)


def _ring(home: Home) -> None:
    world = home.open(owner("ringer", 0))
    while operator_first.ring(world).rung:
        pass
