"""What comes of each colleague's talks, compared fairly, and what do the listeners say (E5, E9)?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask
from dash import Dash, html

from dashboards.context import board, may_open, reader
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice, choice
from dashboards.kit.format import count, decimal, percent, span
from dashboards.kit.parts import table
from dashboards.kit.said import t
from dashboards.pages import operators_figures as figures
from opportune.rules.facts import Instant
from opportune.statistics import wilson
from opportune.statistics.control import outside
from opportune.store.board.operators import NEWEST, Colleague, Team, team
from opportune.store.db import Database
from opportune.work.quality import QUESTIONS

PATH, NAME = "/operators", "operators.name"
ENOUGH = figures.ENOUGH
HEARD = 10  # talks from which on a share of answers is told
ASKED = {"next": "next_question"}  # the head of a column beside the one of next steps


def layout(**address: str) -> html.Div:
    chosen = choice(**address)
    told = _team(board().db, board().clock(), chosen)
    return frame.page(NAME, chosen, verdict=verdict(told), blocks=_blocks(told) if told.colleagues else [])


def _team(db: Database, now: Instant, chosen: Choice) -> Team:
    """An operator reads of themself only."""
    who = reader()
    if not may_open(PATH):
        flask.abort(403)
    return team(db, chosen.filters(now), only=(who.operator_id or 0) if who.role == "operator" else None)


def verdict(told: Team) -> frame.Verdict:
    if not told.colleagues:
        return frame.Verdict(t("operators.verdict.none"), t("operators.verdict.none_next"))
    large = [each for each in told.colleagues if each.talks >= ENOUGH]
    if not large:
        few = t("operators.verdict.few", n=told.of, enough=count(ENOUGH))
        return frame.Verdict(few, t("operators.verdict.few_next"))
    apart = [each for each in large if _apart(each)]
    if not apart:
        return frame.Verdict(t("operators.verdict.alike", n=len(large)), t("operators.verdict.alike_next"))
    names = ", ".join(each.name for each in apart)
    return frame.Verdict(t("operators.verdict.apart", names=names), t("operators.verdict.apart_next"))


def _apart(each: Colleague) -> bool:
    """Beyond what chance explains, given the people they were given."""
    return each.talks >= ENOUGH and outside(each.goals, each.talks, min(1.0, each.expected / each.talks))


def _blocks(told: Team) -> list[Any]:
    return [_funnel(told), _mix(told), _heard(told)]


def _funnel(told: Team) -> Any:
    heads = [t(f"operators.head.{each}") for each in ("colleague", "talks", "goals", "share", "interval")]
    rows = [[c.name, count(c.talks), count(c.goals), *_share(c.goals, c.talks)] for c in told.colleagues]
    figure = figures.funnel(told) if any(each.talks >= ENOUGH for each in told.colleagues) else None
    below = "" if figure else t("operators.too_few", n=ENOUGH)
    words = {"subtitle": t("operators.funnel_subtitle"), "n": told.of, "below": below, "wide": True}
    definition = t("operators.funnel_definition", newest=count(NEWEST))
    return frame.chart("operators-funnel", t("operators.funnel"), definition, figure, table=heads, rows=rows, **words)


def _mix(told: Team) -> Any:
    names = ("colleague", "goals", "expected", "next", "minutes", "said")
    rows = [
        [c.name, count(c.goals), decimal(c.expected), *_share(c.next_steps, c.talks)[:1], decimal(c.minutes_each),
         t(f"operators.{'beyond' if _apart(c) else 'within'}")]
        for c in told.colleagues
    ]  # fmt: skip
    return _table("mix", names, rows)


def _heard(told: Team) -> Any:
    names = ("colleague", "drawn", "heard", *(ASKED.get(key, key) for key in QUESTIONS))
    rows = [[c.name, _drawn(c), count(c.heard), *(_passed(c, key) for key in QUESTIONS)] for c in told.colleagues]
    enough = told.agreement is not None and told.heard_twice >= HEARD
    agreed = {"kappa": decimal(told.agreement, 2), "n": told.heard_twice} if enough else {"n": told.heard_twice}
    below = t(f"operators.agreement{'' if enough else '_few'}", **agreed)
    return _table("heard", names, rows, below)


def _table(name: str, heads: tuple[str, ...], rows: list[list[str]], below: str = "") -> Any:
    said, definition = t(f"operators.{name}"), t(f"operators.{name}_definition")
    shown = table([t(f"operators.head.{each}") for each in heads], rows, said)
    return frame.chart(f"operators-{name}", said, definition, None, key=shown, below=below, wide=True)


def _share(k: int, n: int) -> list[str]:
    return [percent(k / n), span(*wilson(k, n))] if n >= figures.SHOWN else ["–", "–"]


def _drawn(each: Colleague) -> str:
    return f"{count(each.drawn)} ({percent(each.drawn / each.talks, 0)})" if each.talks else count(each.drawn)


def _passed(each: Colleague, key: str) -> str:
    if each.heard < HEARD:
        return "–"
    return f"{percent(each.passed[key] / each.heard, 0)} ({span(*wilson(each.passed[key], each.heard))})"


# ---- files


def funnel_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for each in _team(db, now, chosen).colleagues:
        interval = wilson(each.goals, each.talks)
        yield [each.id, each.talks, each.goals, *interval, each.expected, each.next_steps, each.seconds]


def heard_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for each in _team(db, now, chosen).colleagues:
        yield [each.id, each.talks, each.drawn, each.heard, *(each.passed[key] for key in QUESTIONS)]


def register(_app: Dash) -> None:
    talks = ["colleague", "talks", "goals", "low_95", "high_95", "expected_goals", "next_steps", "seconds"]
    newest = f"{NEWEST}"
    export.register("operators-funnel", talks, funnel_rows, "operators.funnel_definition", newest=newest)
    heard = ["colleague", "talks", "drawn", "heard", *QUESTIONS]
    export.register("operators-heard", heard, heard_rows, "operators.heard_definition")
