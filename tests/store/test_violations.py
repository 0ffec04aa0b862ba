"""Do the four counters catch what they are for? Each row makes one touch leave wrongly; only its counter may speak."""

from __future__ import annotations

from typing import Any

import pytest
from support_world import EXAMPLES, PRACTICE_LAW, add_person, at, looked_at, make_world

from opportune import law
from opportune.rules.facts import DAY
from opportune.store import contacts, ledger, violations
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work import campaigns
from opportune.work.world import World

LAWS = list(law.load(PRACTICE_LAW).all())
NONE = {"out_of_window": 0, "without_consent": 0, "duplicate": 0, "after_opt_out": 0}
NEPAL = {"country": "NP", "zones": ["Asia/Kathmandu"]}
INDIA = {"country": "IN", "zones": ["Asia/Kolkata"]}
US = {"country": "US", "zones": ["America/New_York"]}
SLOT = at("2026-03-03 13:50")  # a Tuesday in Berlin


@pytest.fixture
def world(db: Database, tmp_path) -> World:
    return make_world(db, tmp_path)


def leave(world: World, contact: int, channel: str, when: int, state: str = "sent", **given: Any) -> int:
    """One touch goes the way through the ledger, whatever the rules think of it."""
    key = given.pop("key", f"test:{contact}:{when}")
    values = {
        "key": key,
        "token": world.signer.touch_token(key),
        "contact_id": contact,
        "step": 1,
        "attempt": 1,
        "channel": channel,
        "kind": "approach",
        "template": "meeting",
        "automated": channel == "call",
        "voicemail": False,
        "due_at": when,
        "not_after": when + 600,
        "rules_version": "1",
        **given,
    }
    with world.db.write() as session:
        [touch] = ledger.plan(session, [values], when, "test")
        ledger.move(session, touch, "claimed", now=when, who="test")
        ledger.begin_sending(session, [(touch, {})], now=when, who="test")
        sent = {"sent_at": when} if state == "sent" else {}
        ledger.move(session, touch, state, now=when, who="test", **sent)
        return touch.id


def word(world: World, contact: int, channel: str, *, granted: bool, when: int, expires_at: int | None = None) -> None:
    row = contacts.consent(contact, channel, granted=granted, at=when, wording="said so", expires_at=expires_at)
    with world.db.write() as session:
        contacts.add_consent(session, row)


def found(world: World) -> dict[str, int]:
    """The counters that are not zero."""
    counted = violations.count(world.db, LAWS)
    assert counted.keys() == NONE.keys()
    return {name: number for name, number in counted.items() if number}


def campaign_id(world: World) -> int:
    looked_at(world)
    return campaigns.activate(world, EXAMPLES / "meetings.yaml", author="test").campaign_id


def test_without_a_touch_there_is_nothing_to_count(world):
    assert violations.count(world.db, LAWS) == NONE


@pytest.mark.parametrize(
    ("person", "channel", "when", "touch", "wrong"),
    [
        ({}, "email", "2026-03-03 13:50 Europe/Berlin", {}, 0),  # A4: ten minutes before the hour
        ({}, "email", "2026-03-03 13:59 Europe/Berlin", {}, 0),  # the slot's last minute
        ({}, "email", "2026-03-03 14:00 Europe/Berlin", {}, 1),  # a minute too late
        ({}, "email", "2026-03-03 14:10 Europe/Berlin", {}, 0),  # ten minutes after the hour
        ({}, "email", "2026-03-03 14:20 Europe/Berlin", {}, 1),  # a minute too late
        ({}, "email", "2026-03-03 14:09 Europe/Berlin", {}, 1),  # a minute too early
        ({}, "email", "2026-03-03 13:30 Europe/Berlin", {}, 1),  # between the slots
        (NEPAL, "email", "2026-03-03 13:50 Asia/Kathmandu", {}, 0),  # UTC minute 5
        (NEPAL, "email", "2026-03-03 08:25 UTC", {}, 0),  # hh:10 in Kathmandu
        (NEPAL, "email", "2026-03-03 08:50 UTC", {}, 1),  # UTC's slot is not Kathmandu's
        (INDIA, "email", "2026-03-03 08:20 UTC", {}, 0),  # half an hour off UTC
        ({"zones": ["Europe/Berlin", "Asia/Kolkata"]}, "email", "2026-03-03 08:50 UTC", {}, 1),  # wrong in one of two
        ({}, "email", "2026-03-03 13:30 Europe/Berlin", {"kind": "requested"}, 0),  # what was asked for does not wait
        ({"zones": []}, "email", "2026-03-03 13:30 Europe/Berlin", {"kind": "requested"}, 0),  # zone or not
        ({"zones": []}, "email", "2026-03-03 13:50 Europe/Berlin", {}, 1),  # without a zone nothing may leave
        ({"zones": []}, "call", "2026-03-03 14:00 Europe/Berlin", {}, 1),
        ({}, "email", "2026-03-29 03:55 Europe/Berlin", {}, 0),  # five minutes after the clocks went forward
        ({}, "call", "2026-03-03 14:00 Europe/Berlin", {}, 0),
        ({}, "call", "2026-03-02 11:30 Europe/Berlin", {}, 1),  # A1: a cold call on Monday morning
        ({}, "call", "2026-03-02 12:00 Europe/Berlin", {}, 0),  # after lunch
        ({"interest": "warm"}, "call", "2026-03-02 11:30 Europe/Berlin", {}, 0),  # A1 binds cold calls only
        ({"asked_for_contact": True}, "call", "2026-03-02 11:30 Europe/Berlin", {}, 0),  # who asked is not cold
        ({}, "call", "2026-03-02 11:30 Europe/Berlin", {"kind": "callback"}, 0),  # C4: nor is a promised callback
        ({}, "call", "2026-03-03 21:30 Europe/Berlin", {}, 1),  # long after closing
        ({}, "call", "2026-03-03 18:00 Europe/Berlin", {}, 1),  # at closing: the window ends before
        ({}, "call", "2026-03-03 08:59 Europe/Berlin", {}, 1),  # a minute before opening
        ({}, "call", "2026-03-03 21:30 Europe/Berlin", {"kind": "callback"}, 1),  # a promise is no excuse at night
        ({}, "call", "2026-03-07 14:00 Europe/Berlin", {}, 1),  # a Saturday has no window
        (US, "call", "2026-03-03 20:30 America/New_York", {}, 0),
        ({**US, "region": "FL"}, "call", "2026-03-03 20:30 America/New_York", {}, 1),  # Florida closes at eight
        ({"country": None, "zones": ["Asia/Tokyo"]}, "call", "2026-03-03 18:30 Asia/Tokyo", {}, 1),  # law of elsewhere
        ({}, "call", "2026-03-03 21:30 Europe/Berlin", {"state": "not_sent"}, 0),  # it never left
        ({}, "call", "2026-03-03 21:30 Europe/Berlin", {"state": "uncertain"}, 1),  # it may have left
    ],
)
def test_what_leaves_outside_its_hours_is_counted(world, person, channel, when, touch, wrong):
    moment, _, zone = when.rpartition(" ")
    leave(world, add_person(world, **person), channel, at(moment, zone), **touch)
    assert found(world) == ({"out_of_window": 1} if wrong else {})


def test_a_call_that_rang_and_failed_did_leave(world):
    night = at("2026-03-03 21:30")
    touch = leave(world, add_person(world), "call", night)
    with world.db.write() as session:
        ledger.move(session, session.get_one(m.Touch, touch), "failed", now=night + 30, who="carrier")
    assert found(world) == {"out_of_window": 1}


def test_a_change_of_the_clocks_is_seen_to_the_minute(world):
    """Lord Howe Island goes forward half an hour on 3 October at 15:30 UTC: what was hh:11 is hh:41 now."""
    person = add_person(world, country="AU", zones=["Australia/Lord_Howe"])
    leave(world, person, "email", at("2026-10-02 10:14:59", "Australia/Lord_Howe"))
    assert found(world) == {}
    leave(world, person, "email", at("2026-10-03 15:41", "UTC"))
    assert found(world) == {"out_of_window": 1}


def test_after_a_talk_a_monday_morning_call_is_not_cold(world):
    person, monday = add_person(world), at("2026-03-02 11:30")
    leave(world, person, "call", monday - 3 * DAY, result="talked")
    leave(world, person, "call", monday, step=2)
    assert found(world) == {}


@pytest.mark.parametrize(
    ("person", "channel", "words", "wrong"),
    [
        ({}, "call", [("call_auto", True, -DAY, None)], 0),
        ({}, "call", [], 1),  # every call of ours speaks by itself: it needs a yes
        ({}, "call", [("call", True, -DAY, None)], 1),  # a yes to colleagues who call is none to machines
        ({}, "call", [("call_auto", True, 0, None)], 0),  # said in the same second: a form's own callback
        ({}, "call", [("call_auto", True, 1, None)], 1),  # said a second later
        ({}, "call", [("call_auto", True, -2 * DAY, None), ("call_auto", False, -DAY, None)], 1),  # withdrawn
        ({}, "call", [("call_auto", False, -2 * DAY, None), ("call_auto", True, -DAY, None)], 0),  # and given again
        ({}, "call", [("call_auto", True, -2 * DAY, None), ("call", False, -DAY, None)], 1),  # no calls: none at all
        ({}, "call", [("call_auto", True, -2 * DAY, -DAY)], 1),  # expired
        ({}, "call", [("call_auto", True, -2 * DAY, DAY)], 0),  # expires tomorrow
        ({"business": False}, "email", [], 1),  # mail to a consumer
        ({"business": False}, "email", [("email", True, -DAY, None)], 0),
        (US, "email", [], 0),  # mail to a business where the law lets one write until a no
        (US, "email", [("email", False, -DAY, None)], 1),  # and here is the no
        ({**US, "business": False}, "email", [], 1),
        ({**US, "bought": True}, "email", [], 1),  # A14: a bought list always needs a yes
        ({**US, "bought": True}, "email", [("email", True, -DAY, None)], 0),
        (US, "email", [("call", False, -DAY, None)], 0),  # a no to calls closes calls
        ({"country": "RU"}, "call", [("call_auto", True, -DAY, None)], 1),  # forbidden there, whoever said yes
        ({"country": "ZZ"}, "email", [], 1),  # a place without a row of its own
    ],
)
def test_what_leaves_without_a_yes_that_was_needed_is_counted(world, person, channel, words, wrong):
    contact = add_person(world, consents=(), **person)
    moment = at("2026-03-03 13:50", "America/New_York" if person.get("country") == "US" else "Europe/Berlin")
    for kind, granted, before, expires in words:
        word(world, contact, kind, granted=granted, when=moment + before, expires_at=expires and moment + expires)
    leave(world, contact, channel, moment)
    assert found(world) == ({"without_consent": 1} if wrong else {})


@pytest.mark.parametrize(
    ("day", "wrong"),
    [("2026-08-10", 0), ("2026-08-11", 1)],  # France: consumers only with a yes from the eleventh
)
def test_what_left_is_held_against_the_law_of_its_day(world, day, wrong):
    consumer = add_person(world, country="FR", zones=["Europe/Paris"], business=False, consents=())
    leave(world, consumer, "call", at(f"{day} 15:00", "Europe/Paris"), automated=False)
    counted = violations.count(world.db, law.load().all())
    assert counted == NONE | {"without_consent": wrong}


@pytest.mark.parametrize(
    ("person", "words", "wrong"),
    [
        ({}, [], 0),  # live, to a business: until a no
        ({}, [("call_auto", False)], 0),  # no recordings: a colleague is none
        ({}, [("call", False)], 1),
        ({"business": False}, [], 1),
        ({"business": False}, [("call_auto", True)], 1),  # a yes to recordings is none to colleagues
        ({"business": False}, [("call", True)], 0),
    ],
)
def test_a_call_that_a_colleague_made_is_held_against_the_law_of_live_calls(world, person, words, wrong):
    contact, moment = add_person(world, consents=(), **person), at("2026-03-03 14:00")
    for kind, granted in words:
        word(world, contact, kind, granted=granted, when=moment - DAY)
    leave(world, contact, "call", moment, automated=False)
    assert found(world) == ({"without_consent": 1} if wrong else {})


@pytest.mark.parametrize(("automated", "wrong"), [(False, 0), (True, 1)])
def test_hours_of_automated_calls_bind_only_those(world, automated, wrong):
    """Canada: from nine for colleagues, from half past for what speaks by itself."""
    person = add_person(world, country="CA", zones=["America/Toronto"])
    leave(world, person, "call", at("2026-03-03 09:10", "America/Toronto"), automated=automated)
    assert violations.count(world.db, law.load().all()) == NONE | {"out_of_window": wrong}


def test_a_touch_marked_twice_is_counted(world):
    touch = leave(world, add_person(world), "email", SLOT)
    with world.db.write() as session:
        session.add(m.TouchEvent(touch_id=touch, at=SLOT, was="claimed", now="sending", who="x", fence=1, data={}))
    assert found(world) == {"duplicate": 1}


@pytest.mark.parametrize(
    ("state", "wrong"),
    [("sent", 1), ("uncertain", 1), ("not_sent", 0), ("failed", 0)],  # only what certainly stayed may be tried again
)
def test_a_second_attempt_beside_one_that_left_is_counted(world, state, wrong):
    person, campaign = add_person(world), campaign_id(world)
    leave(world, person, "email", SLOT, state, campaign_id=campaign)
    leave(world, person, "email", SLOT + 1200, campaign_id=campaign, attempt=2)
    assert found(world) == ({"duplicate": 1} if wrong else {})


def test_the_next_step_is_no_duplicate(world):
    person, campaign = add_person(world), campaign_id(world)
    leave(world, person, "email", SLOT, campaign_id=campaign)
    leave(world, person, "email", SLOT + 1200, campaign_id=campaign, step=2)
    assert found(world) == {}


@pytest.mark.parametrize(
    ("no", "undone", "kind", "wrong"),
    [
        (-60, None, "approach", 1),  # said no a minute before
        (-60, None, "requested", 1),  # asked for once, refused since
        (60, None, "approach", 0),  # said no after it had left
        (-60, -30, "approach", 0),  # came back in time
        (-60, 30, "approach", 1),  # came back only later
    ],
)
def test_what_leaves_after_a_no_is_counted(world, no, undone, kind, wrong):
    contact = add_person(world)
    leave(world, contact, "email", SLOT, kind=kind)
    with world.db.write() as session:
        row = m.Suppression(contact_id=contact, kind="person", reason="stop", at=SLOT + no)
        row.undone_at = None if undone is None else SLOT + undone
        session.add(row)
    assert found(world) == ({"after_opt_out": 1} if wrong else {})


@pytest.mark.parametrize(
    ("closed", "yes_at", "kind", "wrong"),
    [
        ("email", None, "approach", 1),  # "don't write, call"
        ("call", None, "approach", 0),  # nothing in it speaks against a letter
        ("email", -30, "approach", 0),  # a later yes to mail opens it
        ("email", -90, "approach", 1),  # the yes was before the no
        ("email", None, "requested", 0),  # asked for by themselves
    ],
)
def test_what_leaves_by_a_way_that_somebody_closed_is_counted(world, closed, yes_at, kind, wrong):
    contact = add_person(world)
    leave(world, contact, "email", SLOT, kind=kind)
    with world.db.write() as session:
        session.add(m.Suppression(contact_id=contact, kind="person", channel=closed, reason="no letters", at=SLOT - 60))
        if yes_at:
            session.add(contacts.consent(contact, "email", granted=True, at=SLOT + yes_at, wording="do write"))
    assert found(world) == ({"after_opt_out": 1} if wrong else {})


def test_each_wrong_touch_counts_once(world):
    """At night, on a Monday, in two zones: three times wrong, one touch."""
    monday = at("2026-03-02 06:00")
    leave(world, add_person(world, zones=["Europe/Berlin", "Europe/Paris"]), "call", monday)
    leave(world, add_person(world, 2), "call", monday)
    assert found(world) == {"out_of_window": 2}


def test_the_night_judges_each_attempt_once_and_adds_up(world):
    """In the night after it left, when what was under way has settled."""
    leave(world, add_person(world), "call", at("2026-03-02 06:00"))
    looks = [violations.renew(world.db, LAWS, when) for when in (at("2026-03-02 06:10"), SLOT, SLOT)]
    assert looks == [NONE, NONE | {"out_of_window": 1}, NONE | {"out_of_window": 1}]
    first = add_person(world, 2)
    leave(world, first, "email", SLOT, campaign_id=campaign_id(world))
    leave(world, first, "email", SLOT + 60, campaign_id=1, attempt=2, key="again")
    later = SLOT + DAY
    assert violations.renew(world.db, LAWS, later) == NONE | {"out_of_window": 1, "duplicate": 1}
    assert violations.renew(world.db, LAWS, later) == violations.count(world.db, LAWS)
