"""The law table: complete, unsigned, replaceable by a file of one's own, and refused where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules.cast import a_campaign, moment, somebody, yes

from opportune.law import LawError, load
from opportune.rules.consent import KINDS, Allowed, may

PRACTICE = Path(__file__).parents[2] / "examples" / "practice-law.toml"
BOOK = load()
PLACES = sorted(BOOK.sheets)
STATES = {
    "FL",
    "OK",
    "WA",
    "MD",
    "TX",
    "CT",
    "MI",
    "OR",
    "KY",
    "MA",
    "AL",
    "LA",
    "MS",
    "RI",
    "UT",
    "CA",
    "DE",
    "IL",
    "MT",
    "NV",
    "NH",
    "PA",
}
SURE = 'source = "UWG", confidence = "H"'
GOOD_ROW = f"""
[DE]
name = "Germany"
verified_by = "Dr. Test"
source_seen = "2026-11-21"
call = {{ b2b = "opt_out", b2c = "opt_in", {SURE} }}
call_auto = {{ b2b = "opt_in", b2c = "opt_in", {SURE} }}
voicemail = {{ b2b = "opt_in", b2c = "opt_in", {SURE} }}
email = {{ b2b = "opt_in", b2c = "opt_in", {SURE} }}
hours = {{ weekdays = ["10:00-12:00"], {SURE} }}
holidays = {{ closed = "regional", {SURE} }}
caps = {{ calls = [[2, 7]], {SURE} }}
refusal = {{ days = 30, {SURE} }}
"""


def written(tmp_path, text: str) -> Path:
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    return own


def test_every_place_has_a_row_whose_every_value_says_where_it_comes_from_and_nobody_signed_it():
    named = {"US", "CA", "GB", "IE", "DE", "AT", "FR", "ES", "IT", "NL", "PL", "FI", "RO", "MD", "RU", "KZ", "IN", "NP"}
    assert set(BOOK.sheets) == named | {"AU", "ROW"} | {f"US-{state}" for state in STATES}
    for place, sheet in BOOK.sheets.items():
        assert (sheet.verified_by, BOOK.state(place)) in {("", "unsigned"), ("", "blocked")}
        values = [value for versions in sheet.values.values() for value in versions]
        assert all(value.source and value.source_seen and value.confidence in {"H", "M", "L"} for value in values)


@pytest.mark.parametrize("place", PLACES)
def test_without_a_signature_nothing_risky_leaves_without_a_yes(place):
    row = BOOK.of(place)
    for person in (somebody(), somebody(business=False)):
        for kind in {"call_auto", "voicemail", "email"} | ({"call"} if not person.business else set()):
            answer = may(person, kind, a_campaign(), row, 0)
            assert answer.code in {"needs_consent", "law_unsigned", "law_blocked", "forbidden_here"}


@pytest.mark.parametrize("place", ["MD", "RU", "KZ", "NP"])
def test_a_blocked_place_waits_whatever_the_person_said(place):
    told = somebody(consents=tuple(yes(kind) for kind in KINDS))
    answers = {getattr(may(told, kind, a_campaign(), BOOK.row(place), 0), "code", "") for kind in KINDS}
    assert answers <= {"law_blocked", "forbidden_here"}


@pytest.mark.parametrize(
    ("country", "region", "phone", "place", "calendar"),
    [
        ("US", "FL", None, "US-FL", "US-FL"),
        ("us", "fl", None, "US-FL", "US-FL"),
        ("US", "NY", None, "US", "US-NY"),  # no row of its own, but holidays of its own
        ("US", None, "+13055550123", "US-FL", "US-FL"),  # an area code is presumed to mean a resident
        ("US", "NY", "+13055550123", "US+US-FL", "US-NY+US-FL"),  # of New York with a number of Miami
        ("US", "NY", "+12125550123", "US", "US-NY"),
        ("US", "FL", "+18005550123", "US-FL", "US-FL"),  # a free-phone number says nothing
        ("DE", "BY", "+43660123456", "DE+AT", "DE-BY+AT"),  # a German with an Austrian number
        ("DE", "BY", "+4989123456", "DE", "DE-BY"),  # the country adds nothing to its own region
        (None, None, "+4989123456", "DE", "DE"),  # only the number tells
        ("KZ", None, "+77011234567", "KZ", "KZ"),  # one plan for two countries
        ("KZ", None, "+79161234567", "KZ+RU", "KZ+RU"),
        ("CA", "ON", "+14165550123", "CA", "CA-ON"),
        ("JP", None, None, "ROW", "JP"),
        ("JP", None, "+821012345678", "ROW", "JP+KR"),
        (None, None, None, "ROW", ""),
        ("", "", None, "ROW", ""),
        (None, "FL", None, "ROW", ""),  # of which country?
        (None, None, "+999123", "ROW", ""),  # of no country
    ],
)
def test_which_rows_apply_and_whose_holidays(country, region, phone, place, calendar):
    row = BOOK.row(country, region, phone)
    assert (row.place, row.calendar) == (place, calendar)


def test_of_several_places_the_strictest_holds():
    row = BOOK.row("FR", None, "+34600123456")  # Spanish mobile
    assert row.windows[0] == ((600, 780), (840, 1200))  # France's hours lie within Spain's
    assert row.caps == ((3, 30),)  # of 4 and 3 calls in 30 days
    assert row.refusal_days == 90  # of 60 and 90
    assert row.basis["email", "b2b"] == "opt_in"  # France would let us write
    assert [part.place for part in row.parts] == ["FR", "ES"]


def test_the_same_law_is_one_object_for_everybody_under_it():
    """Decisions of equal facts are made once, and the law is one of the facts."""
    assert BOOK.row("DE", None, "+4989123456") is BOOK.row("DE", None, "+4930123456")


@pytest.mark.parametrize(
    ("zones", "utc", "b2c"),
    [
        (("Europe/Paris",), "2026-08-10 21:59", "opt_out"),  # a minute before midnight in Paris
        (("Europe/Paris",), "2026-08-10 22:00", "opt_in"),  # the new law
        (("America/Martinique",), "2026-08-11 03:59", "opt_out"),  # France overseas: still the tenth
        (("America/Martinique",), "2026-08-11 04:00", "opt_in"),
        (("Indian/Reunion",), "2026-08-10 20:00", "opt_in"),  # already the eleventh
        (("Europe/Paris", "America/Martinique"), "2026-08-10 23:00", "opt_in"),  # which day is it? the stricter law
        ((), "2026-08-11 00:00", "opt_in"),  # nobody knows: the day of UTC
        (("Mars/Base",), "2026-08-10 23:59", "opt_out"),
        (("Europe/Paris",), "2020-01-01 12:00", "opt_out"),  # long before
        (("Europe/Paris",), "2030-01-01 12:00", "opt_in"),
    ],
)
def test_a_law_changes_at_midnight_where_the_person_lives(zones, utc, b2c):
    assert BOOK.row("FR", zones=zones, now=moment(utc, "UTC")).basis["call", "b2c"] == b2c


def test_who_looks_back_finds_every_row_with_the_days_it_held():
    france = [row for row in BOOK.all() if row.place == "FR"]
    assert [(row.basis["call", "b2c"], row.since, row.until) for row in france] == [
        ("opt_out", 0, 20676),  # 2026-08-11
        ("opt_in", 20676, 10**6),
    ]


def test_practice_rows_are_signed_for_practice_only_and_let_calls_happen_with_a_yes():
    book = load(PRACTICE)
    places = ["US", "GB", "DE", "RO", "IN", "NP", "AU", "CA", "FR", "MD", *(f"US-{state}" for state in STATES)]
    assert {book.sheets[place].verified_by for place in places} == {"practice only"}
    told = somebody(consents=(yes("call_auto"),))
    assert all(isinstance(may(told, "call_auto", a_campaign(), book.of(place), 9), Allowed) for place in places)
    assert book.state("KZ") == "blocked"
    assert "no law" in PRACTICE.read_text(encoding="utf-8")


def test_a_file_of_ones_own_replaces_the_row_of_its_place(tmp_path):
    book = load(written(tmp_path, GOOD_ROW))
    assert (book.state("DE"), book.state("FR")) == ("signed", "unsigned")
    assert book.row("DE").windows[0] == ((600, 720),)


def test_a_subdivision_takes_over_what_it_does_not_state_but_never_a_signature(tmp_path):
    book = load(written(tmp_path, GOOD_ROW + '\n[DE-BY]\nname = "Bavaria"\n'))
    row = book.row("DE", "BY")
    assert (row.windows[0], row.caps, row.verified_by) == (((600, 720),), ((2, 7),), "")


def test_a_subdivision_can_only_narrow_its_country(tmp_path):
    wider = f"""
[DE-BY]
name = "Bavaria"
source_seen = "2026-11-21"
email = {{ b2b = "opt_out", b2c = "opt_out", {SURE} }}
hours = {{ weekdays = ["08:00-11:00"], {SURE} }}
caps = {{ calls = [[9, 7]], {SURE} }}
"""
    row = load(written(tmp_path, GOOD_ROW + wider)).row("DE", "BY")
    assert (row.windows[0], row.caps, row.basis["email", "b2c"]) == (((600, 660),), ((2, 7),), "opt_in")


def test_a_guess_closes_what_rests_on_it_even_in_a_signed_file(tmp_path):
    guess = GOOD_ROW.replace(f'weekdays = ["10:00-12:00"], {SURE}', 'weekdays = [], source = "?", confidence = "L"')
    assert load(written(tmp_path, guess)).row("DE").doubtful == {"call", "call_auto", "voicemail"}
    sure = f'\nemail = {{ b2b = "opt_in", b2c = "opt_in", {SURE}'
    mail = GOOD_ROW.replace(sure, sure.replace('"H"', '"L"'))
    assert load(written(tmp_path, mail)).row("DE").doubtful == {"email"}


NEXT = '{ days = 60, effective_from = 2027-01-02, source = "s", confidence = "H" }'


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('b2c = "opt_in", source = "UWG"', 'b2c = "opt_in", source = ""', "call.source"),
        ('confidence = "H" }\ncall_auto', 'confidence = "sure" }\ncall_auto', "call.confidence"),
        ("10:00-12:00", "10-12", "hours.weekdays"),
        ('call = { b2b = "opt_out"', 'call = { b2b = "maybe"', "call.b2b"),
        ('name = "Germany"', 'name = "Germany"\ncolour = "red"', "colour: unknown key"),
        ('name = "Germany"', 'name = "Germany"\ncolour = "red"', "refusal"),  # the remedy: which keys there are
        ("refusal = {", "refusal = { hours = 3,", "refusal.hours: unknown key"),
        ("caps = {", "cap = {", "caps: missing"),
        ('source_seen = "2026-11-21"', "", "call.source_seen: missing"),
        ("[DE]", "[DE", "line 2"),
        ("[DE]", 'DE = "Germany"', "as a table of its own, [DE]"),
        (f"refusal = {{ days = 30, {SURE} }}", "refusal = []", "refusal: "),
        # versions of a value: they follow each other day by day
        (f"refusal = {{ days = 30, {SURE} }}", f"refusal = [{{ days = 30, {SURE} }}, {NEXT}]", "refusal: "),
        (f"{{ days = 30, {SURE} }}", f"[{{ days = 30, effective_to = 2027-01-02, {SURE} }}, {NEXT}]", "next day"),
        (f"{{ days = 30, {SURE} }}", f"{{ days = 30, effective_to = 2027-01-02, {SURE} }}", "holds after"),
        (f"{{ days = 30, {SURE} }}", f"[3, {NEXT}]", "refusal.0"),
    ],
)
def test_a_bad_row_names_file_place_and_key(tmp_path, old, new, named):
    assert GOOD_ROW.count(old) >= 1
    with pytest.raises(LawError, match=r"own\.toml") as refused:
        load(written(tmp_path, GOOD_ROW.replace(old, new, 1)))
    assert named in str(refused.value)


def test_versions_that_follow_each_other_are_taken(tmp_path):
    both = f"[{{ days = 30, effective_to = 2027-01-01, {SURE} }}, {NEXT}]"
    book = load(written(tmp_path, GOOD_ROW.replace(f"{{ days = 30, {SURE} }}", both)))
    assert [row.refusal_days for row in book.all() if row.place == "DE"] == [30, 60]


def test_a_missing_file_says_which():
    with pytest.raises(LawError, match=r"nowhere\.toml"):
        load(Path("nowhere.toml"))
