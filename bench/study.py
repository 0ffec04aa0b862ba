"""Do the estimators tell the truth where the truth is known? Many made-up worlds, from fixed seeds.

    python -m bench.study [WORLDS]    1,000 take a minute; writes build/study.json and docs/pictures/study.svg

In each world the rules call executives and the 25 % of staff who are keen (which the log's strata do not hold), and
write to the rest; a lot decides for 10 to 15 %. Whoever is called by the rules would have met the goal more often
anyway: that is what the raw difference takes for the work of the telephone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from opportune.statistics import Estimate, Group, Look, always_valid, arms, doubly_robust, newcombe, snips

PEOPLE, DAYS, LOOKS = 6_000, 120, 30
WRITTEN = np.array([0.11, 0.08, 0.03])  # goal met after an email first: executives, keen staff, other staff
CALLED = np.array([0.14, 0.09, 0.03])
SHARES = np.array([0.30, 0.175, 0.525])
CALLS = np.array([True, True, False])  # whom the rules call
STATUS = ("executive", "staff", "staff")
TRUTH = float(SHARES @ (CALLED - WRITTEN))


@dataclass(frozen=True, slots=True)
class World:
    """Everybody, and of them those whom the lot decided."""

    everybody: list[Group]
    drawn: list[Group]

    def until(self, day: int) -> World:
        return World([g for g in self.everybody if g.day <= day], [g for g in self.drawn if g.day <= day])


def world(seed: int, *, effect: bool = True, people: int = PEOPLE) -> World:
    """Counts by day and kind of person; the season moves all goals up and down by a fifth."""
    dice = np.random.default_rng(seed)
    lot = dice.uniform(0.10, 0.15)
    day, kind = np.divmod(np.arange(DAYS * 3), 3)
    n = dice.multinomial(people, np.tile(SHARES, DAYS) / DAYS)
    season = 1 + 0.2 * np.sin(day / DAYS * 2 * np.pi)
    everybody, drawn = [], []
    left = dice.binomial(n, 1 - lot)
    tossed = dice.binomial(n - left, 0.5)
    for call in (True, False):
        shares = season * (CALLED if call and effect else WRITTEN)[kind]
        by_lot = tossed if call else n - left - tossed
        by_rule = np.where(CALLS[kind] == call, left, 0)
        for size, by in ((by_lot, drawn), (by_rule, None)):
            met = dice.binomial(size, shares)
            found = _groups(day, kind, call, lot, size, met)
            everybody += found
            if by is not None:
                by += found
    return World(everybody, drawn)


def _groups(day, kind, call, lot, size, met) -> list[Group]:
    chances = np.where(CALLS[kind], 1 - lot / 2, lot / 2)
    rows = zip(chances.tolist(), kind.tolist(), day.tolist(), size.tolist(), met.tolist(), strict=True)
    return [Group(chance, STATUS[who], call, d, n, k) for chance, who, d, n, k in rows if n]


# ---- the estimators


def raw(of: World) -> Estimate:
    """What every dashboard shows."""
    return _two_shares(of.everybody)


def sample(of: World) -> Estimate:
    """Only those whom the lot decided."""
    return _two_shares(of.drawn)


def _two_shares(groups: list[Group]) -> Estimate:
    k1, n1, k0, n0 = arms(groups)
    if not n1 or not n0:
        return Estimate(0.0, -1.0, 1.0, n1 + n0)
    return Estimate(k1 / n1 - k0 / n0, *newcombe(k1, n1, k0, n0), n1 + n0)


def sample_forecast(of: World) -> Estimate | None:
    """The same, with what was to be expected taken out."""
    return doubly_robust(tossed(of))


def weighed(of: World) -> Estimate | None:
    return snips(of.everybody)


def robust(of: World) -> Estimate | None:
    return doubly_robust(of.everybody)


def anytime(of: World) -> Estimate | None:
    """Of those by lot: the page's headline."""
    return _last(always_valid(tossed(of)))


def anytime_all(of: World) -> Estimate | None:
    return _last(always_valid(of.everybody))


def _last(looks: list[Look]) -> Estimate | None:
    return looks[-1].estimate if looks else None


def tossed(of: World) -> list[Group]:
    """Among them the coin was fair; what the rules wanted may foretell the goal."""
    return [replace(group, chance=0.5, stratum=(group.stratum, group.chance > 0.5)) for group in of.drawn]


ESTIMATORS: dict[str, Callable[[World], Estimate | None]] = {
    "raw": raw, "sample": sample, "sample_aipw": sample_forecast, "snips": weighed, "aipw": robust,
    "always_valid": anytime, "always_valid_all": anytime_all,
}  # fmt: skip
AT_ALL_LOOKS = {"always_valid": tossed, "always_valid_all": lambda made: made.everybody}


# ---- one look


@dataclass(frozen=True, slots=True)
class Row:
    """Of one estimator over all worlds, in points; coverage: how often its interval held the truth."""

    name: str
    mean: float
    bias: float
    spread: float
    coverage: float
    width: float


def one_look(worlds: int, people: int = PEOPLE) -> list[Row]:
    made = [world(seed, people=people) for seed in range(worlds)]
    return [_row(name, [found for w in made if (found := of(w)) is not None]) for name, of in ESTIMATORS.items()]


def _row(name: str, found: list[Estimate]) -> Row:
    values = 100 * np.array([e.value for e in found])
    held = [e.low <= TRUTH <= e.high for e in found]
    width = 100 * np.mean([e.high - e.low for e in found])
    mean, spread = float(values.mean()), float(values.std())
    return Row(name, mean, mean - 100 * TRUTH, spread, float(np.mean(held)), float(width))


# ---- thirty looks


@dataclass(frozen=True, slots=True)
class Peeking:
    """Share of worlds in which any of the looks left out the truth."""

    name: str
    no_effect: float  # a false alarm: a difference is claimed where there is none
    effect: float


def thirty_looks(worlds: int, people: int = PEOPLE) -> list[Peeking]:
    """The same 30 days for all: every fourth. The always-valid ones are even looked at on each day."""
    missed: dict[str, list[int]] = {name: [0, 0] for name in ESTIMATORS}
    for seed in range(worlds):
        for effect in (False, True):
            made = world(1_000_000 + seed, effect=effect, people=people)
            truth = TRUTH if effect else 0.0
            for name in ESTIMATORS:
                missed[name][effect] += any(not e.low <= truth <= e.high for e in _looks(name, made))
    return [Peeking(name, none / worlds, some / worlds) for name, (none, some) in missed.items()]


def _looks(name: str, made: World) -> list[Estimate]:
    if name in AT_ALL_LOOKS:
        return [look.estimate for look in always_valid(AT_ALL_LOOKS[name](made))]
    days = range(DAYS // LOOKS - 1, DAYS, DAYS // LOOKS)
    return [found for day in days if (found := ESTIMATORS[name](made.until(day))) is not None]


def main(worlds: int) -> None:
    from bench.study_picture import picture

    rows, peeks = one_look(worlds), thirty_looks(worlds)
    print(f"{worlds} worlds of {PEOPLE} people; the truth: {100 * TRUTH:+.2f} points")
    for row, peek in zip(rows, peeks, strict=True):
        print(
            f"{row.name:17} mean {row.mean:+.2f}  bias {row.bias:+.2f}  coverage {row.coverage:.3f}  width "
            f"{row.width:.2f}  30 looks: false alarms {peek.no_effect:.3f}, truth missed {peek.effect:.3f}"
        )
    found = {"worlds": worlds, "truth": TRUTH, "one_look": [*map(asdict, rows)], "looks": [*map(asdict, peeks)]}
    Path("build").mkdir(exist_ok=True)
    Path("build/study.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    Path("docs/pictures/study.svg").write_text(picture(rows, 100 * TRUTH), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
