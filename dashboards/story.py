"""How is one decision told? As numbered steps that a person can follow; rule ids only behind the sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import html

from dashboards.happened import attempts, history
from dashboards.kit.format import day, listed, percent, stamp
from dashboards.kit.said import t, word
from dashboards.words import TIMING, because, changed, held_words, local, place
from dashboards.words import decided as decision_words
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


def unknown_decision(id: int) -> html.P:
    return html.P(t("decisions.unknown", id=str(id)))


def story_panel(story: Story) -> html.Div:
    decision = story.decision
    goal = t("decisions.goal_is", goal=word("goal", story.campaign.goal).lower())
    status = t("decisions.status_is", status=word("status", story.contact.status).lower())
    steps = {
        "may": _may(story),
        "goal": _rules(story, "goal", goal),
        "status": _rules(story, "status", status),
        "preference": _rules(story, "preference", t("decisions.no_preference")),
        "who": _who(story),
        "when": _when(story),
        "happened": attempts(story),
        "changes": _changes(story),
    }
    said = decision_words(decision.verdict, decision.channel, decision.held)
    at = t("decisions.decided_at", at=stamp(decision.at))
    told = [html.Li([html.H3(t(f"decisions.step.{name}")), *body]) for name, body in steps.items()]
    return html.Div(
        [
            _person(story),
            html.P([html.Strong(said), at], className=f"decided {decision.channel or ''}"),
            html.Ol(told, className="steps"),
            history(story),
        ],
        className="story",
    )


def _person(story: Story) -> html.Div:
    contact = story.contact
    about = [contact.title, story.company.name if story.company else None]
    ways = ", ".join(filter(None, [contact.phone, contact.email]))
    goal = word("goal", story.campaign.goal).lower()
    lines = {
        "campaign": t("decisions.campaign_of", name=story.campaign.name, goal=goal),
        "since": day(story.enrolled),
        "zone": place(contact.zones),
        "reached": ways or t("decisions.no_way"),
    }
    rows = [part for name, said in lines.items() for part in (html.Dt(t(f"decisions.about.{name}")), html.Dd(said))]
    return html.Div(
        [html.H2(contact.name), html.P(" · ".join(filter(None, about)), className="subtitle"), html.Dl(rows)]
    )


def _sentences(reasons: Iterable[dict[str, Any]]) -> list[html.P]:
    return [html.P(because(reason), title=_rule(reason), className="reason") for reason in reasons]


def _rule(reason: dict[str, Any]) -> str:
    return t("decisions.rule", rule=reason["rule"])


def _of_step(story: Story, step: str) -> list[dict[str, Any]]:
    return [reason for reason in story.decision.reasons if STEPS.get(reason["code"], "may") == step]


def _may(story: Story) -> list[Any]:
    """The law, consent, caps; and for each channel that was closed, what closed it."""
    closed = [
        html.P([html.Strong(t("decisions.closed", channel=word("channel", channel))), because(why)], title=_rule(why))
        for channel, why in story.decision.ruled_out.items()
    ]
    said = _sentences(_of_step(story, "may"))
    missing = story.decision.held
    held = [html.P(f"{t('common.held.by', held=held_words(missing))}.")] if missing else []
    return [*said, *closed, *held] or [html.P(t("decisions.may_all"))]


def _rules(story: Story, step: str, fact: str) -> list[Any]:
    said = _sentences(_of_step(story, step))
    return said or [html.P(t("decisions.no_rule", fact=fact), className="faint")]


def _who(story: Story) -> list[Any]:
    decision = story.decision
    known = decision.propensities
    if not known and decision.propensity is not None and decision.channel:
        known = {decision.channel: decision.propensity}
    chances = [f"{word('single', channel)} {percent(chance, 0)}" for channel, chance in known.items()]
    said = t(f"decisions.mode.{decision.mode}")
    said = t("decisions.chances", mode=said, each=listed(chances)) if chances else said
    version = t("decisions.version", sha=story.version.sha[:8], rules=decision.rules_version)
    return [html.P(said, title=version), *_sentences(_of_step(story, "who"))]


def _when(story: Story) -> list[Any]:
    decision, zones = story.decision, story.contact.zones
    theirs = t("decisions.their_time", zone=place(zones))
    if decision.moment is not None:
        at = [html.P([html.Strong(local(decision.moment, zones)), f"{theirs}; {stamp(decision.moment)}"])]
    elif decision.again_at is not None:
        at = [html.P([t("decisions.look_again"), html.Strong(local(decision.again_at, zones)), f"{theirs}."])]
    else:
        at = [html.P(t("decisions.no_moment"), className="faint")]
    return [*at, *_sentences(_of_step(story, "when"))]


def _changes(story: Story) -> list[Any]:
    changes = story.decision.changes
    if not changes:
        return [html.P(t("decisions.no_changes"), className="faint")]
    return [html.Ul([html.Li(_change(change)) for change in changes], className="changes")]


def _change(change: dict[str, Any]) -> list[Any]:
    instead = word("channel", change["channel"]).lower() if change["channel"] else t("decisions.no_contact")
    return [f"{changed(change)}: ", html.Strong(f"{instead}.")]
