"""What does the callee hear, and which keys are pressed?

A person who was asked for a key and has none to press listens and hangs up; some wait. At the page, keys are a
person's, and pressing one cuts the words short, as on a real phone.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from channels.standin.carrier.callees import Chance
from channels.standin.carrier.conversation import Conversation, Next, seconds
from channels.standin.carrier.leg import HungUp, Leg
from channels.standin.carrier.twiml import BadTwiml

LETTERS_A_SECOND = 14  # a calm voice
A_RECORDING = 10  # seconds that we take a played file to last


async def say(talk: Conversation, verb: Element) -> None:
    """Words."""
    words = " ".join((verb.text or "").split())
    await _hear(talk.leg, "say", words, 1 + len(words) // LETTERS_A_SECOND)


async def play(talk: Conversation, verb: Element) -> None:
    """A recording: its address stands for it."""
    await _hear(talk.leg, "play", f"▶ {verb.text}", A_RECORDING)


async def _hear(leg: Leg, kind: str, words: str, lasts: int) -> None:
    leg.call.heard.append(words)
    if leg.script.answers == "machine" and leg.call.answered_by.startswith("machine_end_"):
        leg.call.voicemail = True
    leg.note(kind, words=words, seconds=lasts)
    await leg.pass_time(lasts, lambda: leg.asking > 0 and leg.typed != "")


async def pause(talk: Conversation, verb: Element) -> None:
    """Silence."""
    await talk.leg.pass_time(seconds(verb, "length", 1))


async def gather(talk: Conversation, verb: Element) -> Next | None:
    """Words, then keys; silence goes on with the document unless the empty result is wanted."""
    leg = talk.leg
    leg.asked_at = leg.call.now
    most, wait, ends = seconds(verb, "numDigits", 20), seconds(verb, "timeout", 5), verb.get("finishOnKey", "#")
    leg.asking = most
    try:
        for prompt in verb:
            await PROMPTS[prompt.tag](talk, prompt)
        digits = await (_typed(leg, most, wait, ends) if leg.script.answers == "phone" else _scripted(leg, most, wait))
    finally:
        leg.asking = 0
    if not digits and verb.get("actionOnEmptyResult") != "true":
        return None
    return Next(verb.get("action", talk.url), {"Digits": digits, "msg": "Gather End"})


PROMPTS = {"Say": say, "Play": play, "Pause": pause}


async def _scripted(leg: Leg, most: int, wait: int) -> str:
    """The keys of the script, in order. A machine presses nothing and stays on the line."""
    if leg.script.answers != "machine" and leg.keys:
        most = 1 if leg.script.operator else most
        digits, leg.keys = leg.keys[:most], leg.keys[most:]
        await leg.pass_time(leg.chance.between(Chance.PRESS, 1, 4))
        return _pressed(leg, digits)
    if leg.script.answers != "machine" and not leg.patient:
        await leg.pass_time(leg.chance.between(Chance.LISTEN, 1, 4))
        leg.leave()
    await leg.pass_time(wait)
    return ""


async def _typed(leg: Leg, most: int, wait: int, ends: str) -> str:
    """What is pressed at the page: so many keys, or up to the last one, or until no more come for a while."""

    def enough() -> bool:
        return len(leg.typed) >= most or (ends != "" and ends in leg.typed)

    before = ""
    while not enough():
        start = max(leg.call.now, leg.house.clock.now())
        before = leg.typed
        if not await leg.wait_for(lambda before=before: leg.typed != before, start + wait):  # type: ignore[misc]
            break
    end = leg.typed.find(ends) if ends else -1
    digits = (leg.typed if end < 0 else leg.typed[:end])[:most]
    leg.typed = ""
    return _pressed(leg, digits) if digits else ""


def _pressed(leg: Leg, digits: str) -> str:
    leg.call.pressed += digits
    leg.note("keys", digits=digits)
    return digits


async def redirect(talk: Conversation, verb: Element) -> Next:
    """To another document."""
    url = (verb.text or "").strip()
    talk.leg.note("redirect", url=url)
    return Next(url)


async def hang_up(talk: Conversation, _verb: Element) -> None:
    """We end it."""
    talk.leg.note("hangup")
    talk.leg.over = True
    raise HungUp


async def reject(talk: Conversation, verb: Element) -> None:
    """A call that comes in is not taken; one that is taken already cannot be refused any more."""
    if talk.leg.call.answered_at is not None:
        raise BadTwiml(12200, "<Reject> comes too late: the call was answered")
    talk.leg.refused = "busy" if verb.get("reason") == "busy" else "no-answer"
    talk.leg.note("reject", reason=verb.get("reason", "rejected"))
    talk.leg.over = True
    raise HungUp
