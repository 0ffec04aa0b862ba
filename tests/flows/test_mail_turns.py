"""Does mail that waits for its turn leave within the same run of the mail slot?"""

from __future__ import annotations

import pytest
from sqlalchemy import update
from support_mailbox import running_mailbox
from support_world import add_person, make_world, move_clock, plan_everything, publish, touches

from flows import mail_slot
from opportune.store import models as m

PEOPLE, AT_ONCE = 24, 10


@pytest.fixture
def house(db, tmp_path):
    """A campaign of one mail a second, ten at once."""
    with running_mailbox() as mailbox:
        world = make_world(db, tmp_path, smtp_port=mailbox.smtp)
        publish(world, "clarifications", mails={"per_minute": 60})
        for number in range(1, PEOPLE + 1):
            add_person(world, number, status="staff", interest="warm", email=f"p{number}@firm{number}.example")
        plan_everything(world)
        mark = move_clock(world, min(t.due_at for t in touches(world)))
        with world.db.write() as session:
            session.execute(update(m.Touch).values(due_at=mark, not_after=mark + mail_slot.SLOT))
        yield world, mark
        world.close()  # its connections, before the mailbox goes


def test_those_whose_turn_is_later_leave_in_the_same_slot(house, monkeypatch):
    world, mark = house
    moments: list[int] = []

    def waited(_clock, until, _stop):
        moments.append(move_clock(world, until))

    monkeypatch.setattr(mail_slot, "wait", waited)
    done = mail_slot.whole_slot(world, mark + mail_slot.SLOT, lambda: False)
    assert done.sent == PEOPLE
    assert moments == list(range(mark + 1, mark + 1 + PEOPLE - AT_ONCE))


def test_a_stop_ends_the_waiting(house, monkeypatch):
    world, mark = house
    monkeypatch.setattr(mail_slot, "wait", lambda *_: pytest.fail("waited"))
    looks = iter([False, False, False, False])
    done = mail_slot.whole_slot(world, mark + mail_slot.SLOT, lambda: next(looks, True))
    assert 0 < done.sent < PEOPLE


def test_what_is_due_after_the_slot_is_not_waited_for(house, monkeypatch):
    world, mark = house
    with world.db.write() as session:
        session.execute(update(m.Touch).values(due_at=mark + mail_slot.SLOT + 1))
    monkeypatch.setattr(mail_slot, "wait", lambda *_: pytest.fail("waited"))
    assert mail_slot.whole_slot(world, mark + mail_slot.SLOT, lambda: False).claimed == 0
