"""What is one call, and how does Twilio's API show it?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from channels.standin.carrier.clock import rfc2822

API = "2010-04-01"
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


@dataclass(slots=True)
class Call:
    """One leg. `now` is the call's own virtual moment; `heard` and `pressed` are what the callee heard and pressed."""

    sid: str
    account: str
    to: str
    caller: str
    created_at: int
    script: str
    url: str = ""
    twiml: str = ""  # the first document, where the order brought it along
    fallback_url: str = ""
    status_url: str = ""
    events: tuple[str, ...] = ("completed",)
    ring_limit: int = 60
    time_limit: int = 14400
    detection: str = ""
    fault: str = ""
    parent: str = ""
    inbound: bool = False
    caller_name: str = ""
    words: str = ""  # what the caller says after the tone
    queue_ms: int = 0
    status: str = "queued"
    now: int = 0
    started_at: int | None = None
    answered_at: int | None = None
    ended_at: int | None = None
    answered_by: str = ""
    voicemail: bool = False
    posts: int = 0
    pressed: str = ""
    heard: list[str] = field(default_factory=list)

    @property
    def duration(self) -> int | None:
        """Seconds talked; none before the end, and none where nobody answered."""
        if self.ended_at is None or self.answered_at is None:
            return None
        return self.ended_at - self.answered_at

    @property
    def direction(self) -> str:
        """As Twilio names it."""
        return "inbound" if self.inbound else "outbound-dial" if self.parent else "outbound-api"

    def resource(self) -> dict[str, Any]:
        """Twilio's Call resource."""
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "parent_call_sid": self.parent or None,
            "to": self.to,
            "to_formatted": self.to,
            "from": self.caller,
            "from_formatted": self.caller,
            "phone_number_sid": None,
            "status": self.status,
            "direction": self.direction,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.now),
            "start_time": rfc2822(self.started_at),
            "end_time": rfc2822(self.ended_at),
            "duration": None if self.duration is None else str(self.duration),
            "answered_by": self.answered_by or None,
            "queue_time": str(self.queue_ms),
            "price": None,
            "price_unit": "USD",
            "api_version": API,
            "forwarded_from": None,
            "caller_name": self.caller_name or None,
            "group_sid": None,
            "trunk_sid": None,
            "uri": f"/{API}/Accounts/{self.account}/Calls/{self.sid}.json",
            "subresource_uris": {},
        }

    def fields(self) -> dict[str, str]:
        """What every webhook about this call says."""
        return {
            "AccountSid": self.account,
            "ApiVersion": API,
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Called": self.to,
            "Caller": self.caller,
            "Direction": self.direction,
            "From": self.caller,
            "To": self.to,
        } | {name: value for name, value in (("ParentCallSid", self.parent), ("CallerName", self.caller_name)) if value}
