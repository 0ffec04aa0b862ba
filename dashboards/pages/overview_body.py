"""How do the overview's numbers read: the strip of figures, the charts and their tables?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboards import figures
from dashboards.context import narrow
from dashboards.kit import frame, parts
from dashboards.kit.choices import Choice
from dashboards.kit.format import NOTHING, count, day, percent, points, size, span
from dashboards.kit.said import t, word
from opportune.rules.facts import Instant
from opportune.statistics import Estimate, wilson
from opportune.store.board import Headline, Stage, Week, people
from opportune.store.board.benchmarks import MEETINGS, Benchmark
from opportune.store.board.evidence import Evidence
from opportune.store.db import Database

ENOUGH = 30  # fewer than this: counts, no share
ASIDE = 100  # fewer people than this: said aloud beside the share


def asked(chosen: Choice, now: Instant) -> dict[str, Any]:
    return asdict(chosen.filters(now))


def meetings(db: Database, now: Instant, chosen: Choice, beside: Sequence[Benchmark]) -> tuple[str, str]:
    """F3: kept, of those we were told about; and how many were booked."""
    told = next(one.own for one in beside if one.key == "meetings_kept")
    cells = people(db, now, chosen.filters(now), ["goal"])
    booked = sum(cell.goal for cell in cells if cell.by[0] in MEETINGS)
    few = t("overview.kept_value", k=told.k, n=told.n) if told.n else NOTHING
    value = percent(told.share) if told.n >= ENOUGH else few
    return value, t("overview.kept_note", n=booked)


def kpi_strip(numbers: Headline, drawn: tuple[int, int], kept: tuple[str, str]) -> html.Div:
    met = {"span": span(*wilson(numbers.goals, numbers.over)), "k": numbers.goals, "n": numbers.over}
    share = percent(numbers.goals / numbers.over) if numbers.over else NOTHING
    call, email = drawn
    treated = t("overview.unsure_treated", n=numbers.assumed) if numbers.assumed else t("overview.unsure_note")
    over = t("overview.goal_met_note", **met) if numbers.over else t("overview.nobody_over")
    return parts.kpis(
        _kpi("contacted", count(numbers.contacted), t("overview.contacted_note", n=numbers.decided)),
        _kpi("goal_met", share, over),
        _kpi("kept", *kept),
        _kpi("maturing", count(numbers.maturing), t("overview.maturing_note")),
        _kpi("sample", count(numbers.sample), t("overview.sample_note", call=call, email=email)),
        _kpi("unsure", count(numbers.uncertain), treated),
    )


def _kpi(name: str, value: str, note: str) -> dmc.Paper:
    return parts.kpi(t(f"overview.{name}"), value, note)


def _chart(name: str, figure: Any, head: Sequence[str], rows: list[list[str]], **more: Any) -> dmc.Paper:
    said = {"subtitle": t(f"overview.{name}_of"), "table": [t(f"overview.head.{it}") for it in head], "rows": rows}
    return frame.chart(name, t(f"overview.{name}"), t(f"overview.{name}_definition"), figure, **said, **more)


def funnel_chart(stages: Sequence[Stage], over: int) -> dmc.Paper:
    """The key carries each channel's denominator, and how many are not in it yet."""
    figure = figures.funnel(stages, narrow=narrow()) if over else figures.blank(figures.WIDE.height)
    notes = [(stage.channel, _sizes(stage)) for stage in stages if stage.stage == "decided"]
    head = ("channel", "stage", "people", "of", "share", "interval", "step")
    return _chart("funnel", figure, head, _funnel_rows(stages), key=parts.key(notes))


def _sizes(stage: Stage) -> str:
    few = "few" if 0 < stage.n < ASIDE else "note"
    return t(f"overview.key_{few}", size=size(stage.n), n=stage.maturing)


def _funnel_rows(stages: Sequence[Stage]) -> list[list[str]]:
    rows, before = [], None
    for stage in stages:
        before = before if before and before.channel == stage.channel else None
        step = percent(stage.k / before.k) if before and before.k else NOTHING
        counts = [count(stage.k), count(stage.n), percent(stage.share), _interval(stage.interval, stage.n)]
        rows.append([word("first", stage.channel), word("stage", stage.stage), *counts, step])
        before = stage
    return rows


def difference_chart(found: Evidence) -> dmc.Paper:
    """The same interval as in the headline, and no other beside it but the biased one."""
    honest = found.today.estimate if found.today else None
    named = {t("overview.sample"): honest, t("overview.everybody"): found.raw}
    rows = [
        [name, *([points(e.value), span_of(e), count(e.people)] if e else [NOTHING] * 3)] for name, e in named.items()
    ]
    return _chart(
        "difference", figures.difference(honest, found.raw), ("who", "difference", "interval", "people"), rows
    )


def span_of(found: Estimate) -> str:
    return t("overview.from_to", low=points(found.low), high=points(found.high))


def weekly_chart(weeks: Sequence[Week]) -> dmc.Paper:
    rows = [
        [
            day(week.start),
            word("first", week.channel),
            count(week.over),
            count(week.maturing),
            count(week.goals),
            percent(week.goals / week.over if week.over else None),
            _interval(wilson(week.goals, week.over), week.over),
        ]
        for week in weeks
    ]
    head = ("week", "channel", "over", "maturing", "goal", "share", "interval")
    return _chart("weekly", figures.weekly(weeks, narrow=narrow()), head, rows, key=parts.key())


def _interval(interval: tuple[float, float], n: int) -> str:
    return span(*interval) if n else NOTHING
