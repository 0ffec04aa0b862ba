"""The law table: complete, unsigned, and replaceable by a file of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules.cast import a_campaign, moment, somebody

from opportune.law import LawError, load
from opportune.rules.consent import KINDS, may
from opportune.rules.hours import may_call_at

PRACTICE = Path(__file__).parents[2] / "examples" / "practice-law.toml"
BOOK = load()
PLACES = sorted(BOOK.rows)
GOOD_ROW = """
[DE]
name = "Germany"
verified_by = "Dr. Test"
[DE.consent]
b2b = { call = "opt_out", call_auto = "opt_in", voicemail = "opt_in", email = "opt_in" }
b2c = { call = "opt_in", call_auto = "opt_in", voicemail = "opt_in", email = "opt_in" }
source = "UWG"
confidence = "H"
[DE.hours]
weekdays = ["10:00-12:00"]
source = "house"
confidence = "M"
[DE.limits]
source = "house"
confidence = "M"
"""


def test_every_place_has_a_row_with_source_and_confidence_and_nobody_signed_it():
    assert set(BOOK.rows) >= {"US", "US-FL", "CA", "GB", "IE", "DE", "AT", "FR", "ES", "IT", "NL", "PL", "MD"}
    assert set(BOOK.rows) >= {"RO", "RU", "KZ", "IN", "NP", "AU", "ROW"}
    for row in BOOK.rows.values():
        assert row.source
        assert row.source_seen
        assert row.confidence in {"H", "M", "L"}
        assert (row.verified_by, row.signed) == ("", False)
        assert set(row.basis) == {(kind, who) for kind in KINDS for who in ("b2b", "b2c")}
        assert any(row.windows)


@pytest.mark.parametrize("place", PLACES)
def test_without_a_signature_nothing_risky_leaves_without_a_yes(place):
    row = BOOK.row(*place.split("-"))
    for person in (somebody(), somebody(business=False)):
        for kind in {"call_auto", "voicemail", "email"} | ({"call"} if not person.business else set()):
            answer = may(person, kind, a_campaign(), row, 0)
            assert answer.code in {"needs_consent", "law_unsigned", "forbidden_here"}


@pytest.mark.parametrize(
    ("place", "zone", "open_", "closed"),
    [
        # first and last minute, just outside, weekend
        ("US", "America/New_York", ["Wed 08:00", "Wed 20:57", "Sun 12:00"], ["Wed 07:59", "Wed 20:59", "Wed 21:00"]),
        ("US-FL", "America/New_York", ["Wed 08:00", "Wed 19:57"], ["Wed 07:59", "Wed 20:00", "Sun 20:30"]),
        ("US-KY", "America/New_York", ["Wed 10:00", "Wed 20:57"], ["Wed 09:59", "Wed 21:00", "Sun 09:00"]),
        ("CA", "America/Toronto", ["Wed 09:00", "Wed 21:27", "Sat 10:00"], ["Wed 08:59", "Wed 21:30", "Sat 18:00"]),
        ("FR", "Europe/Paris", ["Wed 10:00", "Wed 12:57", "Wed 14:00"], ["Wed 09:59", "Wed 13:30", "Sat 11:00"]),
        ("ES", "Europe/Madrid", ["Wed 09:00", "Wed 20:57"], ["Wed 08:59", "Wed 21:00", "Sat 11:00"]),
        ("AU", "Australia/Sydney", ["Wed 09:00", "Sat 16:57", "Wed 19:57"], ["Wed 20:00", "Sat 17:00", "Sun 12:00"]),
        ("RU", "Europe/Moscow", ["Wed 09:00", "Wed 19:57"], ["Wed 08:59", "Wed 20:00", "Sat 12:00"]),
        ("JP", "Asia/Tokyo", ["Wed 09:00", "Wed 17:57"], ["Wed 08:59", "Wed 18:00", "Sat 12:00"]),  # rest of the world
    ],
)
def test_call_hours_of_a_place(place, zone, open_, closed):
    days = {"Wed": "2026-12-02", "Sat": "2026-12-05", "Sun": "2026-12-06"}
    person, campaign = somebody(zones=(zone,), business=False), a_campaign(calls={"hours": "00:00-24:00"})

    def may_ring(text):
        at = moment(f"{days[text[:3]]} {text[4:]}", zone)
        return may_call_at(person, campaign, BOOK.row(*place.split("-")), at, cold=True)

    assert [text for text in open_ if not may_ring(text)] == []
    assert [text for text in closed if may_ring(text)] == []


@pytest.mark.parametrize(
    ("country", "region", "place", "calendar"),
    [
        ("US", "FL", "US-FL", "US-FL"),
        ("us", "fl", "US-FL", "US-FL"),
        ("US", "WA", "US", "US-WA"),  # no row of its own, but holidays of its own
        ("DE", None, "DE", "DE"),
        ("JP", None, "ROW", "JP"),
        (None, None, "ROW", ""),
        ("", "", "ROW", ""),
    ],
)
def test_which_row_and_whose_holidays(country, region, place, calendar):
    row = BOOK.row(country, region)
    assert (row.place, row.calendar) == (place, calendar)


def test_hard_cases_of_the_table():
    assert BOOK.row("RU").basis["call_auto", "b2b"] == "forbidden"  # no advertising calls without a human
    assert BOOK.row("FR").refusal_days == 60
    assert BOOK.row("FR").caps == ((4, 30),)
    assert BOOK.row("US", "FL").caps == ((3, 1),)
    assert BOOK.row("US", "FL").basis == BOOK.row("US").basis  # a subdivision states only what differs


def test_practice_rows_are_signed_for_practice_only_and_let_calls_happen_with_a_yes():
    book = load(PRACTICE)
    places = ["US", "GB", "DE", "RO", "IN", "NP", "AU", "CA", "FR", "MD"]
    assert {book.row(place).verified_by for place in places} == {"practice only"}
    assert all(book.row(place).signed and book.row(place).basis["call_auto", "b2b"] == "opt_in" for place in places)
    assert not book.row("KZ").signed
    assert "no law" in PRACTICE.read_text(encoding="utf-8")


def test_a_file_of_ones_own_replaces_the_row_of_its_place(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(GOOD_ROW, encoding="utf-8")
    book = load(own)
    assert book.row("DE").signed
    assert book.row("DE").windows[0] == ((600, 720),)
    assert not book.row("FR").signed


def test_a_subdivision_never_inherits_a_signature(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(GOOD_ROW + '\n[DE-BY]\nname = "Bavaria"\n', encoding="utf-8")
    row = load(own).row("DE", "BY")
    assert (row.windows[0], row.signed) == (((600, 720),), False)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"UWG"', '""', "consent.source"),
        ('confidence = "H"', 'confidence = "sure"', "consent.confidence"),
        ("10:00-12:00", "10-12", "hours.weekdays"),
        ('call = "opt_in"', 'call = "maybe"', "consent.b2c.call"),
        ('name = "Germany"', 'name = "Germany"\ncolour = "red"', "colour"),
        ("[DE.limits]", "[DE.limit]", "limits"),
        ("[DE]", "[DE", "line 2"),
    ],
)
def test_a_bad_row_names_file_place_and_key(tmp_path, old, new, named):
    own = tmp_path / "own.toml"
    own.write_text(GOOD_ROW.replace(old, new), encoding="utf-8")
    with pytest.raises(LawError, match=r"own\.toml") as refused:
        load(own)
    assert named in str(refused.value)


def test_a_missing_file_says_which():
    with pytest.raises(LawError, match=r"nowhere\.toml"):
        load(Path("nowhere.toml"))
