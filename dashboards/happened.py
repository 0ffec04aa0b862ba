"""What happened after the decision, and what else happened with this person?"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboards.context import board
from dashboards.kit.said import t, word
from dashboards.words import decided, local, place, plain
from opportune.store.board import Event, Moment, Story, TouchStory

MARKED = 30  # entries of the history shown at once


def attempts(story: Story) -> list[Any]:
    if not story.touches:
        return [html.P(t("decisions.nothing_left"), className="faint")]
    return [part for touch in story.touches for part in _attempt(touch, story.contact.zones)]


def _attempt(told: TouchStory, zones: list[str]) -> list[Any]:
    touch = told.touch
    what = f"{word('channel', touch.channel)} ({word('kind', touch.kind)})"
    result = f", {word('result', touch.result)}" if touch.result and touch.result != touch.state else ""
    left = " " + t("decisions.left", at=local(touch.sending_at, zones)) if touch.sending_at else ""
    parts: list[Any] = [html.P([html.Strong(f"{what}: "), f"{word('state', touch.state)}{result}.{left}"])]
    if told.outside:
        parts.append(_shout(told, zones))
    log = html.Ul([_event(event, zones) for event in told.events], className="events")
    return [*parts, html.Details([html.Summary(t("decisions.log", n=len(told.events))), log])]


def _shout(told: TouchStory, zones: list[str]) -> dmc.Alert:
    touch = told.touch
    left, since, until = (local(at, zones) for at in (touch.sending_at or 0, touch.due_at, touch.not_after))
    text = t("decisions.outside_told", left=left, since=since, until=until, zone=place(zones))
    return dmc.Alert(text, title=t("decisions.outside"), color="red", variant="light")


def _event(event: Event, zones: list[str]) -> html.Li:
    why = f" ({plain(event.why)})" if event.why else ""
    now = word("told" if event.told else "state", event.now)
    text = f"{now[:1].upper()}{now[1:]}{why}"
    return html.Li([html.Time(local(event.at, zones)), html.Span(text), html.Span(event.who, className="faint")])


def history(story: Story) -> html.Details:
    """Everything else of this person; the decision being told is marked, the others are a click away."""
    shown = story.history[:MARKED]
    items = [_moment(moment, story) for moment in shown]
    more = len(story.history) - len(shown)
    rest = [html.P(t("decisions.earlier", n=more), className="faint")] if more > 0 else []
    return html.Details(
        [html.Summary(t("decisions.everything", name=story.contact.name)), html.Ul(items, className="events"), *rest],
        open=True,
    )


def _moment(moment: Moment, story: Story) -> html.Li:
    here = moment.kind == "decision" and moment.id == story.decision.id
    text: Any = _words(moment)
    if moment.kind == "decision" and not here:
        text = dcc.Link(text, href=board().link(f"decisions?id={moment.id}"))
    campaign = html.Span(moment.campaign or "", className="faint")
    when = html.Time(local(moment.at, story.contact.zones))
    said = html.Span([text, t("decisions.this_one")] if here else text)
    return html.Li([when, said, campaign], className="here" if here else "")


def _words(moment: Moment) -> str:
    if moment.kind == "decision":
        return t("decisions.decided_that", what=decided(moment.state, moment.channel, moment.result))
    if moment.kind == "outcome":
        return word("outcome", moment.state)
    result = f", {word('result', moment.result)}" if moment.result and moment.result != moment.state else ""
    return f"{word('channel', moment.channel)}: {word('state', moment.state)}{result}"
