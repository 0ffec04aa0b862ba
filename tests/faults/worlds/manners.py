"""Did we keep the hours and the caps? Both are written down here a second time, on purpose."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from faults.worlds.evidence import Evidence

DAY = 86400
#: Campaign -> (most a day, most a week), over all campaigns; calls: one a day.
CAPS = {"meetings": (2, 5), "clarifications": (1, 4)}
#: Minutes of the local day in which a call is lawful, and those of our campaigns: a promised call keeps the law's.
LAWFUL = {"DE": ((540, 1080),), "FR": ((600, 780), (840, 1200)), "RO": ((540, 1200),), "MD": ((540, 1200),),
          "NP": ((600, 1020),), "US": ((480, 1260),), "CA": ((540, 1290),)}  # fmt: skip
HOURS, EARLY = (540, 1080), (450, 500)


def everything_keeps_its_hours(e: Evidence) -> Iterator[str]:
    for seen, touch in e.all("mail", "placed", "rings"):
        if touch["kind"] == "requested" or (seen.what == "mail" and seen.at - (touch["sending_at"] or seen.at) > 500):
            continue  # what hung after the dot was offered in its slot
        for zone in _zones(touch["zones"]):
            local = datetime.fromtimestamp(seen.at, UTC).astimezone(zone)
            minute = local.hour * 60 + local.minute
            good = _mail_hour(local) if seen.what == "mail" else _call_minute(touch, seen.what, minute)
            if not good or local.weekday() > 4:
                yield f"{seen.what} of {touch['key']} at {local:%a %H:%M:%S} in {zone}"


def _mail_hour(local: datetime) -> bool:
    second = local.minute * 60 + local.second
    slots = 595 <= second <= 1320 or second >= 2995 or second <= 120  # seconds early, two minutes late at most
    return slots and 7 <= local.hour <= 18


def _call_minute(touch: sqlite3.Row, what: str, minute: int) -> bool:
    late = 2 if what == "rings" else 0
    if touch["status"] == "executive" and touch["country"] == "US" and EARLY[0] <= minute < EARLY[1] + late:
        return True
    own = (0, 1440) if touch["kind"] == "callback" else (0, HOURS[1]) if touch["status"] == "executive" else HOURS
    lawful = LAWFUL.get(touch["country"], LAWFUL["DE"])
    return any(max(opens, own[0]) <= minute < min(closes, own[1]) + late for opens, closes in lawful)


def nobody_is_touched_more_often_than_allowed(e: Evidence) -> Iterator[str]:
    left: dict[int, list[tuple[int, int, sqlite3.Row]]] = defaultdict(list)
    nobody = {s.detail for s, _ in e.all("ends") if s.whom in ("failed", "canceled")}  # whom it reached
    for seen, touch in e.all("mail", "placed"):
        if touch["kind"] != "requested" and seen.detail not in nobody:
            marks = e.sending.get(touch["id"])
            left[touch["contact_id"]].append((marks[-1]["at"], marks[-1]["id"], touch) if marks else (0, 0, touch))
    for all_of_one in left.values():
        for at, mark, touch in all_of_one:
            if touch["kind"] == "callback":
                continue
            day, week = CAPS[touch["campaign"]]
            before = [(a, t) for a, m, t in all_of_one if m <= mark]
            calls = [a for a, t in before if t["channel"] == "call"] if touch["channel"] == "call" else []
            for most, days, times in (
                (day, 1, [a for a, _ in before]),
                (week, 7, [a for a, _ in before]),
                (1, 1, calls),
            ):
                if (count := sum(a > at - days * DAY for a in times)) > most:
                    yield f"{touch['key']} is number {count} in {days} days"


@lru_cache(maxsize=256)
def _zones(text: str) -> list[ZoneInfo]:
    return [ZoneInfo(name) for name in json.loads(text)]
