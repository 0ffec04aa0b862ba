"""A campaign in words, and two of them side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from opportune.rules.campaign import Campaign
from opportune.rules.describe import BECAUSE, GOALS, describe, goal
from opportune.rules.differences import differences
from opportune.rules.facts import Goal
from opportune.rules.parts import WritingReason

DOCUMENT = yaml.safe_load(Path(__file__).with_name("meetings.yaml").read_text(encoding="utf-8"))
RULES = [
    {"when": {"statuses": ["executive", "manager"], "familiarity": ["hot"]}, "then": "call"},
    {"when": {"missed_calls_from": 2, "business": True, "prefers": "email", "fit_from": 0.5}, "then": "email"},
    {"when": {"business": False, "kinds": ["referral", "repeat"], "countries": ["DE"]}, "then": "email"},
    {"when": {"interests": ["hot"], "sources": ["Spring fair"]}, "then": "call"},
    {"otherwise": "email"},
]


def a_campaign(**changed):
    return Campaign.model_validate(DOCUMENT | changed)


def test_every_goal_and_reason_has_words():
    assert set(GOALS) == set(Goal)
    assert set(BECAUSE) == set(WritingReason)


@pytest.mark.parametrize(
    ("audience", "whom"),
    [
        ({}, "everybody"),
        ({"statuses": ["executive", "staff"]}, "executives or staff"),
        ({"statuses": ["unknown"]}, "people of unknown status"),
        ({"countries": ["DE", "RO", "US"]}, "everybody in DE, RO or US"),
        ({"interests": ["warm"], "sources": ["Spring fair"]}, "everybody whose interest is warm from Spring fair"),
    ],
)
def test_the_goal_is_one_sentence(audience, whom):
    said = goal(a_campaign(audience=audience))
    assert said == f"Brightdesk asks {whom} for a meeting, because they asked once and did not buy."


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        ("win_over", "they asked once and did not buy"),
        *((reason.value, BECAUSE[reason]) for reason in WritingReason if reason is not WritingReason.WIN_OVER),
        ("", None),  # A13: a campaign names its reason
        ("because", None),
        (None, None),
    ],
)
def test_a13_a_campaign_names_its_reason(reason, because):
    if because is None:
        with pytest.raises(ValidationError, match="reason"):
            a_campaign(reason=reason)
    else:
        assert goal(a_campaign(reason=reason)).endswith(f"for a meeting, because {because}.")


def test_the_whole_document_is_told():
    steps = [{"channel": "call", "call": "announce"}, {"after_days": 2}, {"channel": "email", "after_days": 1}]
    caps = {"daily_spend": 12.5}
    more = {"starts": "2026-12-01", "ends": "2026-12-20", "canary": 20, "free_first": "guide", "retry_lost_days": [7]}
    told = describe(a_campaign(rules=RULES, steps=steps, caps=caps, **more)).splitlines()
    for line in (
        "We call if the status is executive or manager and the familiarity is hot; "
        "write if it is a business contact and 2 or more calls were missed and they prefer email and the fit is 0.5 or "
        "more; write if the country is DE and the kind of call is referral or repeat and it is a private person; "
        "call if the interest is hot and they come from Spring fair; otherwise write.",
        "For 10% a coin decides, so that call and email can be compared.",
        "Cold people are first offered something free: guide.",
        "It runs from 2026-12-01 to 2026-12-20.",
        "Steps: 1. a call (announce); 2. call or email, as the rules decide, 2 days later; 3. an email, 1 day later.",
        "Who is lost for now is asked again with a new offer after 7 days.",
        "It stops for the day when 12.5 are spent.",
        "First 20 people, then it asks before it goes on.",
    ):
        assert line in told


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        # nothing said of how: as we recommend
        ({}, "The recommended rules decide whom we call and whom we write to."),
        ({}, "Calls 09:00-18:00, executives 07:30-08:20: 4 in 12 days at most."),
        ({}, "Mail 08:00-18:00, 3 days apart: 4 at most, besides those after a call."),
        (
            {"calls": {"shape": "announce"}},
            "Calls speak by themselves and offer keys; no voicemail is left. Promised calls are made by a colleague.",
        ),
        (
            {"calls": {"shape": "announce", "voicemail": True}},
            "Calls speak by themselves and offer keys; a voicemail may be left. "
            "Promised calls are made by a colleague.",
        ),
        ({"mails": {"track_clicks": True}}, "Links in the mails lead through us, and who follows them is counted."),
        # only one end of its days is set
        ({"starts": "2026-12-01"}, "It runs from 2026-12-01 to its end."),
        ({"ends": "2026-12-20"}, "It runs from its activation to 2026-12-20."),
        # several days, and a word of ours with an underscore
        ({"retry_lost_days": [7, 30]}, "Who is lost for now is asked again with a new offer after 7, 30 days."),
        (
            {"rules": [{"when": {"kinds": ["first_time"]}, "then": "call"}, {"otherwise": "email"}]},
            "We call if the kind of call is first time; otherwise write.",
        ),
        # a step with words for either channel
        (
            {"steps": [{"call": "announce", "email": "opening"}]},
            "Steps: 1. call or email, as the rules decide (announce) (opening).",
        ),
    ],
)
def test_a_part_is_told_in_its_line(changed, line):
    assert line in describe(a_campaign(**changed)).splitlines()


def test_what_a_campaign_does_not_do_is_not_told():
    silent = {"comparison_sample": 0, "hold_out": 0, "retry_lost_days": []}
    assert describe(a_campaign(channels=["email"], **silent)).splitlines()[1:] == [
        "We only write.",
        "Mail 08:00-18:00, 3 days apart: 4 at most, besides those after a call.",
        "Nobody hears from us more than 2 times a day and 4 times a week.",
    ]
    assert describe(a_campaign(channels=["call"], **silent)).splitlines()[1:] == [
        "We only call.",
        "Calls 09:00-18:00, executives 07:30-08:20: 4 in 12 days at most.",
        "A colleague is rung first and hears whom it is about; then the person is called.",
        "Nobody hears from us more than 2 times a day and 4 times a week.",
    ]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, []),
        ({"calls": DOCUMENT["calls"] | {"most": 1}}, ["calls.most: 4 → 1"]),
        ({"audience": {"countries": ["DE", "RO"]}}, ["audience.countries: now DE, RO"]),
        ({"rules": RULES[-1:]}, ["rules.1: now otherwise write"]),
        ({"steps": [{"channel": "call"}]}, ["steps.1: now a call"]),
        ({"starts": "2026-12-01"}, ["starts: now 2026-12-01"]),
        ({"name": "Winter", "canary": 5}, ["name: Autumn meetings → Winter", "canary: 0 → 5"]),
    ],
)
def test_a_difference_is_told_by_field(changed, words):
    assert [each.words for each in differences(a_campaign(), a_campaign(**changed))] == words


def test_what_is_gone_is_told_too():
    was = a_campaign(rules=RULES[1:], starts="2026-12-01")
    told = [each.words for each in differences(was, a_campaign(rules=RULES[-1:]))]
    assert told[0].endswith(" → otherwise write")
    assert "starts: no longer 2026-12-01" in told
    assert "rules.4: no longer otherwise write" in told


def test_the_same_meaning_written_otherwise_is_no_difference():
    assert differences(a_campaign(), a_campaign(calls=DOCUMENT["calls"] | {"executives": "07:30-08:20"})) == []
