"""What is the case: which channels are open for this person, and why are the others not?

Built once per decision; every rule reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from opportune.rules.cadence import announces, calls_left, is_cold, next_part, planned_step, spread
from opportune.rules.campaign import Campaign
from opportune.rules.consent import Allowed, LawRow, may
from opportune.rules.dispositions import CLOSES, TALKED
from opportune.rules.facts import (
    CallResult,
    Channel,
    Decision,
    Familiarity,
    History,
    Instant,
    Kind,
    Person,
    Preference,
    Reason,
    Stage,
)
from opportune.rules.hours import Window, local, next_call
from opportune.rules.parts import Step
from opportune.rules.wording import template_for

#: These want a yes, and who asks for a mail says it to that one (docs/decisions/0011).
ANSWERED_BY_ASKING = frozenset({"needs_consent", "law_unsigned", "bought_list"})


@dataclass(frozen=True)
class Case:
    """The facts, and what follows from them alone. `lawful`: channel -> consent it rests on, whatever the campaign
    wants; `eligible`: those of them the campaign uses; `ruled_out`: why not, for every other channel. `automated`: a
    call would speak by itself."""

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
    automated: bool
    step: int
    spread: float

    def answer(self, *reasons: Reason, **fields: Any) -> Decision:
        """Nothing now: what `fields` say is missing, or that nothing follows at all."""
        return Decision(None, step=self.step, ruled_out=self.ruled_out, reasons=reasons, **fields)

    def act(self, channel: Channel, kind: Kind, *reasons: Reason, **fields: Any) -> Decision:
        """A touch: its words, and the consent that it rests on."""
        more_calls = Channel.CALL in self.eligible and calls_left(self.history, self.campaign, self.now) > 0
        automated = fields.get("automated", False)
        template = template_for(self.campaign, self.history, channel, kind, self.cold, more_calls, automated)
        fields |= {"template": template, "consent_id": self._consent(channel, kind)}
        return Decision(channel, kind, self.step, ruled_out=self.ruled_out, reasons=reasons, **fields)

    def _consent(self, channel: Channel, kind: Kind) -> int | None:
        live = self.live if kind is Kind.CALLBACK else None
        return live.consent_id if isinstance(live, Allowed) else self.lawful.get(channel)

    def wait(self, until: Instant, *reasons: Reason) -> Decision:
        return self.answer(*reasons, again_at=until)

    @cached_property
    def stated(self) -> Preference | None:
        """What the person told us; "send me an email", said on the phone, is as good as any (A9)."""
        return stated_preference(self.person, self.history)

    @cached_property
    def live(self) -> Allowed | Reason:
        """May a colleague call, whatever this campaign's calls are like?"""
        return lawful_call(self.person, self.campaign, self.history, self.law, self.now, automated=False)

    @property
    def asked_mail_closed(self) -> Reason | None:
        """Why not even the mail that they ask for may leave."""
        closed = self.ruled_out.get(Channel.EMAIL)
        if closed is None or closed.code not in ANSWERED_BY_ASKING:
            return closed
        return unwanted_way(self.person, self.campaign, self.history, Channel.EMAIL)

    @cached_property
    def planned(self) -> Step | None:
        return planned_step(self.history, self.campaign)

    @cached_property
    def window(self) -> Window | None:
        """The next good window for a call, in another part of the day than the last one (B2)."""
        avoid = next_part(self.history, self.person)
        return next_call(
            self.person,
            self.campaign,
            self.law,
            self.now,
            cold=self.cold,
            avoid_part=avoid,
            spread=self.spread,
            automated=self.automated,
        )

    def clock(self, at: Instant) -> dict[str, str]:
        """A moment as the person's clock shows it."""
        return {"time": _wall_clock(self.person.zones[0], at), "zone": self.person.zones[0]}


@lru_cache(maxsize=4096)
def _wall_clock(zone: str, at: Instant) -> str:
    return f"{local(zone, at):%Y-%m-%d %H:%M}"


def stated_preference(person: Person, history: History) -> Preference | None:
    if any(touch.result is CallResult.EMAIL_PLEASE for touch in history.touches):
        return Preference(Channel.EMAIL, "said so on the phone")
    preference = person.preference
    return preference if preference and preference.strength == "stated" else None


def build(person: Person, campaign: Campaign, history: History, law: LawRow, now: Instant, lot: float) -> Case:
    lawful: dict[Channel, int | None] = {}
    ruled_out: dict[str, Reason] = {}
    for channel in Channel:
        allowed = lawful_way(person, campaign, history, law, channel, now)
        if isinstance(allowed, Allowed):
            lawful[channel] = allowed.consent_id
        else:
            ruled_out[channel.value] = allowed
    for channel in lawful:
        unwanted = unwanted_way(person, campaign, history, channel)
        if unwanted:
            ruled_out[channel.value] = unwanted
    step = max((touch.step for touch in history.touches), default=0) + 1
    eligible = tuple(channel for channel in lawful if channel.value not in ruled_out)
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
        is_cold(person, history),
        announces(person, campaign, history),
        step,
        spread(person, step),
    )


def lawful_way(
    person: Person, campaign: Campaign, history: History, law: LawRow, channel: Channel, now: Instant
) -> Allowed | Reason:
    """Whether there is an address, and we may use it."""
    if channel is Channel.EMAIL:
        return address_missing(person, history, channel) or may(person, "email", campaign, law, now)
    automated = announces(person, campaign, history)
    found = lawful_call(person, campaign, history, law, now, automated)
    return _live_only(person, campaign, law, now, found) if automated and isinstance(found, Reason) else found


def lawful_call(
    person: Person, campaign: Campaign, history: History, law: LawRow, now: Instant, automated: bool
) -> Allowed | Reason:
    kind = "call_auto" if automated else "call"
    return address_missing(person, history, Channel.CALL) or may(person, kind, campaign, law, now)


def _live_only(person: Person, campaign: Campaign, law: LawRow, now: Instant, closed: Reason) -> Reason:
    """Where only the voice that speaks by itself is closed, the reason names the way that is open."""
    live = may(person, "call", campaign, law, now)
    if isinstance(live, Allowed) and closed.code == "forbidden_here":
        return Reason("announce_forbidden", "E1", closed.values)
    if isinstance(live, Allowed) and closed.code == "needs_consent":
        return Reason("announce_needs_consent", "E1", closed.values)
    return closed


def unwanted_way(person: Person, campaign: Campaign, history: History, channel: Channel) -> Reason | None:
    """Lawful, yet not for an approach; a promised callback is kept all the same."""
    most = campaign.calls.most if channel is Channel.CALL else campaign.mails.most
    if channel not in campaign.channels or not most:
        return Reason("channel_off", "A5", {"channel": channel.value})
    if channel is Channel.EMAIL:
        return None
    if campaign.purpose == "service" and not _known(person, history):
        return Reason("service_stranger", "C5")
    if person.only_informs and not person.asked_for_contact and not _wants_calls(person, history):
        return Reason("only_informs", "B8")
    return None


def _known(person: Person, history: History) -> bool:
    """C5: whom we know. A greeting by phone is for them alone."""
    talked = any(touch.result in TALKED for touch in history.touches)
    return talked or person.familiarity is Familiarity.HOT or person.stage is not Stage.PERSON


def _wants_calls(person: Person, history: History) -> bool:
    stated = stated_preference(person, history)
    return stated is not None and stated.channel is Channel.CALL


def address_missing(person: Person, history: History, channel: Channel) -> Reason | None:
    """E7: no address. One that turned out wrong was cleaned out, so what is there now goes on; the history says why
    there is none. Who asked not to be called has no other number for us either."""
    if channel is Channel.EMAIL:
        bounced = any(touch.state == "bounced" for touch in history.touches)
        return None if person.email else Reason("email_bounced" if bounced else "no_email", "E7")
    closed = [CLOSES[touch.result] for touch in history.touches if touch.result in CLOSES]
    said_no = [why for why in closed if why is CLOSES[CallResult.DO_NOT_CALL]]
    if person.phone:
        return next(iter(said_no), None)
    return next(iter(said_no or closed), Reason("no_phone", "E7"))
