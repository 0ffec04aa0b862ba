"""What happened after the decision, and what else happened with this person?"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboards.context import board
from dashboards.words import CHANNELS, KINDS, OUTCOMES, RESULTS, STATES, TOLD, decided, local, place, plain, say
from opportune.store.board import Event, Moment, Story, TouchStory

MARKED = 30  # entries of the history shown at once


def attempts(story: Story) -> list[Any]:
    if not story.touches:
        return [html.P("Nothing was sent or dialled because of this decision.", className="faint")]
    return [part for touch in story.touches for part in _attempt(touch, story.contact.zones)]


def _attempt(told: TouchStory, zones: list[str]) -> list[Any]:
    touch = told.touch
    what = f"{say(CHANNELS, touch.channel)} ({say(KINDS, touch.kind)})"
    result = f", {say(RESULTS, touch.result)}" if touch.result and touch.result != touch.state else ""
    left = f" Left {local(touch.sending_at, zones)} their time." if touch.sending_at else ""
    parts: list[Any] = [html.P([html.Strong(f"{what}: "), f"{say(STATES, touch.state)}{result}.{left}"])]
    if told.outside:
        parts.append(_shout(told, zones))
    log = html.Ul([_event(event, zones) for event in told.events], className="events")
    return [*parts, html.Details([html.Summary(f"Log, {len(told.events)} entries"), log])]


def _shout(told: TouchStory, zones: list[str]) -> dmc.Alert:
    left = local(told.touch.sending_at or 0, zones)
    allowed = f"{local(told.touch.due_at, zones)} to {local(told.touch.not_after, zones)}"
    text = f"It left {left}; allowed was {allowed} ({place(zones)}). Stop the campaign and find out why."
    return dmc.Alert(text, title="This left outside its window", color="red", variant="light")


def _event(event: Event, zones: list[str]) -> html.Li:
    why = f" ({plain(event.why)})" if event.why else ""
    now = say(TOLD if event.told else STATES, event.now)
    text = f"{now[:1].upper()}{now[1:]}{why}"
    return html.Li([html.Time(local(event.at, zones)), html.Span(text), html.Span(event.who, className="faint")])


def history(story: Story) -> html.Details:
    """Everything else of this person; the decision being told is marked, the others are a click away."""
    shown = story.history[:MARKED]
    items = [_moment(moment, story) for moment in shown]
    more = len(story.history) - len(shown)
    rest = [html.P(f"{more} earlier ones are not shown.", className="faint")] if more > 0 else []
    return html.Details(
        [html.Summary(f"Everything with {story.contact.name}"), html.Ul(items, className="events"), *rest], open=True
    )


def _moment(moment: Moment, story: Story) -> html.Li:
    here = moment.kind == "decision" and moment.id == story.decision.id
    text: Any = _words(moment)
    if moment.kind == "decision" and not here:
        text = dcc.Link(text, href=board().link(f"decisions?id={moment.id}"))
    campaign = html.Span(moment.campaign or "", className="faint")
    when = html.Time(local(moment.at, story.contact.zones))
    said = html.Span([text, " (this one)"] if here else text)
    return html.Li([when, said, campaign], className="here" if here else "")


def _words(moment: Moment) -> str:
    if moment.kind == "decision":
        return f"Decided: {decided(moment.state, moment.channel, moment.result)}"
    if moment.kind == "outcome":
        return say(OUTCOMES, moment.state)
    result = f", {say(RESULTS, moment.result)}" if moment.result and moment.result != moment.state else ""
    return f"{say(CHANNELS, moment.channel)} {say(STATES, moment.state)}{result}"
