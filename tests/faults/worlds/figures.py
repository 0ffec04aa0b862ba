"""The experiments in one process, as `make faults` wants them: so many runs, and each violation in words."""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from faults.bugs import BUGS, planted
from faults.kills.figures import Figures
from faults.worlds import histories, house, races
from faults.worlds.auditor import CHECKS, audit
from faults.worlds.mischief import RATES
from faults.worlds.simulation import Mode, Simulation

Given = TypeVar("Given")
Found = TypeVar("Found")
AGAIN = "PYTHONPATH=tests:. python -m faults.worlds.figures"  # and the seed: the line that repeats it
LEAST = {"people": 20, "zones": 6, "campaigns": 2, "attempts": 100, "faults": 3, "mails": 30, "calls": 3}
ENOUGH_WORLDS, ENOUGH_NOES = 40, 1000  # from so many on each kind of trouble, and each kind of race, must occur
MEET = {"claimed": 0.03, "sending": 0.03}  # least share of the noes that come before the gate, and before the answer
MOST_SEEDS = 40  # worlds in which a planted bug must show


class Month(NamedTuple):
    """Attempts that are uncertain at its end, what was violated, and how often which trouble struck."""

    doubts: int
    wrong: list[str]
    struck: Counter[str]


def world(seed: int) -> Month:
    """Every third world is one whose faults end."""
    mode: Mode = "liveness" if seed % 3 == 0 else "safety"
    simulation = Simulation(seed, mode).run()
    doubts = simulation.plain.execute("SELECT COUNT(*) FROM touch WHERE state = 'uncertain'").fetchall()[0][0]
    small = _too_small(simulation)
    wrong = [f"this world proves nothing, it has only {small}"] if small else audit(simulation.evidence())
    return Month(doubts, [f"{AGAIN} {seed}: {words}" for words in wrong], simulation.mischief.struck)


def _too_small(simulation: Simulation) -> str:
    """What there is too little of; empty when the world is large enough."""
    [found] = simulation.plain.execute(
        "SELECT COUNT(DISTINCT contact_id), (SELECT COUNT(DISTINCT j.value) FROM contact c, json_each(c.zones) j),"
        " COUNT(DISTINCT campaign_id), COUNT(*) FROM touch"
    ).fetchall()
    seen = Counter(what for _, _, what, *_ in simulation.log)
    faults = sum(simulation.mischief.struck.values())
    sizes = dict(zip(LEAST, (*found, faults, seen["mail"], seen["placed"]), strict=True))
    return ", ".join(f"{size} {what}" for what, size in sizes.items() if size < LEAST[what])


def worlds(count: int, seed: int = 1) -> Figures:
    """All kinds of trouble must strike, where there are worlds enough for each."""
    figures, struck = Figures(runs=count), Counter[str]()
    for month in _each(world, [seed * 1_000_000 + number for number in range(count)]):
        figures.uncertain += month.doubts
        figures.violations += month.wrong
        struck += month.struck
    figures.told = {kind: struck[kind] for kind in RATES}
    if count >= ENOUGH_WORLDS:
        figures.violations += [f"in {count} worlds {kind} never struck" for kind in RATES if not struck[kind]]
    return figures


def webhook_histories(count: int, seed: int = 1) -> Figures:
    figures = Figures(runs=count)
    for wrong in _each(lambda start: histories.differing(start, range(count)), [seed]):
        figures.violations += wrong
    return figures


def optout_races(count: int, seed: int = 1) -> Figures:
    """A no proves something only where it meets what is about to leave: so many must."""
    figures, met = Figures(), Counter[str]()
    rounds = [seed * 100_000 + number for number in range(-(-count // races.PEOPLE))]
    for each in _each(races.one_round, rounds):
        figures.runs += each.heard
        figures.violations += each.wrong
        met += each.met
    figures.told = dict(met)
    if count >= ENOUGH_NOES:
        rare = [state for state, share in MEET.items() if met[state] < share * figures.runs]
        figures.violations += [f"only {met[state]} of {figures.runs} met what was {state}" for state in rare]
    return figures


def seeded_bugs(count: int, seed: int = 1) -> Figures:
    """Each bug must be noticed, whatever the scale: what is not is a violation of ours."""
    del count, seed
    figures = Figures(runs=len(BUGS))
    for name, found in _each(caught, list(BUGS)):
        if not found:
            figures.wrong(f"nobody noticed: {name}")
    figures.told["caught"] = figures.runs - len(figures.violations)
    return figures


def caught(name: str, worlds: int = MOST_SEEDS) -> tuple[str, str]:
    """The bug, and the first sentence of its own check that betrays it; empty: nobody noticed."""
    bug = BUGS[name]
    others = tuple(check for check in CHECKS if check is not bug.betrayed_by)
    for seed in range(1, worlds):
        with planted(bug):
            simulation = Simulation(seed, "safety", frozenset(bug.kinds), factor=4, restless=0.1).run()
            if wrong := audit(simulation.evidence(), besides=others):
                return name, f"seed {seed}: {wrong[0]}"
    return name, ""


def _each(work: Callable[[Given], Found], given: Iterable[Given]) -> Iterator[Found]:
    """One after the other: `faults.run` starts one process for each core."""
    house.template()
    _begin()
    return map(work, given)


def _begin() -> None:
    """Silent, since broken answers are the point here; what stands for good is not looked through again."""
    logging.disable(logging.WARNING)  # errors are heard: see Swallowed
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


if __name__ == "__main__":
    import sys

    for words in world(int(sys.argv[1]))[1] or ["nothing was violated"]:
        print(words)
