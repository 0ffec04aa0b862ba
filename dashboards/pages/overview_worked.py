"""By goal, status, hour, list and script: what worked, and at what cost (F1)? And beside what others say (F2)?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboards.kit import frame, parts
from dashboards.kit.choices import Choice
from dashboards.kit.format import NOTHING, clock, count, day, money, percent, span
from dashboards.kit.said import t, word
from dashboards.switch import switch
from opportune.rules.facts import Instant
from opportune.statistics import wilson
from opportune.store.board.benchmarks import Benchmark, table
from opportune.store.board.cells import BY, people
from opportune.store.db import Database

CUTS: tuple[BY, ...] = ("goal", "status", "hour", "source", "script")
SHOWN, ASIDE, MOST = 30, 100, 24  # hidden below, grey below, rows of one cut


@dataclass(frozen=True, slots=True)
class Worked:
    """Of `over` people whose window is over, so many met the goal; `cost`: of all attempts within it, in EUR."""

    value: Any
    over: int
    goals: int
    cost: float


def worked(db: Database, now: Instant, chosen: Choice, by: BY) -> list[Worked]:
    """The largest first; hours in their order."""
    cells = [cell for cell in people(db, now, chosen.filters(now), [by]) if cell.matured]
    rows = [Worked(cell.by[0], cell.decided, cell.goal, cell.cost) for cell in cells]
    ordered = sorted(rows, key=lambda row: row.value or 0) if by == "hour" else sorted(rows, key=lambda row: -row.over)
    return ordered[:MOST] if by != "hour" else ordered


def worked_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for by in CUTS:
        for row in worked(db, now, chosen, by):
            interval = wilson(row.goals, row.over) if row.over else (None, None)
            per_goal = row.cost / row.goals if row.goals else None
            yield [by, _plain(by, row.value), row.over, row.goals, *interval, row.cost, per_goal]


def worked_block(db: Database, now: Instant, chosen: Choice, asked: str) -> dmc.Paper:
    """One table of five, by what the reader asks for."""
    by: BY = next((cut for cut in CUTS if cut == asked), "goal")
    named = [(cut if cut != "goal" else "", t(f"overview.by.{cut}")) for cut in CUTS]
    choose = switch(t("overview.by_label"), "by", named, by if by != "goal" else "", chosen.address)
    inside = html.Div([choose, _cut(by, worked(db, now, chosen, by))])
    titles = (t("overview.worked"), t("overview.worked_definition"))
    return frame.chart("worked", *titles, None, subtitle=t("overview.worked_of"), key=inside, wide=True)


def worked_tables(db: Database, now: Instant, chosen: Choice) -> list[dmc.Paper]:
    """The same on paper: one under the other."""
    return [
        parts.card(html.H2(f"{t('overview.worked')}: {t(f'overview.by.{by}').lower()}"), _cut(by, rows), name="wide")
        for by in CUTS
        if (rows := worked(db, now, chosen, by))
    ]


def _cut(by: BY, rows: Sequence[Worked]) -> html.Div:
    if not rows:
        return html.Div(t("overview.nobody_yet"), className="definition")
    head = [t(f"overview.by.{by}"), *(t(f"overview.head.{it}") for it in ("of", "goals", "share", "cost", "per_goal"))]
    return parts.table(head, [_row(by, row) for row in rows])


def _row(by: BY, row: Worked) -> list[Any]:
    share = t("overview.few", n=SHOWN)
    if row.over >= SHOWN:
        share = f"{percent(row.goals / row.over)} ({span(*wilson(row.goals, row.over))})"
    said: Any = html.Span(share, className="few") if row.over < ASIDE else share
    per_goal = money(row.cost / row.goals) if row.goals and row.cost else NOTHING
    return [_named(by, row.value), count(row.over), count(row.goals), said, money(row.cost), per_goal]


def _named(by: BY, value: Any) -> str:
    if by in ("goal", "status"):
        return word(by, value)
    return _plain(by, value) or t("overview.no_name")


def _plain(by: BY, value: Any) -> str:
    return clock(value) if by == "hour" and value is not None else str(value or "")


def benchmarks_block(them: Sequence[Benchmark]) -> dmc.Paper:
    head = [t(f"overview.head.{it}") for it in ("measure", "said", "own", "noted")]
    inside = parts.table(head, [_beside(one) for one in them])
    titles = (t("overview.benchmarks"), t("overview.benchmarks_definition"))
    return frame.chart("benchmarks", *titles, None, subtitle=t("overview.benchmarks_of"), key=inside, wide=True)


def benchmark_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for one in table(db, now, chosen.filters(now)):
        interval = one.own.interval if one.own.n else (None, None)
        yield [one.key, one.value, one.own.k, one.own.n, *interval, one.date]


def _beside(one: Benchmark) -> list[Any]:
    k, n = one.own.k, one.own.n
    of = t("overview.k_of_n", k=k, n=n)
    ours = f"{percent(one.own.share)} ({span(*one.own.interval)}), {of}" if n >= SHOWN else of
    noted = day(int(datetime.fromisoformat(one.date).replace(tzinfo=UTC).timestamp())) if one.date else NOTHING
    said = html.Span(percent(one.value), title=one.source)
    return [t(f"overview.benchmark.{one.key}"), said, ours if n else NOTHING, noted]
