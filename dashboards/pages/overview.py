"""What worked, and how sure are we? Opens with its verdict in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash import Dash, html

from dashboards.context import board
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice, choice
from dashboards.pages import overview_body as body
from dashboards.verdict import verdict
from opportune.rules.facts import Instant
from opportune.store.board import comparison, funnel, headline, weekly
from opportune.store.db import Database

PATH = "/"
NAME = "overview.name"


def layout(**address: str) -> html.Div:
    here, chosen = board(), choice(**address)
    now: Instant = here.clock()
    asked = body.asked(chosen, now)
    numbers = headline(here.db, now, **asked)
    sample, raw = (comparison(here.db, now, sample=which, **asked) for which in (True, False))
    blocks = [
        body.kpi_strip(numbers, sample),
        body.funnel_chart(funnel(here.db, now, **asked), numbers.over),
        body.difference_chart(sample, raw),
        body.weekly_chart(weekly(here.db, now, **asked)),
    ]
    return frame.page(NAME, chosen, verdict=verdict(numbers, sample), blocks=blocks)


def funnel_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for s in funnel(db, now, **body.asked(chosen, now)):
        yield [s.channel, s.stage, s.k, s.n, s.share, *s.interval, s.maturing]


def difference_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for which in (True, False):
        found = comparison(db, now, sample=which, **body.asked(chosen, now))
        arms = [number for arm in (found.call, found.email) for number in (arm.k, arm.n)]
        yield ["comparison sample" if which else "everybody, biased", *arms, found.difference, *found.interval]


def weekly_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for week in weekly(db, now, **body.asked(chosen, now)):
        yield [week.start, week.channel, week.over, week.maturing, week.goals]


def register(_app: Dash) -> None:
    shares = ["share", "low_95", "high_95", "still_maturing"]
    export.register("funnel", ["channel", "stage", "people", "of", *shares], funnel_rows, "overview.funnel_definition")
    arms = ["call_goals", "call_people", "email_goals", "email_people", "difference", "low_95", "high_95"]
    export.register("difference", ["who", *arms], difference_rows, "overview.difference_definition")
    counts = ["week_utc", "channel", "over", "still_maturing", "goals"]
    export.register("weekly", counts, weekly_rows, "overview.weekly_definition")
