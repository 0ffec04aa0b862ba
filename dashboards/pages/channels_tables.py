"""The rows of "call or write first": for the charts, their tables, and their files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isinf
from typing import Any, get_args

from dashboards.dots import HIDDEN
from dashboards.kit.choices import Choice
from dashboards.kit.format import NOTHING, clock, count, money, percent, points, span, stamp
from dashboards.kit.said import t, word
from dashboards.pages.channels_figures import ForestRow, cost_said
from opportune.rules.facts import Instant
from opportune.statistics import Look, Ratio, wilson
from opportune.store.board.evidence import Evidence, evidence, until
from opportune.store.board.firsts import By, Row, Side, by_value, goal_costs
from opportune.store.db import Database

REAL = 0.05
STAGES = ("attempted", "reached", "conversation", "goal")


def heads(table: str) -> list[str]:
    return [t(f"channels.head.{name}") for name in HEADS[table]]


HEADS = {
    "forest": ("measure", "difference", "interval", "people", "p"),
    "time": ("until", "difference", "interval", "people"),
    "known": ("first", "people", "reached", "conversation", "goal", "interval", "cost"),
    "costs": ("first", "per_goal"),
    "overlap": ("chance", "call", "email"),
    "by": ("first", "people", "reached", "goal", "interval", "pulled", "per_goal"),
}  # fmt: skip


def forest(found: Evidence) -> list[ForestRow]:
    """The biased one first, the headline last, then the segments."""
    today = found.today.estimate if found.today else None
    named = (
        ("raw", found.raw, "biased"),
        ("snips", found.snips, "first"),
        ("sample", found.sample, "honest"),
        ("aipw", found.aipw, "honest"),
        ("always", today, "headline"),
    )
    whole = [ForestRow(name, t(f"channels.estimate.{name}"), it, tone) for name, it, tone in named if it]
    parts = [
        ForestRow(
            f"{s.goal}/{s.status}",
            f"{word('goal', s.goal)} · {word('status', s.status)}",
            s.estimate,
            "part_real" if s.p <= REAL else "part",
        )
        for s in found.segments
        if s.estimate.people >= HIDDEN
    ]
    return [*whole, *(parts if len(parts) > 1 else [])]


def forest_said(rows: Iterable[ForestRow]) -> list[list[str]]:
    return [
        [r.label, points(r.estimate.value), t("channels.to", low=points(r.estimate.low), high=points(r.estimate.high)),
         count(r.estimate.people), t(f"channels.tone.{r.tone}")]
        for r in rows
    ]  # fmt: skip


def looks_said(looks: Iterable[Look]) -> list[list[str]]:
    return [
        [stamp(until(look)), points(look.value), t("channels.to", low=points(look.low), high=points(look.high)),
         count(look.people)]
        for look in looks
    ]  # fmt: skip


def sides_said(sides: Iterable[Side]) -> list[list[str]]:
    return [
        [word("first", side.channel), count(side.people), *(_share(side, stage) for stage in STAGES[1:]),
         span(*wilson(side.goal, side.people)), money(side.cost)]
        for side in sides
    ]  # fmt: skip


def costs_said(costs: dict[str, Ratio]) -> list[list[str]]:
    return [[word("first", channel), cost_said(ratio)] for channel, ratio in costs.items()]


def values_said(rows: Iterable[Row], by: str) -> list[list[str]]:
    """A share of fewer than thirty is not spoken of, drawn to the others' or not."""
    return [
        [value_said(row.value, by), word("first", row.side.channel), count(row.side.people),
         _share(row.side, "reached"), _share(row.side, "goal"),
         span(*wilson(row.side.goal, row.side.people)) if row.side.people >= HIDDEN else NOTHING,
         f"{percent(row.pulled.share)} ({span(row.pulled.low, row.pulled.high)})", _per_goal(row.side)]
        for row in rows
    ]  # fmt: skip


def value_said(value: object, by: str) -> str:
    if value is None or value == "":
        return t("channels.unknown")
    if by == "hour":
        return clock(int(str(value)))
    return word(by, str(value)) if by in ("goal", "status") else str(value)


def _share(side: Side, stage: str) -> str:
    k = side.count(stage)
    return f"{count(k)} ({percent(k / side.people)})" if side.people >= HIDDEN else count(k)


def _per_goal(side: Side) -> str:
    return money(side.cost / side.goal) if side.goal and side.cost else NOTHING


# ---- files


def _forest_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    for row in forest(evidence(db, now, chosen.filters(now))):
        yield row.name, row.estimate.value, row.estimate.low, row.estimate.high, row.estimate.people, row.tone


def _time_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    for look in evidence(db, now, chosen.filters(now)).looks:
        yield until(look), look.value, look.low, look.high, look.people


def _known_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    for side in evidence(db, now, chosen.filters(now)).sides:
        yield side.channel, side.people, *(side.count(stage) for stage in STAGES), side.cost


def _cost_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    for whose in ("lot", "everybody"):
        found = goal_costs(db, now, chosen.filters(now), everybody=whose == "everybody")
        for channel, ratio in found.items():
            yield whose, channel, ratio.value, ratio.low, "" if isinf(ratio.high) else ratio.high


def _overlap_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    for each in evidence(db, now, chosen.filters(now)).chances:
        yield each.chance, each.call, each.email


def _value_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    """All cuts in one file: the switch of the page needs none."""
    for by in get_args(By):
        for row in by_value(db, now, chosen.filters(now), by):
            side, pulled = row.side, row.pulled
            counts = [side.people, *(side.count(stage) for stage in STAGES), side.cost]
            yield by, row.value, side.channel, *counts, pulled.share, pulled.low, pulled.high


FILES = (
    ("forest", ("measure", "difference", "low", "high", "people", "kind"), _forest_rows),
    ("time", ("until", "difference", "low", "high", "people"), _time_rows),
    ("known", ("first", "people", *STAGES, "cost"), _known_rows),
    ("costs", ("whose", "first", "cost_per_goal", "low", "high"), _cost_rows),
    ("overlap", ("chance_of_call", "call", "email"), _overlap_rows),
    ("by", ("by", "value", "first", "people", *STAGES, "cost", "pulled", "pulled_low", "pulled_high"), _value_rows),
)
