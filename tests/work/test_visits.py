"""What is kept of a visit that a mail brought, and what is told of it, on either engine (F4)."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select
from support_mailed import mailed
from support_world import make_world, move_clock, touches

from opportune.settings import Settings
from opportune.store import models as m
from opportune.work import clicks, erasure, signals, visits
from opportune.work.mail_links import UNSEEN, Link

SITE = "https://brightdesk.example"


@pytest.fixture
def world(db, tmp_path):
    """A clerk got our mail a minute ago."""
    world = make_world(db, tmp_path, sites=(SITE,))
    mailed(world, "cold", mails={"track_clicks": True})
    move_clock(world, world.clock.now() + 60)
    return world


def click(world, number=1, machine=None):
    target = f"{SITE}/" if number else ""
    return clicks.record(world, Link(touches(world)[0].token, number, target), machine, world.clock.now())


def tell(world, click, later=0, token=None, **told):
    given = {"visit": token or visits.token(world, click), "pages": "1", "seconds": "40"} | told
    visits.record(world, given, world.clock.now() + later)


def kept(world):
    with world.db.read() as session:
        return [(each.pages, each.seconds) for each in session.scalars(select(m.MailVisit).order_by(m.MailVisit.id))]


def seen(world):
    with world.db.read() as session:
        found = signals.of(session, [touches(world)[0].contact_id])[touches(world)[0].contact_id]
        return [each.kind for each in found if each.kind != "mailed"]


def test_a_visit_told_again_is_one_visit_with_its_largest_numbers(world):
    first = click(world)
    for pages, seconds in (("1", "12"), ("3", "70"), ("2", "30")):  # the last was late
        tell(world, first, later=100, pages=pages, seconds=seconds)
    assert kept(world) == [(3, 70)]
    tell(world, click(world), later=100)
    assert kept(world) == [(3, 70), (1, 40)]


CLIPPED = [
    # told, after so many seconds, kept
    ({"pages": "0", "seconds": "0"}, 100, [(1, 0)]),
    ({"pages": "999999999", "seconds": "999999999"}, 3_600, [(100, 3_600)]),  # nobody reads longer than since the click
    ({"seconds": "999999999"}, visits.LASTS - 1, [(1, 4 * 3_600)]),
    ({}, visits.LASTS, []),  # too old
    ({}, -1, []),  # before the click
    ({"pages": "-1"}, 100, []),
    ({"seconds": "1.5"}, 100, []),
    ({"seconds": "٣"}, 100, []),  # a digit, but not ours
    ({"seconds": ""}, 100, []),
    ({"pages": "1" * 10}, 100, []),
    ({"token": "1." + "0" * 32}, 100, []),
    ({"token": "' OR 1=1 --"}, 100, []),
]


@pytest.mark.parametrize(("told", "later", "found"), CLIPPED)
def test_numbers_stay_within_reason_and_nonsense_outside(world, told, later, found):
    tell(world, click(world), later, **told)
    assert kept(world) == found


def test_another_houses_token_is_none(world, db, tmp_path):
    other = make_world(db, tmp_path, secret=SecretStr("another secret, long enough to sign with"))
    tell(world, click(world), 100, token=visits.token(other, 1))
    assert kept(world) == []


def test_a_machine_gets_no_visit_and_one_that_is_found_out_loses_it(world):
    assert click(world, machine="agent") is None
    assert click(world, UNSEEN, "hidden") is None
    move_clock(world, world.clock.now() + clicks.TOGETHER)
    first = click(world)
    tell(world, first, 100)
    assert [(each.followed, each.visits) for each in visits.counted(world)] == [(1, 1)]
    assert seen(world) == ["clicked", "visited"]
    click(world, UNSEEN, "hidden")
    assert [(each.followed, each.visits) for each in visits.counted(world)] == [(0, 0)]
    assert seen(world) == []
    tell(world, first, 100, seconds="90")
    assert kept(world) == [(1, 40)]


def test_who_stayed_is_a_little_warmer_and_still_not_warm(world):
    first = click(world)
    tell(world, first, 100, seconds="9")
    assert seen(world) == ["clicked"]  # gone at once
    tell(world, first, 100, seconds="10")
    assert seen(world) == ["clicked", "visited"]
    with world.db.read() as session:
        person = session.get_one(m.Contact, touches(world)[0].contact_id)
        assert (person.interest, person.familiarity) == ("cold", "warm")  # B11, C2


def test_what_mails_brought_is_told_by_campaign(world):
    assert [(each.campaign, each.mails, each.median, each.span) for each in visits.counted(world)] == [
        ("clarifications", 1, None, (0.0, 1.0))
    ]
    for pages, seconds in (("1", "9"), ("1", "10"), ("2", "4"), ("1", "80")):  # only the first was gone at once
        tell(world, click(world), 100, pages=pages, seconds=seconds)
    [found] = visits.counted(world, "clarifications")
    assert (found.mails, found.followed, found.visits, found.median, found.bounced) == (1, 1, 4, 9.5, 1)
    assert found.span == pytest.approx((0.0456, 0.6994), abs=1e-3)  # Wilson, 1 of 4
    assert visits.counted(world, "meetings") == []


def test_whoever_is_forgotten_visited_nothing(world):
    tell(world, click(world), 100)
    erasure.erase(world, f"#{touches(world)[0].contact_id}", by="ann", why="asked")
    assert kept(world) == []


MARKED = [
    # target, whether it is ours, what stands before and behind the token
    (f"{SITE}/price?a=1&b=2#top", True, (f"{SITE}/price?a=1&b=2&", "#top")),
    (SITE, True, (f"{SITE}?", "")),
    ("HTTPS://Brightdesk.Example/", True, ("https://Brightdesk.Example/?", "")),
    ("http://brightdesk.example/", False, None),  # without the s anybody between could be it
    ("https://brightdesk.example.evil.example/", False, None),
    ("https://brightdesk.example:8443/", False, None),
    ("https://elsewhere.example/?to=https://brightdesk.example", False, None),
]


@pytest.mark.parametrize(("target", "ours", "around"), MARKED)
def test_only_a_site_of_ours_learns_that_a_mail_brought_them(world, target, ours, around):
    found = visits.marked(world, target, 7)
    expected = f"{visits.NAME}={visits.token(world, 7)}".join(around) if ours else target
    assert found == expected


@pytest.mark.parametrize(
    "site", ["brightdesk.example", "https://a.example/path", "https://u@a.example", "*", "https://"]
)
def test_a_site_is_scheme_and_host(site):
    assert Settings(sites=["https://A.example:8443/"]).sites == ("https://a.example:8443",)
    with pytest.raises(ValidationError, match="write scheme and host alone"):
        Settings(sites=[site])
