"""After how many attempts, and how many days, is a person reached; and what does each further step still bring (B2)?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dash import Dash, html

from dashboards.context import board
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice, choice
from dashboards.kit.format import count, percent, span
from dashboards.kit.said import t
from dashboards.pages import cadence_figures as figures
from opportune.rules.facts import Instant
from opportune.statistics import Step, wilson
from opportune.store.board.cadence import Courses, courses
from opportune.store.db import Database

PATH, NAME = "/cadence", "cadence.name"
ENOUGH = 30  # people


def layout(**address: str) -> html.Div:
    chosen = choice(**address)
    now = board().clock()
    told = courses(board().db, now, chosen.filters(now))
    return frame.page(NAME, chosen, verdict=verdict(told), blocks=_charts(told) if len(told.told) >= ENOUGH else [])


def verdict(told: Courses) -> frame.Verdict:
    n = len(told.told)
    if not n:
        return frame.Verdict(t("cadence.verdict.none"), t("cadence.verdict.none_next"))
    if n < ENOUGH:
        few = t("cadence.verdict.few", n=n, enough=count(ENOUGH))
        return frame.Verdict(few, t("cadence.verdict.few_next", n=ENOUGH - n))
    reached, no = told.came_to("attempts")
    last = _last_known(reached)
    by_day, _ = told.came_to("days")
    values = {
        "reached": percent(last.share),
        "span": span(last.low, last.high),
        "no": percent(no[reached.index(last)].share),
    }
    one = "_one" if last.time == 1 else ""
    said = t(f"cadence.verdict.said{one}", attempts=count(last.time), **values)
    twelve = next(step for step in by_day if step.time == figures.SPAN)
    within = t("cadence.verdict.days", reached=percent(twelve.share)) if twelve.at_risk >= ENOUGH else ""
    return frame.Verdict(f"{said} {within}".strip(), t("cadence.verdict.harder"))


def _last_known(steps: Sequence[Step]) -> Step:
    """The last attempt that enough people got to speak of it."""
    return [step for step in steps if step.at_risk >= ENOUGH][-1]


def _charts(told: Courses) -> list[Any]:
    attempts, days = told.still_open("attempts"), told.still_open("days")
    reached, no = told.came_to("attempts")
    sample = t("cadence.sample", told=len(told.told), of=told.of) if told.sampled else ""
    n = len(told.told)
    return [
        _chart("attempts", figures.open_curve(attempts, "attempt"), _open_rows(attempts), n, sample),
        _chart("hazards", figures.hazards(attempts), _hazard_rows(attempts), n, sample),
        _chart("days", figures.open_curve(days, "day", line=figures.SPAN), _open_rows(days), n, sample, first="day"),
        _chart("ends", figures.ends(reached, no), _end_rows(reached, no), n, sample),
    ]


HEADS = {
    "attempts": ("at_risk", "reached", "open", "interval"),
    "hazards": ("at_risk", "reached", "share", "interval"),
    "days": ("at_risk", "reached", "open", "interval"),
    "ends": ("reached", "interval", "no", "interval"),
}


def _chart(name: str, figure: Any, rows: list[list[str]], n: int, below: str, first: str = "attempt") -> Any:
    heads = [t(f"cadence.head.{each}") for each in (first, *HEADS[name])]
    said, definition = t(f"cadence.{name}_subtitle"), t(f"cadence.{name}_definition")
    title = t(f"cadence.{name}")
    return frame.chart(
        f"cadence-{name}", title, definition, figure, subtitle=said, n=n, table=heads, rows=rows, below=below
    )


def _open_rows(steps: Sequence[Step]) -> list[list[str]]:
    return [[f"{s.time:g}", count(s.at_risk), count(s.events), *_band(s)] for s in steps if s.at_risk]


def _hazard_rows(steps: Sequence[Step]) -> list[list[str]]:
    return [
        [f"{s.time:g}", count(s.at_risk), count(s.events), *_share(s.events, s.at_risk)] for s in steps if s.at_risk
    ]


def _end_rows(reached: Sequence[Step], no: Sequence[Step]) -> list[list[str]]:
    return [[f"{a.time:g}", *_band(a), *_band(b)] for a, b in zip(reached, no, strict=True) if a.at_risk]


def _band(step: Step) -> list[str]:
    """Below 30 people no share is told."""
    return [percent(step.share), span(step.low, step.high)] if step.at_risk >= ENOUGH else ["–", "–"]


def _share(k: int, n: int) -> list[str]:
    return [percent(k / n), span(*wilson(k, n))] if n >= ENOUGH else ["–", "–"]


# ---- files

RowsOf = Callable[[Courses], Iterable[Sequence[Any]]]


def _file(rows_of: RowsOf) -> export.RowsOf:
    return lambda db, now, chosen: rows_of(_courses(db, now, chosen))


def _courses(db: Database, now: Instant, chosen: Choice) -> Courses:
    return courses(db, now, chosen.filters(now))


def _open_file(by: str) -> RowsOf:
    return lambda told: ((int(s.time), s.at_risk, s.events, s.share, s.low, s.high) for s in told.still_open(by))


def _hazard_file(told: Courses) -> Iterable[Sequence[Any]]:
    return ((int(s.time), s.at_risk, s.events, s.hazard, *s.hazard_interval) for s in told.still_open("attempts"))


def _end_file(told: Courses) -> Iterable[Sequence[Any]]:
    for a, b in zip(*told.came_to("attempts"), strict=True):
        yield int(a.time), a.at_risk, a.events, a.share, a.low, a.high, b.events, b.share, b.low, b.high


def register(_app: Dash) -> None:
    counts, ends = ["waited_for", "reached"], ["said_no", "said_no_share", "said_no_low_95", "said_no_high_95"]
    curve = ["not_reached", "low_95", "high_95"]
    said = "cadence.{}_definition".format
    export.register("cadence-attempts", ["attempt", *counts, *curve], _file(_open_file("attempts")), said("attempts"))
    export.register("cadence-days", ["day", *counts, *curve], _file(_open_file("days")), said("days"))
    share = ["share", "low_95", "high_95"]
    export.register("cadence-hazards", ["attempt", *counts, *share], _file(_hazard_file), said("hazards"))
    export.register("cadence-ends", ["attempt", *counts, *share, *ends], _file(_end_file), said("ends"))
