"""What do we ask of a carrier, in our words?

Whoever places our calls answers with Accepted, Refused or Unknown, and with nothing of its own.
"""

from __future__ import annotations

from typing import Protocol

from channels.base import Answer, CallOrder, CallState
from channels.voice_events import VoiceEvent
from opportune.rules.facts import Instant


class CarrierUnreachable(Exception):
    """The carrier gave no usable answer: nothing is known, which is not the same as "no such call"."""


class Carrier(Protocol):
    """Places, ends and finds calls; one object serves many threads, and each request has a timeout."""

    def place(self, order: CallOrder) -> Answer:
        """Ask once for one call. Refused: definitely not placed. Unknown: the phone may be ringing."""
        ...

    def cancel(self, sid: str) -> bool:
        """Stop a call that nobody answered yet. False: it is not known to be stopped."""
        ...

    def end(self, sid: str) -> bool:
        """Hang up, whatever the call is doing. False: it is not known to be over."""
        ...

    def fetch(self, sid: str) -> CallState | None:
        """The call's state; None when the carrier knows no such call. Raises CarrierUnreachable."""
        ...

    def find(self, to: str, since: Instant) -> list[CallState]:
        """Every call to this number started or still waiting since then, oldest first. Raises CarrierUnreachable."""
        ...

    def parse_webhook(self, url: str, body: bytes, signature: str, idempotency: str = "") -> VoiceEvent | None:
        """The event of a webhook to this address of ours; None when it does not come from our account there.

        Raises:
            ValueError: it does, but no call is named.
        """
        ...

    def close(self) -> None:
        """Let the connections go."""
        ...
