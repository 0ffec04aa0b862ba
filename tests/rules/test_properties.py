"""What holds for every person, campaign, history, moment and lot."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rules.cast import a_campaign, a_law, moment, well_said

from opportune.rules.cadence import announces, calls_left
from opportune.rules.consent import KINDS
from opportune.rules.decide import decide, explain
from opportune.rules.dispositions import lost
from opportune.rules.facts import (
    DAY,
    TURNS,
    CallKind,
    CallResult,
    Channel,
    ConsentFact,
    Familiarity,
    Goal,
    History,
    Interest,
    Kind,
    PastTouch,
    Person,
    Preference,
    Shape,
    Stage,
    Status,
)
from opportune.rules.gate import recheck
from opportune.rules.hours import day_part, in_slot, may_call_at
from opportune.rules.words import told_en, told_ro, told_ru

NOW = moment("2026-10-23 11:00")  # a Friday before the clocks go back
ZONES = ("Europe/Berlin", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "Asia/Kamchatka", "Mars/Base")
BASES = st.sampled_from(["opt_in", "opt_out", "forbidden"])

consents = st.builds(
    ConsentFact, st.integers(1, 9), st.sampled_from(KINDS), st.booleans(), st.integers(NOW - 9 * DAY, NOW)
)
STRENGTHS = st.sampled_from(["stated", "marker", "habit"])
preferences = st.builds(Preference, st.sampled_from(Channel), st.just("x"), STRENGTHS)
people = st.builds(
    Person,
    turn=st.integers(0, TURNS - 1),
    country=st.just("XX"),
    zones=st.lists(st.sampled_from(ZONES), max_size=2, unique=True).map(tuple),
    status=st.sampled_from(Status),
    business=st.booleans(),
    interest=st.sampled_from(Interest),
    phone=st.sampled_from(["+1", None]),
    email=st.sampled_from(["a@b", None]),
    preference=st.none() | preferences,
    consents=st.lists(consents, max_size=3).map(tuple),
    suppressed=st.sampled_from([None, None, None, "unsubscribed"]),
    bought=st.booleans(),
    asked_for_contact=st.booleans(),
    familiarity=st.sampled_from(Familiarity),
    call_kind=st.sampled_from(CallKind),
    stage=st.sampled_from(Stage),
    sources=st.sampled_from([(), ("Fair", "list")]),
    fit=st.none() | st.floats(0, 1),
    only_informs=st.booleans(),
)
RULES = [{"when": {"statuses": ["staff"], "sources": ["Fair"]}, "then": "email"}, {"otherwise": "call"}]
STEPS = [{"channel": "email", "email": "opening"}, {"channel": "call", "after_days": 2}, {}]
ADDED = [{}, {}, {"rules": RULES}, {"steps": STEPS}, {"free_first": "guide"}, {"purpose": "service"}]


def with_more(campaign, share, more):
    """What only a campaign of both channels may say."""
    both = {"comparison_sample": share} | more if len(campaign.channels) == 2 else {}
    return a_campaign(**campaign.model_dump() | both)


campaigns = st.builds(
    a_campaign,
    goal=st.sampled_from(Goal),
    channels=st.sampled_from([["call"], ["email"], ["call", "email"]]),
    hold_out=st.sampled_from([0, 0.2]),
    calls=st.fixed_dictionaries(
        {
            "shape": st.sampled_from(Shape),
            "most": st.integers(1, 4),
            "hours": st.sampled_from(["09:00-18:00", "08:00-11:00"]),
            "voicemail": st.booleans(),
        }
    ),
).flatmap(lambda c: st.builds(with_more, st.just(c), st.sampled_from([0, 0.1, 0.5]), st.sampled_from(ADDED)))
laws = st.builds(
    a_law,
    basis=st.fixed_dictionaries({(kind, who): BASES for kind in KINDS for who in ("b2b", "b2c")}),
    hours=st.sampled_from([((480, 1200),), ((600, 780), (840, 1200)), ()]),
    weekend=st.sampled_from([(), ((600, 900),)]),
    auto_windows=st.sampled_from([None, (((540, 720),),) * 7]),
    caps=st.sampled_from([(), ((1, 7),)]),
    refusal_days=st.sampled_from([0, 60]),
    verified_by=st.sampled_from(["", "Dr. Test"]),
)
touches = st.builds(
    PastTouch,
    id=st.integers(1, 99),
    channel=st.sampled_from(Channel),
    kind=st.sampled_from([Kind.APPROACH, Kind.FOLLOW_UP, Kind.CALLBACK, Kind.NURTURE]),
    step=st.integers(1, 9),
    attempt=st.just(1),
    at=st.integers(NOW - 14 * DAY, NOW),
    state=st.sampled_from(["completed", "ringing", "assumed_sent", "bounced"]),
    result=st.none() | st.sampled_from(CallResult),
)


def a_history(past, stopped, promised, refused):
    past = tuple(sorted(past, key=lambda touch: touch.at))
    elsewhere = tuple((touch.channel, touch.at) for touch in past)
    return History(past, elsewhere, stopped, promised, refused, past[0].channel if past else None)


instants = st.none() | st.integers(NOW - 3 * DAY, NOW + 3 * DAY)
histories = st.builds(
    a_history, st.lists(touches, max_size=5), st.sampled_from([None, None, "replied"]), instants, instants
)
cases = st.tuples(people, campaigns, histories, laws, st.integers(NOW, NOW + 7 * DAY), st.floats(0, 0.9999))


@given(cases)
def test_a_decision_is_exactly_one_of_act_wait_and_never_and_says_why(case):
    decision = explain(*case)
    assert decision == explain(*case)  # the same facts, the same answer
    assert decision.reasons
    assert all(well_said(reason) for reason in (*decision.reasons, *decision.ruled_out.values()))
    acts = decision.channel is not None
    assert acts == (decision.moment is not None) == (decision.not_after is not None)
    assert not (acts and (decision.again_at or decision.held))
    assert decision.again_at is None or decision.again_at > case[4]
    if not (acts or decision.again_at or decision.held):  # nothing more follows: each language has words for why
        why = decision.reasons[-1].values.get("why", decision.reasons[-1].code)
        assert all(why in told.ENDS for told in (told_en, told_ru, told_ro)), why


@given(cases)
def test_what_is_decided_is_lawful_wanted_and_within_its_hours(case):
    person, campaign, history, law, now, _ = case
    decision = decide(*case)
    if decision.channel is None:
        return
    assert now <= decision.moment < decision.not_after
    assert (person.suppressed, history.stopped) == (None, None)
    assert decision.channel.value not in decision.ruled_out or decision.kind is Kind.CALLBACK
    if decision.channel is Channel.EMAIL:
        assert in_slot(person.zones, campaign.mails.hours, decision.moment)
    else:
        promised = decision.kind is Kind.CALLBACK
        how = {"cold": decision.cold, "promised": promised, "automated": decision.automated}
        assert may_call_at(person, campaign, law, decision.moment, **how)
        calls = [touch for touch in history.touches if touch.channel is Channel.CALL]
        if not promised:
            assert calls_left(history, campaign, now)
            parts = {day_part(person.zones[0], touch.at) for touch in calls[-1:]}
            assert day_part(person.zones[0], decision.moment) not in parts
        assert decision.automated is (announces(person, campaign, history) and not promised)
        assert decision.automated or not decision.voicemail


@given(cases)
def test_chances_of_the_eligible_channels_sum_to_one(case):
    decision = decide(*case)
    if decision.propensities:
        assert abs(sum(decision.propensities.values()) - 1) < 1e-9
        assert min(decision.propensities.values()) >= 0.05
        assert decision.propensity == decision.propensities[decision.channel.value]
    else:
        assert decision.propensity is None


@given(cases, st.sampled_from(["call_auto", "email", "voicemail"]))
def test_one_more_yes_never_rules_a_channel_out(case, kind):
    person, *rest = case
    yes = ConsentFact(99, kind, True, NOW)
    more = replace(person, consents=(*person.consents, yes))
    assert set(decide(more, *rest).ruled_out) <= set(decide(person, *rest).ruled_out)


@given(cases, st.sampled_from(["call", "call_auto", "email", "voicemail"]), st.sampled_from(["b2b", "b2c"]))
def test_one_more_restriction_never_opens_a_channel(case, kind, audience):
    """A no of theirs, a stricter law, a bought list, a row nobody signed, an address that is gone."""
    person, campaign, history, law, now, lot = case
    no = ConsentFact(99, kind, False, now)
    stricter = replace(law, basis={**law.basis, (kind, audience): "forbidden"})
    before = set(decide(*case).ruled_out)
    for restricted, under in (
        (replace(person, consents=(*person.consents, no)), law),
        (replace(person, bought=True), law),
        (replace(person, phone=None), law),
        (replace(person, email=None), law),
        (replace(person, only_informs=True), law),
        (person, stricter),
        (person, replace(law, verified_by="")),
    ):
        after = decide(restricted, campaign, history, under, now, lot)
        assert before <= set(after.ruled_out)
        assert after.channel is None or after.channel.value not in after.ruled_out or after.kind is Kind.CALLBACK


@given(cases)
def test_an_opt_out_wins_over_everything(case):
    person, *rest = case
    decision = decide(replace(person, suppressed="said stop"), *rest)
    assert (decision.channel, decision.again_at) == (None, None)


@given(cases)
def test_the_gate_lets_through_what_was_decided_when_nothing_changed(case):
    person, campaign, history, law, _, _ = case
    decision = decide(*case)
    if decision.channel is None:
        return
    verdict = recheck(
        person,
        campaign,
        history,
        law,
        channel=decision.channel,
        kind=decision.kind,
        automated=decision.automated,
        cold=decision.cold,
        now=decision.moment,
    )
    assert verdict.go, verdict
    assert verdict.consent_id == decision.consent_id


@given(cases, st.sampled_from(Channel), st.sampled_from([Kind.APPROACH, Kind.FOLLOW_UP, Kind.NURTURE]))
def test_the_gate_lets_nothing_through_that_would_not_be_decided(case, channel, kind):
    person, campaign, history, law, now, _ = case
    automated = channel is Channel.CALL and announces(person, campaign, history)
    verdict = recheck(
        person, campaign, history, law, channel=channel, kind=kind, automated=automated, cold=False, now=now
    )
    if verdict.again_at is not None:
        assert verdict.again_at > now
    if not verdict.go:
        well_said(verdict.reason)
        return
    decision = decide(*case)
    assert channel.value not in decision.ruled_out
    assert not {"suppressed", "stopped", "needs_zone", "needs_address"} & {reason.code for reason in decision.reasons}
    assert not (lost(history) and kind is not Kind.NURTURE)
    if channel is Channel.CALL:
        assert calls_left(history, campaign, now) or kind is not Kind.APPROACH
        assert may_call_at(person, campaign, law, now, cold=False, automated=automated)
