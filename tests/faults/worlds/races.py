"""A no against a dispatch, many at once: at some moment between two transactions, each in one of five ways.

Everybody is due in the same minute. While one process calls and another one writes, people say no: by the link, by a
form, to our operator, by key 9, by a reply; most of all those whose touch is claimed or just being sent.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

from faults.worlds import house
from faults.worlds.auditor import audit, everything_counts_once
from faults.worlds.people import letter
from faults.worlds.simulation import Around, Simulation
from support_world import add_person, at, make_world, plan_everything

from channels.base import Incoming
from opportune.rules.facts import CallResult

PEOPLE = 24
MOMENT = at("2026-03-03 13:50")  # a mark of the mails, and an hour for calls
WAYS = {"call": ("form", "form", "operator", "key 9"), "email": ("link", "link", "reply")}
OFTEN = 0.4
AT_ONCE = (1, 2, 4)
AGAIN = "PYTHONPATH=tests:. python -m faults.worlds.races"  # and the seed: the line that repeats it


@cache
def template() -> Path:
    """Everybody has one planned touch for this very moment: every third a call."""
    path = house.folder() / "races.db"
    tables = house.tables()
    tables.become(house.template())
    tables.before = lambda _: None
    world = make_world(tables, house.folder(), MOMENT - 3600)
    for number in range(1, PEOPLE + 1):
        add_person(world, number, **({} if number % 3 == 0 else {"phone": None}))
    plan_everything(world)
    tables.close()
    with sqlite3.connect(tables.path) as connection:
        connection.execute("UPDATE touch SET due_at = ?, not_after = ?", (MOMENT, MOMENT + 600))
        connection.execute("UPDATE enrolment SET decide_at = NULL")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    path.write_bytes(tables.path.read_bytes())
    return path


class Race(Simulation):
    """A few minutes, in which everybody says no at some point."""

    def run(self) -> Race:
        self.met: Counter[str] = Counter()  # how far what they say no to had come
        self.tables = house.tables()
        self.tables.become(template())
        self.plain = self.tables.plain()
        self.now, self.unrest, self.shape = MOMENT, 0.0, "announce"
        rows = self.plain.execute("SELECT contact_id, channel, token FROM touch WHERE state = 'planned' ORDER BY id")
        first = {contact: (channel, token) for contact, channel, token in rows.fetchall()[::-1]}
        self.waiting = list(first.values())
        self.rng.shuffle(self.waiting)
        with Around(self):
            self._plan_wakes()
            self.pass_time(300)
            while self.waiting:
                self._no()
            self.pass_time(300)
        return self

    def between(self, _point: str) -> None:
        if len(self._stack) == 1 and self.waiting and self.rng.random() < OFTEN:
            under_way = self.plain.execute("SELECT token FROM touch WHERE state IN ('claimed', 'sending')").fetchall()
            self.waiting.sort(key=lambda each: (each[1],) in under_way)  # the last one is next
            for _ in self.waiting[: self.rng.choice(AT_ONCE)]:
                self._no()

    def _no(self) -> None:
        channel, token = self.waiting.pop()
        self.met.update(*self.plain.execute("SELECT state FROM touch WHERE token = ?", (token,)))
        way = self.rng.choice(WAYS[channel])
        if way == "link":
            self._unsubscribe(token)
        elif way == "form":
            self._writes_to_us(token)
        elif way == "operator":
            self._enter(token, CallResult.DO_NOT_CALL)
        elif way == "key 9":
            self.webhook("/keys", token, f"CallSid=CA{len(self.waiting)}&CallStatus=in-progress&Digits=9".encode())
        else:
            number = len(self.mailbox) + 1
            raw = letter("stop", number, "somebody@firm.example", token, "")
            self.mailbox.append(Incoming(str(number), raw))
            self._fetch_mail("stop", token)


class Round(NamedTuple):
    """How many said no, what happened after they were told that we had heard it, and in which state of their touch."""

    heard: int
    wrong: list[str]
    met: Counter[str]


def one_round(seed: int) -> Round:
    race = Race(seed, some=frozenset(), days=1).run()
    wrong = audit(race.evidence(), besides=(everything_counts_once,))  # who says no by key 9 may press a key again
    heard = len({ack.contact for ack in race.acks})
    unheard = [] if heard == PEOPLE else [f"only {heard} were heard"]
    return Round(heard, [f"{AGAIN} {seed}: {words}" for words in wrong + unheard], race.met)


if __name__ == "__main__":
    import sys

    for words in one_round(int(sys.argv[1])).wrong or ["nothing left after a no"]:
        print(words)
