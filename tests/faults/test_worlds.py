"""Months at once: whatever breaks, no promise does; and the same seed gives the same month."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from faults.worlds.auditor import audit
from faults.worlds.figures import world
from faults.worlds.simulation import Simulation

ROOT = Path(__file__).parents[2]
TRACE = "from faults.worlds.simulation import Simulation; print(Simulation({}).run().trace())"


@pytest.mark.parametrize("seed", range(101, 106))
def test_whatever_breaks_no_promise_does(seed):
    """Every third world's faults end, and everything is settled in time."""
    assert world(seed)[1] == []


def test_a_quiet_world_is_large_enough_and_doubts_nothing():
    simulation = Simulation(1, some=frozenset()).run()
    assert audit(simulation.evidence()) == []
    touched = {(what, token) for _, _, what, token, _, _ in simulation.log if what in ("mail", "placed")}
    [(people, campaigns, zones)] = simulation.plain.execute(
        "SELECT COUNT(DISTINCT contact_id), COUNT(DISTINCT campaign_id),"
        " (SELECT COUNT(DISTINCT j.value) FROM contact c, json_each(c.zones) j) FROM touch"
    ).fetchall()
    doubts = simulation.plain.execute("SELECT COUNT(*) FROM touch_event WHERE now = 'uncertain'").fetchall()[0][0]
    assert people >= 20
    assert zones >= 6
    assert campaigns == 2
    assert len(touched) >= 100
    assert doubts == 0


def test_colleagues_are_rung_first_and_do_as_they_like():
    simulation = Simulation(3, some=frozenset(), days=12)
    simulation.shape = "operator_first"
    assert audit(simulation.run().evidence()) == []
    ends = simulation.plain.execute("SELECT state, accepted_at IS NOT NULL FROM operator_call WHERE over_at > 0")
    assert {("over", 1), ("declined", 0), ("missed", 0)} <= {tuple(row) for row in ends}


def test_the_same_seed_gives_the_same_trace_in_another_process():
    """Colleagues act in the short world; the other one is a whole month."""
    short = Simulation(8, days=5).run().trace()
    assert elsewhere("8, days=5", "1") == short
    assert elsewhere("16", "2") == Simulation(16).run().trace()
    assert Simulation(7, days=5).run().trace() != short


def elsewhere(world, hashes):
    """The trace of this world in another process, which hashes words otherwise."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PYTHONHASHSEED": hashes}
    command = [sys.executable, "-c", TRACE.format(world)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
