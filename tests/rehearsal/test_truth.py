"""Is what practice calls the truth what its made-up people would do? Worked out by hand from their chances."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from opportune.rehearsal import behaviour, truth
from opportune.rehearsal.truth import Life, chance_of_goal
from opportune.rules.campaign import Campaign
from opportune.rules.consent import KINDS, LawRow
from opportune.rules.facts import CallResult, Channel, Decision, History, Person, Preference, Status

MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
LAWFUL = LawRow(
    place="XX", name="Testland", verified_by="Dr. Test", windows=((((8 * 60, 20 * 60),),) * 5 + ((),) * 2),
    basis={(kind, who): "opt_out" for kind in KINDS for who in ("b2b", "b2c")},
)  # fmt: skip


def a_life(who: dict[str, Any] | None = None, **changed: Any) -> Life:
    document = {
        "key": "meetings", "name": "Meetings", "goal": "meeting", "reason": "share", "advertiser": "Brightdesk",
        "offer": "A review", "comparison_sample": 0.2, "mails": {"most": 1}, "calls": {"most": 1},
        "sender": {"name": "Anna", "company": "Brightdesk", "email": "anna@brightdesk.example",
                   "phone": "+12025550123", "postal_address": "12 Harbour Street"},
    }  # fmt: skip
    facts = {"turn": 1, "country": "DE", "zones": ("Europe/Berlin",), "status": Status.STAFF, "phone": "+4930123456"}
    person = Person(**(facts | {"email": "a@b.example"} | (who or {})))
    return Life(person, Campaign.model_validate(document | changed), LAWFUL, "meetings|7", 1)


@pytest.fixture(autouse=True)
def nobody_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behaviour, "DEAD_NUMBERS", 0)
    monkeypatch.setattr(behaviour, "BAD_ADDRESSES", 0)


def test_one_mail_meets_the_goal_as_often_as_its_readers_book() -> None:
    assert chance_of_goal(a_life(), Channel.EMAIL, MONDAY) == pytest.approx(0.045)


def test_a_reply_is_the_goal_where_the_goal_asks_for_words() -> None:
    life = a_life(goal="clarification", calls={"most": 0})
    assert chance_of_goal(life, Channel.EMAIL, MONDAY) == pytest.approx(0.15)


def test_a_call_counts_with_the_mail_that_follows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody presses 1 and talks: 32 % agree at once, 3 % never want to hear of us again. Of the rest 8 % book by
    the mail that follows, 7.4 % end it by their answer, and 4.5 % of the others book by the campaign's own."""
    monkeypatch.setattr(behaviour, "CALLEES", {"staff": {"presses:1": 1}})
    only_agree = {"meeting_booked": 32, "talked": 65, "do_not_call": 3}
    monkeypatch.setattr(behaviour, "TALKS", only_agree)
    expected = 0.32 + 0.65 * (0.08 + (1 - 0.08 - 0.074) * 0.045)
    assert chance_of_goal(a_life(), Channel.CALL, MONDAY) == pytest.approx(expected)


def test_who_could_go_one_way_only_is_left_out() -> None:
    no_phone = a_life({"phone": None})
    assert chance_of_goal(no_phone, Channel.CALL, MONDAY) is None
    wants_mail = a_life({"preference": Preference(Channel.EMAIL, "said so")})
    assert chance_of_goal(wants_mail, Channel.CALL, MONDAY) is None


def test_a_number_that_does_not_exist_meets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behaviour, "DEAD_NUMBERS", 1)
    assert chance_of_goal(a_life(mails={"most": 0}), Channel.CALL, MONDAY) == 0


@pytest.mark.parametrize("result", [CallResult.NO_SUCH_NUMBER, CallResult.WRONG_PERSON])
def test_a_wrong_number_is_cleaned_out_as_in_the_world(result: CallResult) -> None:
    """E7"""
    found = Decision(Channel.CALL, moment=MONDAY)
    _, person = truth._remember(History(), a_life().person, found, result)
    assert person.phone is None


def test_every_script_of_a_callee_comes_to_something() -> None:
    scripts = {name for shares in behaviour.CALLEES.values() for name in shares}
    assert scripts <= set(truth.COMES_TO)
    for shares in behaviour.CALLEES.values():
        assert sum(truth._results(shares).values()) == pytest.approx(sum(shares.values()))


def test_the_same_seed_has_the_same_truth() -> None:
    assert chance_of_goal(a_life(), Channel.CALL, MONDAY) == chance_of_goal(a_life(), Channel.CALL, MONDAY)
