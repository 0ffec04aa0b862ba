"""Who meets in a conference, when does it begin and end, and what is told of it?

A scripted person leaves after a while, the one who has had enough first; a colleague stays until alone; a person at
the page until they hang up.
"""

from __future__ import annotations

from contextlib import suppress
from xml.etree.ElementTree import Element

from channels.standin.carrier.bridge import A_DAY, WHISPERS
from channels.standin.carrier.callees import Chance
from channels.standin.carrier.clock import rfc2822
from channels.standin.carrier.conversation import Conversation, Next, seconds
from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.leg import HungUp, Redirected
from channels.standin.carrier.rooms import Conference, Participant
from channels.standin.carrier.webhooks import WebhookFailed

EVENTS = {"start": "conference-start", "end": "conference-end", "join": "participant-join",
          "leave": "participant-leave", "mute": "participant-mute", "hold": "participant-hold"}  # fmt: skip


async def dial_conference(talk: Conversation, verb: Element, noun: Element) -> dict[str, str]:
    """Enter, wait for the beginning, talk, leave."""
    leg = talk.leg
    room = talk.exchange.conference((noun.text or "").strip())
    if not room.status_url:
        room.status_url = talk.address(noun, "statusCallback")
        room.events = tuple(noun.get("statusCallbackEvent", "").split())
    one = Participant(
        leg,
        leg.call.now,
        starts=noun.get("startConferenceOnEnter", "true") == "true",
        ends=noun.get("endConferenceOnExit") == "true",
        label=noun.get("participantLabel", ""),
        muted=noun.get("muted") == "true",
        coaches=noun.get("coach", ""),
    )
    if len(room.present) >= seconds(noun, "maxParticipants", 250):
        return {"DialCallStatus": "failed", "DialBridged": "false"}
    room.present.append(one)
    with suppress(HungUp, Redirected):
        try:
            await _enter(talk.exchange, room, one)
            await _stay(talk, verb, noun, room, one)
        finally:
            await _leave(talk.exchange, room, one)
    leg.asked_at = leg.call.now
    return {"DialCallStatus": "answered", "DialBridged": "true"}


async def _enter(exchange: Exchange, room: Conference, one: Participant) -> None:
    """In; it begins with the second one, once somebody is there who may begin it."""
    one.leg.note("conference", name=room.name, present=len(room.present))
    async with room.door:
        await tell(exchange, room, "join", one)
        if room.status == "init" and len(room.present) > 1 and any(each.starts for each in room.present):
            room.status = "in-progress"
            await tell(exchange, room, "start", one)
            start = max(each.leg.call.now for each in room.present)
            for each in room.present:
                _has_time(each, start)
        elif room.status == "in-progress":
            _has_time(one, one.joined_at)
    room.wake()


def _has_time(one: Participant, start: int) -> None:
    """Scripted people who are no colleagues have had enough at some moment."""
    leg = one.leg
    leg.call.now = max(leg.call.now, start)
    if not leg.script.operator and leg.script.answers != "phone":
        one.leaves_at = leg.call.now + leg.chance.between(Chance.TALK, *leg.script.talk)


async def _stay(talk: Conversation, verb: Element, noun: Element, room: Conference, one: Participant) -> None:
    """First the words of the waitUrl, once, for who is early; then until it is over for this one."""
    leg = talk.leg
    url = talk.address(noun, "waitUrl")
    if room.status == "init" and url:
        leg.patient = True
        await talk.beside(leg, WHISPERS, url).hold(Next(url))
        leg.patient = leg.script.waits

    end = leg.call.now + min(seconds(verb, "timeLimit", 14400), A_DAY)
    starred = verb.get("hangupOnStar") == "true"

    def done() -> bool:
        return one.removed or room.status == "completed" or (starred and "*" in leg.typed) or _turn(room, one)

    while not done() and leg.call.now < end:
        known = one.leaves_at
        until = min(end, known) if known is not None and _really(room) else end
        await leg.pass_time(until - leg.call.now, lambda known=known: done() or one.leaves_at != known, really=True)  # type: ignore[misc]
    if one.leaves_at is not None and not one.removed and room.status != "completed":
        leg.call.now = max(leg.call.now, one.leaves_at)
        leg.leave()


def _really(room: Conference) -> bool:
    """Somebody here lives in real seconds, so nobody leaps."""
    return any(each.leg.house.pace or each.leg.script.answers == "phone" for each in room.present)


def _turn(room: Conference, one: Participant) -> bool:
    """Is it this one's time to go? People leave in the order of their moments, a colleague when alone."""
    if room.status != "in-progress":
        return False
    others = [each for each in room.present if each is not one]
    if one.leaves_at is None:
        return one.leg.script.operator and not others
    if _really(room):
        return one.leg.call.now >= one.leaves_at
    return all(each.leaves_at is None or one.leaves_at <= each.leaves_at for each in others)


async def _leave(exchange: Exchange, room: Conference, one: Participant) -> None:
    """Out. An exit that ends it ends it for all; the last one out tells so."""
    async with room.door:
        room.present.remove(one)
        for each in room.present:
            each.leg.call.now = max(each.leg.call.now, one.leg.call.now)
        if one.ends:
            end(room, "participant-with-end-conference-on-exit-left", one)
        elif not room.present:
            end(room, "last-participant-left", one)
        room.wake()
        await tell(exchange, room, "leave", one)
        if not room.present:
            await tell(exchange, room, "end", one)


def end(room: Conference, reason: str, one: Participant | None = None) -> None:
    """Over for everybody; the next one of this name is another."""
    if room.status != "completed":
        room.status, room.reason = "completed", reason
        room.ended_by = one.leg.call.sid if one else None
        room.wake()


async def tell(exchange: Exchange, room: Conference, event: str, one: Participant) -> None:
    """A conference event, to the address that the first one who came along gave."""
    if event not in room.events or not room.status_url:
        return
    room.told += 1
    fields = {
        "AccountSid": room.account,
        "ConferenceSid": room.sid,
        "FriendlyName": room.name,
        "SequenceNumber": str(room.told),
        "StatusCallbackEvent": EVENTS[event],
        "Timestamp": rfc2822(one.leg.call.now) or "",
        **({"Reason": room.reason or ""} if event == "end" else {}),
        **_of(one),
    }
    try:
        await exchange.webhooks.post(one.leg.call, room.status_url, fields)
    except WebhookFailed as failure:
        one.leg.error(15003, str(failure))


def _of(one: Participant) -> dict[str, str]:
    flags = {
        "Muted": one.muted, "Hold": one.hold, "Coaching": bool(one.coaches), "EndConferenceOnExit": one.ends,
        "StartConferenceOnEnter": one.starts,
    }  # fmt: skip
    label = {"ParticipantLabel": one.label} if one.label else {}
    return {"CallSid": one.leg.call.sid, **label} | {name: str(flag).lower() for name, flag in flags.items()}
