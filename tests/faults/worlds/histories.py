"""Does it matter in which order a carrier tells us of a call? Reports permuted, repeated up to five times, and lost.

One call is told in its proper order and in a random one; who hears nothing more asks the carrier. Both must end alike,
and follow-ups must be decided once. A history is one transaction that is never committed. What a report makes of given
rows is remembered: only a history with a step never taken before is told to the code, and then each step that we
remember must come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from faults.worlds import house
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support_world import add_person, make_world, move_clock, plan_everything

from channels.base import Accepted, CallState
from channels.voice_events import parse_event
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import calls, gate, plan, react, talks
from opportune.work.world import World

AGAIN = "PYTHONPATH=tests:. python -m faults.worlds.histories"  # seed and number: the line that repeats one
LOST = 0.2
OVERTAKES = 0.1  # how often the end comes before a key, or before the end of a talk
TIMES = (12, 4, 2, 1, 1, 1)  # told once, twice, … six times, by weight
KEPT = ("state", "result", "rank", "said", "pressed", "talk_seconds", "answered_by", "provider_id")
OWED = ("promised_at", "state", "stopped_why")  # of the enrolment
SILENT = ("sent", "ringing", "answered", "cancel_requested")  # who hears nothing more of such a call asks
STATUS = ("initiated", "ringing", "in-progress")
#: What happens on the call: its end, and what we are asked for words in between, always in this order.
SCRIPTS: dict[str, tuple[str, dict[str, str], list[tuple[str, dict[str, str]]]]] = {
    "nobody": ("no-answer", {}, []),
    "busy": ("busy", {}, []),
    "gone": ("failed", {"SipResponseCode": "404"}, []),
    "machine": ("completed", {"AnsweredBy": "machine_end_beep"}, [("", {})]),
    "hangs up": ("completed", {"AnsweredBy": "human"}, [("", {}), ("/keys", {"Digits": ""})]),
    "by mail": ("completed", {"AnsweredBy": "human"}, [("", {}), ("/keys", {"Digits": "2"})]),
    "never again": ("completed", {"AnsweredBy": "human"}, [("", {}), ("/keys", {"Digits": "9"})]),
    "talks": ("completed", {"AnsweredBy": "human"},
              [("", {}), ("/keys", {"Digits": "1"}),
               ("/after", {"DialCallStatus": "completed", "DialCallDuration": "60"})]),
    "nobody free": ("completed", {"AnsweredBy": "human"},
                    [("", {}), ("/keys", {"Digits": "1"}),
                     ("/after", {"DialCallStatus": "no-answer", "DialCallDuration": "0"})]),
}  # fmt: skip
WORK: dict[str, Callable[..., Any]] = {"": calls.words, "/keys": talks.keys, "/after": talks.after_talk,
                                       "/status": calls.status}  # fmt: skip
Told = tuple[str, bytes] | CallState | str  # a request of the carrier; what it says when asked; "answer": its 201
State = int  # a hash of every row, but for their numbers, and of how often something was decided
#: What grows with each step and is read by nobody who hears of a call.
LOGS = ("touch_event",)


@dataclass
class Memory:
    """Where each report leads from each state, and what a call looks like that ends there."""

    steps: dict[tuple[State, Told], State] = field(default_factory=dict)
    ends: dict[State, dict[str, Any]] = field(default_factory=dict)
    start: State = 0

    def walk(self, told: list[Told]) -> dict[str, Any] | None:
        """The end of this history when each of its steps was taken before."""
        state: State | None = self.start
        for each in told:
            if (state := self.steps.get((state, each))) is None:
                return None
        return self.ends.get(state)

    def learn(self, state: State, each: Told, then: State) -> State:
        """The same report on the same rows has the same effect, or what we remember is worth nothing."""
        assert self.steps.setdefault((state, each), then) == then, f"{each} had another effect before"
        return then


@dataclass
class Session1:
    """A database that lets everybody into one transaction."""

    session: Session

    @contextmanager
    def write(self) -> Iterator[Session]:
        yield self.session
        self.session.flush()

    read = write

    def attempt(self, act: Callable[[Session], Any]) -> Any:
        with self.write() as session:
            return act(session)

    together = attempt


class Call:
    """One call on its way, in a world of its own; `end` tells it in some order and says how it ended."""

    def __init__(self) -> None:
        tables = house.tables()
        tables.become(house.template())
        tables.before = lambda _: None
        self.world = make_world(tables, house.folder())  # type: ignore[arg-type]
        add_person(self.world, 1)
        plan_everything(self.world)
        with tables.read() as session:
            first = session.scalars(select(m.Touch).where(m.Touch.channel == "call")).one()
        self.now = move_clock(self.world, first.due_at)
        with tables.write() as session:
            claimed = ledger.claim(session, "call", self.now, "test", limit=1)
            gate.pass_through(self.world, session, claimed, self.now)
        self.id, self.token = first.id, first.token
        self.tables = tables
        self.memory = Memory()
        self.told_really = 0

    def end(self, told: list[Told], poll: CallState) -> dict[str, Any]:
        """The final state after these reports, and after the carrier was asked."""
        return self.memory.walk([*told, poll]) or self._really([*told, poll])

    def _really(self, told: list[Told]) -> dict[str, Any]:
        decided: list[int] = []
        self.told_really += 1
        with Session(self.tables._writer, expire_on_commit=False) as session:
            inner = World(self.world.settings, Session1(session), self.world.clock, self.world.law, "test")  # type: ignore[arg-type]
            inner.extras = self.world.extras
            state = self.memory.start
            with patch.object(plan, "decide_again", lambda *_, **__: decided.append(1)):
                for each in told:
                    self._tell(inner, session, each)
                    state = self.memory.learn(state, each, _state(session, len(decided)))
            self.memory.ends[state] = found = self._found(session) | {"decided": len(decided)}
            session.rollback()
        return found

    def _found(self, session: Session) -> dict[str, Any]:
        touch = session.get_one(m.Touch, self.id)
        enrolment = session.get_one(m.Enrolment, touch.enrolment_id)
        session.refresh(enrolment)  # some statements write past the objects
        found = {name: getattr(touch, name) for name in KEPT}
        found |= {f"enrolment's {name}": getattr(enrolment, name) for name in OWED}
        for table in (m.TouchCost, m.Suppression):
            found[table.__tablename__] = session.scalar(select(func.count()).select_from(table))
        return found

    def _tell(self, world: World, session: Session, told: Told) -> None:
        touch = session.get_one(m.Touch, self.id)
        if isinstance(told, str):
            react.answered(world, session, touch, Accepted("CA1", "queued"), self.now)
        elif isinstance(told, CallState):
            event = calls.polled(touch, told, self.now)
            if event and touch.state in SILENT:
                calls.progress(world, session, touch, event, self.now)
        else:
            WORK[told[0]](world, self.token, parse_event(told[1]), self.now)


def _state(session: Session, decided: int) -> State:
    """All rows of all tables, whatever their numbers."""
    session.flush()
    rows = session.connection().connection.cursor()
    tables = [sorted(map(repr, rows.execute(query).fetchall())) for query in _queries()]
    return hash((decided, *(tuple(each) for each in tables)))


@cache
def _queries() -> tuple[str, ...]:
    kept = [table for table in m.Base.metadata.sorted_tables if table.name not in LOGS]
    names = {table.name: [f'"{column.name}"' for column in table.columns if column.name != "id"] for table in kept}
    return tuple(f"SELECT {', '.join(columns)} FROM {name}" for name, columns in names.items() if columns)


def report(status: str, number: int, **more: str) -> tuple[str, bytes]:
    fields = {"CallSid": "CA1", "CallStatus": status, "SequenceNumber": str(number), "CallbackSource": "progress"}
    return "/status", urlencode({**fields, **more}).encode()


def orderly(script: str) -> tuple[list[Told], list[Told], Told, CallState]:
    """The 201 and the reports as they should come; the requests for words; the last report, and what a poll says."""
    end, more, asked = SCRIPTS[script]
    over = {**more, **({"CallDuration": "60"} if end == "completed" else {})}
    status = STATUS if asked else STATUS[:2]
    reports: list[Told] = ["answer", *(report(each, n) for n, each in enumerate(status))]
    who = {"AnsweredBy": more["AnsweredBy"]} if asked else {}
    words = [(leaf, urlencode({"CallSid": "CA1", "CallStatus": "in-progress", **who, **fields}).encode())
             for leaf, fields in asked]  # fmt: skip
    lasted = 60 if end == "completed" else None
    poll = CallState("CA1", end, "+49", "+44", duration=lasted, answered_by=more.get("AnsweredBy"))
    return reports, words, report(end, 9, **over), poll


def shuffled(rng: Random, script: str) -> tuple[list[Told], bool]:
    """A random history, and whether its last report came. Requests for words keep their order: each waits for our
    answer."""
    reports, words, over, _ = orderly(script)
    kept = [each for each in reports if each == "answer" or rng.random() >= LOST]
    told = [each for each in kept for _ in range(1 if each == "answer" else rng.choices(range(1, 7), TIMES)[0])]
    rng.shuffle(told)
    places = sorted(rng.randrange(len(told) + 1) for _ in words)
    for shift, (place, word) in enumerate(zip(places, words, strict=True)):
        told.insert(place + shift, word)
    for word in words[: rng.randrange(2)]:  # one of the questions comes again, at any later time
        told.insert(rng.randrange(told.index(word) + 1, len(told) + 1), word)
    if came := rng.random() >= LOST:
        last = rng.choice(words) if words and rng.random() < OVERTAKES else words[-1] if words else None
        told.insert(rng.randrange(1 + told.index(last) if last else 0, len(told) + 1), over)
    return told, came


def differing(seed: int, numbers: Iterable[int]) -> list[str]:
    """Of these random histories those that ended otherwise than the orderly one."""
    call, wrong = Call(), []
    right = {(script, came): _right(call, script, came) for script in SCRIPTS for came in (True, False)}
    for script in SCRIPTS:  # what the network itself said of a number stands in the last report only
        if script != "gone" and right[script, True] != right[script, False]:
            wrong.append(f"{script}, in order: {_changed(right[script, True], right[script, False])}")
    for number in numbers:
        rng = Random(f"{seed}:{number}")
        script = rng.choice(list(SCRIPTS))
        told, came = shuffled(rng, script)
        changed = _changed(right[script, came], call.end(told, orderly(script)[3]))
        if changed and not (set(changed) == {"decided"} and _overtaken(told, script)):
            wrong.append(f"{AGAIN} {seed} {number}: {script}: {changed}")
    return wrong


def _right(call: Call, script: str, came: bool) -> dict[str, Any]:
    reports, words, over, poll = orderly(script)
    return call.end([*reports, *words, *([over] if came else [])], poll)


def _overtaken(told: list[Told], script: str) -> bool:
    """Both hung up in the same instant: the end was told before a key or a talk, and each of these decides anew."""
    _, words, over, _ = orderly(script)
    return over in told and any(told.index(over) < told.index(word) for word in words)


def _changed(right: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {name: (right[name], found[name]) for name in found if found[name] != right[name]}


if __name__ == "__main__":
    import sys

    for words in differing(int(sys.argv[1]), [int(sys.argv[2])]) or ["it ended like the orderly one"]:
        print(words)
