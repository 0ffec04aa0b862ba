"""What is kept of words said after the tone, and of a talk? That it was recorded and how long: never a sound."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from channels.standin.carrier.callees import Chance
from channels.standin.carrier.clock import rfc2822
from channels.standin.carrier.conversation import Conversation, Next, seconds
from channels.standin.carrier.leg import HungUp
from channels.standin.carrier.rooms import Recording
from channels.standin.carrier.webhooks import WebhookFailed

LETTERS_A_SECOND = 14
ENDS = "1234567890*#"  # keys that end a recording, unless the document says otherwise


async def record(talk: Conversation, verb: Element) -> Next:
    """A caller speaks, then falls silent, presses a key or hangs up; the action hears of it in any case."""
    leg, start = talk.leg, talk.leg.call.now
    leg.note("tone")
    leg.recording, leg.typed = True, ""
    try:
        await _speak(talk, verb)
        digits = leg.typed[:1]
        if leg.script.goes:
            leg.leave()
    except HungUp:
        leg.call.status = "completed"
        told = await _kept(talk, verb, start) | {"Digits": "hangup"}
        await talk.ask(talk.address(verb, "action") or talk.url, told)
        raise
    finally:
        leg.recording, leg.typed = False, ""
    return Next(verb.get("action", talk.url), await _kept(talk, verb, start) | {"Digits": digits})


async def _speak(talk: Conversation, verb: Element) -> None:
    leg, most, words = talk.leg, seconds(verb, "maxLength", 3600), talk.leg.call.words
    if leg.script.answers == "phone":
        ends = verb.get("finishOnKey", ENDS)
        return await leg.pass_time(most, lambda: any(key in ends for key in leg.typed), really=True)
    lasts = 1 + len(words) // LETTERS_A_SECOND if words else leg.chance.between(Chance.LISTEN, 3, 20)
    await leg.pass_time(min(lasts, most))


async def _kept(talk: Conversation, verb: Element, start: int) -> dict[str, str]:
    """The recording in the book, told to its callbacks; what the action is told of it."""
    told = await _keep(talk, verb, Recording("", "", talk.leg.call.sid, start, talk.leg.call.now - start))
    if verb.get("transcribe") == "true" or verb.get("transcribeCallback"):
        await _transcribed(talk, verb, told)
    return told


async def _keep(talk: Conversation, verb: Element, kept: Recording) -> dict[str, str]:
    talk.exchange.keep(kept)
    told = {
        "RecordingUrl": talk.exchange.url + kept.uri,
        "RecordingSid": kept.sid,
        "RecordingDuration": str(kept.duration),
    }
    talk.leg.note("record", seconds=kept.duration, recording=kept.sid)
    if "completed" in verb.get("recordingStatusCallbackEvent", "completed").split():
        more = {
            "RecordingStatus": "completed",
            "RecordingChannels": str(kept.channels),
            "RecordingSource": kept.source,
            "RecordingStartTime": rfc2822(kept.started_at) or "",
        }
        await _report(talk, verb, "recordingStatusCallback", told | more)
    return told


async def _transcribed(talk: Conversation, verb: Element, told: dict[str, str]) -> None:
    """What the caller was given to say; nobody listens to a sound here."""
    words = talk.leg.call.words
    more = {
        "TranscriptionSid": f"TR{told['RecordingSid'][2:]}",
        "TranscriptionStatus": "completed" if words else "failed",
        "TranscriptionText": words,
    }
    await _report(talk, verb, "transcribeCallback", told | more)


async def _report(talk: Conversation, verb: Element, attribute: str, fields: dict[str, str]) -> None:
    if url := talk.address(verb, attribute):
        try:
            await talk.ask(url, fields)
        except WebhookFailed as failure:
            talk.leg.error(15003, str(failure))


async def record_talk(talk: Conversation, verb: Element, duration: int) -> dict[str, str]:
    """A `<Dial record>`: the talk of both sides."""
    if verb.get("record", "do-not-record") in ("do-not-record", "false"):
        return {}
    channels = 2 if verb.get("record", "").endswith("dual") else 1
    start = talk.leg.call.now - duration
    return await _keep(talk, verb, Recording("", "", talk.leg.call.sid, start, duration, "DialVerb", channels))
