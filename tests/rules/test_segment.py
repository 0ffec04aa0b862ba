"""Is a segment understood, and each mistake in it told with its line and a remedy (E6)?"""

from __future__ import annotations

import pytest

from opportune.rules.facts import CallResult, Familiarity, Stage
from opportune.rules.segment import MOST, Segment, read, schema

BUYERS = """
key: buyers
name: Warm bakers
all:
  - {countries: [DE, RO], industries: [bakery], sizes: [10-49], stages: [potential], contacted_within_days: 30}
any:
  - {last_call: [interested, call_back]}
  - {segment: friends, fit_from: 0.6}
none:
  - {familiarity: [cold], segment: rivals}
"""


def test_a_segment_says_whom_it_means_and_which_others_it_speaks_of():
    found, problems = read(BUYERS, "buyers.yaml")
    assert problems == []
    assert [found.all[0].stages, found.any[0].last_call, found.none[0].familiarity] == [
        (Stage.POTENTIAL,),
        (CallResult.INTERESTED, CallResult.CALL_BACK),
        (Familiarity.COLD,),
    ]
    assert found.conditions == (*found.all, *found.any, *found.none)
    assert found.named == {"friends", "rivals"}
    assert Segment.model_validate(found.model_dump()) == found


def test_its_schema_knows_every_key_of_it():
    assert set(schema()["properties"]) == {"key", "name", "all", "any", "none"}
    assert {"countries", "segment", "last_call", "fit_below"} <= set(schema()["$defs"]["Condition"]["properties"])


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("key: a\nname: A\n", 1, "no condition"),
        ("key: a\nname: A\nall:\n  - {}\n", 4, "says nothing"),
        ("key: a\nname: A\nall:\n  - {countrys: [DE]}\n", 4, "countries"),  # the nearest key is named
        ("key: a\nname: A\nany:\n  - countries: [Germany]\n", 4, "capital letters"),
        ("key: a\nname: A\nnone:\n  - {sql: 1=1}\n", 4, "Unknown key"),
        ("key: a\nname: A\nall:\n  - {stages: [client]}\n", 4, "no value"),
        ("key: a\nname: A\nall:\n  - {sizes: [5]}\n", 4, "no value"),
        ("key: a\nname: A\nall:\n  - {contacted_within_days: 0}\n", 4, "at least 1"),
        ("key: a\nname: A\nall:\n  - {answered_within_days: 3651}\n", 4, "at most 3650"),
        ("key: a\nname: A\nall:\n  - {fit_from: 1.1}\n", 4, "at most 1"),
        ("key: a\nname: A\nall:\n  - {fit_below: -0.1}\n", 4, "at least 0"),
        ("key: a\nname: A\nall:\n" + "  - {business: true}\n" * (MOST + 1), 3, "20"),
        ("key: a'--\nname: A\nall:\n  - {business: true}\n", 1, "no name"),
    ],
)
def test_mistakes_name_line_and_remedy(text, line, told):
    found, problems = read(text, "a.yaml")
    assert found is None
    assert (problems[0].file, problems[0].line) == ("a.yaml", line)
    assert told in f"{problems[0].message} {problems[0].remedy}"


def test_a_mistake_is_told_in_the_readers_language():
    told = {language: read("key: a\nname: A\n", "a.yaml", language)[1][0].message for language in ("en", "ru", "ro")}
    assert len(set(told.values())) == 3
    assert read("key: a\nname: A\n", "a.yaml")[1][0].message == told["en"]
