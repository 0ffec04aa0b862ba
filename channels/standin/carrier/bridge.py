"""How are two legs joined, and who hears of it when one of them goes?

`<Dial><Number>` rings another phone from a running call. That child leg has reports of its own and, before the two
are joined, words of its own (the whisper). Its life is told here inside its parent's, so both share one clock.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from xml.etree.ElementTree import Element

from channels.standin.carrier.callees import Chance
from channels.standin.carrier.conversation import Conversation, Next, Verbs, seconds
from channels.standin.carrier.leg import HungUp, Leg, Redirected
from channels.standin.carrier.recording import record_talk
from channels.standin.carrier.refusals import E164
from channels.standin.carrier.reports import Reports
from channels.standin.carrier.ringing import outcome, ring
from channels.standin.carrier.speech import gather, hang_up, pause, play, redirect, say

A_DAY = 86_400
GREETING_HEARD = 8  # seconds until a colleague is sure that this is a machine
#: What may be played to one side before both are joined: no further <Dial>, says Twilio (13201).
WHISPERS: Verbs = {
    "Say": say, "Play": play, "Pause": pause, "Gather": gather, "Redirect": redirect, "Hangup": hang_up,
}  # fmt: skip


async def dial_number(talk: Conversation, verb: Element, noun: Element) -> dict[str, str]:
    """Ring, whisper, talk; what is told to the Dial's action."""
    leg = talk.leg
    if not E164.fullmatch((noun.text or "").strip()):
        leg.error(13224, f"Dial: invalid phone number {noun.text!r}")
        return {"DialCallStatus": "failed", "DialBridged": "false"}
    child = _child(talk, verb, noun)
    reports = Reports(child, talk.exchange.webhooks)
    refused, joined = None, False
    try:
        with suppress(HungUp, Redirected):  # whose end it was is seen below
            refused = await ring(child, reports)
            if refused is None and await _whispered(talk, child, noun):
                joined = True
                talk.pick_up()
                await _talk_together(leg, child, verb)
    finally:  # also when practice ends
        leg.children.remove(child)
        talk.exchange.legs.pop(child.call.sid, None)
    leg.call.now = leg.asked_at = max(leg.call.now, child.call.now)
    await reports.over(*outcome(child, refused))
    leg.note("dial", number=child.call.to, child=child.call.sid, status=child.call.status)
    told = _told(child, joined)
    return told | await record_talk(talk, verb, child.call.duration or 0) if joined else told


def _child(talk: Conversation, verb: Element, noun: Element) -> Leg:
    """The other leg in the book."""
    call, number = talk.leg.call, (noun.text or "").strip()
    # Which of our colleagues dials a person changes nothing about that person.
    whose = talk.exchange.clock.now() if talk.leg.script.operator else call.sid
    fault = talk.exchange.faults.take(number, reports=True)
    return talk.exchange.enter(
        number,
        (whose,),
        parent=talk.leg,
        caller=verb.get("callerId", call.to),
        now=call.now,
        ring_limit=seconds(verb, "timeout", 30),
        time_limit=seconds(verb, "timeLimit", 14400),
        status_url=talk.address(noun, "statusCallback"),
        events=tuple(noun.get("statusCallbackEvent", "completed").split()),
        fault=fault.fault if fault else "",
    )


async def _whispered(talk: Conversation, child: Leg, noun: Element) -> bool:
    """Words for the other side alone; whoever hangs up on them is not joined."""
    url = talk.address(noun, "url")
    if url:
        await talk.beside(child, WHISPERS, url).hold(Next(url))
    child.still_there()
    return True


async def _talk_together(leg: Leg, child: Leg, verb: Element) -> None:
    """Until one side has had enough: the one that is not a colleague, a person at the page, or the time limit."""
    person = child if leg.script.operator else leg
    by_hand = person.script.answers == "phone"
    talk = A_DAY if by_hand else person.chance.between(Chance.TALK, *person.script.talk)
    if leg.script.operator and child.script.answers == "machine" and verb.get("hangupOnStar") == "true":
        talk = GREETING_HEARD
        leg.note("keys", digits="*")
    await child.pass_time(talk, _star(leg, verb), really=by_hand)


def _star(leg: Leg, verb: Element) -> Callable[[], bool]:
    """With hangupOnStar the caller ends the talk with a key and stays on the line."""
    return lambda: verb.get("hangupOnStar") == "true" and "*" in leg.typed


def _told(child: Leg, joined: bool) -> dict[str, str]:
    told = {
        "DialCallSid": child.call.sid,
        "DialCallStatus": child.call.status,
        "DialBridged": "true" if joined else "false",
    }
    return told if child.call.duration is None else told | {"DialCallDuration": str(child.call.duration)}
