"""Are the words on screen those of a marketer, and honest?"""

from __future__ import annotations

import re

import pytest

from dashboards import words
from dashboards.kit import said
from dashboards.kit.language import speaking
from dashboards.pages.waiting import remedy
from opportune.rules.facts import CallResult, Goal, Status
from opportune.rules.words import en
from opportune.store.ledger import AFTER_SENT, FINAL, LEFT, OPEN

AT = 1_794_995_160  # Wed 18 Nov 2026, 09:46 UTC
JARGON = re.compile(
    r"\b(touch|enrol|lot|propensity|explore|suppress|uncertain|assumed|canary|matured|[A-F]\d{1,2})\b", re.I
)


@pytest.mark.parametrize(
    ("zones", "said"),
    [
        (["Asia/Kathmandu"], "Wed 18 Nov, 15:31"),
        (["Europe/Chisinau", "Europe/Athens"], "Wed 18 Nov, 11:46"),  # two possible zones, one clock
        (["America/Chicago", "America/Denver"], "Wed 18 Nov, 03:46 or 02:46"),
        (["Pacific/Auckland", "America/Denver"], "Wed 18 Nov, 22:46 or 02:46"),
        (["Pacific/Kiritimati", "Pacific/Pago_Pago"], "Wed 18 Nov, 23:46 or Tue 17 Nov, 22:46"),
        ([], "Wed 18 Nov, 09:46 UTC (their time zone is unknown)"),
    ],
)
def test_moments_are_in_the_persons_own_time(zones: list[str], said: str) -> None:
    assert words.local(AT, zones) == said


def test_every_state_and_call_result_has_its_words() -> None:
    assert {"planned", *OPEN, *LEFT, *AFTER_SENT, *FINAL} <= set(said.words("state"))
    assert {str(result) for result in CallResult} <= set(said.words("result"))
    assert {str(goal) for goal in Goal} == set(said.words("goal"))
    assert {str(status) for status in Status} == set(said.words("status"))


def test_none_of_our_own_words_are_on_screen() -> None:
    """A definition, which stands behind a question mark, may speak as a statistician; a command is named as typed."""
    shown = [(key, text) for key, message in said.messages().items() for text in each(message["en"])]
    plain = [
        (key, re.sub(r"opportune \w+", "", text)) for key, text in shown if not key.endswith(("_definition", "_csv"))
    ]
    assert [found for found in plain if JARGON.search(found[1])] == []


def each(text: str | dict[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def test_each_reason_the_rules_know_is_a_sentence() -> None:
    values = dict.fromkeys(re.findall(r"{(\w+)}", " ".join(en.SENTENCES.values())), "x")
    values |= {"time": "2026-11-18 15:00", "day": "2026-11-18"}
    for code in en.SENTENCES:
        assert words.because({"code": code, "rule": "A1", "values": values}).endswith((".", ")")), code


def test_a_reason_of_older_rules_does_not_break_the_page() -> None:
    assert words.because({"code": "full_moon", "rule": "A1", "values": {}}) == "full moon."
    assert words.because({"code": "mail_slot", "rule": "A4", "values": {}}) == "mail slot."


def test_a_row_has_room_for_the_reason_that_matters() -> None:
    goal = {"code": "goal_calls", "rule": "A5", "values": {"goal": "meeting"}}
    hour = {"code": "call_hour", "rule": "A1", "values": {"time": "2026-11-18 15:00"}}
    assert "serious" in words.main_reason("act", [goal, hour])
    assert words.main_reason("act", [hour]).startswith("Wed 18 Nov, 15:00 there")
    assert "serious" in words.main_reason("never", [hour, goal])
    assert words.main_reason("held", []) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fact": "status", "value": "executive"}, "Had the status been “executive”"),
        ({"fact": "goal", "value": "trial"}, "Had the goal been “product trial”"),
        ({"fact": "preference", "value": "email"}, "Had they asked for an email"),
        ({"fact": "consent_call_auto", "value": "yes"}, "With their recorded yes to an automated call"),
        ({"fact": "missed_call", "value": "yes"}, "After a missed call"),
        ({"fact": "moon_phase", "value": "full"}, "Had the moon phase been “full”"),
    ],
)
def test_what_would_have_changed_it_is_said_plainly(change: dict[str, str], said: str) -> None:
    assert words.changed(change) == said


def test_each_reason_to_wait_has_a_remedy() -> None:
    other = remedy("needs a miracle")
    assert "region" in remedy("needs a time zone")
    assert "law row" in remedy("needs a signed law row")
    assert remedy("needs an address") not in (other, remedy("needs a time zone"))


@pytest.mark.parametrize(
    ("language", "change", "when", "missing"),
    [
        ("ru", "Будь должность «руководитель»", "ср 18 нояб., 15:31", "Ждёт: нужен часовой пояс"),
        ("ro", "Dacă funcția ar fi fost „director”", "mie. 18 nov., 15:31", "În așteptare: trebuie fusul orar"),
    ],
)
def test_a_decision_is_said_in_the_readers_language(language: str, change: str, when: str, missing: str) -> None:
    with speaking(language):
        assert words.changed({"fact": "status", "value": "executive"}) == change
        assert words.local(AT, ["Asia/Kathmandu"]) == when
        assert words.decided("held", None, "needs a time zone") == missing
