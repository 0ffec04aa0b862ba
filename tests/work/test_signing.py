"""A law row that somebody answers for opens what waited for it, until the row changes or the name is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from support_world import TUESDAY, add_person, make_world, move_clock, only, plan_everything, publish, touches

from opportune import law
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import gate, signing
from opportune.work.world import World

BRITISH = {"country": "GB", "zones": ["Europe/London"], "phone": "+442079460123", "consents": ()}
KAZAKH = {"country": "KZ", "zones": ["Asia/Almaty"], "phone": "+77271234567"}


@pytest.fixture
def world(db, tmp_path) -> World:
    """Under the shipped rows, which nobody signed."""
    here = make_world(db, tmp_path)
    here.law = law.load()
    publish(here)
    return here


def all_of(world, table):
    with world.db.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def second_process(world: World) -> World:
    """Another worker on the same database, started before anything was signed."""
    return World(world.settings, world.db, world.clock, law.load(), "another")


def test_who_was_held_for_want_of_a_signature_is_decided_anew(world):
    add_person(world, **BRITISH)
    plan_everything(world)
    assert [decision.held for decision in all_of(world, m.Decision)] == ["needs a signed law row"]
    assert signing.sign(world, "GB", "Dr. Law", "read PECR") == 1
    assert only(world).channel == "email"  # to a business until it says no


def test_only_the_people_of_that_place_are_decided_anew(world):
    british, _ = add_person(world, **BRITISH), add_person(world, 2, **KAZAKH)
    plan_everything(world)
    signing.sign(world, "GB", "Dr. Law", "read PECR")
    assert [touch.contact_id for touch in touches(world)] == [british]
    assert signing.sign(world, "FR", "Dr. Law", "read the code") == 0


def test_a_blocked_place_opens_with_its_signature(world):
    add_person(world, **KAZAKH)  # said yes to everything
    plan_everything(world)
    [decision] = all_of(world, m.Decision)
    assert {reason["code"] for reason in decision.ruled_out.values()} == {"law_blocked"}
    assert signing.sign(world, "KZ", "Dr. Law", "asked in Almaty") == 1
    assert len(touches(world)) == 1


def test_a_number_of_the_place_is_enough(world):
    """Of Florida by the area code: its row is in the way, and its signature opens."""
    add_person(world, country="US", region=None, zones=["America/New_York"], phone="+13055550123", consents=())
    plan_everything(world)
    assert signing.sign(world, "US", "Dr. Law", "TCPA") == 0
    assert signing.sign(world, "US-FL", "Dr. Law", "FTSA") == 1
    assert only(world).channel == "email"


def test_a_signature_is_kept_with_name_time_note_and_what_it_was_given_for(world):
    signing.sign(world, "GB", " Dr. Law ", "read PECR")
    signing.unsign(world, "GB", "Dr. Law", "left the company")
    digest = world.law.sheets["GB"].digest
    told = [(s.place, s.signed, s.digest, s.who, s.at, s.note) for s in all_of(world, m.LawSignature)]
    assert told == [
        ("GB", True, digest, "Dr. Law", TUESDAY, "read PECR"),
        ("GB", False, digest, "Dr. Law", TUESDAY, "left the company"),
    ]
    acts = [(a.who, a.act, a.subject, a.why) for a in all_of(world, m.Audit) if a.act.startswith("law_")]
    assert acts == [
        ("Dr. Law", "law_sign", "GB", "read PECR"),
        ("Dr. Law", "law_unsign", "GB", "left the company"),
    ]


def test_a_running_worker_takes_up_a_signature_without_a_restart(world):
    worker = second_process(world)
    signing.sign(world, "GB", "Dr. Law", "read PECR")
    add_person(worker, **BRITISH)
    plan_everything(worker)
    assert only(worker).channel == "email"


def test_what_was_planned_on_a_withdrawn_signature_is_stopped_at_the_gate(world):
    worker = second_process(world)
    signing.sign(world, "GB", "Dr. Law", "read PECR")
    add_person(worker, **BRITISH)
    plan_everything(worker)
    now = move_clock(worker, only(worker).due_at)
    with worker.db.write() as session:
        ledger.move(session, session.get_one(m.Touch, only(worker).id), "claimed", now=now, who="test")
    signing.unsign(world, "GB", "cli", "wrong row")
    with worker.db.write() as session:
        assert gate.pass_through(worker, session, [session.get_one(m.Touch, only(worker).id)], now) == []
    assert only(worker).state == "cancelled"
    assert all_of(worker, m.Decision)[-1].held == "needs a signed law row"


def test_a_signature_no_longer_holds_once_the_row_has_changed(world, tmp_path):
    signing.sign(world, "GB", "Dr. Law", "read PECR")
    assert signing.book(world).state("GB") == "signed"
    changed = Path(law.TABLE).read_text("utf-8").replace("PECR 2003 reg. 22;", "PECR 2003 reg. 22 as amended;")
    own = tmp_path / "own.toml"
    own.write_text(changed, encoding="utf-8")
    world.law = law.load(own)
    book = signing.book(world)
    assert (book.state("GB"), book.state("FR")) == ("changed", "unsigned")
    assert book.row("GB").verified_by == ""
    add_person(world, **BRITISH)
    plan_everything(world)
    assert touches(world) == []
    assert signing.sign(world, "GB", "Dr. Law", "read again") == 1


def test_a_signature_answers_for_guesses_too(world):
    assert world.law.row("IT").doubtful >= {"call"}
    signing.sign(world, "IT", "Dr. Law", "asked in Rome")
    row = signing.book(world).row("IT")
    assert (row.doubtful, row.verified_by) == (frozenset(), "Dr. Law")


@pytest.mark.parametrize(
    ("place", "by", "note", "told"),
    [
        ("JP", "Dr. Law", "read", "no row of its own"),
        ("GB", "  ", "read", "a name and a note"),
        ("GB", "Dr. Law", "", "a name and a note"),
    ],
)
def test_what_is_no_signature_is_refused_and_leaves_nothing(world, place, by, note, told):
    with pytest.raises(ValueError, match=told):
        signing.sign(world, place, by, note)
    assert all_of(world, m.LawSignature) == []
