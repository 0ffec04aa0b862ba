"""When facts change, no plan outlives its reasons: the planned touch is cancelled and decided anew at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from support_world import TUESDAY, add_person, make_world, plan_everything, publish, touches

from opportune.store import models as m
from opportune.work import corrections
from opportune.work.why import NotFound


@pytest.fixture
def world(db, tmp_path):
    world = make_world(db, tmp_path)
    publish(world, "clarifications")
    return world


def test_a_person_moved_to_kathmandu_is_written_to_at_its_own_marks(world):
    who = add_person(world, status="staff")
    plan_everything(world)
    [before] = touches(world)
    assert corrections.set_zone(world, str(who), "Asia/Kathmandu", by="test") == 1
    cancelled, planned = touches(world)
    assert (cancelled.id, cancelled.state) == (before.id, "cancelled")
    assert datetime.fromtimestamp(planned.due_at, UTC).minute in (5, 25)


def test_who_waited_for_a_zone_waits_no_more(world):
    who = add_person(world, status="staff", zones=[], held="needs a time zone")
    plan_everything(world)
    assert touches(world) == []
    corrections.set_zone(world, str(who), "Europe/Paris", by="test")
    assert [t.contact_id for t in touches(world, state="planned")] == [who]
    with world.db.read() as session:
        assert "set_zone" in session.scalars(select(m.Audit.act)).all()


def test_an_unknown_zone_or_person_changes_nothing(world):
    who = add_person(world)
    with pytest.raises(ValueError, match="Europe/Berlin"):
        corrections.set_zone(world, str(who), "Mars/Olympus", by="test")
    with pytest.raises(NotFound):
        corrections.set_zone(world, "nobody@nowhere.example", "Europe/Paris", by="test")
    with world.db.read() as session:
        assert session.scalars(select(m.Contact.zones)).one() == ["Europe/Berlin"]
        assert "set_zone" not in session.scalars(select(m.Audit.act)).all()


def test_a_consent_that_comes_later_opens_what_lacked_it(world):
    who = add_person(world, consents=())
    plan_everything(world)
    with world.db.read() as session:
        assert session.scalars(select(m.Enrolment.state)).one() == "done"
    with world.db.write() as session:
        session.add(
            m.Consent(
                contact_id=who, channel="email", purpose="marketing", advertiser="", granted=True, at=TUESDAY,
                wording="yes", wording_version="1", proof={},
            )
        )  # fmt: skip
        session.flush()
        assert corrections.plan.facts_changed(world, session, [who], TUESDAY) == 1
    assert [t.channel for t in touches(world, state="planned")] == ["email"]
