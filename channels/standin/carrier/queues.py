"""How does a caller wait, and who takes the call?

`<Enqueue>` parks a leg in a queue, with the words of the waitUrl over and over; `<Dial><Queue>` of another leg takes
the first one. The caller's leg tells the talk, the taker's leg waits for its end.
"""

from __future__ import annotations

from contextlib import suppress
from xml.etree.ElementTree import Element

from channels.standin.carrier.bridge import A_DAY, WHISPERS
from channels.standin.carrier.callees import Chance
from channels.standin.carrier.conversation import Conversation, Next, Verbs, after, seconds
from channels.standin.carrier.leg import HungUp, Leg, Redirected, Summoned, never
from channels.standin.carrier.rooms import Queue, Waiting

A_ROUND = 10  # seconds at least from one waitUrl to the next


class Left(Exception):
    """<Leave>: the caller goes on without having been served."""


async def leave(_talk: Conversation, _verb: Element) -> None:
    """Out of the queue."""
    raise Left


WAITING: Verbs = {**WHISPERS, "Leave": leave}
NOTICE: Verbs = {name: WHISPERS[name] for name in ("Say", "Play", "Pause", "Redirect")}


async def enqueue(talk: Conversation, verb: Element) -> Next | None:
    """Wait until taken, tired or sent away; then to the action, which hears of a caller who hung up, too."""
    leg, queue = talk.leg, talk.exchange.queue((verb.text or "").strip())
    if len(queue.waiting) >= queue.max_size:
        return after(verb, {"QueueResult": "queue-full"})
    place = Waiting(leg, queue, leg.call.now)
    queue.waiting.append(place)
    leg.note("enqueued", queue=queue.name, position=len(queue.waiting))
    for taker in queue.takers:
        taker.wake()
    try:
        result = await _wait(talk, verb, place)
    except (HungUp, Redirected) as gone:
        await _tell(talk, verb, _left(place, _gone(place, isinstance(gone, HungUp))))
        raise
    finally:
        _part(place)
    return after(verb, _left(place, result))


async def _wait(talk: Conversation, verb: Element, place: Waiting) -> str:
    """Round after round of the waitUrl, on the carrier's clock."""
    leg = talk.leg
    by_hand = leg.script.answers == "phone"
    tired = place.entered_at + (A_DAY if by_hand else leg.chance.between(Chance.PATIENCE, *leg.script.patience))
    leg.patient = True
    try:
        while leg.call.now < tired:
            await _round(talk, verb, place, tired)
    except Left:
        return "leave"
    except Summoned:
        await _served(talk, place)
        return "bridged"
    finally:
        leg.patient, leg.summoned = leg.script.waits, False
    leg.leave()


async def _round(talk: Conversation, verb: Element, place: Waiting, tired: int) -> None:
    """One waitUrl, then until the clock has come as far as its words."""
    leg, until, url = talk.leg, tired, talk.address(verb, "waitUrl")
    if url:
        until = leg.call.now + A_ROUND
        told = place.fields() | {
            "QueuePosition": str(1 + place.queue.waiting.index(place)),
            "CurrentQueueSize": str(len(place.queue.waiting)),
            "AvgQueueTime": str(place.queue.average),
        }
        await talk.beside(leg, WAITING, url).hold(Next(url, told))
    await leg.wait_for(never, min(tired, max(leg.call.now, until)))


async def _served(talk: Conversation, place: Waiting) -> None:
    """A notice for the caller, then the talk; whoever does not wait for what comes after it hangs up."""
    leg, taker = talk.leg, place.taken
    assert taker is not None
    leg.summoned, leg.partner, taker.partner = False, taker, leg
    leg.call.now = max(leg.call.now, taker.call.now)
    if place.url:
        told = place.fields() | {"DequeingCallSid": taker.call.sid}
        await talk.beside(leg, NOTICE, place.url).hold(Next(place.url, told))
    place.joined_at = leg.call.now
    leg.note("dequeued", by=taker.call.sid)
    taker.wake()
    by_hand = leg.script.answers == "phone"
    talks = A_DAY if by_hand else leg.chance.between(Chance.TALK, *leg.script.talk)
    await leg.pass_time(min(talks, place.limit), lambda: place.over, really=by_hand)
    if not place.over and talks <= place.limit and not leg.script.waits:
        leg.leave()


def _part(place: Waiting) -> None:
    leg, taker = place.leg, place.taken
    place.over = True
    place.queue.waiting.remove(place)
    place.queue.waits.append((place.joined_at or leg.call.now) - place.entered_at)
    leg.partner = None
    if taker:
        taker.partner = None
        taker.wake()


def _left(place: Waiting, result: str) -> dict[str, str]:
    waited = (place.joined_at or place.leg.call.now) - place.entered_at
    return {"QueueResult": result, "QueueSid": place.queue.sid, "QueueTime": str(waited)}


def _gone(place: Waiting, hung_up: bool) -> str:
    if place.joined_at is not None:
        return "bridged" if hung_up else "redirected-from-bridged"
    return "hangup" if hung_up else "redirected"


async def _tell(talk: Conversation, verb: Element, fields: dict[str, str]) -> None:
    """The action hears it, though nobody is there for its words."""
    if verb.get("action"):
        talk.leg.call.status = "completed" if talk.leg.over else talk.leg.call.status
        await talk.ask(talk.address(verb, "action"), fields)


async def dial_queue(talk: Conversation, verb: Element, noun: Element) -> dict[str, str]:
    """Take the first caller, or wait for one as long as a Dial may ring."""
    leg, queue = talk.leg, talk.exchange.queues.get((noun.text or "").strip())
    if queue is None:
        return {"DialCallStatus": "failed", "DialBridged": "false"}
    place: Waiting | None = None
    with suppress(HungUp, Redirected):
        if place := await _next(leg, queue, seconds(verb, "timeout", 30)):
            place.taken, place.url, place.leg.summoned = leg, talk.address(noun, "url"), True
            place.limit = seconds(verb, "timeLimit", 14400)
            place.leg.wake()
            await leg.pass_time(place.limit, lambda: place.over, really=True)
    if place is None:
        return {"DialCallStatus": "no-answer", "DialBridged": "false"}
    place.over = True
    place.leg.wake()
    leg.call.now = leg.asked_at = max(leg.call.now, place.leg.call.now)
    return _told(place, leg.call.now)


async def _next(leg: Leg, queue: Queue, patience: int) -> Waiting | None:
    queue.takers.append(leg)
    try:
        moment = max(leg.call.now, leg.house.clock.now()) + patience
        await leg.wait_for(lambda: queue.first() is not None, moment)
    finally:
        queue.takers.remove(leg)
    return queue.first()


def _told(place: Waiting, now: int) -> dict[str, str]:
    told = {"DialCallSid": place.leg.call.sid, "DialCallStatus": "completed"}
    if place.joined_at is None:
        return told | {"DialBridged": "false"}
    return told | {"DialBridged": "true", "DialCallDuration": str(now - place.joined_at)}
