"""A text asks for a time where it is little else; what only mentions one makes nobody wait (C4)."""

from __future__ import annotations

import pytest

from opportune.rules.markers.phrases import plain
from opportune.rules.said_alone import time_alone, time_meant

#: said of the time
ALONE = [
    ("in two hours", {"seconds": 7200}),
    ("tomorrow after 5pm, please", {"days": 1, "hour": 17}),
    ("Busy until 10, then I am free", {"hour": None}),
    ("Tomorrow at 10, Eugene", {"days": 1, "hour": 10}),
    ("Can we talk on Monday at 10?", {"weekday": 0, "hour": 10}),
    ("tel. 12-03-26, tomorrow at 10", {"days": 1, "hour": 10}),  # a number is no date
    ("12 March 15:00", {"date": (12, 3, None), "hour": 15}),
    ("some time in April", {"clear": False}),
    ("12.03.26", {"clear": False}),  # of March or of December?
    ("можно завтра после обеда, спасибо", {"days": 1, "hour": 14}),
    ("mâine după ora 15, vă rog", {"days": 1, "hour": 15}),
]
MENTIONED = [
    "please",
    "My fridge broke on Friday",
    "I paid on Monday",
    "Do you deliver on Monday?",
    "Is there a guide for Monday?",
    "We are at 10 Downing Street",
    "tel. 22-33-44",
    "22-33-44",
    "телефон 22-33-44",
    "0722 123 456",
    "Where is my order of 12 March?",
    "холодильник сломался в пятницу",
    "вы доставляете в понедельник?",
    "frigiderul s-a stricat vineri",
    "Livrați luni?",
]


@pytest.mark.parametrize(("words", "said"), ALONE)
def test_a_time_and_little_else_is_asked_for(words, said):
    found = time_alone(plain(words)[1])
    assert {name: getattr(found, name) for name in said} == said


@pytest.mark.parametrize("words", MENTIONED)
def test_a_time_among_other_words_is_only_mentioned(words):
    assert time_alone(plain(words)[1]) is None


#: the note of a colleague who says that a call is due: is the moment clear?
NOTED = [
    ("back in the office tomorrow after 15, wants prices for twenty seats", True),
    ("talked on Monday, wants prices", False),
    ("talked to the secretary, tomorrow at 10", True),  # that is still to come
    ("звонил в понедельник, просит цены", False),
    ("am vorbit luni, vrea prețuri", False),
]


@pytest.mark.parametrize(("note", "clear"), NOTED)
def test_a_day_that_may_be_gone_is_not_clear(note, clear):
    found = time_meant(plain(note)[1])
    assert found is not None
    assert found.clear is clear
