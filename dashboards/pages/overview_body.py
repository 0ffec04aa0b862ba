"""How do the overview's numbers read: the verdict, the strip of figures, the tables?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboards.parts import key_entry, kpi, table
from dashboards.verdict import verdict
from dashboards.words import FIRST, STAGES, day, number, percent, points, size
from opportune.store.board import Comparison, Headline, Stage, Week, wilson

ASIDE = 100  # fewer people than this: said aloud beside the share


def waiting_verdict() -> list[Any]:
    return [dmc.Skeleton(height=24, width="80%"), dmc.Skeleton(height=16, width="50%", mt=10)]


def waiting_kpis() -> list[Any]:
    return [dmc.Skeleton(height=98) for _ in range(5)]


def verdict_of(numbers: Headline, sample: Comparison) -> list[Any]:
    found = verdict(numbers, sample)
    return [
        html.P(found.sentence, className=f"verdict-sentence {found.tone}"),
        html.P([html.Strong("Next: "), found.next], className="verdict-next"),
    ]


def kpis(numbers: Headline, sample: Comparison) -> list[Any]:
    low, high = wilson(numbers.goals, numbers.over)
    share = percent(numbers.goals / numbers.over) if numbers.over else "–"
    span = f"95 %: {100 * low:.1f}–{100 * high:.1f}; " if numbers.over else ""
    drawn = f"call {number(sample.drawn[0])}, email {number(sample.drawn[1])}, by a toss"
    treated = (
        f"and {number(numbers.assumed)} treated as sent"
        if numbers.assumed
        else "counted as if it had, never sent twice"
    )
    return [
        kpi("People contacted", number(numbers.contacted), f"{number(numbers.decided)}, counting each campaign"),
        kpi("Goal met", share, f"{span}{number(numbers.goals)} of {number(numbers.over)}, 14 days over"),
        kpi("Still maturing", number(numbers.maturing), "not counted in any share yet"),
        kpi("Comparison sample", number(numbers.sample), drawn),
        kpi("Not sure whether it left", number(numbers.uncertain), treated),
    ]  # fmt: skip


def funnel_key(stages: Sequence[Stage]) -> list[Any]:
    """The key carries each channel's denominator, and how many are not in it yet."""
    return [key_entry(stage.channel, _sizes(stage)) for stage in stages if stage.stage == "decided"]


def _sizes(stage: Stage) -> str:
    few = ", few: read with care" if 0 < stage.n < ASIDE else ""
    return f"  {size(stage.n)}, 14 days over{few} (+ {number(stage.maturing)} maturing)"


def funnel_table(stages: Sequence[Stage]) -> dmc.Table:
    head = ["Channel", "Stage", "People", "Of", "Share", "95 % interval", "Of the stage before", "Still maturing"]
    before: Stage | None = None
    rows = []
    for stage in stages:
        before = before if before and before.channel == stage.channel else None
        step = percent(stage.k / before.k) if before and before.k else "–"
        share = "–" if stage.share is None else percent(stage.share)
        counts = [number(stage.k), number(stage.n), share, _interval(stage.interval, stage.n)]
        rows.append([FIRST[stage.channel], STAGES[stage.stage], *counts, step, number(stage.maturing)])
        before = stage
    return table(head, rows, "The same people at every stage.")


def difference_table(sample: Comparison, raw: Comparison) -> dmc.Table:
    head = ["Who", "Call first", "Email first", "Difference (points)", "95 % interval"]
    rows = [_compared("Comparison sample", sample), _compared("Everybody, biased: do not act on this", raw)]
    return table(head, rows, "Goal met, of people whose window is over.")


def _compared(name: str, found: Comparison) -> list[str]:
    arms = [f"{number(arm.k)} of {number(arm.n)}" for arm in (found.call, found.email)]
    if not (found.call.n and found.email.n):
        return [name, *arms, "–", "–"]
    low, high = found.interval
    return [name, *arms, points(found.difference), f"{points(low)} to {points(high)}"]


def weekly_table(weeks: Sequence[Week]) -> dmc.Table:
    head = ["Week from", "Channel", "14 days over", "Still maturing", "Goal met", "Share", "95 % interval"]
    rows = [
        [
            day(week.start),
            FIRST[week.channel],
            number(week.over),
            number(week.maturing),
            number(week.goals),
            percent(week.goals / week.over) if week.over else "–",
            _interval(wilson(week.goals, week.over), week.over),
        ]
        for week in weeks
    ]
    return table(head, rows, "By week of the first decision.")


def _interval(span: tuple[float, float], n: int) -> str:
    return f"{100 * span[0]:.1f}–{100 * span[1]:.1f}" if n else "–"
