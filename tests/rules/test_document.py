"""A wrong campaign file names line, key and remedy; a right one is the campaign."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from rules.cast import a_campaign

from opportune.rules import problems
from opportune.rules.campaign import Campaign
from opportune.rules.document import read, schema
from opportune.rules.facts import Channel, Goal
from opportune.rules.lint import lint
from opportune.rules.refusals import FORMS

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
        ("outcome_days: 14", "key: again", "key", "line 2"),
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
)
def test_every_mistake_has_its_line_and_remedy(old, new, key, words):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = [problem for problem in refused(text) if problem.key == key]
    assert len(found) == 1
    assert found[0].line == text[: text.rindex(new.splitlines()[0])].count("\n") + 1
    assert words in f"{found[0].message} {found[0].remedy}"


RULES = """
rules:
  - when: {statuses: [executive], familiarity: [warm, hot]}
    then: call
  - when: {missed_calls_from: 2, business: true}
    then: email
  - otherwise: call
"""


def test_rules_and_steps_are_read_as_written():
    campaign, problems = read(GOOD + RULES + "steps: [{channel: call}, {after_days: 2}]\ncanary: 20\n", "x.yaml")
    assert problems == []
    assert [rule.then for rule in campaign.rules] == [Channel.CALL, Channel.EMAIL, Channel.CALL]
    assert [rule.when is None for rule in campaign.rules] == [False, False, True]
    assert [(step.channel, step.after_days) for step in campaign.steps] == [(Channel.CALL, 0), (None, 2)]
    assert Campaign.model_validate_json(campaign.model_dump_json()) == campaign, "as the database keeps it"


@pytest.mark.parametrize(
    ("added", "key", "code"),
    [
        (RULES.replace("then: email", "then: call").replace("missed_calls_from: 2, business: true",
         "statuses: [executive], familiarity: [warm, hot]"), "rules.1", "rule_never_reached"),
        (RULES + "channels: [call]\ncomparison_sample: 0\n", "rules.1", "rule_without_channel"),
        ("steps: [{channel: call}, {channel: call}, {channel: call}, {channel: call}, {channel: call}]\n",
         "steps.4", "step_beyond_calls"),
        ("mails: {most: 1}\nsteps: [{channel: email}, {channel: email}]\n", "steps.1", "step_beyond_mails"),
        ("steps:\n" + "  - {}\n" * 9, "steps.8", "steps_too_many"),
        # an email first: the days of calls begin with the first call
        ("steps: [{channel: email}, {after_days: 9, channel: call}, {after_days: 12, channel: call}]\n",
         "steps.2.after_days", "step_too_late"),
    ],
)  # fmt: skip
def test_what_could_never_apply_is_refused(added, key, code):
    given = {line.partition(":")[0] for line in added.splitlines()}
    kept = yaml.safe_dump({name: value for name, value in yaml.safe_load(GOOD).items() if name not in given})
    (problem,) = refused(kept + added)
    assert (problem.key, problem.code) == (key, code)


def test_steps_within_their_days_are_fine():
    steps = "steps: [{channel: email}, {after_days: 9, channel: call}, {after_days: 11, channel: call}]\n"
    assert read(GOOD + steps, "x.yaml")[1] == []


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
    said = {language: read(text, "x.yaml", language)[1][0].remedy for language in ("en", "ru", "ro", "xx")}
    assert said["ru"] == "Может быть, `meeting`?"
    assert said["ro"] == "Poate `meeting`?"
    assert said["xx"] == said["en"] == "Did you mean `meeting`?"


def test_every_pattern_of_the_form_has_a_remedy_of_its_own():
    assert set(re.findall(r"'pattern': '([^']*)'", str(schema()).replace("\\\\", "\\"))) == set(FORMS)


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
