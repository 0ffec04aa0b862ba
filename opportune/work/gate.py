"""May this touch leave, this very second? Asked in the transaction that marks it `sending`.

Locks the contact's row, which an opt-out locks too, and reads everything again: suppression, consent, window, caps,
campaign state, canary, the day's spend, kill switch. "Later" puts the touch back, "never" cancels it and decides again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from opportune import faults
from opportune.rules.cadence import is_cold
from opportune.rules.facts import HOUR, Channel, Instant, Kind
from opportune.rules.gate import Verdict, recheck
from opportune.store import ledger, notes
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.ledger import Claimed
from opportune.work import brakes, cases, journal, plan, prepare, promises, sending, stopping
from opportune.work.cases import Case
from opportune.work.world import World

log = logging.getLogger(__name__)
WHO = "gate"
KILL_SWITCH = "kill_switch"  # a note of the house: while it is set nothing at all leaves
Going = list[tuple[m.Touch, m.PreparedMessage]]
APART = HOUR  # between two of one channel to one person, whatever the campaigns
# A reply's webhook does not lock the contact: without these locks it could cancel a touch before we mark it.
_CLAIMED = "WHERE id = ANY(?) AND state = 'claimed' ORDER BY due_at, contact_id, step FOR NO KEY UPDATE"
MOMENT = 5  # seconds in which the live loop applies what stands in the journal alone
PAUSE = 15 * 60  # a paused campaign is asked again after this many seconds


def pass_through(world: World, session: Session, claimed: Sequence[Claimed], now: Instant) -> Going:
    """Those of these claimed touches that may leave, each marked `sending` with its words. Commit, then send."""
    cases.lock(session, [touch.contact_id for touch in claimed])
    touches = _still_claimed(session, claimed)
    faults.point("gate.locked")
    if notes.get_in(session, KILL_SWITCH):
        for touch in touches:
            ledger.put_back(session, touch, now=now, who=WHO, why="kill switch", due_at=now + PAUSE)
        return []
    going = [each for turn in _turns(touches) for each in _mark(world, session, turn, now)]
    faults.point("gate.marked")
    return going


def _turns(touches: Sequence[m.Touch]) -> list[list[m.Touch]]:
    """Each person once a turn: a second touch counts the first in its caps."""
    turns: list[list[m.Touch]] = []
    seen: Counter[int] = Counter()
    for touch in touches:
        turn = seen[touch.contact_id]
        seen[touch.contact_id] += 1
        turns += [[]] if turn == len(turns) else []
        turns[turn].append(touch)
    return turns


def _mark(world: World, session: Session, touches: Sequence[m.Touch], now: Instant) -> Going:
    touches = [touch for touch in touches if touch.state == "claimed"]  # an earlier turn may have decided anew
    known = _cases(world, session, touches, now)
    ready = prepare.ready(session, [touch.id for touch in touches])
    free = _free(world, session, touches, known, now)
    made = [(t, _words(world, session, t, now, ready.get(t.id))) for t in free]
    going = [(t, words) for t, words in made if words is not None]
    going = _unpaced(world, session, going, known, now)
    going = _unless_somebody_said_no(world, session, going, now)
    marks = [(touch, _facts(touch, words)) for touch, words in going]
    ledger.begin_sending(session, marks, now=now, who=world.owner)
    return going


def _unless_somebody_said_no(world: World, session: Session, going: Going, now: Instant) -> Going:
    """A no that only the journal knows may be of anybody here. Asked last, right before the commit: it locks nobody."""
    if not going or not journal.waiting(world):
        return going
    for touch, _ in going:
        ledger.put_back(session, touch, now=now, who=WHO, why="a no is being stored", due_at=now + MOMENT)
    return []


def screen(world: World, session: Session, touch: m.Touch, now: Instant) -> bool:
    """Might this planned touch leave now? Asked before a colleague is rung for it, and again when they accept. If not,
    it waits or is decided anew, as ever. The person and the touch are held."""
    return bool(_free(world, session, [touch], _cases(world, session, [touch], now), now))


def _free(
    world: World, session: Session, touches: Sequence[m.Touch], known: dict[int, Case], now: Instant
) -> list[m.Touch]:
    """Neither held back nor refused."""
    waiting = brakes.held(world, session, touches, known, now)
    for touch in [touch for touch in touches if touch.id in waiting]:
        why, again = waiting[touch.id]
        ledger.put_back(session, touch, now=now, who=WHO, why=why, due_at=again)
    unheld = [touch for touch in touches if touch.id not in waiting]
    return [t for t in unheld if _may_leave(world, session, t, known.get(t.enrolment_id or 0), now)]


def _unpaced(world: World, session: Session, going: Going, known: dict[int, Case], now: Instant) -> Going:
    """Without those that a server, a provider or a cap lets wait; a promise is met once its call rang."""
    waiting = sending.waiting(world, session, going, known, now)
    for touch, _ in going:
        case = known.get(touch.enrolment_id or 0)
        if touch.id in waiting:
            wait = waiting[touch.id]
            ledger.put_back(session, touch, now=now, who=WHO, why=wait.why, **sending.later(touch, wait, case))
    return [each for each in going if each[0].id not in waiting]


def _words(
    world: World, session: Session, touch: m.Touch, now: Instant, row: m.PreparedMessage | None
) -> m.PreparedMessage | None:
    """None when they cannot be made: one bad template must not hold up everybody else's mail."""
    try:
        return prepare.prepared(world, session, touch, now, row)
    except ValueError as error:
        log.error("No words for touch %s: %s", touch.key, error)
        ledger.put_back(session, touch, now=now, who=WHO, why=f"no words: {error}", due_at=now + PAUSE)
        return None


def _still_claimed(session: Session, claimed: Sequence[Claimed]) -> list[m.Touch]:
    """Read again under the contacts' locks: an opt-out may have been faster, or somebody who holds the lease now."""
    fences = {touch.id: touch.fence for touch in claimed}
    there = Bulk(session).objects(m.Touch, _CLAIMED, list(fences))
    return [touch for touch in there if touch.fence == fences[touch.id]]


def _cases(world: World, session: Session, touches: Sequence[m.Touch], now: Instant) -> dict[int, Case]:
    enrolments = [touch.enrolment_id for touch in touches if touch.enrolment_id]
    return {case.enrolment.id: case for case in cases.load(world, session, enrolments, now)}


def _may_leave(world: World, session: Session, touch: m.Touch, case: Case | None, now: Instant) -> bool:
    if touch.kind == "requested" or case is None:
        return _requested_may_leave(world, session, touch, now)
    if case.state != "live" and touch.kind != "correction":
        ledger.put_back(session, touch, now=now, who=WHO, why=f"campaign is {case.state}", due_at=now + PAUSE)
        return False
    if now > touch.not_after:  # too late for this moment: a fresh decision finds the next one
        _decide_anew(world, session, touch, case, now, "its moment has passed")
        return False
    if touch.kind == "callback" and not _tried_again(world, session, touch, case, now):
        return False
    verdict = recheck(
        case.person,
        case.campaign,
        case.history,
        case.law,
        channel=Channel(touch.channel),
        kind=Kind(touch.kind),
        automated=touch.automated,
        cold=touch.kind != "callback" and is_cold(case.person, case.history),
        now=now,
    )
    why = verdict.reason.code if verdict.reason else ""
    if verdict.go and (free := _alone(case, touch, now)) > now:
        verdict, why = Verdict(False, again_at=free), "another one just left"
    if verdict.go:
        if touch.consent_id != verdict.consent_id:  # mostly the one that the decision named
            touch.consent_id = verdict.consent_id
    elif verdict.again_at is not None:
        again = max(verdict.again_at, now + 60)
        late = again + (touch.not_after - touch.due_at)
        ledger.put_back(session, touch, now=now, who=WHO, why=why, due_at=again, not_after=late)
    else:
        _decide_anew(world, session, touch, case, now, why)
    return verdict.go


def _tried_again(world: World, session: Session, touch: m.Touch, case: Case, now: Instant) -> bool:
    """C4: a call that did not come about is made again, a little later and a few times; then a colleague calls by hand,
    and nothing of ours comes between."""
    again = promises.next_try(world, session, case.enrolment, now)
    if again is None:
        stopping.stop(session, case.enrolment, "by_hand", now)
    elif again > now:
        late = again + (touch.not_after - touch.due_at)
        ledger.put_back(session, touch, now=now, who=WHO, why="just tried", due_at=again, not_after=late)
    return again == now


def _alone(case: Case, touch: m.Touch, now: Instant) -> Instant:
    """From when on this would not reach the person together with one of another campaign: under the contact's lock, so
    that two workers see each other's."""
    if touch.kind in ("callback", "correction"):
        return now
    same = [at for channel, at in case.history.elsewhere if channel == touch.channel]
    return max(same, default=now - APART) + APART


def _decide_anew(world: World, session: Session, touch: m.Touch, case: Case, now: Instant, why: str) -> None:
    ledger.move(session, touch, "cancelled", now=now, who=WHO, why=why)
    plan.decide_again(world, session, case.enrolment.id, now, caused_by=touch.caused_by)


def _requested_may_leave(world: World, session: Session, touch: m.Touch, now: Instant) -> bool:
    """What a person asked for needs no window and no cap, only that nobody said no since. A form is itself a yes to
    mail; what was asked for in a call of ours, which has an enrolment, was planned only where there was no such no."""
    contact = session.get_one(m.Contact, touch.contact_id)
    channel = touch.channel if touch.enrolment_id else None
    if contact.email and contact.id not in cases.suppressed(world, session, [contact], channel):
        return True
    ledger.move(session, touch, "cancelled", now=now, who=WHO, why="said no, or no address left")
    if touch.enrolment_id:
        plan.decide_again(world, session, touch.enrolment_id, now, caused_by=touch.caused_by)
    return False


def _facts(touch: m.Touch, words: m.PreparedMessage) -> dict[str, str | int | None]:
    """What the mark says of the words that are about to leave, and of the consent they rest on."""
    domain = (words.sender or "").rpartition("@")[2]
    ours = f"<{touch.token}@{domain}>" if touch.channel == "email" else None
    return {"words_hash": words.hash, "consent_id": touch.consent_id, "message_id": touch.message_id or ours}
