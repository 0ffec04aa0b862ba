"""Where do people come from, what comes of it, and which contacts get the credit?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash import Dash, html

from dashboards.context import board
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice, choice
from dashboards.pages import sources_body as body
from opportune.rules.facts import Instant
from opportune.store.board.credit import RULES, WAYS, credit
from opportune.store.board.sources import NEWEST, sources
from opportune.store.db import Database

PATH = "/sources"
NAME = "sources.name"


def layout(**address: str) -> html.Div:
    here, chosen = board(), choice(**address)
    now: Instant = here.clock()
    asked = chosen.filters(now)
    rows = sources(here.db, now, asked)
    blocks = [
        body.goals_chart(rows),
        body.speed_chart(rows),
        body.credit_chart(credit(here.db, now, asked)),
        body.cost_list(rows),
    ]
    return frame.page(NAME, chosen, verdict=body.verdict(rows), blocks=blocks)


def goal_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for row in sources(db, now, chosen.filters(now)):
        likely = row.likely
        places = [likely.share, likely.low, likely.high, likely.best, likely.worst]
        yield [row.key, row.kind, row.people, row.goals, row.share, *row.interval, *places, row.maturing]


def speed_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for row in sources(db, now, chosen.filters(now)):
        if row.speed.leads:
            yield [row.key, row.speed.leads, row.speed.contacted, row.speed.median, row.speed.p90]


def cost_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for row in sources(db, now, chosen.filters(now)):
        yield [row.key, row.bought_for, row.contacts_cost, row.goals, row.cost_per_goal, row.promised, row.kept]


def credit_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    found = credit(db, now, chosen.filters(now))
    for way in WAYS if found.enough else ():
        yield [way, *(found.shares[rule][way] for rule in RULES)]


def register(_app: Dash) -> None:
    shares = ["share", "low_95", "high_95", "likely_share", "likely_low_95", "likely_high_95", "best", "worst"]
    columns = ["source", "kind", "people", "goals", *shares, "still_maturing"]
    export.register("sources-goals", columns, goal_rows, "sources.goals_definition")
    seconds = ["source", "leads", "contacted", "median_seconds", "p90_seconds"]
    export.register("sources-speed", seconds, speed_rows, "sources.speed_definition", n=NEWEST)
    money = ["source", "paid_eur", "contacts_eur", "goals", "per_goal_eur", "promised", "kept"]
    export.register("sources-cost", money, cost_rows, "sources.cost_definition", n=NEWEST)
    export.register("sources-credit", ["contact", *RULES], credit_rows, "sources.credit_definition")
