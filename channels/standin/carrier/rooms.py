"""Where do legs meet without one dialling the other, and what is kept of their words?

Queues, conferences and recordings: only the books, and how Twilio's API shows them; who waits and who
joins is told in `queues`, `conference`, `recording`. They end with the exchange: after a restart there are none.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Any

from channels.standin.carrier.calls import API
from channels.standin.carrier.clock import rfc2822
from channels.standin.carrier.leg import Leg


def sid_of(kind: str, *key: object) -> str:
    """The same room has the same SID in every rehearsal."""
    return kind + hashlib.sha256("|".join(map(str, key)).encode()).hexdigest()[:32]


@dataclass(eq=False, slots=True)
class Waiting:
    """A caller's place in a queue. `taken`: who took the call; `url`: words for the caller before both are joined."""

    leg: Leg
    queue: Queue
    entered_at: int
    taken: Leg | None = None
    url: str = ""
    limit: int = 14400  # seconds that the talk may last
    joined_at: int | None = None
    over: bool = False

    def fields(self) -> dict[str, str]:
        """How long, and in which queue."""
        return {"QueueSid": self.queue.sid, "QueueTime": str(self.leg.call.now - self.entered_at)}

    def resource(self) -> dict[str, Any]:
        """Twilio's Member resource."""
        sid, queue = self.leg.call.sid, self.queue
        return {
            "call_sid": sid,
            "date_enqueued": rfc2822(self.entered_at),
            "position": 1 + queue.waiting.index(self),
            "queue_sid": queue.sid,
            "uri": f"{queue.uri}/Members/{sid}.json",
            "wait_time": max(0, self.leg.house.clock.now() - self.entered_at),
        }


@dataclass(eq=False, slots=True)
class Queue:
    """Callers in their order, and the legs that want the next one."""

    sid: str
    account: str
    name: str
    created_at: int
    max_size: int = 100
    waiting: list[Waiting] = field(default_factory=list)
    takers: list[Leg] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)  # seconds of those who left

    def first(self) -> Waiting | None:
        """Who waits longest and is not taken yet."""
        return next((place for place in self.waiting if place.taken is None), None)

    @property
    def uri(self) -> str:
        """Its path."""
        return f"/{API}/Accounts/{self.account}/Queues/{self.sid}"

    @property
    def average(self) -> int:
        """Seconds that callers waited so far."""
        return sum(self.waits) // len(self.waits) if self.waits else 0

    def resource(self) -> dict[str, Any]:
        """Twilio's Queue resource."""
        return {
            "account_sid": self.account,
            "average_wait_time": self.average,
            "current_size": len(self.waiting),
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.created_at),
            "friendly_name": self.name,
            "max_size": self.max_size,
            "sid": self.sid,
            "uri": f"{self.uri}.json",
        }


@dataclass(eq=False, slots=True)
class Participant:
    """One leg in a conference. `leaves_at`: when a scripted person has had enough."""

    leg: Leg
    joined_at: int
    starts: bool = True
    ends: bool = False
    label: str = ""
    muted: bool = False
    hold: bool = False
    coaches: str = ""
    leaves_at: int | None = None
    removed: bool = False


@dataclass(eq=False, slots=True)
class Conference:
    """A room with a name; another one of that name begins when this one is over."""

    sid: str
    account: str
    name: str
    created_at: int
    status_url: str = ""
    events: tuple[str, ...] = ()
    status: str = "init"
    present: list[Participant] = field(default_factory=list)
    reason: str | None = None
    ended_by: str | None = None
    told: int = 0
    door: asyncio.Lock = field(default_factory=asyncio.Lock)  # one comes or goes at a time, and is told of

    @property
    def uri(self) -> str:
        """Its path."""
        return f"/{API}/Accounts/{self.account}/Conferences/{self.sid}"

    def wake(self) -> None:
        """Everybody looks again."""
        for each in self.present:
            each.leg.wake()

    def resource(self) -> dict[str, Any]:
        """Twilio's Conference resource."""
        return {
            "account_sid": self.account,
            "api_version": API,
            "call_sid_ending_conference": self.ended_by,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.created_at),
            "friendly_name": self.name,
            "reason_conference_ended": self.reason,
            "region": "us1",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"participants": f"{self.uri}/Participants.json"},
            "uri": f"{self.uri}.json",
        }

    def participant(self, one: Participant) -> dict[str, Any]:
        """Twilio's Participant resource."""
        sid = one.leg.call.sid
        return {
            "account_sid": self.account,
            "call_sid": sid,
            "call_sid_to_coach": one.coaches or None,
            "coaching": bool(one.coaches),
            "conference_sid": self.sid,
            "date_created": rfc2822(one.joined_at),
            "date_updated": rfc2822(one.joined_at),
            "end_conference_on_exit": one.ends,
            "hold": one.hold,
            "label": one.label or None,
            "muted": one.muted,
            "queue_time": None,
            "start_conference_on_enter": one.starts,
            "status": "connected",
            "uri": f"{self.uri}/Participants/{sid}.json",
        }


@dataclass(slots=True)
class Recording:
    """That something was recorded, and how long; there is no sound."""

    sid: str
    account: str
    call_sid: str
    started_at: int
    duration: int
    source: str = "RecordVerb"
    channels: int = 1

    @property
    def uri(self) -> str:
        """Its path, which with our address before it is the RecordingUrl."""
        return f"/{API}/Accounts/{self.account}/Recordings/{self.sid}"

    def resource(self) -> dict[str, Any]:
        """Twilio's Recording resource."""
        return {
            "account_sid": self.account,
            "api_version": API,
            "call_sid": self.call_sid,
            "channels": self.channels,
            "conference_sid": None,
            "date_created": rfc2822(self.started_at),
            "date_updated": rfc2822(self.started_at + self.duration),
            "duration": str(self.duration),
            "encryption_details": None,
            "error_code": None,
            "media_url": None,  # there is no sound
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "source": self.source,
            "start_time": rfc2822(self.started_at),
            "status": "completed",
            "subresource_uris": {},
            "uri": f"{self.uri}.json",
        }
