"""Who is due for a decision, and what follows from it?

The planner decides for everybody due and writes the decision row and the planned touch together, in short
transactions. Webhooks decide through the same `asked` and `written`, in their own transaction.
"""

from __future__ import annotations

import gc
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from opportune import faults
from opportune.rules.facts import TURNS, Decision, Instant
from opportune.rules.reasons import sentence
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import promises, seen
from opportune.work.answers import PLANNED, SHARED, Answer, Group, answers, follows, reason_of
from opportune.work.seen import Seen
from opportune.work.world import World

__all__ = ["PlanReport", "decide_again", "decide_batch", "due", "facts_changed", "next_due", "reason_of"]

Told = tuple[Seen, Answer, Group]

LASTING = ("requested", "correction")  # owed whatever is decided or answered meanwhile; only a no ends it
BATCH = 20_000  # contacts of one Prefect task, which costs as much as deciding for 500: docs/decisions/0006
PART = 250  # of them in one transaction: whoever else wants SQLite's one writer waits for it at most 50 ms
WHO = "planner"
_ALL_DUE = (
    select(m.Enrolment.id)
    .join(m.Campaign, m.Campaign.id == m.Enrolment.campaign_id)
    .where(m.Enrolment.state == "active", m.Enrolment.decide_at <= bindparam("now"), m.Campaign.state == "live")
    .order_by(m.Enrolment.decide_at, m.Enrolment.contact_id, m.Enrolment.id)
)
_DECISION = ("id", "enrolment_id", "campaign_id", "contact_id", "version_id", "step", "context", *SHARED)
_TOUCH = ("key", "token", "campaign_id", "contact_id", "enrolment_id", "decision_id", "caused_by", "step", "consent_id",
          *PLANNED)  # fmt: skip
_ENROLMENT = ("decide_at", "first_channel", "state", "stopped_why", "stopped_at")


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

    def add(self, decision: Decision, count: int) -> None:
        reason = decision.reasons[-1]
        key = (reason.rule, str(decision.channel or "none"))
        self.decided += count
        self.counts[key] += count
        if key not in self.samples:
            self.samples[key] = sentence(reason)


def due(world: World, now: Instant) -> list[Sequence[int]]:
    """Enrolments that want a decision now, in batches of one Prefect task each."""
    with world.db.read() as session:
        found = session.connection().execute(_ALL_DUE, {"now": now}).scalars()
        return [array("q", part) for part in found.partitions(BATCH)]  # a fifth of a list's memory


def next_due(session: Session) -> Instant | None:
    """When is somebody due for a decision?"""
    query = select(func.min(m.Enrolment.decide_at)).join(m.Campaign, m.Campaign.id == m.Enrolment.campaign_id)
    due = (m.Enrolment.decide_at.is_not(None), m.Enrolment.state == "active", m.Campaign.state == "live")
    return session.scalar(query.where(*due))


def decide_batch(world: World, ids: Sequence[int], now: Instant) -> PlanReport:
    """Decide for these enrolments and write it down. Two planners at once do no harm."""
    report = PlanReport()
    with _uncollected() if len(ids) > PART else nullcontext():  # a walk of the collector costs as much as a few people
        for start in range(0, len(ids), PART):
            part = list(ids[start : start + PART])
            decided = world.db.look_then_write(
                partial(_look, world, part, now), lambda session, told: _write(world, session, told, now)
            )
            faults.point("plan.committed")
            for answer, count in Counter(decided).items():
                report.add(answer.decision, count)
    return report


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows make no cycles, and what is remembered is forgotten as a whole: the collector need not walk through it.
    Sessions do make some, which are collected once, before what is left is put out of its sight."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        gc.freeze()
        if was:
            gc.enable()


def _look(world: World, ids: list[int], now: Instant, session: Session) -> list[Told]:
    """Also asks the rules: whoever waits for the database's one writer waits for the writing alone."""
    bulk = Bulk(session)
    return asked(world, seen.look(world, bulk, bulk.lock(m.Enrolment, ids), now, due=True), now)


def _write(world: World, session: Session, told: list[Told], now: Instant) -> list[Answer]:
    written(world, Bulk(session), told, now, None)
    faults.point("plan.written")
    return [answer for _, answer, _ in told]


def decide_again(world: World, session: Session, enrolment_id: int, now: Instant, caused_by: int | None = None) -> None:
    """Facts changed or a touch ended: no plan outlives its reasons. Same transaction as the change."""
    bulk = Bulk(session)
    bulk.rows(
        "SELECT id FROM enrolment WHERE id = ? FOR NO KEY UPDATE", enrolment_id
    )  # the planner may be deciding now
    where = f"enrolment_id = ? AND kind NOT IN {LASTING}"
    ledger.cancel_open(session, where, enrolment_id, now=now, who=WHO, why="its reasons changed")
    found = seen.look(world, bulk, [enrolment_id], now, due=False)
    written(world, bulk, asked(world, found, now), now, caused_by)
    bulk.objects(m.Enrolment, "WHERE id = ?", enrolment_id)  # whoever holds it sees what was settled


#: A promised callback is planned, waits for its moment or a zone, or is ended by a no or a goal.
STILL_OWED = frozenset({"promised", "call_open", "needs_zone", "suppressed", "stopped", "disqualified"})
#: Ended only for want of something that may have come since.
LACKING = frozenset(
    {"needs_consent", "law_unsigned", "law_blocked", "bought_list", "no_phone", "no_email", "no_window", "no_slot"}
    | {"announce_needs_consent", "announce_forbidden", "only_informs", "service_stranger", "not_interested"}
    | {"no_such_number", "wrong_person", "email_bounced"}
)


def facts_changed(world: World, session: Session, contacts: Iterable[int], now: Instant) -> int:
    """A zone, an address, a consent or a preference of these people changed: decide anew wherever that matters. A
    campaign that has ended decides about nobody, so there it would leave them open (B7)."""
    mine = (m.Enrolment.contact_id.in_(list(contacts)), m.Campaign.state != "ended")
    inside = select(m.Enrolment).join(m.Campaign, m.Campaign.id == m.Enrolment.campaign_id).where(*mine)
    again = [e for e in session.scalars(inside.order_by(m.Enrolment.id)) if _open_again(e)]
    session.flush()
    for enrolment in again:
        decide_again(world, session, enrolment.id, now)
    return len(again)


def _open_again(enrolment: m.Enrolment) -> bool:
    if enrolment.state == "done" and enrolment.stopped_why in LACKING:
        enrolment.state, enrolment.stopped_why, enrolment.stopped_at = "active", None, None
    return enrolment.state == "active"


def asked(world: World, found: Sequence[Seen], now: Instant) -> list[Told]:
    """What the rules say of each."""
    book = answers(world, now)
    return [(case, *book.of(case)) for case in found]


def written(world: World, bulk: Bulk, told: Sequence[Told], now: Instant, caused_by: int | None) -> None:
    """Store the answers, and plan what they say. The caller holds the transaction."""
    worth = [each for each in told if each[1].row]
    ids = bulk.numbers(m.Decision, len(worth))
    numbered = [(id, case.last_step + 1, case, answer) for id, (case, answer, _) in zip(ids, worth, strict=True)]
    decisions = [
        (id, case.enrolment_id, case.campaign_id, case.contact_id, case.version_id, step,
         group.context(case.contact_id % TURNS), *answer.row)
        for (id, step, case, answer), (_, _, group) in zip(numbered, worth, strict=True)
    ]  # fmt: skip
    bulk.insert(m.Decision, _DECISION, decisions)
    touches = [_touch(world, *each, caused_by) for each in numbered if each[3].touch]
    ledger.plan_rows(bulk, _TOUCH, touches, now, WHO)
    bulk.update(m.Enrolment, _ENROLMENT, [_settled(case, answer, now) for case, answer, _ in told])
    promised = [(case, answer.decision) for case, answer, _ in told if case.facts.promised_at]
    if dropped := [case.enrolment_id for case, decision in promised if _drops(case, decision)]:
        owed = bulk.objects(m.Enrolment, "WHERE id = ANY(?) ORDER BY id", dropped)
        promises.to_the_desk(world, bulk.session, owed, "no call of ours can keep it", now)


def _drops(case: Seen, decision: Decision) -> bool:
    """C4: a callback was promised and none left yet, but the law, a number that is wrong or the hours allow no call."""
    promised = case.facts.promised_at or 0
    left = any(touch.kind == "callback" and (touch.sending_at or 0) >= promised for touch in case.past)
    return not left and decision.reasons[0].code not in STILL_OWED


def _settled(case: Seen, answer: Answer, now: Instant) -> tuple[Any, ...]:
    """When to decide next: after the planned touch, at a given moment, once facts change, or never again."""
    decision, first = answer.decision, case.facts.first_channel
    if decision.channel is not None and answer.touch:
        first = first or decision.channel.value
    elif answer.row and answer.again_at is None and decision.held is None:
        why = case.facts.stopped_why or decision.reasons[-1].code
        return None, first, "done", why, now, case.enrolment_id
    return answer.again_at, first, "active", case.facts.stopped_why, None, case.enrolment_id


def _touch(
    world: World, decision_id: int, step: int, case: Seen, answer: Answer, caused_by: int | None
) -> tuple[Any, ...]:
    key = f"{case.key}:{case.contact_id}:{step}:1"
    cause = caused_by or follows(case, answer.decision)
    return (key, world.signer.touch_token(key), case.campaign_id, case.contact_id, case.enrolment_id, decision_id,
            cause, step, case.words.consent(answer.decision), *answer.touch)  # fmt: skip
