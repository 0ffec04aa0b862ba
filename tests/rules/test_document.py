"""A wrong campaign file names line, key and remedy; a right one is the campaign."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rules.cast import a_campaign
from rules.documents import GOOD, refused

from opportune.rules import problems
from opportune.rules.document import read, schema
from opportune.rules.facts import Channel, Goal
from opportune.rules.lint import lint
from opportune.rules.parts import minutes
from opportune.rules.problems import Wrong
from opportune.rules.refusals import FORMS, understood

EXAMPLES = Path(__file__).parents[2] / "examples" / "campaigns"


@pytest.mark.parametrize(
    ("name", "goal"), [("meetings", Goal.MEETING), ("trials", Goal.TRIAL), ("clarifications", Goal.CLARIFICATION)]
)
def test_the_examples_are_campaigns_without_warnings(name, goal):
    campaign, problems = read((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"), name)
    assert (campaign.goal, problems, lint(campaign)) == (goal, [], [])


@pytest.mark.parametrize(
    ("name", "line", "key", "remedy"),
    [
        # `no-such-template` is well-formed: whether templates exist is asked where they are, tests/work
        ("broken-yaml", 19, "", "quotes"),  # the quote of line 14 ends only where line 19 begins one
        ("contradiction", 11, "comparison_sample", "List call and email"),
        ("empty-when", 34, "rules.0.when", "`otherwise:` at the end"),
        ("ends-before-start", 34, "ends", "Make ends later"),
        ("five-calls", 15, "calls.most", "4 or fewer"),
        ("impossible-date", 33, "starts", "2026-11-23"),
        ("local-number", 30, "sender.phone", "country code"),
        ("missing-sender", 26, "sender.postal_address", "Add `postal_address:` under `sender`"),
        ("nine-rules", 50, "rules.8", "8 at most"),
        ("no-otherwise", 36, "rules.1", "`- otherwise: call`"),
        ("rule-after-otherwise", 36, "rules.1", "Move `otherwise:` to the end"),
        ("step-never-made", 38, "steps.2.after_days", "B2"),  # the third call, eight days after the first
        ("step-without-channel", 35, "steps.1", "Add email to channels"),
        ("unknown-goal", 4, "goal", "meeting`?"),
        ("unknown-key", 10, "comparison_samples", "comparison_sample`?"),
        ("wrong-type", 10, "comparison_sample", "number"),
    ],
)
def test_each_bad_example_is_refused_for_its_one_reason(name, line, key, remedy):
    (problem,) = refused((EXAMPLES / "bad" / f"{name}.yaml").read_text(encoding="utf-8"))
    assert (problem.line, problem.key) == (line, key)
    assert remedy in problem.remedy


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
        ("outcome_days: 14", "key: again", "key", "`key` stands here twice Keep one of them; the other is in line 2."),
        ("outcome_days: 14", "calls: 3", "calls", "line 13"),
        ('phone: "+12025550123"', "phone: 12025550123", "sender.phone", "quotes"),
        ("outcome_days: 14", "outcome_days: 0", "outcome_days", "at least 1"),
        ("outcome_days: 14", "caps: {daily_spend: 0}", "caps", "line 22"),
        ("outcome_days: 14", "canary: many", "canary", "whole number"),
        ("outcome_days: 14", "retry_lost_days: [7, 1]", "retry_lost_days", "nearest first"),
        ("outcome_days: 14", "retry_lost_days: [0]", "retry_lost_days.0", "at least 1"),
        ("outcome_days: 14", "free_first: Our guide", "free_first", "lower-case letters"),
        ("email: anna@brightdesk.example", "email: anna", "sender.email", "anna@firm.example"),
        ("outcome_days: 14", "rules: [{when: {business: true}}]", "rules.0.then", "Add `then:` under `rules`"),
        ("outcome_days: 14", "rules: [{otherwise: letter}]", "rules.0.otherwise", "call, email"),
        # named as the document names it
        ("outcome_days: 14", "rules: [{otherwise: letter}]", "rules.0.otherwise", "is no value of `otherwise`"),
        # at a rule `otherwise` is a key …
        ("outcome_days: 14", "rules: [{otherwize: call}]", "rules.0.otherwize", "Did you mean `otherwise`?"),
        # … and nowhere else
        ("per_day: 2 ", "otherwise: 2 ", "caps.otherwise", "Write one of: per_day, per_week, daily_spend."),
        # hardly alike, yet nothing is nearer
        ("reason: win_over", "reason: win", "reason", "Did you mean `win_over`?"),
        # one of two words
        ("outcome_days: 14", "purpose: market", "purpose", "Did you mean `marketing`?"),
        # a long value is cut where it is told
        ("goal: meeting", f"goal: {'x' * 99}", "goal", f"`{'x' * 60}` is no value of `goal`"),
        ("outcome_days: 14", "rules: [{otherwise: call, when: {business: true}}]", "rules.0", "alone"),
        (
            "outcome_days: 14",
            "rules: [{when: {status: [staff]}, then: call}, {otherwise: email}]",
            "rules.0.when.status",
            "`statuses`?",
        ),
        ("outcome_days: 14", "steps: [{channel: email, call: announce}]", "steps.0.call", "change its channel"),
        ("outcome_days: 14", "steps: [{chanel: email}]", "steps.0.chanel", "`channel`?"),
    ],
)  # fmt: skip
def test_every_mistake_has_its_line_and_remedy(old, new, key, words):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = [problem for problem in refused(text) if problem.key == key]
    assert len(found) == 1
    assert found[0].line == text[: text.rindex(new.splitlines()[0])].count("\n") + 1
    assert words in f"{found[0].message} {found[0].remedy}"


def test_a_missing_key_is_told_at_the_top():
    (problem,) = refused(GOOD.replace("goal: meeting\n", ""))
    assert (problem.line, problem.key, problem.remedy) == (1, "goal", "Add `goal:`.")


def test_a_list_whose_entries_are_wrong_is_not_called_empty_as_well():
    assert [problem.key for problem in refused(GOOD + "channels: [phone]\n")] == ["channels.0"]


def test_what_the_model_says_one_day_without_our_having_words_is_passed_on():
    """A new release of it may know errors that we do not."""
    code, values, loc = understood({"type": "tired", "loc": ("offer",), "input": "A review", "msg": "Offer is tired"})
    assert (code, loc) == ("odd", ("offer",))
    assert values == {"name": "offer", "value": "A review", "limit": "", "why": "Offer is tired"}


def test_a_refusal_outside_a_file_says_the_same():
    with pytest.raises(Wrong, match=r"^These are no hours: Write hours as HH:MM-HH:MM, for example 09:00-18:00\.$"):
        minutes("9-18")


@pytest.mark.parametrize("language", problems.WORDS)
def test_every_problem_has_words_in_every_language(language):
    words, english = problems.WORDS[language], problems.WORDS["en"]
    assert words.PROBLEMS.keys() == english.PROBLEMS.keys()
    for code, texts in words.PROBLEMS.items():
        used, meant = (set(re.findall(r"{(\w+)}", " ".join(each))) for each in (texts, english.PROBLEMS[code]))
        assert used == meant, code
        assert not re.search("[şţŞŢ]", "".join(texts)), "comma below, not cedilla"


def test_the_reader_gets_their_own_language():
    text = (EXAMPLES / "bad" / "unknown-goal.yaml").read_text(encoding="utf-8")
    assert refused(text)[0].code == "no_such_value"
    said = {language: read(text, "x.yaml", language)[1][0].remedy for language in ("en", "ru", "ro", "xx")}
    assert said["ru"] == "Может быть, `meeting`?"
    assert said["ro"] == "Poate `meeting`?"
    assert said["xx"] == said["en"] == "Did you mean `meeting`?"


def test_every_pattern_of_the_form_has_a_remedy_of_its_own():
    assert set(re.findall(r"'pattern': '([^']*)'", str(schema()).replace("\\\\", "\\"))) == set(FORMS)


def test_norway_is_a_country():
    campaign, problems = read(GOOD + "audience: {countries: [NO, SE]}\n", "x.yaml")
    assert problems == []
    assert campaign.audience.countries == ("NO", "SE")


def test_the_schema_names_every_key_and_the_defaults():
    described = schema()
    assert set(described["required"]) == {"key", "name", "goal", "reason", "advertiser", "offer", "sender"}
    assert described["additionalProperties"] is False
    assert described["$defs"]["Calls"]["properties"]["most"]["maximum"] == 4


def test_the_schema_knows_a_rule_and_the_last_one():
    rule = schema()["$defs"]["Rule"]
    given, last = rule["anyOf"]
    assert not rule.keys() & {"properties", "required", "additionalProperties"}
    assert set(given["properties"]) == {"when", "then"}
    assert (given["required"], given["additionalProperties"]) == (["when", "then"], False)
    assert last == {
        "properties": {"otherwise": given["properties"]["then"]},
        "required": ["otherwise"],
        "additionalProperties": False,
    }


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
