"""A wrong campaign file names line, key and remedy; a right one is the campaign."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from rules.cast import a_campaign

from opportune.rules.document import read, schema
from opportune.rules.facts import Channel, Goal
from opportune.rules.lint import lint

EXAMPLES = Path(__file__).parents[2] / "examples" / "campaigns"
GOOD = Path(__file__).with_name("meetings.yaml").read_text(encoding="utf-8")


def refused(text):
    campaign, problems = read(text, "x.yaml")
    assert campaign is None
    assert {problem.severity for problem in problems} == {"error"}
    return problems


@pytest.mark.parametrize(("name", "goal"), [("meetings", Goal.MEETING), ("clarifications", Goal.CLARIFICATION)])
def test_the_examples_are_campaigns_without_warnings(name, goal):
    campaign, problems = read((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"), name)
    assert (campaign.goal, problems, lint(campaign)) == (goal, [], [])


@pytest.mark.parametrize(
    ("name", "key", "remedy"),
    [
        ("unknown-key", "comparison_samples", "comparison_sample`?"),
        ("unknown-goal", "goal", "meeting`?"),
        ("five-calls", "calls.most", "4 or fewer"),
        ("wrong-type", "comparison_sample", "number"),
        ("missing-sender", "sender.postal_address", "Add `postal_address:` under `sender`"),
        ("contradiction", "comparison_sample", "List call and email"),
        ("ends-before-start", "ends", "Make ends later"),
        ("broken-yaml", "", "quotes"),
    ],
)
def test_each_bad_example_is_refused_for_its_one_reason(name, key, remedy):
    text = (EXAMPLES / "bad" / f"{name}.yaml").read_text(encoding="utf-8")
    (problem,) = refused(text)
    assert problem.key == key
    assert remedy in problem.remedy
    last = key.rpartition(".")[2]
    if last and f"{last}:" in text:
        assert text.splitlines()[problem.line - 1].lstrip().startswith(f"{last}:")


def test_no_bad_example_goes_untested():
    assert len(list((EXAMPLES / "bad").glob("*.yaml"))) == 8


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("goal: meeting", "gaol: meeting", "gaol", "Did you mean `goal`?"),
        ("reason: win_over", "reason: winover", "reason", "`win_over`"),
        ("goal: meeting", "goal: golf", "goal", "meeting, conference, trial"),
        ("  voicemail: true", "  voicemail: sure", "calls.voicemail", "true or false"),
        ("  most: 4\n  within", "  most: four\n  within", "calls.most", "whole number"),
        ("name: Autumn meetings", "name: 2026", "name", "in quotes"),
        ('  hours: "08:00-18:00"', "  hours: 8-18", "mails.hours", "09:00-18:00"),
        ('  hours: "08:00-18:00"', '  hours: "18:00-08:00"', "mails.hours", "begin before they end"),
        ("hold_out: 0.02", "hold_out: 0.5", "hold_out", "smaller number"),
        ("comparison_sample: 0.10", "comparison_sample: 0.05", "comparison_sample", "0.10 to 0.50"),
        ("outcome_days: 14", "starts: 2026-02-30", "starts", "2026-11-23"),
        ("outcome_days: 14", "channels: call", "channels", "[one, other]"),
        ("outcome_days: 14", "channels: [call, call]", "channels", "once"),
        ("outcome_days: 14", "channels: []", "channels", "at least one"),
        ("outcome_days: 14", "channels: [phone]", "channels.0", "call, email"),
        ("outcome_days: 14", "audience: {countries: [Germany]}", "audience.countries.0", "capital letters"),
        ("outcome_days: 14", "key: again", "key", "line 2"),
        ("outcome_days: 14", "calls: 3", "calls", "line 13"),
        ('phone: "+12025550123"', "phone: 12025550123", "sender.phone", "quotes"),
    ],
)
def test_every_mistake_has_its_line_and_remedy(old, new, key, words):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = [problem for problem in refused(text) if problem.key == key]
    assert len(found) == 1
    assert found[0].line == text[: text.rindex(new.splitlines()[0])].count("\n") + 1
    assert words in f"{found[0].message} {found[0].remedy}"


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


def test_aliases_are_refused_before_they_unfold():
    letters = pairwise("abcdefghijklmnop")
    bomb = "\n".join(f"{name}: &{name} [*{before}, *{before}]" for before, name in letters)
    problems = refused("a: &a [x, x]\n" + bomb)
    assert {problem.message for problem in problems} == {"Aliases are not used here"}
    assert len(problems) == 30


def test_norway_is_a_country():
    campaign, problems = read(GOOD + "audience: {countries: [NO, SE]}\n", "x.yaml")
    assert problems == []
    assert campaign.audience.countries == ("NO", "SE")


def test_a_campaign_without_any_chance_to_act_is_refused():
    assert refused(GOOD.replace("hours: \"09", "most: 0\n  hours: \"09").replace("  most: 4\n  within", "  within"
    ).replace("comparison_sample: 0.10", "channels: [call]\ncomparison_sample: 0.0"))[0].key == "calls"  # fmt: skip


def test_the_schema_names_every_key_and_the_defaults():
    described = schema()
    assert set(described["required"]) == {"key", "name", "goal", "reason", "advertiser", "offer", "sender"}
    assert described["additionalProperties"] is False
    assert described["$defs"]["Calls"]["properties"]["most"]["maximum"] == 4


@pytest.mark.parametrize(
    ("changed", "key", "rule"),
    [
        ({"channels": ["email"], "comparison_sample": 0}, "channels", "A6"),
        ({"goal": "feedback", "channels": ["call"]}, "channels", "A6"),
        ({"starts": "2026-11-23"}, "starts", "A1"),
        ({"calls": {"hours": "08:00-12:00"}}, "calls.hours", "A1"),
        ({"calls": {"within_days": 5}}, "calls", "B2"),
        ({"starts": "2026-11-24", "ends": "2026-11-30"}, "mails", "4 mails"),
        ({"caps": {"per_day": 1}}, "caps.per_day", "B4"),
    ],
)
def test_what_is_unwise_warns_and_is_not_refused(changed, key, rule):
    warnings = lint(a_campaign(**changed))
    assert [warning.severity for warning in warnings] == ["warning"]
    assert warnings[0].key == key
    assert warnings[0].message.startswith(rule)
    assert warnings[0].remedy


def test_defaults_call_and_write():
    campaign, _ = read("\n".join(line for line in GOOD.splitlines() if "comparison_sample" not in line), "x.yaml")
    assert campaign.channels == (Channel.CALL, Channel.EMAIL)
