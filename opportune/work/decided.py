"""Why this decision? Its reasons, why not earlier, the lot, and what would have flipped it, as one part of a story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from pydantic import TypeAdapter

from opportune.rules.decide import explain
from opportune.rules.earlier import Chosen, refusals
from opportune.rules.facts import Change, Channel, Decision, History, Instant, Kind, Person
from opportune.rules.hours import reachable
from opportune.rules.reasons import phrase
from opportune.store import models as m
from opportune.work import telling
from opportune.work.answers import reason_of, verdict
from opportune.work.cases import Case

_PERSON, _HISTORY = TypeAdapter(Person), TypeAdapter(History)


def decide(case: Case, at: Instant) -> Decision:
    """With its counterfactuals, as if it were that moment."""
    return explain(case.person, case.campaign, case.history, case.law, at, case.enrolment.lot)


def free_since(case: Case, before: Sequence[m.Decision], row: m.Decision) -> Instant:
    """Since when nothing but the hour stood against this contact: the last one, or the start; not before what was
    decided instead came to nothing."""
    waited = list(takewhile(lambda earlier: earlier.verdict == "wait", reversed(before)))
    if waited:
        return waited[-1].at
    if not before:
        return case.enrolment.since
    left = [touch["at"] for touch in row.context["history"]["touches"] if touch["at"] >= before[-1].at]
    return max(left, default=row.at)


def stored(case: Case, row: m.Decision, touches: Sequence[m.Touch], free: Instant, language: str) -> dict[str, Any]:
    """As it was decided, on what was known then."""
    person = _PERSON.validate_python(row.context["person"])
    history = _HISTORY.validate_python(row.context["history"])
    reasons = tuple(map(reason_of, row.reasons))
    ruled_out = {channel: reason_of(reason) for channel, reason in row.ruled_out.items()}
    told = {
        "id": row.id,
        "at": row.at,
        "verdict": row.verdict,
        "channel": row.channel,
        "kind": row.kind,
        "mode": row.mode,
        "chance": row.propensity,
        "chances": row.propensities,
        "moment": row.moment,
        "again_at": row.again_at,
        "held": row.held,
        "headline": telling.headline(row, touches, list(person.zones), language),
        "happened": [{"state": t.state, "result": t.result, "at": t.sending_at, "fence": t.fence} for t in touches],
    }
    changes = [Change(c["fact"], c["value"], Channel(c["channel"]) if c["channel"] else None) for c in row.changes]
    known = replace(case, person=person, history=history)
    return told | _because(known, told, Decision(None, ruled_out=ruled_out, reasons=reasons), changes, free, language)


def _because(
    case: Case, told: dict[str, Any], found: Decision, changes: Sequence[Change], free: Instant, language: str
) -> dict[str, Any]:
    """The reasons, the channels ruled out, why not earlier, the lot, and what would have flipped it."""
    zones = list(case.person.zones)
    return {
        "moment_local": telling.clock(zones, told["moment"], language) if told["moment"] and zones else None,
        "reasons": [telling.reason(reason, language) for reason in found.reasons],
        "ruled_out": {channel: telling.reason(reason, language) for channel, reason in found.ruled_out.items()},
        "not_earlier": _not_earlier(case, told, free, language),
        "lot": telling.lot(told, case.campaign, language),
        "changes": [{"fact": c.fact, "value": c.value, "channel": c.channel} for c in changes],
        "otherwise": telling.otherwise(changes, language),
    }


def _not_earlier(case: Case, told: dict[str, Any], free: Instant, language: str) -> list[dict[str, Any]]:
    if told["channel"] is None or not reachable(case.person.zones):
        return []
    start = min(max(free, case.history.promised_at or 0), told["at"])
    chosen = Chosen(
        case.person, case.campaign, case.history, case.law, Channel(told["channel"]), Kind(told["kind"]), told["moment"]
    )
    return [telling.earlier(refused, case.person.zones, language) for refused in refusals(chosen, start)]


def as_if(case: Case, at: Instant, language: str) -> dict[str, Any]:
    """Decided as if it were that moment: whom we know and what they allowed as of now, contacts as they were then."""
    then = replace(case, history=_until(case, at))
    found = decide(then, at)
    zones = case.contact.zones
    time = found.moment if found.moment is not None else found.again_at
    told = {
        "at": at,
        "verdict": verdict(found),
        "channel": found.channel,
        "kind": found.kind,
        "mode": found.mode,
        "chance": found.propensity,
        "chances": dict(found.propensities),
        "moment": found.moment,
        "again_at": found.again_at,
        "held": found.held,
        "told": phrase("as_if", language, time=telling.clock(zones, at, language)),
    }
    words = f"{found.channel}_would" if found.channel else f"would_{told['verdict']}"
    held = phrase(found.held, language) if found.held else ""
    told["headline"] = phrase(words, language, held=held, time=telling.clock(zones, time or at, language))
    return told | _because(then, told, found, found.changes, at, language)


def _until(case: Case, at: Instant) -> History:
    """What had happened by then."""
    history, enrolment = case.history, case.enrolment
    touches = tuple(touch for touch in history.touches if touch.at <= at)
    return replace(
        history,
        touches=touches,
        elsewhere=tuple(each for each in history.elsewhere if each[1] <= at),
        stopped=None if enrolment.stopped_at is not None and enrolment.stopped_at > at else history.stopped,
        first_channel=history.first_channel if touches else None,
    )
