"""Call or write first: which works, how sure are we, and what does it cost (F1)?"""

from __future__ import annotations

from typing import Any, get_args

from dash import Dash, html

from dashboards import dots
from dashboards.context import board, narrow
from dashboards.dots import Dot
from dashboards.figures import COLOURS, SHAPES
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice, choice
from dashboards.kit.format import count, percent
from dashboards.kit.parts import card, key, table
from dashboards.kit.said import t
from dashboards.pages import channels_figures as figures
from dashboards.pages import channels_tables as tables
from dashboards.pages.channels_truth import Truth, truth
from dashboards.pages.channels_verdict import state_of, verdict
from dashboards.switch import switch
from opportune.statistics import Ratio
from opportune.store.board.evidence import Evidence, evidence
from opportune.store.board.firsts import By, by_value, goal_costs

PATH, NAME = "/channels", "channels.name"
VALUES = get_args(By)
LEFT_OUT = ("maturing", "by_rules", "one_way", "manual")
KNOWN = ("reached", "conversation", "goal")
SMALL = ("no_lot", "early", "small")  # states in which only what was can be shown


def layout(by: str = "", **address: str) -> html.Div:
    chosen = choice(**address)
    here, now = board(), board().clock()
    found = evidence(here.db, now, chosen.filters(now))
    known = truth(here.db, chosen) if here.practice else None
    state = state_of(found)
    costs = goal_costs(here.db, now, chosen.filters(now), everybody=state in SMALL)
    blocks = [*_trap(known, found), *_charts(found, costs, known, state), _by_value(chosen, by)]
    shown = [] if state == "nobody" else blocks
    return frame.page(NAME, chosen, verdict=verdict(found, state), blocks=shown)


def _trap(known: Truth | None, found: Evidence) -> list[Any]:
    """Only on practice data, where the truth is known."""
    if known is None or found.raw is None:
        return []
    said = figures.trap_values(known, found.raw)
    why = [t("channels.trap_said", **said), t("channels.trap_why", n=known.people)]
    return [card(html.H2(t("channels.trap", **said)), *map(html.P, why), name="wide")]


def _charts(found: Evidence, costs: dict[str, Ratio], known: Truth | None, state: str) -> list[Any]:
    """Below the sample that could answer: only what can be known, and no intervals that say nothing."""
    if state in SMALL:
        return [*([_forest(found, known)] if known else []), _known(found), _costs(costs, everybody=True)]
    over_time = [_over_time(found, known)] if len(found.looks) > 1 else []
    return [_forest(found, known), *over_time, _overlap(found), _costs(costs)]


def _forest(found: Evidence, known: Truth | None) -> Any:
    rows = tables.forest(found)
    return frame.chart(
        "channels-forest",
        t("channels.forest"),
        t("channels.forest_definition"),
        figures.forest(rows, narrow=narrow(), truth=known.difference if known else None),
        subtitle=t("channels.forest_of"),
        n=found.compared,
        table=tables.heads("forest"),
        rows=tables.forest_said(rows),
        below=_left_out(found),
        wide=True,
    )


def _left_out(found: Evidence) -> str:
    """Whom the comparison leaves out, as counts."""
    said = [t(f"channels.{what}", n=n) for what in LEFT_OUT if (n := getattr(found, what))]
    return f"{t('channels.left_out')} {'; '.join(said)}." if said else ""


def _over_time(found: Evidence, known: Truth | None) -> Any:
    return frame.chart(
        "channels-time",
        t("channels.time"),
        t("channels.time_definition"),
        figures.over_time(found.looks, narrow=narrow(), truth=known.difference if known else None),
        subtitle=t("channels.time_of"),
        n=found.compared,
        table=tables.heads("time"),
        rows=tables.looks_said(found.looks),
    )


def _known(found: Evidence) -> Any:
    sides = [side for side in found.sides if side.people]
    shown = [
        Dot(
            figures.marked(side.channel, stage),
            side.count(stage),
            side.people,
            COLOURS[side.channel],
            SHAPES[side.channel],
        )
        for stage in KNOWN
        for side in sides
    ]
    return frame.chart(
        "channels-known",
        t("channels.known"),
        t("channels.known_definition"),
        dots.rows(shown, narrow=narrow()) if shown else None,
        subtitle=t("channels.known_of"),
        n=sum(side.people for side in sides),
        key=key(),
        table=tables.heads("known"),
        rows=tables.sides_said(sides),
    )


def _costs(costs: dict[str, Ratio], *, everybody: bool = False) -> Any:
    found = {channel: ratio for channel, ratio in costs.items() if ratio.value}
    return frame.chart(
        "channels-costs",
        t("channels.costs"),
        t("channels.costs_definition"),
        figures.costs(found, narrow=narrow() or everybody) if found else None,
        subtitle=t("channels.known_of" if everybody else "channels.costs_of"),
        table=tables.heads("costs"),
        rows=tables.costs_said(costs) if found else (),
        below="" if found else t("channels.costs_none"),
        wide=not everybody,
    )


def _overlap(found: Evidence) -> Any:
    seen = found.overlap
    effective = {"call": count(seen.call), "email": count(seen.email), "heaviest": count(seen.heaviest)}
    warnings = [t(f"channels.overlap_{name}") for name in ("thin", "heavy") if getattr(seen, name)]
    return frame.chart(
        "channels-overlap",
        t("channels.overlap"),
        t("channels.overlap_definition"),
        figures.chances(found.chances),
        subtitle=t("channels.overlap_of", **effective),
        n=sum(each.call + each.email for each in found.chances),
        key=key(),
        table=tables.heads("overlap"),
        rows=[[percent(each.chance, 0), count(each.call), count(each.email)] for each in found.chances],
        below=" ".join(warnings),
    )


def _by_value(chosen: Choice, asked: str) -> Any:
    """By what the reader asks for; a switch, since a table for each would be six."""
    by: By = next((value for value in VALUES if value == asked), "goal")
    now = board().clock()
    rows = by_value(board().db, now, chosen.filters(now), by)
    named = [(value if value != "goal" else "", t(f"channels.by.{value}")) for value in VALUES]
    shown = table([t(f"channels.by.{by}"), *tables.heads("by")], tables.values_said(rows, by))
    return frame.chart(
        "channels-by",
        t("channels.by_title"),
        t("channels.by_definition"),
        None,
        subtitle=t("channels.by_of"),
        key=html.Div([switch(t("channels.by_label"), "by", named, by if by != "goal" else "", chosen.address), shown]),
        wide=True,
    )


def register(_app: Dash) -> None:
    for name, columns, rows_of in tables.FILES:
        export.register(f"channels-{name}", columns, rows_of, f"channels.{name}_definition")
