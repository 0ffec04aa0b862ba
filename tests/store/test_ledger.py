"""Touches move only as the table in docs/architecture.md says, and only for the one who claimed them."""

from __future__ import annotations

import contextlib
import threading

import pytest
from sqlalchemy import select
from support_world import TUESDAY, add_person, make_world

from opportune.store import ledger
from opportune.store import models as m

NOW = TUESDAY


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path)


def plan_one(world, *, step=1, attempt=1, contact=None, due_at=NOW, channel="email", kind="approach"):
    contact = contact or add_person(world, step)
    key = f"c:{contact}:{step}:{attempt}"
    values = {
        "key": key, "token": key, "contact_id": contact, "step": step, "attempt": attempt, "channel": channel,
        "kind": kind, "template": "meeting", "automated": False, "voicemail": False, "due_at": due_at,
        "not_after": due_at + 600, "rules_version": "1",
    }  # fmt: skip
    with world.db.write() as session:
        return ledger.plan(session, [values], NOW, "test", "because")[0].id


def claim(world, now=NOW, owner="one", limit=10, **options):
    with world.db.write() as session:
        return ledger.claim(session, "email", now, owner, limit=limit, **options)


def move(world, id, to, now=NOW, **values):
    with world.db.write() as session:
        return ledger.move(session, session.get_one(m.Touch, id), to, now=now, who="test", **values)


def state(world, id):
    with world.db.read() as session:
        return session.get_one(m.Touch, id).state


def test_a_touch_is_claimed_once_with_a_lease_and_a_growing_fence(world):
    id = plan_one(world)
    first = claim(world)
    assert [(t.id, t.fence, t.lease_until) for t in first] == [(id, 1, NOW + ledger.LEASE)]
    assert claim(world) == []
    with world.db.write() as session:
        assert ledger.reap(session, NOW + ledger.LEASE + 1, "reaper") == 1
    assert [t.fence for t in claim(world, NOW + 100)] == [2]


def test_what_is_not_due_or_not_asked_for_is_not_claimed(world):
    plan_one(world, step=1, due_at=NOW + 1)
    plan_one(world, step=2)
    asked = plan_one(world, step=3, kind="requested")
    assert [t.id for t in claim(world, only_requested=True)] == [asked]


def test_claims_come_in_the_order_of_the_plan(world):
    late, early = plan_one(world, step=1, due_at=NOW), plan_one(world, step=2, due_at=NOW - 60)
    assert [t.id for t in claim(world)] == [early, late]


def test_two_threads_never_claim_the_same_touch(world):
    for n in range(40):
        plan_one(world, step=n)
    found: list[int] = []

    def work(owner):
        while mine := claim(world, owner=owner, limit=3):
            found.extend(t.id for t in mine)

    threads = [threading.Thread(target=work, args=(f"owner {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 40


def test_a_mover_with_an_old_fence_changes_nothing(world):
    id = plan_one(world)
    claim(world)
    with world.db.read() as session:
        stale = session.get_one(m.Touch, id)
    with world.db.write() as session:
        ledger.reap(session, NOW + 61, "reaper")
    claim(world, NOW + 62, owner="two")
    with world.db.write() as session:
        mine = session.merge(stale, load=False)
        assert not ledger.move(session, mine, "sending", now=NOW + 63, who="one")
        with pytest.raises(ledger.IllegalMove):
            ledger.begin_sending(session, [(mine, {})], now=NOW + 63, who="one")
    assert state(world, id) == "claimed"


def test_every_move_leaves_one_event_in_the_same_transaction(world):
    id = plan_one(world)
    claim(world)
    move(world, id, "sending")
    move(world, id, "sent")
    with world.db.read() as session:
        events = session.scalars(select(m.TouchEvent).where(m.TouchEvent.touch_id == id).order_by(m.TouchEvent.id))
        assert [(e.was, e.now) for e in events] == [
            (None, "planned"), ("planned", "claimed"), ("claimed", "sending"), ("sending", "sent"),
        ]  # fmt: skip


STATES = sorted({*ledger.MOVES, *(to for ways in ledger.MOVES.values() for to in ways)})
ILLEGAL = [(was, to) for was in STATES for to in STATES if to not in ledger.MOVES.get(was, frozenset())]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_the_table_does_not_list_is_refused(world):
    id = plan_one(world)
    for was, to in ILLEGAL:
        with world.db.write() as session:
            touch = session.get_one(m.Touch, id)
            touch.state = was
            session.flush()
            with pytest.raises(ledger.IllegalMove, match=f"from {was} to {to}"):
                ledger.move(session, touch, to, now=NOW, who="test")


def on_record(world):
    with world.db.read() as session:
        return session.scalars(select(m.Audit).where(m.Audit.act == "illegal_move")).all()


def test_an_illegal_move_is_on_record_though_its_transaction_is_not(world):
    """E7"""
    id = plan_one(world)

    def wrong():
        with world.db.write() as session:
            touch = session.get_one(m.Touch, id)
            touch.template = "changed with it"
            ledger.move(session, touch, "completed", now=NOW, who="a defect")

    with pytest.raises(ledger.IllegalMove):
        wrong()
    [row] = on_record(world)
    assert (row.who, row.subject, row.data) == ("a defect", f"touch {id}", {"touches": [id]})
    assert "from planned to completed" in row.why
    with world.db.read() as session:
        assert session.get_one(m.Touch, id).template == "meeting"


def test_who_swallows_an_illegal_move_cannot_hide_it(world):
    """E7"""
    id = plan_one(world)
    with world.db.write() as session, contextlib.suppress(ledger.IllegalMove):
        ledger.begin_sending(session, [(session.get_one(m.Touch, id), {})], now=NOW, who="a defect")
    assert len(on_record(world)) == 1
    assert state(world, id) == "planned"


def test_an_old_fence_among_others_moves_none_of_them_and_is_on_record(world):
    """E6"""
    first, second = plan_one(world, step=1), plan_one(world, step=2)
    claim(world)
    with world.db.read() as session:
        stale = [session.get_one(m.Touch, id) for id in (first, second)]
    with world.db.write() as session:
        session.get_one(m.Touch, second).fence = 7

    def send():
        with world.db.write() as session:
            mine = [session.merge(touch, load=False) for touch in stale]
            ledger.begin_sending(session, [(touch, {}) for touch in mine], now=NOW, who="one")

    with pytest.raises(ledger.IllegalMove):
        send()
    assert (state(world, first), state(world, second)) == ("claimed", "claimed")
    assert len(on_record(world)) == 1


#: What the dead and the living were sending -> what a reaper makes of it, so many seconds after the claim
OWNERS = [
    ("dead", ledger.LEASE - 1, "sending"),  # the lease still holds
    ("dead", ledger.LEASE + 1, "uncertain"),
    ("alive", ledger.LEASE + 1, "sending"),  # A17: start-up never touches rows of a living owner
    ("alive", ledger.SENDING_LIMIT - 1, "sending"),
    ("alive", ledger.SENDING_LIMIT + 1, "uncertain"),  # nobody sends for a quarter of an hour
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("owner", "after", "becomes"), OWNERS)
def test_the_dead_are_doubted_as_soon_as_their_lease_is_over(world, owner, after, becomes):
    id = plan_one(world)
    claim(world, owner=owner)
    move(world, id, "sending", sending_at=NOW)
    with world.db.write() as session:
        ledger.reap(session, NOW + after, "reaper", dead=["dead"])
    assert state(world, id) == becomes


FORBIDDEN = [
    ("sending", "planned"),  # it may have left: never back without proof
    ("sending", "claimed"),
    ("uncertain", "planned"),
    ("cancelled", "claimed"),
    ("assumed_sent", "sending"),
    ("not_sent", "planned"),  # another try is a new row
    ("not_sent", "sent"),
    ("completed", "ringing"),  # only forward
]


@pytest.mark.parametrize(("was", "to"), FORBIDDEN)
def test_the_dangerous_ways_do_not_exist(was, to):
    assert to not in ledger.MOVES.get(was, frozenset())


def test_a_long_sending_becomes_uncertain_and_is_never_claimed_again(world):
    id = plan_one(world)
    claim(world)
    move(world, id, "sending", sending_at=NOW)
    later = NOW + ledger.SENDING_LIMIT + 1
    with world.db.write() as session:
        ledger.reap(session, later - 10, "reaper")
        assert session.get_one(m.Touch, id).state == "sending"
        ledger.reap(session, later, "reaper")
    assert state(world, id) == "uncertain"
    assert claim(world, later + 3600) == []


def test_the_same_attempt_cannot_be_planned_twice(world):
    contact = add_person(world)
    plan_one(world, contact=contact)
    with pytest.raises(Exception, match=r"(?i)unique"):
        plan_one(world, contact=contact)
