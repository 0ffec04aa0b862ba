"""Does the board count what happened? Each number is counted a second time here, from the plain rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text
from support_board import NOW, seed

from opportune.rules.facts import DAY
from opportune.store import board
from opportune.store import models as m
from opportune.store.db import Database

TALKED = {"interested", "not_interested", "meeting_booked", "talked"}
ANSWERED = TALKED | {"secretary", "call_back", "email_please", "do_not_call"}


@pytest.fixture
def people(db: Database) -> Database:
    seed(db, 120)
    return db


def rows(db: Database, query: str, **values: Any) -> list[Any]:
    with db.read() as session:
        return list(session.execute(text(query), values))


def counted_by_hand(db: Database, now: int) -> dict[tuple[str, str, bool], int]:
    """(channel, stage, 14 days over) -> people, in plain loops over plain rows."""
    days = {"meetings": 14, "clarify": 7}  # the first says nothing, so 14; the second says 7
    touches = rows(db, "SELECT enrolment_id, channel, sending_at, result FROM touch")
    outcomes = rows(db, "SELECT enrolment_id, kind, at FROM outcome")
    found: Counter[tuple[str, str, bool]] = Counter()
    query = (
        "SELECT d.enrolment_id, d.channel, d.at, c.key FROM decision d JOIN campaign c ON c.id = d.campaign_id "
        "WHERE d.verdict = 'act' AND d.first"
    )
    for enrolment, channel, at, key in rows(db, query):
        end = at + days[key] * DAY
        left = [t for t in touches if t[0] == enrolment and t[2] is not None and t[2] < end]
        came = {o[1] for o in outcomes if o[0] == enrolment and at <= o[2] < end}
        results = {t[3] for t in left if t[1] == "call"}
        stages = {
            "decided": True,
            "attempted": bool(left),
            "reached": bool(results & ANSWERED) or "reply" in came,
            "conversation": bool(results & TALKED) or "reply" in came,
            "goal": "goal_met" in came,
        }
        over = at - at % DAY + DAY + days[key] * DAY <= now  # for everybody decided on that day
        found.update((channel, stage, over) for stage, holds in stages.items() if holds)
    return found


def test_the_funnel_counts_what_the_rows_say(people: Database) -> None:
    by_hand = counted_by_hand(people, NOW)
    stages = board.funnel(people, NOW)
    assert [(s.channel, s.stage) for s in stages][:6] == [
        ("call", "decided"), ("call", "attempted"), ("call", "reached"), ("call", "conversation"), ("call", "goal"),
        ("email", "decided"),
    ]  # fmt: skip
    for s in stages:
        assert (s.k, s.maturing) == (by_hand[s.channel, s.stage, True], by_hand[s.channel, s.stage, False]), s
        assert s.n == by_hand[s.channel, "decided", True]
    assert all(s.n > 10 and s.k > 0 for s in stages), "the sample is too thin to show a wrong count"


def test_who_still_matures_is_never_a_failure(people: Database) -> None:
    [(first,)] = rows(people, "SELECT min(at) FROM decision")
    early = board.funnel(people, first + DAY)
    assert {s.n for s in early} == {0}
    assert {s.share for s in early} == {None}
    assert sum(s.maturing for s in early if s.stage == "decided") > 50


@pytest.mark.parametrize(("campaign", "days"), [("meetings", 14), ("clarify", 7)])
def test_only_what_came_within_the_campaigns_own_window_counts(people: Database, campaign: str, days: int) -> None:
    with people.write() as session:
        session.query(m.Outcome).delete()
        of_campaign = session.query(m.Decision).join(m.Campaign, m.Campaign.id == m.Decision.campaign_id)
        first = of_campaign.filter(m.Campaign.key == campaign, m.Decision.first).order_by(m.Decision.at).first()
        assert first is not None
        goal = m.Outcome(enrolment_id=first.enrolment_id, contact_id=first.contact_id, kind="goal_met", at=0)
        session.add(goal)
        at, end, outcome = first.at, first.at + days * DAY, goal
        whole = at - at % DAY + (1 + days) * DAY  # people mature by whole UTC days: cells know no hours
    for came, counts in ((at - 1, 0), (at, 1), (end - 1, 1), (end, 0)):
        with people.write() as session:
            session.merge(outcome).at = came
        goals = [s for s in board.funnel(people, whole, campaign=campaign) if s.stage == "goal"]
        assert (sum(s.k for s in goals), sum(s.n for s in goals)) == (counts, 1), came - at
        early = board.funnel(people, whole - 1, campaign=campaign)
        assert {s.n for s in early} == {0}, "one second before its day's end a window is not over"


def test_filters_narrow_the_cohort_and_never_the_denominator_alone(people: Database) -> None:
    everybody = {(s.channel, s.stage): s for s in board.funnel(people, NOW)}
    parts = [board.funnel(people, NOW, goal=goal) for goal in ("meeting", "clarification")]
    for one, other in zip(*parts, strict=True):
        whole = everybody[one.channel, one.stage]
        assert (whole.k, whole.n) == (one.k + other.k, one.n + other.n)
    assert board.funnel(people, NOW, campaign="meetings") == parts[0]
    assert {s.n for s in board.funnel(people, NOW, campaign="no such campaign")} == {0}
    assert {s.n + s.maturing for s in board.funnel(people, NOW, since=NOW + 1)} == {0}


def test_the_headline_and_the_weeks_add_up_to_the_funnel(people: Database) -> None:
    numbers, weeks = board.headline(people, NOW), board.weekly(people, NOW)
    decided = [s for s in board.funnel(people, NOW) if s.stage == "decided"]
    assert numbers.over == sum(s.n for s in decided) == sum(week.over for week in weeks)
    assert numbers.maturing == sum(s.maturing for s in decided) == sum(week.maturing for week in weeks)
    assert numbers.goals == sum(week.goals for week in weeks) == sum(s.k for s in board.funnel(people, NOW)[4::5])
    [(contacted,)] = rows(
        people, "SELECT count(DISTINCT t.contact_id) FROM touch t JOIN decision d ON d.enrolment_id = t.enrolment_id "
        "WHERE t.sending_at < d.at + 86400 * (CASE t.campaign_id WHEN 1 THEN 14 ELSE 7 END)"
    )  # fmt: skip
    assert numbers.contacted == contacted
    assert numbers.uncertain == len(rows(people, "SELECT 1 FROM touch WHERE state = 'uncertain'"))
    assert all(week.start % (7 * DAY) == 4 * DAY for week in weeks), "weeks start on Monday"


def test_an_empty_database_has_no_numbers_and_no_errors(db: Database) -> None:
    assert {s.n for s in board.funnel(db, NOW)} == {0}
    assert board.headline(db, NOW).decided == 0
    assert (board.weekly(db, NOW), board.waiting(db), board.campaigns(db)) == ([], [], [])
    assert board.decisions(db, start=0, end=100) == ([], 0)
    assert board.freshness(db).at is None


def test_the_list_of_decisions_is_whole_and_newest_first(people: Database) -> None:
    first, total = board.decisions(people, start=0, end=50)
    rest, _ = board.decisions(people, start=50, end=1000)
    listed = [*first, *rest]
    assert total == len(listed) == len({row.id for row in listed}) == 120
    assert [row.at for row in listed] == sorted((row.at for row in listed), reverse=True)
    assert {row.verdict for row in listed} == {"act", "held", "never", "wait"}


def test_decisions_are_filtered(people: Database) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"verdict": "held"}, "verdict = 'held'"),
        ({"channel": "email"}, "channel = 'email'"),
        ({"campaign": "clarify"}, "campaign_id = 2"),
        ({"goal": "meeting"}, "campaign_id = 1"),
        ({"since": NOW - 20 * DAY}, f"at >= {NOW - 20 * DAY}"),
    ]
    for filters, condition in cases:
        found, total = board.decisions(people, start=0, end=1000, **filters)
        assert {row.id for row in found} == {id for (id,) in rows(people, f"SELECT id FROM decision WHERE {condition}")}
        assert 0 < total < 120, filters


def test_a_person_is_found_by_whatever_one_knows(people: Database) -> None:
    with people.write() as session:
        contact = session.get_one(m.Contact, 7)
        contact.name, contact.email, contact.phone = "Ирина 100%_Proba", "irina.p@example.org", "+74955550123"
    for words in ("ирина", "Proba ирина", "100%_", "IRINA.P@", "+7 (495) 555-01-23", "7"):
        assert [hit.id for hit in board.find_contacts(people, words)] == [7], words
        listed, total = board.decisions(people, start=0, end=99, text=words)
        assert (total, {row.contact for row in listed}) == (1, {"Ирина 100%_Proba"}), words
    [(firm,)] = rows(people, "SELECT f.name FROM company f JOIN contact c ON c.company_id = f.id WHERE c.id = 7")
    assert 7 in [hit.id for hit in board.find_contacts(people, firm[:6].lower(), limit=200)]


def test_words_that_fit_nobody_find_nobody(people: Database) -> None:
    for words in (
        "",
        "   ",
        "%",
        "_",
        "nobody at all",
        "9" * 40,
        "'; DROP TABLE contact --",
        "²",
        "\N{ZERO WIDTH SPACE}",
    ):
        assert board.find_contacts(people, words) == [], words


def test_who_was_merged_into_another_is_not_found_twice(people: Database) -> None:
    with people.write() as session:
        session.get_one(m.Contact, 7).merged_into = 8
    assert [hit.id for hit in board.find_contacts(people, "person6@")] == []


def test_a_story_tells_everything_about_one_decision(people: Database) -> None:
    [(id, contact), *_] = rows(
        people, "SELECT decision_id, contact_id FROM touch WHERE state = 'delivered' AND step = 1"
    )
    story = board.decision_story(people, id)
    assert story is not None
    assert (story.contact.id, story.campaign.id, story.version.id) == (contact, story.decision.campaign_id, story.decision.version_id)  # fmt: skip  # noqa: E501
    [told] = story.touches
    assert [event.now for event in told.events] == ["planned", "claimed", "sending", "sent", "delivered"]
    assert not told.outside
    mine = rows(people, "SELECT count(*) FROM touch WHERE contact_id = :id", id=contact)[0][0]
    assert Counter(moment.kind for moment in story.history)["touch"] == mine
    assert [moment.at for moment in story.history] == sorted((moment.at for moment in story.history), reverse=True)


def test_what_left_outside_its_window_is_shouted(people: Database) -> None:
    """Seconds after it was due; it may leave for ten minutes."""
    for left, outside in ((None, False), (-1, True), (0, False), (600, False), (601, True)):
        with people.write() as session:
            touch = session.get_one(m.Touch, 1)
            touch.sending_at = None if left is None else touch.due_at + left
            decision = touch.decision_id or 0
        story = board.decision_story(people, decision)
        assert story is not None
        assert story.touches[0].outside is outside, left


def test_there_is_no_story_of_an_unknown_decision(people: Database) -> None:
    assert board.decision_story(people, 10**9) is None


def test_everybody_without_a_zone_waits_and_is_listed_once(people: Database) -> None:
    [reason] = board.waiting(people)
    held = {id for (id,) in rows(people, "SELECT id FROM contact WHERE held IS NOT NULL")}
    listed, total = board.waiting_people(people, start=0, end=1000)
    assert (reason.held, reason.people, total) == ("needs a time zone", len(held), len(held))
    assert {person.id for person in listed} == held
    assert len(board.waiting_people(people, start=3, end=5)[0]) == 2


def test_who_waits_in_one_campaign_only_is_listed_too(people: Database) -> None:
    """Held by the newest decision of a running enrolment, though the person as a whole lacks nothing."""
    with people.write() as session:
        session.query(m.Contact).filter(m.Contact.held.is_not(None)).update({"held": None})
        session.get_one(m.Contact, 5).merged_into = 6
    [(still, one)] = rows(
        people, "SELECT count(*), min(contact_id) FROM decision WHERE verdict = 'held' AND contact_id <> 5"
    )
    assert [reason.people for reason in board.waiting(people)] == [still]
    with people.write() as session:
        session.query(m.Enrolment).filter_by(contact_id=one).update({"state": "done"})
    assert [reason.people for reason in board.waiting(people)] == [still - 1]
