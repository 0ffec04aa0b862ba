"""What is the case: which channels are open for this person, and why are the others not?

Built once per decision; every rule reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from opportune.rules.cadence import is_cold, next_part, spread
from opportune.rules.campaign import Campaign
from opportune.rules.consent import Allowed, LawRow, may
from opportune.rules.facts import CallResult, Channel, Decision, History, Instant, Person, Reason
from opportune.rules.hours import Window, local, next_call

NO_PHONE = {
    CallResult.NO_SUCH_NUMBER: Reason("no_such_number", "E7"),
    CallResult.WRONG_PERSON: Reason("wrong_person", "E7"),
    CallResult.DO_NOT_CALL: Reason("do_not_call", "E2"),
}


@dataclass(frozen=True)
class Case:
    """The facts, and what follows from them alone. `lawful`: channel -> consent it rests on, whatever the campaign
    wants; `eligible`: those of them the campaign uses; `ruled_out`: why not, for every other channel."""

    person: Person
    campaign: Campaign
    history: History
    law: LawRow
    now: Instant
    lot: float
    lawful: dict[Channel, int | None]
    eligible: tuple[Channel, ...]
    ruled_out: dict[str, Reason]
    cold: bool
    step: int
    spread: float

    def answer(self, *reasons: Reason, channel: Channel | None = None, **fields: Any) -> Decision:
        """A decision about this case."""
        return Decision(channel, step=self.step, ruled_out=self.ruled_out, reasons=reasons, **fields)

    def wait(self, until: Instant, *reasons: Reason) -> Decision:
        return self.answer(*reasons, again_at=until)

    @cached_property
    def window(self) -> Window | None:
        """The next good window for a call, in another part of the day than the last one (B2)."""
        avoid = next_part(self.history, self.person)
        return next_call(
            self.person, self.campaign, self.law, self.now, cold=self.cold, avoid_part=avoid, spread=self.spread
        )

    def clock(self, at: Instant) -> dict[str, str]:
        """A moment as the person's clock shows it."""
        return {"time": f"{local(self.person.zones[0], at):%Y-%m-%d %H:%M}", "zone": self.person.zones[0]}


def build(person: Person, campaign: Campaign, history: History, law: LawRow, now: Instant, lot: float) -> Case:
    lawful: dict[Channel, int | None] = {}
    ruled_out: dict[str, Reason] = {}
    for channel, kind in ((Channel.CALL, "call_auto"), (Channel.EMAIL, "email")):
        allowed = _address_missing(person, history, channel) or may(person, kind, campaign, law, now)
        if isinstance(allowed, Allowed):
            lawful[channel] = allowed.consent_id
        else:
            ruled_out[channel.value] = allowed
    for channel in lawful:
        if not _used(campaign, channel):
            ruled_out[channel.value] = Reason("channel_off", "A5", {"channel": channel.value})
    step = max((touch.step for touch in history.touches), default=0) + 1
    eligible = tuple(channel for channel in lawful if channel.value not in ruled_out)
    cold = is_cold(person, history)
    return Case(
        person,
        campaign,
        history,
        law,
        now,
        lot,
        lawful,
        eligible,
        ruled_out,
        cold,
        step,
        spread(person, step),
    )


def _address_missing(person: Person, history: History, channel: Channel) -> Reason | None:
    """E7: no address, or one that turned out not to be theirs."""
    if channel is Channel.EMAIL:
        if not person.email:
            return Reason("no_email", "E7")
        bounced = any(touch.state == "bounced" for touch in history.touches)
        return Reason("email_bounced", "E7") if bounced else None
    if not person.phone:
        return Reason("no_phone", "E7")
    return next((NO_PHONE[touch.result] for touch in history.touches if touch.result in NO_PHONE), None)


def _used(campaign: Campaign, channel: Channel) -> bool:
    most = campaign.calls.most if channel is Channel.CALL else campaign.mails.most
    return channel in campaign.channels and most > 0
