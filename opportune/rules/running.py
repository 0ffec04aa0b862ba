"""Does the campaign run today, where the person lives? From its first day to its last, as it says itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from opportune.rules.campaign import Campaign
from opportune.rules.facts import DAY, Instant, Reason
from opportune.rules.zones import EPOCH, HALF_DAY, local_day


def not_running(zones: Sequence[str], campaign: Campaign, now: Instant) -> tuple[Instant | None, Reason] | None:
    """When to look again, and why; None while it runs. Who may live in several zones begins with the last of them, and
    goes on until the last. What is over here waits until it is over everywhere: it may yet be made longer."""
    starts, ends = campaign.starts, campaign.ends
    if starts is not None and not all(begun(starts, zone, now) for zone in zones):
        return max(_midnight(starts, zone) for zone in zones), Reason("starts_on", "B2", {"day": str(starts)})
    if ends is not None and all(past(ends, zone, now) for zone in zones):
        end = over_at(ends)
        return end if now < end else None, Reason("campaign_over", "B7", {"day": str(ends)})
    return None


def begun(starts: date, zone: str, now: Instant) -> bool:
    return local_day(zone, now) >= starts.toordinal() - EPOCH


def past(ends: date, zone: str, now: Instant) -> bool:
    return local_day(zone, now) > ends.toordinal() - EPOCH


def over_at(ends: date) -> Instant:
    """Noon in UTC of the day after: the last day is over in every zone there is."""
    return (ends.toordinal() - EPOCH + 1) * DAY + HALF_DAY


@lru_cache(maxsize=1024)
def _midnight(day: date, zone: str) -> Instant:
    return int(datetime.combine(day, time.min, ZoneInfo(zone)).timestamp())
