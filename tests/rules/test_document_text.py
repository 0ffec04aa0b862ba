"""A text that is no campaign at all: where it cannot be read, why, and in whose language."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from rules.documents import GOOD, refused

from opportune.rules.document import LONGEST, lines, read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a list",
        "just words",
        "a: *nowhere",
        "{" * 1000,
        "\0",
        "a: " + "x" * 200_000,
        "key: !!python/object/apply:os.system [ls]",
        "? [a]: b",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    ],
)
def test_what_is_no_campaign_at_all_is_refused_in_words(text):
    problems = refused(text)
    assert all(problem.message and problem.remedy and problem.line >= 1 for problem in problems)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "It has no keys"),
        ("a: " + "x" * LONGEST, 1, "It is longer than 100000 characters"),
        ("key: meetings\ngoal: *nowhere", 2, "Cannot read it: found undefined alias 'nowhere'"),
        ("\0", 1, "Cannot read it: unacceptable character #x0000"),
        ("{" * 1000, 1, "Cannot read it: maximum recursion depth exceeded"),
        ("key: meetings\nkey: again", 2, "`key` stands here twice"),
        # nothing is built from a text that uses aliases
        ("a: &a x\nb: *a\nc: !!python/name:os.system x", 2, "Aliases are not used here"),
    ],
)
def test_an_unreadable_text_says_where_and_why_in_the_readers_language(text, line, said):
    first = refused(text)[0]
    assert first.line == line
    assert first.message.startswith(said)
    assert re.search("[а-я]", read(text, "x.yaml", "ru")[1][0].message)


def test_a_text_as_long_as_may_be_is_read():
    assert read(GOOD + "#" * (LONGEST - len(GOOD)), "x.yaml")[1] == []


def test_every_key_has_its_line():
    text = "# spring\nkey: spring\ncalls:\n  most: 4\nrules:\n  - otherwise: call\n"
    found = {"": 1, "key": 2, "calls": 3, "calls.most": 4, "rules": 5, "rules.0": 6, "rules.0.otherwise": 6}
    assert lines(text) == found


def test_aliases_are_refused_before_they_unfold():
    letters = pairwise("abcdefghijklmnop")
    bomb = "\n".join(f"{name}: &{name} [*{before}, *{before}]" for before, name in letters)
    problems = refused("a: &a [x, x]\n" + bomb)
    assert {problem.message for problem in problems} == {"Aliases are not used here"}
    assert len(problems) == 30
