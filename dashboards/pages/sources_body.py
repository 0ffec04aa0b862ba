"""How does the page of the sources read: its verdict, charts and tables?"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import dash_mantine_components as dmc
from dash import html

from dashboards import dots
from dashboards.context import narrow
from dashboards.dots import HIDDEN, Dot
from dashboards.kit import frame
from dashboards.kit.format import NOTHING, count, duration, money, percent, span
from dashboards.kit.said import known, t
from dashboards.lengths import Length, lengths
from dashboards.listing import listing
from dashboards.pages import sources_figures as figures
from opportune.statistics import wilson
from opportune.store.board.credit import ENOUGH, RULES, Credit
from opportune.store.board.sources import NEWEST, SourceRow

DRAWN = 14  # sources; the others stand in the table
TIMED = 8  # of the quickest
CUT = 26  # signs of a name beside a mark


def verdict(rows: Sequence[SourceRow]) -> frame.Verdict:
    judged = [row for row in rows if row.people]
    if not judged:
        return frame.Verdict(t("sources.nobody"), t("sources.nobody_next"))
    told = [row for row in judged if row.people >= HIDDEN]
    if not told:
        return frame.Verdict(t("sources.few"), t("sources.few_next", n=HIDDEN))
    best = told[0]
    if best.likely.worst > 1:
        said = t("sources.open", best=name(best.key), first=best.likely.best, worst=best.likely.worst)
        return frame.Verdict(said, t("sources.open_next"))
    said = t("sources.clear", best=name(best.key), share=percent(best.share), n=best.people)
    return frame.Verdict(said, t("sources.clear_next"), "clear")


def name(key: str) -> str:
    """Forms carry their key behind a mark of ours."""
    return key.removeprefix("form:")


def _label(key: str) -> str:
    """Beside a mark: what people typed runs in no chart."""
    said = name(key)
    return escape(said if len(said) <= CUT else f"{said[: CUT - 1]}…", quote=False)


def kind(row: SourceRow) -> str:
    key = f"sources.kind.{row.kind}"
    return t(key) if known(key) else row.kind


def place(row: SourceRow) -> str:
    likely = row.likely
    which = "place_sure" if likely.best == likely.worst else "place"
    return t(f"sources.{which}", best=likely.best, worst=likely.worst)


def _heads(*names: str) -> list[str]:
    return [t(f"sources.head.{each}") for each in names]


def goals_chart(rows: Sequence[SourceRow]) -> dmc.Paper:
    judged = [row for row in rows if row.people]
    drawn = largest([row for row in judged if row.people >= HIDDEN])
    shown = [Dot(_dot_label(row), row.goals, row.people) for row in drawn]
    figure = dots.rows(shown, narrow=narrow()) if drawn else None
    rest = len(judged) - len(drawn)
    heads = _heads("source", "kind", "people", "goals", "share", "interval", "likely", "place", "maturing")
    about = (t("sources.goals"), t("sources.goals_definition"), figure)
    more = {
        "subtitle": t("sources.goals_of", n=len(judged)),
        "below": t("sources.goals_rest", n=rest, enough=HIDDEN) if rest else "",
    }
    return frame.chart("sources-goals", *about, table=heads, rows=[_goal_row(row) for row in rows], wide=True, **more)


def largest(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Those with the most people, the likeliest to bring a goal first."""
    return sorted(sorted(rows, key=lambda row: -row.people)[:DRAWN], key=lambda row: -row.likely.share)


def _dot_label(row: SourceRow) -> str:
    """The place stands under the name."""
    return f"{_label(row.key)}{' ' if narrow() else '<br>'}<i>{place(row)}</i>"


def _goal_row(row: SourceRow) -> list[str]:
    enough = row.people >= HIDDEN
    share = [percent(row.share), span(*row.interval)] if enough else [NOTHING, NOTHING]
    likely = [percent(row.likely.share), place(row)] if row.people else [NOTHING, NOTHING]
    return [name(row.key), kind(row), count(row.people), count(row.goals), *share, *likely, count(row.maturing)]


def speed_chart(rows: Sequence[SourceRow]) -> dmc.Paper:
    asked = [row for row in rows if row.speed.leads]
    timed = sorted((row for row in asked if row.speed.contacted), key=lambda row: row.speed.median or 0.0)
    shown = [
        Length(_label(row.key), row.speed.median or 0.0, row.speed.p90 or 0.0, _contacted(row)) for row in timed[:TIMED]
    ]
    told = [[name(row.key), count(row.speed.leads), count(row.speed.contacted), *_times(row)] for row in asked]
    about = (
        t("sources.speed"),
        t("sources.speed_definition", n=NEWEST),
        lengths(shown, narrow=narrow()) if shown else None,
    )
    said = {"subtitle": t("sources.speed_of"), "below": ""} if shown else {"below": t("sources.speed_none")}
    heads = _heads("source", "leads", "contacted", "median", "p90")
    return frame.chart("sources-speed", *about, table=heads, rows=told, **said)


def _contacted(row: SourceRow) -> str:
    return t("sources.speed_of_n", k=row.speed.contacted, n=row.speed.leads)


def _times(row: SourceRow) -> list[str]:
    return [duration(row.speed.median), duration(row.speed.p90)]


def cost_list(rows: Sequence[SourceRow]) -> dmc.Paper:
    about = (t("sources.cost"), t("sources.cost_definition", n=NEWEST))
    heads = _heads("source", "paid", "contacts_cost", "goals", "per_goal", "kept", "interval")
    told = [_cost_row(row) for row in rows]
    return listing("sources-cost", *about, heads, told, nothing=t("sources.cost_none"), wide=True)


def _cost_row(row: SourceRow) -> list[str]:
    paid = t("sources.cost_unknown") if row.bought_for is None else money(row.bought_for)
    kept = t("sources.kept_of", k=row.kept, n=row.promised) if row.promised else NOTHING
    sure = span(*wilson(row.kept, row.promised)) if row.promised >= HIDDEN else NOTHING
    spent = [paid, money(row.contacts_cost), count(row.goals), money(row.cost_per_goal or None)]
    return [name(row.key), *spent, kept, sure]


def credit_chart(found: Credit) -> dmc.Paper:
    """Six rules beside each other, and what they cannot say."""
    title, definition = t("sources.credit"), t("sources.credit_definition")
    if not found.enough:
        few = t("sources.credit_few", n=found.goals, enough=ENOUGH)
        return frame.chart("sources-credit", title, definition, None, below=few)
    ways = figures.ways(found)
    rows = [[t(f"sources.way.{way}"), *(percent(found.shares[rule][way], 0) for rule in RULES)] for way in ways]
    heads = [*_heads("way"), *(t(f"sources.rule.{rule}") for rule in RULES)]
    said = t("sources.credit_below", goals=found.goals, others=found.others)
    more = {"subtitle": t("sources.credit_of"), "key": _key(ways), "below": said}
    return frame.chart("sources-credit", title, definition, figures.slopes(found), table=heads, rows=rows, **more)


def _key(ways: Sequence[str]) -> html.Div:
    return html.Div([_entry(way) for way in ways], className="key")


def _entry(way: str) -> html.Span:
    look = figures.LOOKS[way]
    mark = html.Span(look.mark, style={"color": look.colour}, **{"aria-hidden": "true"})
    return html.Span([mark, f" {t(f'sources.way.{way}')}"])
