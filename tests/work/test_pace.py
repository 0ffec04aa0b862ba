"""Never more calls in any second than the account allows, and no turn lost while there is work."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support_world import make_world

from channels.base import Accepted, CallOrder
from opportune.rules.facts import HOUR
from opportune.store import models as m
from opportune.work import pace

START = 1_800_000_000
NIGHT = START + 8 * HOUR
LITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ORDER = CallOrder("+4930231250", "+442079460100", "http://p", "http://p", "http://p")


class Shared:
    """A clock of several workers: whoever waits moves it for all, in steps no longer than a busy machine's."""

    def __init__(self):
        self.at, self.lock = float(START), threading.Lock()

    def now(self):
        return int(self.at)

    def exact(self):
        return self.at

    def wait_until(self, moment):
        with self.lock:
            self.at = max(self.at, moment)


class Carrier:
    def __init__(self, clock):
        self.clock, self.asked = clock, []

    def place(self, _order):
        self.asked.append(self.clock.exact())
        return Accepted("CA1")


def most_in_a_second(moments):
    moments = sorted(moments)
    return max(sum(at <= each < at + 1 for each in moments) for at in moments)


@LITE
@pytest.mark.parametrize("rate", [1, 3, 30])
def test_two_workers_together_keep_the_pace_and_use_it(db, tmp_path, rate):
    world, clock = make_world(db, tmp_path, calls_per_second=rate), Shared()
    world.clock, world.__dict__["carrier"] = clock, Carrier(clock)
    taken = []

    def worker(_):
        for _ in range(6):
            with world.db.write() as session:
                turns = pace.turns(world, session, pace.room(world, session, 16))
            taken.extend(turns)
            for turn in turns:
                pace.place(world, ORDER, turn, NIGHT)
            clock.wait_until(clock.exact() + 0.1)  # a pass has other things to do

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(worker, range(2)))
    assert most_in_a_second(world.carrier.asked) <= rate
    assert most_in_a_second(taken) <= rate
    gaps = [b - a for a, b in zip(sorted(taken), sorted(taken)[1:], strict=False)]
    assert sorted(gaps)[len(gaps) // 2] <= 1 / (0.95 * rate)  # where there is work, every turn is used


@LITE
def test_a_pause_is_not_made_up_for(db, tmp_path):
    """A bucket that fills would let twice the rate through within a second."""
    world, clock = make_world(db, tmp_path, calls_per_second=10), Shared()
    world.clock = clock
    with world.db.write() as session:
        before = pace.turns(world, session, 10)
    clock.at += 60
    with world.db.write() as session:
        after = pace.turns(world, session, pace.room(world, session, 16))
    assert most_in_a_second(before + after) == len(after) == 10
    with world.db.read() as session:
        assert pace.room(world, session, 16) == 0


@LITE
def test_whoever_misses_a_turn_takes_another(db, tmp_path):
    world, clock = make_world(db, tmp_path, calls_per_second=10), Shared()
    world.clock, world.__dict__["carrier"] = clock, Carrier(clock)
    with world.db.write() as session:
        missed, held, held_too = pace.turns(world, session, 3)
    clock.at = missed + pace.LATE + 0.01
    pace.place(world, ORDER, missed, NIGHT)
    [asked] = world.carrier.asked
    assert asked == pytest.approx(held_too + (held_too - held))


SLOWED = [
    # seconds at which the carrier said "too fast", the share of the pace that is left five seconds after the last
    ([0], 1 / 2),
    ([0, 1, 9], 1 / 2),  # calls that left together
    ([0, 60], 1 / 4),  # half was still too fast
    ([0, 60, 120, 180, 240, 300], 1 / 16),  # never to nothing
    ([0, 3 * HOUR], 1 / 2),  # forgotten meanwhile
]


@LITE
@pytest.mark.parametrize(("said", "left"), SLOWED)
def test_too_fast_lowers_the_pace_for_a_while(db, tmp_path, said, left):
    world = make_world(db, tmp_path, calls_per_second=8)
    with world.db.write() as session:
        for second in said:
            pace.slow(session, "10004: too many", START + second)
            session.flush()
        assert pace.rate(world, session, START + said[-1] + 5) == pytest.approx(8 * left)
        assert pace.rate(world, session, START + said[-1] + HOUR + 1) == 8
    with world.db.read() as session:
        known = session.query(m.Audit).filter_by(act="calls_slowed").count()
    assert math.log2(1 / left) <= known
