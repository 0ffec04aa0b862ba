"""Did we keep the hours, the days off and the caps, and did an answer end it? Written down here a second time."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from faults.worlds.evidence import Evidence

DAY = 86400
#: Campaign -> (most a day, most a week), over all campaigns; calls: one a day.
CAPS = {"meetings": (2, 5), "clarifications": (1, 4)}
#: Minutes of the local day in which a call is lawful, and those of our campaigns: a promised call keeps the law's.
LAWFUL = {"DE": ((540, 1080),), "FR": ((600, 780), (840, 1200)), "RO": ((540, 1200),), "MD": ((540, 1200),),
          "NP": ((600, 1020),), "US": ((480, 1260),), "CA": ((540, 1290),)}  # fmt: skip
HOURS, EARLY = (540, 1080), (450, 500)
#: Public holidays of 2026 on weekdays in the months of the worlds, and where the law lets nobody ring on them, not even
#: as promised.
DAYS_OFF = {
    "DE": ("04-03", "04-06"), "FR": ("04-06", "11-11"), "RO": ("04-10", "04-13"), "MD": ("04-13",),
    "US-NY": ("10-12", "11-03", "11-11"), "US-TX": ("03-02", "03-31", "04-03", "11-11"), "CA-ON": ("04-03", "10-12"),
    "NP": ("03-02", "03-03", "03-27", "04-14", "10-19", "10-20", "10-21", "10-22", "11-09", "11-10", "11-11"),
}  # fmt: skip
CLOSED = ("DE", "FR", "RO", "MD", "NP")
TALKED = ("talked", "interested", "meeting_booked", "call_back", "email_please", "not_interested")
APART = 3600 - 5  # seconds between two of one channel, but for what our clocks may differ by
WHEN_ASKED = ("requested", "callback", "correction")


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


def nobody_is_disturbed_on_a_day_off(e: Evidence) -> Iterator[str]:
    for seen, touch in e.all("mail", "placed", "rings"):
        place = f"{touch['country']}-{touch['region']}" if touch["region"] else touch["country"]
        promised = touch["kind"] == "callback" and touch["country"] not in CLOSED
        if touch["kind"] == "requested" or promised or place not in DAYS_OFF:
            continue
        for zone in _zones(touch["zones"]):
            day = f"{datetime.fromtimestamp(seen.at, zone):%m-%d}"
            if day in DAYS_OFF[place]:
                yield f"{seen.what} of {touch['key']} on {day} in {place}"


def nobody_cold_is_rung_on_a_monday_morning(e: Evidence) -> Iterator[str]:
    """A1. Cold is who still is, and never talked with us; who was warm in between is left out."""
    talked = {touch["contact_id"] for touch in e.touches.values() if touch["result"] in TALKED}
    for seen, touch in e.all("placed", "rings"):
        was_cold = touch["interest"] == "cold" and touch["interest_since"] < seen.at - DAY
        if touch["kind"] != "callback" and was_cold and touch["contact_id"] not in talked:
            for zone in _zones(touch["zones"]):
                local = datetime.fromtimestamp(seen.at, zone)
                if local.weekday() == 0 and local.hour < 12 and not touch["asked_for_contact"]:
                    yield f"{seen.what} of {touch['key']} at {local:%a %H:%M:%S} in {zone}"


def two_of_one_channel_are_an_hour_apart(e: Evidence) -> Iterator[str]:
    """Whatever the campaigns (E8)."""
    left: dict[tuple[int, str], dict[int, tuple[int, sqlite3.Row]]] = defaultdict(dict)
    for touch in _reached(e):
        if marks := e.sending.get(touch["id"]):
            left[touch["contact_id"], touch["channel"]][marks[-1]["id"]] = (marks[-1]["at"], touch)
    for all_of_one in left.values():
        for (before, _), (at, touch) in pairwise(all_of_one[mark] for mark in sorted(all_of_one)):
            if at - before < APART and touch["kind"] not in WHEN_ASKED:
                yield f"{touch['key']} left {at - before} s after another"


def nothing_enters_sending_after_an_answer(e: Evidence) -> Iterator[str]:
    """Promise 5, on every channel of that campaign. A correction is owed all the same; who asks anew is rung."""
    for answer in e.answers:
        enrolment = e.touches[answer.token]["enrolment_id"]
        for touch in e.touches.values() if enrolment else ():
            anew = touch["kind"] == "callback" and e.events[touch["id"]][0]["id"] > answer.mark
            if touch["enrolment_id"] != enrolment or touch["kind"] in ("requested", "correction") or anew:
                continue
            if any(mark["id"] > answer.mark for mark in e.sending.get(touch["id"], ())):
                yield f"{touch['key']} after {answer.way} at {answer.at}"


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
    for touch in _reached(e):
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


def _reached(e: Evidence) -> list[sqlite3.Row]:
    """What nobody asked for, without the calls that were over before anybody could hear them."""
    nobody = {s.detail for s, _ in e.all("ends") if s.whom in ("failed", "canceled")}
    seen = e.all("mail", "placed")
    return [touch for s, touch in seen if touch["kind"] != "requested" and s.detail not in nobody]


@lru_cache(maxsize=256)
def _zones(text: str) -> list[ZoneInfo]:
    return [ZoneInfo(name) for name in json.loads(text)]


CHECKS = (everything_keeps_its_hours, nobody_is_disturbed_on_a_day_off, nobody_cold_is_rung_on_a_monday_morning,
          nobody_is_touched_more_often_than_allowed, two_of_one_channel_are_an_hour_apart,
          nothing_enters_sending_after_an_answer)  # fmt: skip
