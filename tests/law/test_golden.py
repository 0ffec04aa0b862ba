"""The law rows say what the pages of the law say: one hand-written table per place, in `golden/`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from rules.cast import a_campaign, moment, somebody

from opportune.law import ELSEWHERE, Signature, load
from opportune.rules.consent import Allowed, may
from opportune.rules.hours import may_call_at

SHIPPED = load()
BOOK = SHIPPED.signed({place: Signature(sheet.digest, "Dr. Test", 0, "") for place, sheet in SHIPPED.sheets.items()}, 1)
ANY_HOUR = a_campaign(calls={"hours": "00:00-24:00"})
WORDS = {"needs_consent": "yes", "forbidden_here": "never"}


def rows() -> Iterator[tuple[str, str, str, str, list[str]]]:
    """(place, zone, moment, question, the rest of the line)."""
    for file in sorted(Path(__file__).with_name("golden").glob("*.txt")):
        tables: list[list[str]] = []
        for line in file.read_text(encoding="utf-8").splitlines():
            words = line.partition("#")[0].strip()
            if words.startswith("["):
                tables = [each.split() for each in words.strip("[]").split(",")]
            elif words:
                day, time, what, *rest = words.split()
                yield from ((place, zone, f"{day} {time}", what, rest) for place, zone in tables)


ROWS = list(rows())


def told(what: str, given: list[str], place: str, zone: str, when: str) -> list[str]:
    """What our row says, in the words of the table."""
    at = moment(when, zone)
    country, _, region = place.partition("-")
    law = BOOK.row(country, region, zones=(zone,), now=at)
    consumer = somebody(zones=(zone,), business=False)
    if what in ("ring", "speak"):
        return ["yes" if may_call_at(consumer, ANY_HOUR, law, at, cold=False, automated=what == "speak") else "no"]
    if what == "ask":
        return [given[0], "/".join(asked(person, given[0], law, at) for person in (somebody(), consumer))]
    if what == "caps":
        return [f"{most}/{days}" for most, days in law.caps] or ["-"]
    return [str(law.refusal_days)]


def asked(person, kind, law, at) -> str:
    answer = may(person, kind, ANY_HOUR, law, at)
    return "free" if isinstance(answer, Allowed) else WORDS[answer.code]


@pytest.mark.parametrize(("place", "zone", "when", "what", "answer"), ROWS, ids=lambda value: str(value))
def test_the_row_of_a_place_says_what_the_page_says(place, zone, when, what, answer):
    assert told(what, answer, place, zone, when) == answer


def test_every_row_has_a_table_of_at_least_six_moments_and_no_table_is_of_nothing():
    moments = Counter(place for place, _, _, what, _ in ROWS if what == "ring")
    moments[ELSEWHERE] = moments["JP"]
    assert {place: n for place in BOOK.sheets if (n := moments[place]) < 6} == {}


def test_with_a_signature_nothing_waits_and_without_one_whatever_is_blocked_does():
    waiting = {place for place in BOOK.sheets if SHIPPED.state(place) == "blocked"}
    assert waiting == {"MD", "RU", "KZ", "NP"}
    assert {BOOK.state(place) for place in BOOK.sheets} == {"signed"}
