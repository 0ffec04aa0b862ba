"""Why not earlier? The stretches before the chosen moment, each with what spoke against it.

Walks from the moment at which everything was known to the chosen one, asking the same questions as the gate does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import holidays

from opportune.rules.cadence import Until, announces, capped_until, is_cold, law_capped_until, mail_gap_until, next_part
from opportune.rules.campaign import Campaign
from opportune.rules.consent import LawRow
from opportune.rules.facts import HOUR, Channel, History, Instant, Kind, Person, Reason, Status
from opportune.rules.hours import day_part, in_slot, local, may_call_at, next_slot
from opportune.rules.zones import day_bounds, local_day

QUARTER = 900  # calls begin on quarters of an hour
SLOT = 600  # one look in each mail slot
FORENOON = ("early", "morning")
#: That nobody is called at night goes without saying, except right at the beginning.
NIGHT = frozenset({"closed_hours", "mail_hours"})


class Refused(NamedTuple):
    """From and until when, and why not then."""

    start: Instant
    end: Instant
    reason: Reason


@dataclass(frozen=True)
class Chosen:
    """The case, and what was chosen in it."""

    person: Person
    campaign: Campaign
    history: History
    law: LawRow
    channel: Channel
    kind: Kind
    moment: Instant

    @property
    def promised(self) -> bool:
        return self.kind is Kind.CALLBACK

    @property
    def cold(self) -> bool:
        return not self.promised and is_cold(self.person, self.history)

    def open_at(self, at: Instant, *, cold: bool, zones: tuple[str, ...] = ()) -> bool:
        """Whether a call may start, perhaps in some of the zones only."""
        person = replace(self.person, zones=zones) if zones else self.person
        promised = self.promised
        automated = not promised and announces(self.person, self.campaign, self.history)
        return may_call_at(person, self.campaign, self.law, at, cold=cold, promised=promised, automated=automated)


def refusals(chosen: Chosen, start: Instant) -> tuple[Refused, ...]:
    """What spoke against each stretch from `start` to the chosen moment, in order."""
    found: list[Refused] = []
    for piece in _walk(chosen, start):
        if found and found[-1].reason == piece.reason:
            found[-1] = found[-1]._replace(end=piece.end)
        elif not found or piece.reason.code not in NIGHT:
            found.append(piece)
    if found and found[-1].reason.code == "spread":
        found[-1] = found[-1]._replace(end=chosen.moment)  # also the minutes between two slots
    return tuple(found)


def _walk(chosen: Chosen, at: Instant) -> Iterator[Refused]:
    against, step = (_against_call, QUARTER) if chosen.channel is Channel.CALL else (_against_mail, SLOT)
    while at < chosen.moment:
        after = at - at % step + step
        refused = against(chosen, at)
        if refused:
            end, reason = refused
            after = min(max(end, after), chosen.moment)
            yield Refused(at, after, reason)
        at = after


# ---- calls


def _against_call(chosen: Chosen, at: Instant) -> Until:
    capped = _capped(chosen, at)
    if capped:
        return capped
    if chosen.open_at(at, cold=chosen.cold):
        return at, _less_welcome(chosen, at)
    if chosen.cold and chosen.open_at(at, cold=False):
        return at, Reason("monday_morning", "A1")
    if chosen.open_at(at, cold=False, zones=chosen.person.zones[:1]):
        return at, Reason("zones_apart", "A4")
    return _closed(chosen, at)


def _capped(chosen: Chosen, at: Instant) -> Until | None:
    if chosen.promised:
        return law_capped_until(chosen.history, chosen.law, Channel.CALL, at)
    return capped_until(chosen.history, chosen.campaign, chosen.law, chosen.channel, at)


def _closed(chosen: Chosen, at: Instant) -> Until:
    """Until that day opens; or the whole day: a holiday, a weekend, or the law."""
    first = chosen.person.zones[:1]
    start, end = day_bounds(first[0], local_day(first[0], at))
    quarters = [quarter for quarter in range(start, end, QUARTER) if chosen.open_at(quarter, cold=False, zones=first)]
    if not quarters:
        return end, _why_closed(chosen, at)
    opening = next((quarter for quarter in quarters if quarter > at), end)
    return opening, Reason("closed_hours", "E1")


def _why_closed(chosen: Chosen, at: Instant) -> Reason:
    there = local(chosen.person.zones[0], at).date()
    name = _holiday_name(chosen.person.country, chosen.person.region, there)
    if name:
        return Reason("holiday", "E1", {"holiday": name})
    return Reason("weekend", "E1") if there.weekday() > 4 else Reason("closed_day", "E1")


def _less_welcome(chosen: Chosen, at: Instant) -> Reason:
    """Open, yet the chosen moment is better."""
    zone, avoid = chosen.person.zones[0], next_part(chosen.history, chosen.person)
    part = day_part(zone, at)
    if not chosen.promised and avoid and (part in FORENOON) == (avoid in FORENOON):
        return Reason("same_part", "B2")
    same_window = local_day(zone, at) == local_day(zone, chosen.moment) and part == day_part(zone, chosen.moment)
    if not same_window and chosen.person.status is Status.EXECUTIVE:
        return Reason("early_better", "B2")
    if not same_window and chosen.cold:
        return Reason("late_better", "A1")
    return Reason("spread", "B2")


# ---- mails


def _against_mail(chosen: Chosen, at: Instant) -> Until | None:
    """None between two slots: a mail waits some minutes without a word."""
    person, hours = chosen.person, chosen.campaign.mails.hours
    gap = mail_gap_until(chosen.history, chosen.campaign, at) if chosen.kind is not Kind.FOLLOW_UP else None
    capped = max(filter(None, (gap, _capped(chosen, at))), key=lambda until: until[0], default=None)
    if capped:
        return capped
    start, end = day_bounds(person.zones[0], local_day(person.zones[0], at))
    if in_slot(person.zones, hours, at):
        return at, Reason("spread", "A4")
    first, following = (next_slot(person.zones, hours, since, chosen.law, 0.0) for since in (start, at))
    if first is None or first.start >= end:
        return end, _why_closed(chosen, at)
    if following and following.start - at <= HOUR:
        return None
    return min(following.start, end) if following else end, Reason("mail_hours", "A4", {"hours": hours})


@lru_cache(maxsize=4096)
def _holiday_name(country: str | None, region: str | None, there: date) -> str:
    """`Reformation Day`; empty where the lists name none."""
    for subdivision in (region, None):
        try:
            listed = holidays.country_holidays(country or "", subdiv=subdivision, years=there.year, language="en_US")
        except NotImplementedError:  # a place or region without a list
            continue
        return str(listed.get(there, ""))
    return ""
