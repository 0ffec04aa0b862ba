"""`opportune law`: a row in words, and a signature, by the program itself."""

from __future__ import annotations

import json

import pytest
from support_commands import opportune

from opportune.cli import law_words
from opportune.law import load

BOOK = load()


@pytest.fixture
def law(tmp_path):
    """Runs `opportune law …` in a home of its own."""

    def run(*words: str, code: int = 0) -> str:
        done = opportune(tmp_path, "law", *words)
        assert done.code == code, done.err
        return " ".join((done.out or done.err).split())

    return run


def test_a_place_is_shown_signed_and_taken_back(law):
    assert "blocked: nothing at all leaves" in law("MD")
    assert "Signed: MD" in law("sign", "md", "--by", "Dr. Pop", "--note", "asked in Chișinău")
    shown = law("md")
    assert "signed, by Dr. Pop" in shown
    assert "asked in Chișinău" in shown
    assert "Mon-Fri 09:00-20:00" in shown
    assert "a guess" in shown
    assert "no legal advice" in shown
    [moldova] = [row for row in json.loads(law("--json"))["places"] if row["place"] == "MD"]
    assert (moldova["state"], moldova["by"]) == ("signed", "Dr. Pop")
    law("unsign", "MD", "--note", "wrong text")
    assert json.loads(law("MD", "--json"))["state"] == "blocked"


def test_a_place_without_a_row_is_shown_the_one_that_holds_there_and_cannot_be_signed(law):
    assert "JP has no row of its own; this one holds there. elsewhere (ROW)" in law("jp")
    assert "JP has no row of its own" in law("sign", "GB", "JP", "--by", "a", "--note", "b", code=1)
    assert {row["state"] for row in json.loads(law("--json"))["places"]} == {"unsigned", "blocked"}  # not even Britain


@pytest.mark.parametrize("place", sorted(BOOK.sheets))
def test_every_value_of_every_row_has_words(place):
    for key, versions in BOOK.sheets[place].values.items():
        for value in versions:
            assert all(line and "None" not in line for line in law_words.sentences(key, value))


@pytest.mark.parametrize(
    ("place", "key", "told"),
    [
        ("FR", "hours", ["Mon-Fri  10:00-13:00, 14:00-20:00", "Sat-Sun  closed"]),
        ("IT", "hours", ["Mon-Fri  09:00-20:00", "Sat      10:00-19:00", "Sun      closed"]),
        ("US", "hours", ["Mon-Sun  08:00-21:00"]),
        ("CA", "auto_hours", ["Automated calls: Mon-Fri  09:30-20:00", "Automated calls: Sat-Sun  10:00-18:00"]),
        ("FR", "do_not_call", ["From 11 Aug 2026: Do-not-call register: none: Bloctel has ended."]),
        ("DE", "call", ["Calls: to businesses until they say no, to consumers only with a recorded yes."]),
        ("RU", "call_auto", ["Automated calls: forbidden."]),
        ("US-FL", "caps", ["Calls to one person: at most 3 in 24 hours."]),
        ("ROW", "caps", ["Calls to one person: at most 1 in 24 hours and 3 in 7 days and 4 in 30 days."]),
        ("US", "caps", ["No set number of calls."]),
        ("US-WA", "refusal", ["After a “not interested”: 365 days of silence."]),
        ("US", "refusal", ["After a “not interested”: nothing set."]),
        ("GB", "do_not_call", ["Do-not-call register: TPS and CTPS, compared at most 28 days before a call."]),
        ("US", "opt_out", ["By law a no takes effect within 10 working days; ours takes effect at once."]),
        ("DE", "opt_out", ["By law a no takes effect at once; ours takes effect at once."]),
        ("DE", "recording", ["Recording a call: everybody on the line agrees first."]),
        ("DE", "records", ["To be kept: consent, from its grant and from each use, for 5 years."]),
        ("AU", "holidays", ["No calls on the country's public holidays."]),
    ],
)  # fmt: skip
def test_a_value_reads_as_a_sentence(place, key, told):
    lines = law_words.sentences(key, BOOK.sheets[place].values[key][-1])
    assert [line.removeprefix("From 11 Aug 2026: ") if key == "hours" else line for line in lines] == told
