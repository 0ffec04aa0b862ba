"""Rules and steps that could never apply are refused at their place; what just fits is fine."""

from __future__ import annotations

import pytest
import yaml
from rules.documents import GOOD, refused

from opportune.rules.campaign import Campaign
from opportune.rules.document import read
from opportune.rules.facts import Channel

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


STAFF = "  - when: {statuses: [staff], countries: [%s]}\n    then: call\n"
PLACES = ("DE", "FR", "IT", "ES", "PL", "RO", "US", "GB")


@pytest.mark.parametrize(
    ("added", "key", "said"),
    [
        (RULES.replace("then: email", "then: call").replace("missed_calls_from: 2, business: true",
         "statuses: [executive], familiarity: [warm, hot]"), "rules.1", "An earlier rule has the same conditions"),
        (RULES + "channels: [call]\ncomparison_sample: 0\n", "rules.1",
         "This rule says email, which the campaign does not use"),
        # four calls in twelve days (B2)
        ("steps: [{channel: call}, {channel: call}, {channel: call}, {channel: call}, {channel: call}]\n",
         "steps.4", "calls.most allows 4"),
        ("mails: {most: 1}\nsteps: [{channel: email}, {channel: email}]\n", "steps.1", "mails.most allows 1"),
        # the only channel is switched off
        ("channels: [call]\ncomparison_sample: 0\ncalls: {most: 0}\n", "calls", "yet no call is allowed"),
        ("channels: [email]\ncomparison_sample: 0\nmails: {most: 0}\n", "mails", "yet no mail is allowed"),
        # more than anybody keeps in mind
        ("rules:\n" + "".join(STAFF % place for place in PLACES) + "  - otherwise: email\n", "rules.8",
         "More than 8 rules"),
        ("steps:\n" + "  - {}\n" * 9, "steps.8", "More than 8 steps"),
        # an email first: the days of calls begin with the first call
        ("steps: [{channel: email}, {after_days: 9, channel: call}, {after_days: 12, channel: call}]\n",
         "steps.2.after_days", "it comes 12 days after the first, and calls end after 12"),
        # the days add up, also those of steps that are no calls
        ("steps: [{channel: call}, {after_days: 6}, {after_days: 7, channel: call}]\n", "steps.2.after_days",
         "it comes 13 days after the first"),
        # words for a channel that the step, or the campaign, does not have
        ("steps: [{channel: email, call: announce}]\n", "steps.0.call",
         "The template `announce` would never be used: this step has no call"),
        ("channels: [call]\ncomparison_sample: 0\nsteps: [{email: opening}]\n", "steps.0.email",
         "The template `opening` would never be used: this step has no email"),
        # calls that cannot be read: what follows from them is not judged, and named once
        ("calls: {most: few}\nsteps: [{channel: call}]\n", "calls.most", "no whole number"),
    ],
)  # fmt: skip
def test_what_could_never_apply_is_refused(added, key, said):
    given = {line.partition(":")[0] for line in added.splitlines()}
    kept = yaml.safe_dump({name: value for name, value in yaml.safe_load(GOOD).items() if name not in given})
    (problem,) = refused(kept + added)
    assert problem.key == key
    assert said in problem.message


@pytest.mark.parametrize(
    "added",
    [
        # the last call on the last of its days
        "steps: [{channel: email}, {after_days: 9, channel: call}, {after_days: 11, channel: call}]\n",
        # as many as may be
        "steps:\n" + "  - {}\n" * 8,
        "rules:\n" + "".join(STAFF % place for place in PLACES[:7]) + "  - otherwise: email\n",
        # words for whichever channel it will be
        "steps: [{email: opening, call: announce}]\n",
    ],
)
def test_what_just_fits_is_fine(added):
    assert read(GOOD + added, "x.yaml")[1] == []
