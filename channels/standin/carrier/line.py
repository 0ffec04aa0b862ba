"""How does one call live, from dialling to the last callback?

Each webhook is awaited before the next step, so a call is a story with one order. Seconds pass on the call's own
virtual clock; real ones only with `--real-time`.
"""

from __future__ import annotations

from channels.standin.carrier.callees import SCRIPTS, Chance
from channels.standin.carrier.calls import Call
from channels.standin.carrier.clock import rfc2822
from channels.standin.carrier.conversation import Conversation
from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.leg import HungUp, Leg
from channels.standin.carrier.webhooks import WebhookFailed

STATUS = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}
RING = {"human": (4, 16), "machine": (15, 22), "": (4, 16)}  # seconds; a machine waits for its owner first


class Line:
    """One call on its way."""

    def __init__(self, exchange: Exchange, call: Call, chance: Chance) -> None:
        self.exchange, self.call, self.chance = exchange, call, chance
        self.script = SCRIPTS[call.script]
        self.leg = Leg(exchange, call)
        self._events = 0
        self._held: list[dict[str, str]] = []

    async def live(self) -> None:
        """From dialling to the last callback; whatever happens, the call ends and is no longer open."""
        try:
            async with self.exchange.lines:
                try:
                    status, sip_code = await self._dial()
                except HungUp:
                    status, sip_code = ("completed", 200) if self.call.answered_at is not None else ("canceled", 487)
                await self._over(status, sip_code)
        finally:
            self.exchange.hung_up.pop(self.call.sid, None)

    async def _dial(self) -> tuple[str, int]:
        """Queue, ring, answer, talk; the answer is how it ended."""
        call, leg = self.call, self.leg
        await leg.wait(call.queue_ms / 1000)
        call.started_at = call.now
        await self._report("initiated")
        leg.still_there()
        if self.script.refusal[0] == "failed":
            return self.script.refusal
        call.status = "ringing"
        await self._report("ringing")
        ring = self.chance.between(Chance.RING, *RING[self.script.answers])
        if not self.script.answers or ring >= call.ring_limit:
            status, sip_code = self.script.refusal
            await leg.pass_time(call.ring_limit if status == "no-answer" else ring)
            return status, sip_code
        await leg.pass_time(ring)
        await self._answer()
        return "completed", 200

    async def _answer(self) -> None:
        call = self.call
        call.status, call.answered_at = "in-progress", call.now
        call.answered_by = self._answered_by()
        await self._report("answered")
        await Conversation(self.leg, self.script, self.chance).hold()

    def _answered_by(self) -> str:
        """What the detection says; `Enable` answers during the greeting, `DetectMessageEnd` after it."""
        if not self.call.detection:
            return ""
        if self.script.answers == "human":
            return "human"
        if self.call.detection == "DetectMessageEnd":
            return self.script.greeting_end
        return "machine_start" if self.script.greeting_end == "machine_end_beep" else "unknown"

    async def _over(self, status: str, sip_code: int) -> None:
        call = self.call
        call.status, call.ended_at = status, call.now
        last = {"SipResponseCode": str(sip_code), "AnsweredBy": call.answered_by}
        if call.duration is not None:
            last |= {"CallDuration": str(call.duration), "Duration": str(-(-call.duration // 60))}
        await self._report("completed", **{name: value for name, value in last.items() if value})
        for fields in reversed(self._held):
            await self._tell(fields)

    async def _report(self, event: str, **more: str) -> None:
        """One progress event: to the log always, to the application when it asked for it."""
        call = self.call
        status = STATUS.get(event, call.status)
        self.exchange.log.add(call, "status", status=status, **more)
        fields = call.fields() | {
            "CallStatus": status,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._events),
            "Timestamp": rfc2822(call.now) or "",
            **more,
        }
        self._events += 1
        if not call.status_url or event not in call.events or call.fault == "lose_callbacks":
            return
        if call.fault == "reverse_callbacks":
            self._held.append(fields)
            return
        for _ in range(2 if call.fault == "duplicate_callbacks" else 1):
            await self._tell(fields)

    async def _tell(self, fields: dict[str, str]) -> None:
        try:
            await self.exchange.webhooks.post(self.call, self.call.status_url, fields)
        except WebhookFailed as failure:
            self.leg.error(15003, str(failure))
