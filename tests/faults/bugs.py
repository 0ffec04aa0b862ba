"""Would our checks notice? Twelve bugs, planted for the length of a `with` block and never left on.

Each replaces functions of the production code by what somebody might have written. A bug that no check notices would
mean that the checks are too weak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple
from unittest.mock import patch

from faults.worlds import auditor, manners
from faults.worlds.auditor import Check
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from channels.base import Mail, Unknown
from opportune import faults
from opportune.store import events, ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import binding, calls, cases, dispatch, gate, noes, react, recording, seen

Changes = list[tuple[Any, str, Any]]
DOUBTS = ("uncertain", "assumed_sent")


def commits_after_the_send() -> Changes:
    """The gate's transaction ends only when everything has left."""

    def send(world: Any, group: Any, before: Any, claim: Any) -> Any:
        faults.point("claim.committed")
        if before[0]:
            recording.record(world, *before)
        with world.db.write() as session:
            going = gate.pass_through(world, session, group, world.clock.now())
            letters = [Mail(w.sender or "", w.recipient or "", w.content, t.message_id or "") for t, w in going]
            answers = world.run(world.mailer.send_all(letters)) if letters else []
            due = claim(session) if claim else ()
        return (going, list(answers)), due

    return [(dispatch, "_send", send)]


def ignores_the_fence() -> Changes:
    """Whoever claimed once may send, whatever happened to the claim since."""

    def trusting(session: Session, claimed: Any) -> list[Any]:
        rows = list(session.scalars(select(m.Touch).where(m.Touch.id.in_([touch.id for touch in claimed]))))
        for row in rows:
            set_committed_value(row, "state", "claimed")
        return rows

    update = Bulk.update

    def unconditional(bulk: Bulk, table: Any, names: Any, rows: Any, by: Any = "id") -> int:
        if by != ledger._HERE:
            return update(bulk, table, names, rows, by)
        return update(bulk, table, names, [row[:-2] for row in rows])

    return [(gate, "_still_claimed", trusting), (Bulk, "update", unconditional)]


def opts_out_without_the_gate() -> Changes:
    """A no cancels what is planned; the gate does not look at it again."""
    cancel_open, look, pass_through = ledger.cancel_open, noes.look, gate.pass_through
    at_gate: list[bool] = []

    def cancel(session: Session, where: str, *given: Any, **told: Any) -> int:
        return cancel_open(session, f"{where} AND state = 'planned'", *given, **told)

    def through(*given: Any) -> Any:
        at_gate.append(True)
        try:
            return pass_through(*given)
        finally:
            at_gate.pop()

    def no(*given: Any) -> noes.Noes:
        return noes.Noes() if at_gate else look(*given)

    def leaves(world: Any, session: Session, touch: Any, case: Any, now: int) -> bool:
        history = case and replace(case.history, stopped=None)
        return may_leave(world, session, touch, case and replace(case, history=history), now)

    may_leave = gate._may_leave
    return [(ledger, "cancel_open", cancel), (noes, "look", no), (gate, "pass_through", through),
            (gate, "_may_leave", leaves)]  # fmt: skip


def goes_backward() -> Changes:
    """A late report is applied as if it were news."""
    progress = calls.progress

    def any_order(world: Any, session: Session, touch: Any, event: Any, now: int) -> list[str]:
        if event.status == "ringing" and touch.state == "answered":
            ledger.move(session, touch, "ringing", now=now, who="carrier", settled_at=None)
        return progress(world, session, touch, event, now)

    moves = {**ledger.MOVES, "answered": ledger.MOVES["answered"] | {"ringing"}}
    return [(calls, "progress", any_order), (ledger, "MOVES", moves)]


def tries_again_after_a_timeout() -> Changes:
    """No answer is taken for a refusal."""
    answered = react.answered

    def hasty(world: Any, session: Session, touch: Any, answer: Any, now: int) -> None:
        if isinstance(answer, Unknown) and touch.state == "sending":
            ledger.move(session, touch, "not_sent", now=now, who="dispatcher", why=answer.detail)
            react.try_again(world, session, touch, now)
        else:
            answered(world, session, touch, answer, now)

    return [(react, "answered", hasty)]


def forgets_doubts_in_caps() -> Changes:
    """What may have left counts as if it had not."""
    sure = tuple(state for state in ledger.LEFT if state not in DOUBTS)
    return [(cases, "LEFT", sure), (seen, "LEFT", sure)]


def takes_back_what_is_being_sent() -> Changes:
    """The reaper treats an interrupted send like an interrupted claim."""

    def reap(session: Session, now: int, who: str, dead: Any = ()) -> int:
        over = (m.Touch.state.in_(("claimed", "sending")), m.Touch.lease_until < now)
        touches = list(session.scalars(select(m.Touch).where(*over)))
        return sum(ledger.put_back(session, touch, now=now, who=who, why="lease over") for touch in touches)

    moves = {**ledger.MOVES, "sending": ledger.MOVES["sending"] | {"planned"}}
    return [(ledger, "reap", reap), (ledger, "MOVES", moves)]


def binds_a_second_call() -> Changes:
    """The newest CallSid wins."""
    bind = binding.bind

    def newest(session: Session, touch: Any, sid: str, now: int) -> bool:
        if touch.provider_id not in (None, sid):
            touch.provider_id = sid
            session.flush()
        return bind(session, touch, sid, now)

    return [(binding, "bind", newest)]


def applies_replays() -> Changes:
    """A webhook that comes again is applied again."""
    take = events.take
    return [(events, "take", lambda *given: take(*given) or True)]


def robs_the_living() -> Changes:
    """Whatever others have claimed is taken for left behind."""
    reap = ledger.reap

    def robber(session: Session, now: int, who: str, dead: Any = ()) -> int:
        theirs = select(m.Touch).where(m.Touch.state == "claimed", m.Touch.lease_owner != who)
        taken = [
            ledger.put_back(session, touch, now=now, who=who, why="lease over") for touch in session.scalars(theirs)
        ]
        return sum(taken) + reap(session, now, who, dead)

    return [(ledger, "reap", robber)]


def sends_again_under_a_new_id() -> Changes:
    """What was asked for is written anew for its second transmission."""
    return [(react, "_same_words", lambda *_: None)]


def looks_at_the_wrong_clock() -> Changes:
    """The gate asks what time it is in London."""
    recheck = gate.recheck

    def abroad(person: Any, *given: Any, **told: Any) -> Any:
        return recheck(replace(person, zones=("Europe/London",)), *given, **told)

    return [(gate, "recheck", abroad)]


class Bug(NamedTuple):
    """`kinds`: the trouble under which it shows soonest; `betrayed_by`: the check that must notice it. Whatever else a
    bug breaks is no proof: one whose functions were renamed meanwhile breaks everything."""

    plant: Callable[[], Changes]
    kinds: set[str]
    betrayed_by: Check


BUGS: dict[str, Bug] = {
    "the gate commits after the send":
        Bug(commits_after_the_send, {"crash"}, auditor.nothing_leaves_before_the_point_of_no_return),
    "the fence is ignored":
        Bug(ignores_the_fence, {"pause", "crash"}, auditor.every_move_is_in_the_table),
    "an opt-out without the gate's lock":
        Bug(opts_out_without_the_gate, {"pause"}, auditor.nothing_enters_sending_after_a_no),
    "an event is applied backward":
        Bug(goes_backward, {"callback.late"}, auditor.every_move_is_in_the_table),
    "tried again after a timeout":
        Bug(tries_again_after_a_timeout, {"mail.drop_stored", "call.late_201"}, auditor.at_most_one_effect_per_attempt),
    "doubts are left out of the caps":
        Bug(forgets_doubts_in_caps, {"mail.drop_stored"}, manners.nobody_is_touched_more_often_than_allowed),
    "the reaper takes back what is being sent":
        Bug(takes_back_what_is_being_sent, {"crash"}, auditor.at_most_one_effect_per_attempt),
    "a second CallSid is bound":
        Bug(binds_a_second_call, {"call.twice"}, auditor.at_most_one_effect_per_attempt),
    "a replay is applied":
        Bug(applies_replays, {"callback.twice"}, auditor.everything_counts_once),
    "a living owner is robbed":
        Bug(robs_the_living, {"pause", "crash"}, auditor.only_what_is_abandoned_is_taken_back),
    "asked-for mail gets a new Message-ID":
        Bug(sends_again_under_a_new_id, {"mail.drop_stored"},
            auditor.what_was_asked_for_goes_twice_at_most_under_one_id),
    "the window of the wrong zone":
        Bug(looks_at_the_wrong_clock, {"outage"}, manners.everything_keeps_its_hours),
}  # fmt: skip


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The bug is in the code within this block."""
    patches = [patch.object(*change) for change in bug.plant()]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in reversed(patches):
            each.stop()
