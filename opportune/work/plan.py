"""Who is due for a decision, and what follows from it?

The planner decides for everybody due and writes the decision row and the planned touch together, in short
transactions. Webhooks decide through the same `decide_cases`, in their own transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from opportune.rules.decide import explain
from opportune.rules.facts import HOUR, RULES_VERSION, Decision, Instant, Kind, Reason
from opportune.rules.familiarity import priority
from opportune.rules.reasons import sentence
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import cases, tables
from opportune.work.cases import Case
from opportune.work.world import World

BATCH = 1_000  # contacts of one Prefect task
PART = 300  # of them in one transaction: decision, touch and event are three rows each
WHO = "planner"
_DECISIONS = insert(cast(Table, m.Decision.__table__))


@dataclass
class PlanReport:
    """What a batch decided: `rows` hold rule, channel, count and a sample sentence, for the run's artifact."""

    decided: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def rows(self) -> list[dict[str, Any]]:
        counts = self.counts.most_common()
        return [{"rule": key[0], "channel": key[1], "count": n, "sample": self.samples[key]} for key, n in counts]

    def add(self, decision: Decision) -> None:
        reason = decision.reasons[-1]
        key = (reason.rule, str(decision.channel or "none"))
        self.decided += 1
        self.counts[key] += 1
        self.samples.setdefault(key, sentence(reason))


def due(world: World, now: Instant) -> list[list[int]]:
    """Enrolments that want a decision now, in batches of at most 1,000."""
    query = (
        select(m.Enrolment.id)
        .join(m.Campaign, m.Campaign.id == m.Enrolment.campaign_id)
        .where(m.Enrolment.state == "active", m.Enrolment.decide_at <= now, m.Campaign.state == "live")
        .order_by(m.Enrolment.decide_at, m.Enrolment.contact_id, m.Enrolment.id)
    )
    with world.db.read() as session:
        ids = list(session.scalars(query))
    return [ids[i : i + BATCH] for i in range(0, len(ids), BATCH)]


def next_due(session: Session) -> Instant | None:
    """When is somebody due for a decision?"""
    query = select(func.min(m.Enrolment.decide_at)).join(m.Campaign, m.Campaign.id == m.Enrolment.campaign_id)
    return session.scalar(query.where(m.Enrolment.state == "active", m.Campaign.state == "live"))


def decide_batch(world: World, ids: Sequence[int], now: Instant) -> PlanReport:
    """Decide for these enrolments and write it down. Two planners at once do no harm."""
    report = PlanReport()
    for start in range(0, len(ids), PART):
        with world.db.write() as session:
            part = ids[start : start + PART]
            locked = select(m.Enrolment.id).where(m.Enrolment.id.in_(part), m.Enrolment.decide_at <= now)
            still = list(session.scalars(locked.with_for_update(skip_locked=True, key_share=True)))
            found = cases.load(world, session, still, now)
            for decision in decide_cases(world, session, found, now, last_steps(session, still), None):
                report.add(decision)
    return report


def last_steps(session: Session, enrolments: Sequence[int]) -> dict[int, int]:
    """Highest step so far of each enrolment, cancelled ones included: a step number is never used twice."""
    query = select(m.Touch.enrolment_id, func.max(m.Touch.step)).where(m.Touch.enrolment_id.in_(enrolments))
    return {id: step for id, step in session.execute(query.group_by(m.Touch.enrolment_id)) if id is not None}


def decide_again(world: World, session: Session, enrolment_id: int, now: Instant, caused_by: int | None = None) -> None:
    """Facts changed or a touch ended: no plan outlives its reasons. Same transaction as the change."""
    session.flush()
    mine = select(m.Enrolment).where(m.Enrolment.id == enrolment_id)  # locked: the planner may be deciding for it now
    session.scalars(mine.with_for_update(key_share=True).execution_options(populate_existing=True)).one()
    where = (m.Touch.enrolment_id == enrolment_id) & (m.Touch.kind != "requested")
    ledger.cancel_open(session, where, now=now, who=WHO, why="its reasons changed")
    found = cases.load(world, session, [enrolment_id], now)
    active = [case for case in found if case.enrolment.state == "active" and case.state == "live"]
    decide_cases(world, session, active, now, last_steps(session, [enrolment_id]), caused_by)


#: Ended only for want of something that may have come since.
LACKING = frozenset(
    {"needs_consent", "law_unsigned", "law_blocked", "bought_list", "no_phone", "no_email", "no_window", "no_slot"}
    | {"only_informs", "service_stranger", "not_interested"}
)


def facts_changed(world: World, session: Session, contacts: Iterable[int], now: Instant) -> int:
    """A zone, an address, a consent or a preference of these people changed: decide anew wherever that matters."""
    inside = select(m.Enrolment).where(m.Enrolment.contact_id.in_(list(contacts)))
    again = [e for e in session.scalars(inside.order_by(m.Enrolment.id)) if _open_again(e)]
    session.flush()
    for enrolment in again:
        decide_again(world, session, enrolment.id, now)
    return len(again)


def _open_again(enrolment: m.Enrolment) -> bool:
    if enrolment.state == "done" and enrolment.stopped_why in LACKING:
        enrolment.state, enrolment.stopped_why, enrolment.stopped_at = "active", None, None
    return enrolment.state == "active"


def decide_cases(
    world: World, session: Session, found: Sequence[Case], now: Instant, steps: dict[int, int], caused_by: int | None
) -> list[Decision]:
    """Ask the rules, store the answers, and plan what they say. The caller holds the transaction."""
    answers = [explain(c.person, c.campaign, c.history, c.law, now, c.enrolment.lot) for c in found]
    horizon = world.settings.horizon_hours * HOUR
    written: list[tuple[Case, Decision, dict[str, Any]]] = []
    for case, decision in zip(found, answers, strict=True):
        if decision.moment is not None and decision.moment > now + horizon:
            case.enrolment.decide_at = decision.moment - horizon  # too far ahead to be held to it
        else:
            step = steps.get(case.enrolment.id, 0) + 1
            written.append((case, decision, _decision_row(case, decision, now, step)))
    ids = _store(session, [row for _, _, row in written])
    act = [(case, decision, row) for case, decision, row in written if decision.channel is not None]
    planned = [_touch(world, *each, ids[each[0].enrolment.id], caused_by) for each in act]
    ledger.plan(session, planned, now, WHO)
    for case, decision, _ in written:
        _settle(case.enrolment, decision, now)
    return answers


def _store(session: Session, rows: list[dict[str, Any]]) -> dict[int, int]:
    """Insert the decisions at once; enrolment -> id of its newest decision."""
    if not rows:
        return {}
    session.flush()
    session.connection().execute(_DECISIONS, rows)
    of = m.Decision.enrolment_id
    newest = select(of, func.max(m.Decision.id)).where(of.in_([row["enrolment_id"] for row in rows])).group_by(of)
    return dict(session.execute(newest).tuples().all())


def _settle(enrolment: m.Enrolment, decision: Decision, now: Instant) -> None:
    """When to decide next: after the planned touch, at a given moment, once facts change, or never again."""
    enrolment.decide_at = None if decision.channel is not None else decision.again_at
    if decision.channel is not None:
        enrolment.first_channel = enrolment.first_channel or decision.channel
    elif decision.again_at is None and decision.held is None:
        enrolment.state, enrolment.stopped_at = "done", now
        enrolment.stopped_why = enrolment.stopped_why or decision.reasons[-1].code


def verdict(decision: Decision) -> str:
    if decision.channel is not None:
        return "act"
    return "held" if decision.held else "wait" if decision.again_at is not None else "never"


def _decision_row(case: Case, decision: Decision, now: Instant, step: int) -> dict[str, Any]:
    return {
        "enrolment_id": case.enrolment.id,
        "campaign_id": case.enrolment.campaign_id,
        "contact_id": case.contact.id,
        "version_id": case.enrolment.version_id,
        "rules_version": RULES_VERSION,
        "at": now,
        "step": step,
        "first": decision.channel is not None and case.enrolment.first_channel is None,
        "verdict": verdict(decision),
        "channel": decision.channel,
        "kind": decision.kind,
        "mode": decision.mode,
        "propensity": decision.propensity,
        "propensities": dict(decision.propensities),
        "context": {
            "person": asdict(case.person),
            "history": asdict(case.history),
            "law": case.law.place,
            "lot": case.enrolment.lot,
        },
        "ruled_out": {channel: reason_json(reason) for channel, reason in decision.ruled_out.items()},
        "reasons": [reason_json(reason) for reason in decision.reasons],
        "changes": [{"fact": c.fact, "value": c.value, "channel": c.channel} for c in decision.changes],
        "moment": decision.moment,
        "again_at": decision.again_at,
        "held": decision.held,
    }


def reason_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "rule": reason.rule, "values": dict(reason.values)}


def reason_of(stored: dict[str, Any]) -> Reason:
    return Reason(stored["code"], stored["rule"], stored["values"])


def _touch(
    world: World, case: Case, decision: Decision, row: dict[str, Any], decision_id: int, caused_by: int | None
) -> dict[str, Any]:
    assert decision.channel is not None
    assert decision.moment is not None
    assert decision.not_after is not None
    key = f"{case.campaign.key}:{case.contact.id}:{row['step']}:1"
    return {
        "key": key,
        "token": world.signer.touch_token(key),
        "campaign_id": row["campaign_id"],
        "contact_id": row["contact_id"],
        "enrolment_id": row["enrolment_id"],
        "decision_id": decision_id,
        "caused_by": caused_by or _cause(case, decision),
        "step": row["step"],
        "attempt": 1,
        "channel": str(decision.channel),
        "kind": str(decision.kind),
        "template": decision.template,
        "automated": decision.automated,
        "voicemail": decision.voicemail,
        "priority": priority(case.person, decision, alike=tables.warmth(world.settings.warmth).fit.alike).value,
        "due_at": decision.moment,
        "not_after": decision.not_after,
        "consent_id": decision.consent_id,
        "rules_version": RULES_VERSION,
    }


def _cause(case: Case, decision: Decision) -> int | None:
    """A follow-up that had to wait still belongs to the call it follows."""
    followed = decision.kind is Kind.FOLLOW_UP and case.history.touches
    return case.history.touches[-1].id if followed else None
