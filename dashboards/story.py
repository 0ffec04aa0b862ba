"""How is one decision told? As numbered steps that a person can follow; rule ids only behind the sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import html

from dashboards.happened import attempts, history
from dashboards.words import (
    CHANNELS,
    GOALS,
    SINGLE,
    STATUSES,
    TIMING,
    because,
    changed,
    day,
    decided,
    local,
    percent,
    place,
    say,
    utc,
)
from opportune.store.board import Story

#: Which step a reason belongs to; whatever is not named here says whether we may.
STEPS = {
    **dict.fromkeys(("goal_calls", "goal_writes", "aim_interest", "aim_meeting", "aim_terms"), "goal"),
    **dict.fromkeys(("campaign_rule", "campaign_otherwise", "step_channel", "free_first", "lost_again"), "goal"),
    **dict.fromkeys(("status_high", "staff_missed", "follow_up", "follow_up_high", "follow_up_staff"), "status"),
    **dict.fromkeys(("secretary_opening", "hot"), "status"),
    **dict.fromkeys(("preference", "leaning"), "preference"),
    **dict.fromkeys(("comparison", "comparison_kept", "hold_out"), "who"),
    **dict.fromkeys((*TIMING, "write_first", "promised", "mail_gap", "call_open", "no_slot", "no_window"), "when"),
    "needs_one_zone": "when",
    **dict.fromkeys(("cap_touches", "cap_calls", "law_cap", "refusal_rest", "calls_used_up"), "when"),
    **dict.fromkeys(("call_days_over", "step_gap", "lost_for_now"), "when"),
}
MODES = {
    "policy": "The rules decided, not a toss.",
    "explore": "A toss decided.",
    "forced": "Only one way was open, so there was nothing to choose.",
    "manual": "A colleague decided.",
}


def unknown_decision(id: int) -> html.P:
    return html.P(f"There is no decision number {id}. It may have been erased together with the person.")


def story_panel(story: Story) -> html.Div:
    decision = story.decision
    goal, status = (say(GOALS, story.campaign.goal).lower(), say(STATUSES, story.contact.status).lower())
    steps = [
        ("May we contact this person?", _may(story)),
        ("What does the goal ask for?", _rules(story, "goal", f"Goal: {goal}.")),
        (
            "What does the person's status say?",
            _rules(story, "status", f"Status: {status}."),
        ),
        ("What does the person prefer?", _rules(story, "preference", "No preference known.")),
        ("Who decided?", _who(story)),
        ("When, and why not earlier?", _when(story)),
        ("What happened?", attempts(story)),
        ("What would have changed it?", _changes(story)),
    ]
    said = decided(decision.verdict, decision.channel, decision.held)
    return html.Div(
        [
            _person(story),
            html.P([html.Strong(said), f", decided {utc(decision.at)}"], className=f"decided {decision.channel or ''}"),
            html.Ol([html.Li([html.H3(title), *body]) for title, body in steps], className="steps"),
            history(story),
        ],
        className="story",
    )


def _person(story: Story) -> html.Div:
    contact = story.contact
    about = [contact.title, story.company.name if story.company else None]
    ways = [contact.phone, contact.email]
    lines = [
        ("Campaign", f"{story.campaign.name} (goal: {say(GOALS, story.campaign.goal).lower()})"),
        ("In campaign since", day(story.enrolled)),
        ("Their time zone", place(contact.zones)),
        ("Reached at", ", ".join(filter(None, ways)) or "no number or address on file"),
    ]
    rows = [part for name, value in lines for part in (html.Dt(name), html.Dd(value))]
    return html.Div(
        [html.H2(contact.name), html.P(" · ".join(filter(None, about)), className="subtitle"), html.Dl(rows)]
    )


def _sentences(reasons: Iterable[dict[str, Any]]) -> list[html.P]:
    return [html.P(because(reason), title=f"Rule {reason['rule']}", className="reason") for reason in reasons]


def _of_step(story: Story, step: str) -> list[dict[str, Any]]:
    return [reason for reason in story.decision.reasons if STEPS.get(reason["code"], "may") == step]


def _may(story: Story) -> list[Any]:
    """The law, consent, caps; and for each channel that was closed, what closed it."""
    closed = [
        html.P([html.Strong(f"{say(CHANNELS, channel)} was closed: "), because(why)], title=f"Rule {why['rule']}")
        for channel, why in story.decision.ruled_out.items()
    ]
    said = _sentences(_of_step(story, "may"))
    held = [html.P(f"Waiting: {story.decision.held}.")] if story.decision.held else []
    return [*said, *closed, *held] or [html.P("Yes. Nothing stood against a call or an email.")]


def _rules(story: Story, step: str, fact: str) -> list[Any]:
    said = _sentences(_of_step(story, step))
    return said or [html.P([fact, " No rule turned on it."], className="faint")]


def _who(story: Story) -> list[Any]:
    decision = story.decision
    chances = [f"chance of {SINGLE[channel]} {percent(chance, 0)}" for channel, chance in decision.propensities.items()]
    if not chances and decision.propensity is not None and decision.channel:
        chances = [f"chance of {SINGLE[decision.channel]} {percent(decision.propensity, 0)}"]
    chance = f" {', '.join(chances).capitalize()}." if chances else ""
    version = f"Campaign version {story.version.sha[:8]}, rules {decision.rules_version}"
    return [html.P([say(MODES, decision.mode), chance], title=version), *_sentences(_of_step(story, "who"))]


def _when(story: Story) -> list[Any]:
    decision, zones = story.decision, story.contact.zones
    said, theirs = _sentences(_of_step(story, "when")), f" their time ({place(zones)})"
    if decision.moment is not None:
        at = [html.P([html.Strong(local(decision.moment, zones)), f"{theirs}; {utc(decision.moment)}"])]
    elif decision.again_at is not None:
        at = [html.P(["We look again on ", html.Strong(local(decision.again_at, zones)), f"{theirs}."])]
    else:
        at = [html.P("No moment was planned.", className="faint")]
    return [*at, *said]


def _changes(story: Story) -> list[Any]:
    changes = story.decision.changes
    if not changes:
        return [html.P("Nothing that we looked at would have led to another channel.", className="faint")]
    return [html.Ul([html.Li(_change(change)) for change in changes], className="changes")]


def _change(change: dict[str, Any]) -> list[Any]:
    instead = say(CHANNELS, change["channel"]).lower() if change["channel"] else "no contact"
    return [f"{changed(change)}: ", html.Strong(f"{instead}.")]
