"""What is the application told of a call's progress, in which order and how often?

Each report is awaited before the next step, so a call is a story with one order; faults disturb it on purpose.
"""

from __future__ import annotations

from channels.standin.carrier.clock import rfc2822
from channels.standin.carrier.leg import Leg
from channels.standin.carrier.webhooks import WebhookFailed, Webhooks

STATUS = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}


class Reports:
    """The status callbacks of one leg."""

    def __init__(self, leg: Leg, webhooks: Webhooks) -> None:
        self.leg, self.call, self.webhooks = leg, leg.call, webhooks
        self._events = 0
        self._held: list[dict[str, str]] = []

    async def tell(self, event: str, **more: str) -> None:
        """One progress event: to the log always, to the application when it asked for it."""
        call = self.call
        status = STATUS.get(event, call.status)
        self.leg.note("status", status=status, **more)
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
            await self._post(fields)

    async def over(self, status: str, sip_code: int) -> None:
        """The last report, and those that were held back."""
        call = self.call
        call.status, call.ended_at = status, call.now
        last = {"SipResponseCode": str(sip_code), "AnsweredBy": call.answered_by}
        if call.duration is not None:
            last |= {"CallDuration": str(call.duration), "Duration": str(-(-call.duration // 60))}
        await self.tell("completed", **{name: value for name, value in last.items() if value})
        for fields in reversed(self._held):
            await self._post(fields)

    async def _post(self, fields: dict[str, str]) -> None:
        try:
            await self.webhooks.post(self.call, self.call.status_url, fields)
        except WebhookFailed as failure:
            self.leg.error(15003, str(failure))
