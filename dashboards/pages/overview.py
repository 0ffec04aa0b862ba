"""What worked, and how sure are we? Opens with its verdict in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash import Dash, html

from dashboards.context import Board, board
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice, choice
from dashboards.kit.said import t
from dashboards.pages import overview_body as body
from dashboards.pages import overview_worked as cuts
from dashboards.pages.channels_verdict import state_of, verdict
from opportune.rules.facts import Instant
from opportune.store.board import benchmarks, funnel, headline, weekly
from opportune.store.board.evidence import evidence
from opportune.store.db import Database

PATH = "/"
NAME = "overview.name"


def layout(by: str = "", **address: str) -> html.Div:
    here, chosen = board(), choice(**address)
    now: Instant = here.clock()
    asked = body.asked(chosen, now)
    numbers = headline(here.db, now, **asked)
    found = evidence(here.db, now, chosen.filters(now))
    beside = benchmarks.table(here.db, now, chosen.filters(now))
    blocks = [
        body.kpi_strip(numbers, found.drawn, body.meetings(here.db, now, chosen, beside)),
        body.funnel_chart(funnel(here.db, now, **asked), numbers.over),
        body.difference_chart(found),
        body.weekly_chart(weekly(here.db, now, **asked)),
        cuts.worked_block(here.db, now, chosen, by),
        cuts.benchmarks_block(beside),
        *([_report(here, chosen)] if chosen.campaign else []),
    ]
    return frame.page(NAME, chosen, verdict=verdict(found, state_of(found)), blocks=blocks)


def _report(here: Board, chosen: Choice) -> html.P:
    """Of one campaign there is something to print."""
    link = html.A(t("report.open"), href=here.link(f"report?{chosen.query}"), className="quiet-link", id="report-link")
    return html.P(link, className="wide")


def funnel_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for s in funnel(db, now, **body.asked(chosen, now)):
        yield [s.channel, s.stage, s.k, s.n, s.share, *s.interval, s.maturing]


def difference_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    found = evidence(db, now, chosen.filters(now))
    honest = found.today.estimate if found.today else None
    for name, estimate in (("by toss, always valid", honest), ("everybody, biased", found.raw)):
        if estimate:
            yield [name, estimate.value, estimate.low, estimate.high, estimate.people]


def weekly_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for week in weekly(db, now, **body.asked(chosen, now)):
        yield [week.start, week.channel, week.over, week.maturing, week.goals]


def register(_app: Dash) -> None:
    shares = ["share", "low_95", "high_95", "still_maturing"]
    export.register("funnel", ["channel", "stage", "people", "of", *shares], funnel_rows, "overview.funnel_definition")
    export.register(
        "difference",
        ["who", "difference", "low_95", "high_95", "people"],
        difference_rows,
        "overview.difference_definition",
    )
    counts = ["week_utc", "channel", "over", "still_maturing", "goals"]
    export.register("weekly", counts, weekly_rows, "overview.weekly_definition")
    counted = ["by", "value", "people", "goals", "low_95", "high_95", "cost_eur", "cost_per_goal_eur"]
    export.register("worked", counted, cuts.worked_rows, "overview.worked_definition")
    named = ["measure", "they_say", "ours", "of", "low_95", "high_95", "written_down"]
    export.register("benchmarks", named, cuts.benchmark_rows, "overview.benchmarks_definition")
