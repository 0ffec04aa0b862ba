"""A reply or a goal ends a campaign for a person, also where it had ended for want of something (promise 5)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_world import add_person, make_world, plan_everything, publish, touches

from opportune.store import models as m
from opportune.work import plan, react


@pytest.fixture
def world(db, tmp_path):
    """Two of one company; nobody allowed anything yet."""
    world = make_world(db, tmp_path)
    publish(world, stop_colleagues=True)
    with world.db.write() as session:
        company = m.Company(name="Acme", facts={}, created_at=0)
        session.add(company)
        session.flush()
        id = company.id
    for number in (1, 2):
        add_person(world, number, company_id=id, consents=(), business=False)
    plan_everything(world)
    return world


def enrolments(world):
    with world.db.read() as session:
        return session.execute(select(m.Enrolment.state, m.Enrolment.stopped_why).order_by(m.Enrolment.id)).all()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("why", ["replied", "goal_met"])
def test_who_answered_is_not_called_when_the_consent_comes(world, why):
    assert {state for state, _ in enrolments(world)} == {"done"}
    now = world.clock.now()
    with world.db.write() as session:
        first = session.scalars(select(m.Enrolment).order_by(m.Enrolment.id)).first()
        if why == "goal_met":
            react.goal_met(world, session, first, None, "booked by form", now)
        else:
            touch = m.Touch(contact_id=first.contact_id, enrolment_id=first.id)  # of a mail that left long ago
            react.replied(world, session, touch, "We are interested", now)
    assert enrolments(world) == [("stopped", why), ("stopped", f"colleague_{why}")]
    with world.db.write() as session:
        for contact in (1, 2):
            for channel in ("call", "call_auto", "email"):
                session.add(
                    m.Consent(
                        contact_id=contact, channel=channel, purpose="marketing", advertiser="", granted=True, at=now,
                        wording="yes", wording_version="1", proof={},
                    )
                )  # fmt: skip
        session.flush()
        assert plan.facts_changed(world, session, [1, 2], now) == 0
    assert touches(world, state="planned") == []
