"""Did a call of which no answer came ring all the same? The carrier's list is asked, by both numbers and the time.

Nobody's call is taken for another's: people may share a switchboard, and where several of ours may have rung one number
only a webhook tells whose call is whose. Until the deadline it may still come; then each is treated as made.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import CallState
from opportune import faults
from opportune.rules.facts import DAY, HOUR, Channel, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import binding, cases, react, stopping
from opportune.work.world import World

CALL_DEADLINE = HOUR
CALL_LOOKS = (30, 120, 10 * 60, CALL_DEADLINE)  # seconds after the request at which the carrier's list is read
AGAIN = 60  # seconds: the carrier gave no answer, or too few
ENOUGH = 2  # lists without the call prove its absence
NEAR = 120  # seconds between our mark and the request as the carrier's clock has it, at most
WRONG = DAY  # seconds by which our clock, or theirs, may have been wrong: what rang then may have been this call
WHO = "reconciler"
MAY_HAVE_RUNG = ("sending", "uncertain", "assumed_sent")


def resolve(world: World, touch: m.Touch, now: Instant) -> bool:
    """Whether it is settled. Raises CarrierUnreachable: knowing nothing is not knowing that it was not placed."""
    with world.db.read() as session:
        words = session.get(m.PreparedMessage, touch.id)
    number = words.recipient if words else None
    listed = _listed(world, touch, number) if number else None
    done, unwanted = world.db.attempt(lambda session: _settle(world, session, touch, number or "", listed, now))
    faults.point("reconcile.committed")
    if unwanted:
        world.carrier.cancel(unwanted)
    return done


def _listed(world: World, touch: m.Touch, number: str) -> list[CallState]:
    """What rang this number from that number of ours around that time."""
    calls = world.carrier.find(number, (touch.sending_at or 0) - WRONG)
    return [call for call in calls if _digits(call.caller) == _digits(touch.caller) and _off(touch, call) <= WRONG]


def _digits(number: str | None) -> str:
    """As the carrier may write it otherwise than we entered it."""
    return "".join(sign for sign in number or "" if sign.isdigit())


def _off(touch: m.Touch, call: CallState) -> int:
    """Seconds between our mark and the carrier's."""
    began = touch.sending_at or 0
    return abs((call.created_at or began) - began)


def _settle(
    world: World, session: Session, touch: m.Touch, number: str, listed: Sequence[CallState] | None, now: Instant
) -> tuple[bool, str]:
    """Whether it is settled, and the call that must not ring on. `listed` None: the words, and with them the number,
    were erased meanwhile, so nobody could ask."""
    mine = held(session, touch)
    if mine.state != "uncertain":
        return False, ""
    free = [call for call in listed or () if not binding.taken(session, call.sid)]
    found = [call.sid for call in free if _off(mine, call) <= NEAR]
    if listed is None or (free and (not found or _shared(session, mine, number))):
        return _cannot_tell(session, mine, now), ""
    if not free:
        return _absent(session, mine, now), ""
    sent = {"provider": binding.PROVIDER, "provider_id": found[0], "sent_at": now, "settled_at": None, "look_at": None}
    ledger.move(session, mine, "sent", now=now, who=WHO, why="found at the carrier", **sent)
    unwanted = _said_no_since(world, session, mine, now)
    faults.point("reconcile.found")
    return True, found[0] if unwanted else ""


def held(session: Session, touch: m.Touch) -> m.Touch:
    """The touch as it is now, held with its person until the commit."""
    cases.lock(session, [touch.contact_id])
    [mine] = Bulk(session).objects(m.Touch, "WHERE id = ? FOR NO KEY UPDATE", touch.id)
    return mine


def next_look(touch: m.Touch, looks: Sequence[int], now: Instant) -> Instant:
    began = touch.sending_at or now
    return next((began + seconds for seconds in looks if began + seconds > now), now + AGAIN)


def _shared(session: Session, mine: m.Touch, number: str) -> bool:
    """Did another attempt whose call is not known either, perhaps of a colleague of theirs, go to that number then?"""
    began, t = mine.sending_at or 0, m.Touch
    then = t.sending_at.between(began - 2 * NEAR, began + 2 * NEAR)
    unknown = (t.channel == "call", t.state.in_(MAY_HAVE_RUNG), t.provider_id.is_(None), t.caller == mine.caller)
    numbers = select(m.PreparedMessage.recipient).join(t, t.id == m.PreparedMessage.touch_id)
    others = session.scalars(numbers.where(*unknown, then, t.id != mine.id))
    return _line(number) in {_line(other or "") for other in others}


def _line(number: str) -> str:
    """Without the extension, which the carrier does not know."""
    return number.partition(";")[0]


def _cannot_tell(session: Session, mine: m.Touch, now: Instant) -> bool:
    """It may have rung, so nobody is rung again that day."""
    if now - (mine.sending_at or now) < CALL_DEADLINE:
        why, again = "whether its call rang cannot be told from the list", next_look(mine, CALL_LOOKS, now)
        ledger.annotate(session, mine, now=now, who=WHO, why=why, look_at=again)
        return False
    ledger.move(session, mine, "assumed_sent", now=now, who=WHO, why="an hour without proof")
    _not_today(session, mine, now)
    return True


def _absent(session: Session, mine: m.Touch, now: Instant) -> bool:
    """Not in the list: once more later, until two lists and an hour prove it. Nobody is rung again that day."""
    looks = mine.looks + 1
    if now - (mine.sending_at or now) < CALL_DEADLINE or looks < ENOUGH:
        again = {"looks": looks, "look_at": next_look(mine, CALL_LOOKS, now)}
        ledger.annotate(session, mine, now=now, who=WHO, why="not in the carrier's list", **again)
        return False
    why = f"the carrier knows no such call: asked {looks} times"
    ledger.move(session, mine, "not_sent", now=now, who=WHO, why=why, looks=looks)
    _not_today(session, mine, now)
    return True


def _not_today(session: Session, mine: m.Touch, now: Instant) -> None:
    react.decide_at(session, [mine.enrolment_id] if mine.enrolment_id else [], now + DAY)


def _said_no_since(world: World, session: Session, touch: m.Touch, now: Instant) -> bool:
    """Whoever opted out while we did not know of this call shall not be rung by it."""
    contact = session.get_one(m.Contact, touch.contact_id)
    if contact.id not in cases.suppressed(world, session, [contact], Channel.CALL):
        return False
    why = "said no before the call was found"
    return ledger.move(session, touch, "cancel_requested", now=now, who=WHO, why=why, **stopping.asking(now))
