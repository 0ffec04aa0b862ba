"""What do the board's sources, credit and benchmarks count? Held against rows that a reader can count too."""

from __future__ import annotations

import pytest
from support_touches import Rows

from opportune.rules.facts import DAY, HOUR
from opportune.store import models as m
from opportune.store.board import benchmarks, credit, sources
from opportune.store.board.cohort import Filters
from opportune.store.db import Database

NOW = 20_000 * DAY
OVER = NOW - 30 * DAY  # decided then: the window is over


def source(rows: Rows, key: str, **given) -> m.Source:
    return rows.add(m.Source(key=key, kind="import", created_at=1, **given))


def lead(rows: Rows, person: m.Contact, at: int, form: str = "chat") -> None:
    known = {"form": form, "form_version": "x", "fields": {}, "source_id": person.source_id, "contact_id": person.id}
    count = rows.session.query(m.Lead).count()
    rows.add(m.Lead(**known, public_id=f"p{count}", idempotency_key=f"i{count}", received_at=at, handled_at=at))


def test_goals_cost_and_places_of_each_source(db: Database) -> None:
    with db.write() as session:
        rows = Rows(session, NOW)
        fair, web = source(rows, "fair", cost=100.0), source(rows, "form:chat")
        for number in range(8):
            enrolment = rows.decided(rows.person(fair if number < 5 else web), OVER)
            touch = rows.touch(enrolment, OVER + HOUR)
            rows.add(m.TouchCost(touch_id=touch.id, kind="minutes", amount=0.5, currency="EUR"))
            if number in (0, 1, 6):
                rows.outcome(enrolment, "goal_met", OVER + 2 * DAY)
        rows.decided(rows.person(fair), NOW - DAY)  # still maturing: in no share
        late = rows.decided(rows.person(web), OVER)
        rows.outcome(late, "goal_met", OVER + 20 * DAY)  # too late to count
    found = {row.key: row for row in sources.sources(db, NOW, Filters())}
    assert {key: (row.people, row.goals, row.maturing) for key, row in found.items()} == {
        "fair": (5, 2, 1),
        "form:chat": (4, 1, 0),
    }
    assert found["fair"].cost_per_goal == pytest.approx((100 + 5 * 0.5) / 2)
    assert found["form:chat"].cost_per_goal == pytest.approx(3 * 0.5)
    assert [row.key for row in found.values()] == ["fair", "form:chat"], "the likeliest first"
    assert (found["fair"].likely.best, found["fair"].likely.worst) == (1, 2), "so few people prove no place"
    assert sources.sources(db, NOW, Filters(campaign="no such")) == []


def test_speed_is_of_forms_and_promises_are_kept_within_ten_minutes(db: Database) -> None:
    with db.write() as session:
        rows = Rows(session, NOW)
        web = source(rows, "form:chat")
        for minutes in (1, 2, 3, 60, None):  # until the first contact; None: never
            person = rows.person(web)
            lead(rows, person, NOW - 5 * DAY)
            enrolment = rows.decided(person, NOW - 6 * DAY)
            rows.touch(enrolment, NOW - 5 * DAY - HOUR)  # before the form: answers nothing
            if minutes:
                rows.touch(enrolment, NOW - 5 * DAY + 60 * minutes)
        enrolment = rows.decided(rows.person(web), NOW - 6 * DAY)
        promises = (("completed", 300), ("completed", 601), ("expired", None), ("cancelled", None))
        for state, after in promises:
            left = None if after is None else NOW - DAY + after
            rows.touch(enrolment, NOW - DAY, kind="callback", state=state, sending_at=left)
        rows.touch(enrolment, NOW - 60, kind="callback", state="planned", sending_at=None)  # ten minutes are not over
    [found] = sources.sources(db, NOW, Filters())
    assert (found.speed.leads, found.speed.contacted) == (5, 4)
    assert (found.speed.median, found.speed.p90) == (180, 3600)
    assert (found.promised, found.kept) == (3, 1), "what was taken back was no promise broken"


def test_credit_follows_the_contacts_before_the_goal(db: Database) -> None:
    with db.write() as session:
        rows = Rows(session, NOW)
        for number in range(40):
            person = rows.person()
            enrolment = rows.decided(person, OVER)
            rows.touch(enrolment, OVER + HOUR, channel="email")
            rows.touch(enrolment, OVER + DAY, result="voicemail_left" if number % 2 else "talked")
            rows.touch(enrolment, OVER + DAY, channel="email", kind="requested")  # belongs to what it answers
            rows.touch(enrolment, OVER - 100 * DAY)  # long ago
            if number < 32:
                rows.outcome(enrolment, "goal_met", OVER + 2 * DAY)
            rows.touch(enrolment, OVER + 20 * DAY)  # after the goal, and after the window
    found = credit.credit(db, NOW, Filters())
    assert (found.goals, found.others, found.enough) == (32, 8, True)
    assert dict(found.paths) == {("email", "call"): 16, ("email", "voicemail"): 16}
    assert found.shares["first"]["email"] == 1
    assert found.shares["last"] == {"call": 0.5, "voicemail": 0.5, "email": 0, "form": 0, "came_in": 0}
    assert found.shares["linear"]["email"] == pytest.approx(0.5)
    assert found.shares["late"]["call"] == pytest.approx(1 / 3)
    assert all(sum(shares.values()) == pytest.approx(1) for shares in found.shares.values())
    assert not credit.credit(db, NOW, Filters(goal="trial")).enough


def test_our_own_figures_stand_beside_the_benchmarks(db: Database) -> None:
    with db.write() as session:
        rows = Rows(session, NOW)
        chief = rows.person(status="executive")
        enrolment = rows.decided(chief, OVER)
        early = OVER - OVER % DAY + 7 * HOUR + 30 * 60  # 7:30 in UTC, which is the person's own zone
        rows.touch(enrolment, early, result="talked")
        rows.touch(enrolment, early + DAY + 50 * 60 - 1, result="no_answer")  # 8:19
        rows.touch(enrolment, early + 2 * DAY + HOUR, result="talked")  # 8:30 is not early
        staff = rows.decided(rows.person(), OVER)
        booked = rows.touch(staff, OVER + HOUR, result="meeting_booked")
        rows.outcome(staff, "goal_met", OVER + HOUR).touch_id = booked.id
        rows.outcome(staff, "meeting_missed", OVER + 3 * DAY)
        rows.outcome(staff, "meeting_kept", OVER + 5 * DAY)
        rows.outcome(enrolment, "meeting_missed", OVER + 5 * DAY)
        lead(rows, chief, NOW - 3 * DAY)
        lead(rows, chief, NOW - 2 * DAY, form="order")
        lead(rows, rows.person(), NOW - 2 * DAY)
    found = {each.key: each for each in benchmarks.table(db, NOW, Filters())}
    assert {key: (each.own.k, each.own.n) for key, each in found.items()} == {
        "executives_answer": (1, 2),
        "meetings_per_call": (1, 4),
        "leads_per_call": (1, 4),
        "leads_of_500": (1, 4),
        "deals_from_leads": (1, 2),
        "meetings_kept": (1, 2),  # the missed one that was kept at last counts as kept
    }
    assert (found["executives_answer"].value, found["meetings_kept"].value) == (0.25, None)
    assert all(each.date and each.place for each in found.values() if each.value)
    version = rows.version.id
    for chosen, leads, kept in (
        (Filters(status="executive"), (0, 3), (0, 1)),
        (Filters(status="staff", version=version), (1, 1), (1, 1)),
        (Filters(version=version + 1), (0, 0), (0, 0)),
    ):
        found = {each.key: (each.own.k, each.own.n) for each in benchmarks.table(db, NOW, chosen)}
        assert (found["leads_per_call"], found["meetings_kept"]) == (leads, kept), chosen
