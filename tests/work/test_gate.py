"""Whatever was planned, the gate asks again in the very transaction that marks a touch as leaving."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_world import TUESDAY, add_person, at, make_world, move_clock, only, plan_everything, publish, touches

from opportune.store import ledger, notes
from opportune.store import models as m
from opportune.work import dispatch, gate, optout, prepare


@pytest.fixture
def world(db, tmp_path):
    """One executive in a meetings campaign, with a call or a mail planned; the clock stands at its moment."""
    world = make_world(db, tmp_path)
    publish(world)
    add_person(world)
    plan_everything(world)
    move_clock(world, only(world).due_at)
    return world


def claim(world):
    with world.db.write() as session:
        [mine] = ledger.claim(session, only(world).channel, world.clock.now(), "test", limit=5)
        return session.get_one(m.Touch, mine.id)


def through(world, touch):
    with world.db.write() as session:
        return gate.pass_through(world, session, [session.get_one(m.Touch, touch.id)], world.clock.now())


def test_what_may_leave_is_marked_with_its_words_before_anything_left(world):
    [(touch, words)] = through(world, claim(world))
    assert touch.state == "sending"
    assert touch.words_hash == words.hash
    assert touch.consent_id is not None


def test_an_opt_out_between_claim_and_gate_wins(world):
    touch = claim(world)
    with world.db.write() as session:
        optout.opt_out(world, session, touch.contact_id, reason="operator", evidence="", now=TUESDAY, touch_id=None)
    assert through(world, touch) == []
    assert only(world).state == "cancelled"


def test_a_suppression_of_the_address_by_hash_holds_too(world):
    touch = claim(world)
    with world.db.write() as session:
        contact = session.get_one(m.Contact, touch.contact_id)
        digest = world.signer.address_digest(contact.phone)
        session.add(m.Suppression(kind="phone", digest=digest, reason="said no", at=TUESDAY))
    assert through(world, touch) == []


def test_a_withdrawn_consent_cancels_and_decides_again(world):
    touch = claim(world)
    with world.db.write() as session:
        for channel in ("call", "call_auto", "voicemail"):
            session.add(
                m.Consent(
                    contact_id=touch.contact_id, channel=channel, purpose="marketing", advertiser="", granted=False,
                    at=TUESDAY - 60, wording="no", wording_version="1", proof={},
                )
            )  # fmt: skip
    went = through(world, touch)
    if touch.channel == "call":
        assert went == []
        assert [t.channel for t in touches(world, state="planned")] == ["email"]


def test_a_paused_campaign_holds_everything_back(world):
    touch = claim(world)
    with world.db.write() as session:
        session.get_one(m.Campaign, touch.campaign_id).state = "paused"
    assert through(world, touch) == []
    assert only(world).state == "planned"


def test_a_touch_whose_moment_has_passed_gets_a_fresh_decision(world):
    first = only(world)
    move_clock(world, first.not_after + 3 * 86400)
    assert through(world, claim(world)) == []
    assert next(t.state for t in touches(world)) == "cancelled"
    with world.db.read() as session:
        later = session.scalars(select(m.Enrolment.decide_at)).one()
    fresh = [t.due_at for t in touches(world, state="planned")] or [later]  # planned, or decided when it is nearer
    assert fresh[0] > first.due_at


def test_outside_the_window_it_waits_for_the_next_one(world):
    with world.db.write() as session:
        touch = session.get_one(m.Touch, only(world).id)
        night = at("2026-03-11 03:00")
        touch.due_at, touch.not_after = night, night + 10 * 86400
    move_clock(world, night)
    assert through(world, claim(world)) == []
    waiting = only(world)
    assert waiting.state == "planned"
    assert waiting.due_at > night


def test_the_kill_switch_stops_everything(world):
    notes.put(world.db, "kill_switch", True)
    assert dispatch.calls(world).sent == 0
    assert dispatch.mails(world, until=world.clock.now()).sent == 0
    assert only(world).sending_at is None
    assert only(world).state == "planned"


def test_two_campaigns_in_one_group_do_not_exceed_a_persons_caps(db, tmp_path):
    world = make_world(db, tmp_path)
    for campaign in ("meetings", "clarifications"):
        publish(world, campaign, caps={"per_day": 1, "per_week": 3})
    add_person(world, consents=("email",))
    plan_everything(world)
    assert {t.due_at for t in touches(world)} == {touches(world)[0].due_at}
    now = move_clock(world, touches(world)[0].due_at)
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", now, "test", limit=8)
    with world.db.write() as session:
        assert len(gate.pass_through(world, session, claimed, now)) == 1
    assert sorted(t.state for t in touches(world)) == ["planned", "sending"]


def test_a_claim_whose_lease_somebody_else_holds_now_does_not_pass(world):
    """E6: slow between claim and gate, and meanwhile the lease was over and taken."""
    now, channel = world.clock.now(), only(world).channel
    with world.db.write() as session:
        slow = ledger.claim(session, channel, now, "slow", limit=5)
    with world.db.write() as session:
        assert ledger.reap(session, now + ledger.LEASE + 1, "reaper") == 1
        quick = ledger.claim(session, channel, now, "quick", limit=5)
    with world.db.write() as session:
        assert gate.pass_through(world, session, slow, now) == []
        assert len(gate.pass_through(world, session, quick, now)) == 1


def test_one_bad_template_does_not_hold_up_the_others(db, tmp_path):
    world = make_world(db, tmp_path)
    publish(world)
    for number in (1, 2):
        add_person(world, number, consents=("email",))
    plan_everything(world)
    bad, good = touches(world)
    now = move_clock(world, max(bad.due_at, good.due_at))
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch)):
            touch.due_at, touch.not_after = now, now + 600
        session.get_one(m.Touch, bad.id).template = "nowhere"
    assert prepare.mails(world, now) == 1
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", now, "test", limit=8)
    with world.db.write() as session:
        assert [touch.id for touch, _ in gate.pass_through(world, session, claimed, now)] == [good.id]
    assert touches(world)[0].state == "planned"
