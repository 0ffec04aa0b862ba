"""How would different rules divide the credit for a goal among the channels that touched a person?

They divide; they prove nothing: nobody knows from this what would have happened without a channel. Removal effect:
Anderl et al. (2016), Int. J. Res. Mark. 33:457. Shapley value: Shapley (1953); Zhao et al. (2018), arXiv 1804.05327.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Literal

import numpy as np

from opportune.statistics.groups import Numbers

Path = tuple[str, ...]
Paths = Mapping[Path, tuple[int, int]]  # channels in order of contact -> (people, of whom met the goal)
Credit = dict[str, float]  # adds up to all goals of people who were contacted at all
Rule = Literal["first", "last", "linear", "late"]


def by_place(paths: Paths, rule: Rule) -> Credit:
    """All to the first or the last contact, evenly, or each contact twice as much as the one before it ("late")."""
    credit: defaultdict[str, float] = defaultdict(float)
    for path, (_, goals) in paths.items():
        weights = {"first": _one(path, 0), "last": _one(path, -1), "linear": [1.0] * len(path)}
        chosen = weights.get(rule, [2.0**place for place in range(len(path))])
        for channel, weight in zip(path, chosen, strict=True):
            credit[channel] += goals * weight / sum(chosen)
    return dict(credit)


def _one(path: Path, place: int) -> list[float]:
    weights = [0.0] * len(path)
    if path:
        weights[place] = 1.0
    return weights


def shapley(paths: Paths) -> Credit:
    """The exact Shapley value of v(S) = goals of people whom only channels of S touched.

    v is a sum over paths of games that only their own set of channels wins, and the value of such a game is shared
    equally; so the average over all orders of joining is each path's goals, evenly over its *different* channels.
    """
    credit: defaultdict[str, float] = defaultdict(float)
    for path, (_, goals) in paths.items():
        for channel in set(path):
            credit[channel] += goals / len(set(path))
    return dict(credit)


def markov(paths: Paths) -> Credit:
    """By removal effect: how much less often a first-order chain ends in a goal when a channel leads nowhere."""
    channels = sorted({channel for path in paths for channel in path})
    goals = sum(met for path, (_, met) in paths.items() if path)
    moves = _moves(paths, channels)
    whole = _reaches(moves)
    if not whole:
        return dict.fromkeys(channels, 0.0)
    effects = {channel: 1 - _reaches(moves, without=i + 1) / whole for i, channel in enumerate(channels)}
    return {channel: goals * effect / sum(effects.values()) for channel, effect in effects.items()}


def _moves(paths: Paths, channels: list[str]) -> Numbers:
    """Chances of each next place; rows: start and channels, columns: start, channels and, last, the goal."""
    place = {channel: i + 1 for i, channel in enumerate(channels)}
    counts = np.zeros((len(channels) + 1, len(channels) + 3))
    for path, (people, met) in paths.items():
        steps = [0, *(place[channel] for channel in path)]
        for here, there in pairwise(steps):
            counts[here, there] += people
        counts[steps[-1], -1] += met
        counts[steps[-1], -2] += people - met
    chances: Numbers = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return chances


def _reaches(moves: Numbers, without: int | None = None) -> float:
    """The chance of ending in the goal from the start: (I - Q) x = r."""
    inside, goal = moves[:, :-2].copy(), moves[:, -1].copy()
    if without is not None:
        inside[without], goal[without] = 0, 0
    return float(np.linalg.solve(np.eye(len(inside)) - inside, goal)[0])
