"""Does everything leave in time, and does what others tell us arrive? The only page that renews itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash import Dash, Input, Output, dcc, html

from dashboards.context import board, sees_people
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice, choice
from dashboards.pages import health_body as body
from opportune.rules.facts import Instant
from opportune.store.board.health import health
from opportune.store.db import Database

PATH = "/health"
NAME = "health.name"
EVERY = 10  # seconds
LISTS = ("queue", "delays", "held", "flows", "providers")
RENEWED = (
    ("verdict", "children"),
    ("health-strip", "children"),
    ("health-queue", "figure"),
    ("health-delays", "figure"),
    ("health-delays-note", "children"),
    *((f"health-{name}-rows", "children") for name in LISTS),
)


def layout(**address: str) -> html.Div:
    here, chosen = board(), choice(**address)
    now: Instant = here.clock()
    found = health(here.db, now)
    blocks = [
        body.strip(found, now),
        body.queue_chart(found.queues),
        body.delays_chart(found),
        body.held_list(found.held, with_people=sees_people()),
        body.flows_list(found.flows, now, practice=here.practice),
        body.providers_list(found.providers),
    ]
    said = body.verdict(found, now)
    page = frame.page(NAME, chosen, verdict=said, blocks=blocks, with_filters=False, without_decisions=True)
    return html.Div([*page.children, dcc.Interval(id="health-tick", interval=EVERY * 1000)])


def again(_ticks: int) -> list[Any]:
    """What there is to see now, put into what stands there: nothing is drawn anew, and what was opened stays open."""
    named = {part.id: part for part in layout()._traverse() if getattr(part, "id", None)}
    return [getattr(named[id], what) for id, what in RENEWED]


def queue_rows(db: Database, now: Instant, _chosen: Choice) -> Iterator[list[Any]]:
    for each in health(db, now).queues:
        yield [each.channel, *body.numbers(each), each.oldest]


def delay_rows(db: Database, now: Instant, _chosen: Choice) -> Iterator[list[Any]]:
    found = health(db, now)
    for name, delay in (("mails", found.mails), ("reports", found.reports)):
        yield [name, delay.n, delay.p50, delay.p95]


def held_rows(db: Database, now: Instant, _chosen: Choice) -> Iterator[list[Any]]:
    for each in health(db, now).held:
        yield [each.kind, *body.shown(each, with_people=sees_people()), each.since, each.until]


def flow_rows(db: Database, now: Instant, _chosen: Choice) -> Iterator[list[Any]]:
    for flow in health(db, now).flows:
        yield [flow.name, flow.every, flow.began]


def provider_rows(db: Database, now: Instant, _chosen: Choice) -> Iterator[list[Any]]:
    for each in health(db, now).providers:
        yield [each.channel, each.tried, each.refused]


def register(app: Dash) -> None:
    columns = ["channel", *body.STATES, "oldest_due_utc"]
    export.register("health-queue", columns, queue_rows, "health.queue_definition")
    seconds = ["delay", "n", "p50_seconds", "p95_seconds"]
    export.register("health-delays", seconds, delay_rows, "health.delays_definition")
    export.register(
        "health-held", ["kind", "what", "why", "since_utc", "until_utc"], held_rows, "health.held_definition"
    )
    flows = ["flow", "every_seconds", "began_utc"]
    export.register("health-flows", flows, flow_rows, "health.flows_definition")
    tried = ["channel", "attempts", "refused"]
    export.register("health-providers", tried, provider_rows, "health.providers_definition")
    app.callback(
        *(Output(id, what) for id, what in RENEWED),
        Input("health-tick", "n_intervals"),
        running=[(Output("health-tick", "disabled"), True, False)],  # a slow answer is waited for, not asked for twice
        prevent_initial_call=True,
    )(again)
