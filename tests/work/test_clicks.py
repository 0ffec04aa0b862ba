"""What is kept of a click, on either engine: people and machines apart, and interest follows people only."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_mailed import mailed
from support_world import make_world, move_clock, touches

from opportune.store import models as m
from opportune.work import clicks, signals
from opportune.work.mail_links import UNSEEN, Link

SITE, SHOP = "https://brightdesk.example/", "https://brightdesk.example/shop?reader="


@pytest.fixture
def world(db, tmp_path):
    """A clerk got our mail ten seconds ago."""
    world = make_world(db, tmp_path)
    mailed(world, "cold", mails={"track_clicks": True})
    move_clock(world, world.clock.now() + 10)
    return world


def first(world):
    return touches(world)[0]


def click(world, number, target, machine=None):
    clicks.record(world, Link(first(world).token, number, target), machine, world.clock.now())


def warm(world):
    with world.db.read() as session:
        found = signals.of(session, [first(world).contact_id])[first(world).contact_id]
        return "clicked" in [signal.kind for signal in found]


def test_people_and_machines_are_counted_apart_for_each_target(world):
    shop = SHOP + first(world).token
    click(world, 1, SITE)
    click(world, 1, SITE)
    click(world, 2, shop, "agent")
    click(world, 1, SITE, "head")
    assert clicks.counted(world, "clarifications") == [(SITE, 1, 1), (SHOP + "{touch}", 0, 1)]
    assert clicks.counted(world, "meetings") == []
    assert warm(world)


def test_a_scanner_that_is_seen_through_warms_nobody(world):
    click(world, 1, SITE)
    assert warm(world)
    click(world, UNSEEN, "", "hidden")
    click(world, 2, SHOP)
    assert clicks.counted(world, "clarifications") == [(SITE, 0, 1), (SHOP, 0, 1)]
    assert not warm(world)
    with world.db.read() as session:
        assert session.get_one(m.Contact, first(world).contact_id).familiarity == "cold"
    move_clock(world, world.clock.now() + clicks.TOGETHER)
    click(world, 1, SITE)
    assert warm(world)


def test_a_target_is_stored_once_whoever_reads_it(world):
    for machine in (None, "head", None):
        click(world, 1, SHOP + first(world).token, machine)
    with world.db.read() as session:
        assert session.scalars(select(m.MailLink.target)).all() == [SHOP + "{touch}"]
