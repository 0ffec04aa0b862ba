"""A booked meeting is kept or missed, and somebody says so once (F3)."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from support_commands import opportune
from support_web import browsing, signed_in
from support_world import add_people, add_person, make_world, plan_everything, publish

from opportune.store import models as m
from opportune.web import desk
from opportune.work import meetings, react
from opportune.work.desk import called_by_hand

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def world(db, tmp_path):
    """Two people booked a meeting."""
    world = make_world(db, tmp_path)
    publish(world)
    add_people(world, [{"name": "Maria <b>"}, {"name": "Igor"}])
    plan_everything(world)
    with world.db.write() as session:
        for enrolment in session.scalars(select(m.Enrolment)).all():
            react.goal_met(
                world, session, enrolment, None, "Thursday at three", int(time.time())
            )  # commands go by the clock
    return world


def words(world):
    with world.db.read() as session:
        said = select(m.Outcome.kind).where(m.Outcome.kind.startswith("meeting_")).order_by(m.Outcome.id)
        return list(session.scalars(said))


def test_each_meeting_waits_for_one_word(world):
    assert [booked.name for booked in meetings.open_meetings(world)] == ["Maria <b>", "Igor"]
    assert meetings.tell(world, "1", kept=True) == "Maria <b>"
    assert meetings.tell(world, "2", kept=False, note="was ill\0") == "Igor"
    assert meetings.open_meetings(world) == []
    assert words(world) == ["meeting_kept", "meeting_missed"]


def test_what_was_missed_may_be_kept_at_last_but_not_the_other_way(world):
    meetings.tell(world, "1", kept=False)
    with pytest.raises(meetings.NoMeeting, match="no booked meeting waits"):
        meetings.tell(world, "1", kept=False)
    meetings.tell(world, "1", kept=True)
    for kept in (True, False):
        with pytest.raises(meetings.NoMeeting):
            meetings.tell(world, "1", kept=kept)
    assert words(world) == ["meeting_missed", "meeting_kept"]


def test_the_word_belongs_to_the_booking_and_its_window(world):
    meetings.tell(world, "1", kept=True)
    with world.db.read() as session:
        booked, kept = session.scalars(select(m.Outcome).where(m.Outcome.contact_id == 1).order_by(m.Outcome.id)).all()
    assert (kept.enrolment_id, kept.campaign_id) == (booked.enrolment_id, booked.campaign_id)
    assert (kept.window_end, kept.note) == (booked.window_end, "")


def test_the_desk_asks_with_two_buttons_and_takes_one_answer(world):
    with browsing(signed_in(Starlette(routes=desk.routes(world)))) as client:
        assert "Maria &lt;b&gt;" in client.get("/desk").text
        evil = {"Origin": "http://evil.example"}
        assert client.post("/desk/meetings/1", data={"word": "kept"}, headers=evil).status_code == 403
        assert client.post("/desk/meetings/1", data={"word": "perhaps"}).status_code == 422
        assert client.post("/desk/meetings/1", data={"word": "kept"}).headers["location"] == "/desk"
        assert client.post("/desk/meetings/1", data={"word": "missed"}).status_code == 404
        assert client.post(f"/desk/meetings/{2**70}", data={"word": "kept"}).status_code == 404
        assert "Maria" not in client.get("/desk").text
    assert words(world) == ["meeting_kept"]


def test_a_meeting_that_no_campaign_counts_is_settled_at_the_desk(world):
    """F3: the desk shows its time, so the command says where that word goes."""
    who, now = add_person(world, 3), world.clock.now()
    with world.db.write() as session:
        chosen = {"form": "booking", "form_version": "1", "fields": {"when": "2026-03-10T10:00"}, "answer_by": "email"}
        session.add(m.Lead(public_id="L", idempotency_key="L", contact_id=who, received_at=now, **chosen))
    with pytest.raises(meetings.NoMeeting, match=r"outside any campaign .* Done beside that name at the desk"):
        meetings.tell(world, f"#{who}", kept=True)
    assert called_by_hand(world, who, "ana")
    with pytest.raises(meetings.NoMeeting, match="no booked meeting waits"):
        meetings.tell(world, f"#{who}", kept=True)


def test_the_command_says_it_too(world, tmp_path):
    home = tmp_path / "home"
    opened = opportune(home, "meeting", "open", "--json", OPPORTUNE_DATABASE_URL=world.db.url)
    assert [each["name"] for each in opened.json] == ["Maria <b>", "Igor"]
    said = opportune(home, "meeting", "kept", "2", OPPORTUNE_DATABASE_URL=world.db.url)
    assert (said.code, said.out) == (0, "Igor: the meeting was kept.\n")
    again = opportune(home, "meeting", "missed", "2", OPPORTUNE_DATABASE_URL=world.db.url)
    assert (again.code, "no booked meeting waits" in again.words) == (1, True)
