"""What does the callee hear and press, verb by verb?

Runs the application's TwiML against the callee's script. A verb either lets the next one follow or leads to another
document; a person who was asked for a key and has none to press listens and hangs up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from channels.standin.carrier.callees import SCRIPTS, Chance, Script
from channels.standin.carrier.calls import Call
from channels.standin.carrier.leg import HungUp, Leg
from channels.standin.carrier.twiml import BadTwiml, read
from channels.standin.carrier.webhooks import WebhookFailed

MOST_DOCUMENTS = 20
LETTERS_A_SECOND = 14  # a calm voice


@dataclass(frozen=True, slots=True)
class Next:
    """Where the conversation goes on."""

    url: str
    fields: dict[str, str] = field(default_factory=dict)


class Conversation:
    """One answered call."""

    def __init__(self, leg: Leg, script: Script, chance: Chance) -> None:
        self.leg, self.call, self.script, self.chance = leg, leg.call, script, chance
        self.keys = script.keys
        self.url = self.call.url
        self._verbs: dict[str, Callable[[Element], Awaitable[Next | None]]] = {
            "Say": self._say,
            "Play": self._play,
            "Pause": self._pause,
            "Gather": self._gather,
            "Dial": self._dial,
            "Record": self._record,
            "Redirect": self._redirect,
            "Hangup": self._hang_up,
        }

    async def hold(self) -> None:
        """Document after document until none follows; what cannot be fetched or read ends the call."""
        step = Next(self.url, {"AnsweredBy": self.call.answered_by} if self.call.answered_by else {})
        try:
            for _ in range(MOST_DOCUMENTS):
                following = await self._perform(await self._fetch(step))
                if following is None:
                    return
                step = following
            raise BadTwiml(12200, f"more than {MOST_DOCUMENTS} documents in one call: a loop?")
        except (BadTwiml, WebhookFailed) as failure:
            self.leg.error(failure.code, str(failure))

    async def _fetch(self, step: Next) -> Element:
        """The document; when the webhook fails, the one at the fallback address."""
        self.url = urljoin(self.url, step.url)
        try:
            return read(await self._ask(self.url, step.fields))
        except WebhookFailed as failure:
            if not self.call.fallback_url:
                raise
            self.leg.error(failure.code, str(failure))
            reason = {"ErrorCode": str(failure.code), "ErrorUrl": self.url}
            self.url = self.call.fallback_url
            return read(await self._ask(self.url, step.fields | reason))

    async def _ask(self, url: str, fields: dict[str, str]) -> str:
        return await self.leg.exchange.webhooks.post(self.call, url, self.call.fields() | fields)

    async def _perform(self, document: Element) -> Next | None:
        for verb in document:
            self.leg.still_there()
            step = await self._verbs[verb.tag](verb)
            if step is not None:
                return step
        return None

    async def _say(self, verb: Element) -> None:
        words = " ".join((verb.text or "").split())
        await self._hear("say", words, 1 + len(words) // LETTERS_A_SECOND)

    async def _play(self, verb: Element) -> None:
        await self._hear("play", f"▶ {verb.text}", 10)

    async def _hear(self, kind: str, words: str, seconds: int) -> None:
        self.call.heard.append(words)
        if self.script.answers == "machine" and self.call.answered_by.startswith("machine_end_"):
            self.call.voicemail = True
        self.leg.note(kind, words=words, seconds=seconds)
        await self.leg.pass_time(seconds)

    async def _pause(self, verb: Element) -> None:
        await self.leg.pass_time(_seconds(verb, "length", 1))

    async def _gather(self, verb: Element) -> Next | None:
        for prompt in verb:
            await self._verbs[prompt.tag](prompt)
        digits = await self._press(_seconds(verb, "numDigits", 20))
        if not digits:
            await self.leg.pass_time(_seconds(verb, "timeout", 5))
            if verb.get("actionOnEmptyResult") != "true":
                return None
        return Next(verb.get("action", self.url), {"Digits": digits, "msg": "Gather End"})

    async def _press(self, most: int) -> str:
        """The keys of the script, in order. A machine presses nothing and stays on the line."""
        if self.script.answers == "machine":
            return ""
        if not self.keys:
            await self.leg.pass_time(self.chance.between(Chance.LISTEN, 1, 4))
            self.leg.note("callee_hangs_up")
            raise HungUp
        digits, self.keys = self.keys[:most], self.keys[most:]
        await self.leg.pass_time(self.chance.between(Chance.PRESS, 1, 4))
        self.call.pressed += digits
        self.leg.note("keys", digits=digits)
        return digits

    async def _dial(self, verb: Element) -> Next | None:
        numbers = [number.text or "" for number in verb.iter("Number")] or [verb.text or ""]
        outcome = await self._child(numbers[0].strip(), verb)
        return Next(verb.get("action", ""), outcome) if verb.get("action") else None

    async def _child(self, number: str, verb: Element) -> dict[str, str]:
        """The other leg, to the first number: its script decides whether it answers, ours how long the talk is."""
        call, exchange = self.call, self.leg.exchange
        known = {"caller": verb.get("callerId", call.to), "parent": call.sid, "now": call.now, "started_at": call.now}
        child, chance = exchange.enter(number, (call.sid,), **known)
        try:
            await self._talk(child, chance, verb)
        finally:  # also when the talk is cut off
            child.ended_at = child.now = call.now
            exchange.log.add(child, "status", status=child.status, parent=call.sid)
            self.leg.note("dial", number=number, child=child.sid, status=child.status)
        bridged = {"DialBridged": "true", "DialCallDuration": str(child.duration)}
        outcome = bridged if child.duration is not None else {"DialBridged": "false"}
        return outcome | {"DialCallSid": child.sid, "DialCallStatus": child.status}

    async def _talk(self, child: Call, chance: Chance, verb: Element) -> None:
        script, limit = SCRIPTS[child.script], _seconds(verb, "timeout", 30)
        ring = chance.between(Chance.RING, 3, 15)
        if not script.answers or ring >= limit:
            child.status = script.refusal[0]
            await self.leg.pass_time(limit if child.status == "no-answer" else ring)
            return
        await self.leg.pass_time(ring)
        child.status, child.answered_at = "completed", self.call.now
        talk = self.chance.between(Chance.TALK, *self.script.talk)
        await self.leg.pass_time(min(talk, _seconds(verb, "timeLimit", 14400)))

    async def _record(self, verb: Element) -> Next:
        """A person says a few words after the tone; nothing is recorded but how long."""
        seconds = min(self.chance.between(Chance.LISTEN, 3, 20), _seconds(verb, "maxLength", 3600))
        await self.leg.pass_time(seconds)
        self.leg.note("record", seconds=seconds)
        recording = {"RecordingSid": f"RE{self.call.sid[2:]}", "RecordingDuration": str(seconds), "RecordingUrl": ""}
        return Next(verb.get("action", self.url), recording)

    async def _redirect(self, verb: Element) -> Next:
        self.leg.note("redirect", url=(verb.text or "").strip())
        return Next((verb.text or "").strip())

    async def _hang_up(self, _verb: Element) -> None:
        self.leg.note("hangup")
        raise HungUp


def _seconds(verb: Element, attribute: str, default: int) -> int:
    """A whole number of an attribute; `auto` and the like mean the default."""
    text = verb.get(attribute, "")
    return int(text) if text.isdigit() else default
