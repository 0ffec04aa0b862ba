"""Deciding for a hundred thousand at once says of each person what deciding for that person alone would say."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import replace

import pytest
from sqlalchemy import select
from support_world import PRACTICE_LAW, TUESDAY, add_person, make_world, plan_everything, publish, touches

from opportune import law
from opportune.rules.alike import last_words
from opportune.rules.campaign import Campaign
from opportune.rules.decide import decide, explain
from opportune.rules.facts import DAY, HOUR, TURNS, Channel, ConsentFact
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import audience, cases, plan
from opportune.work.answers import Answers
from opportune.work.seen import Facts, PastRow, Seen

MANY, SORTS, EXPLAINED_ONE_IN = 100_000, 2_000, 200
NOW = TUESDAY
#: 40 zones in 28 countries.
HOMES = {
    "US": ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix"],
    "CA": ["America/Toronto", "America/Vancouver", "America/St_Johns"],
    "RU": ["Europe/Moscow", "Asia/Yekaterinburg", "Asia/Kamchatka"],
    "AU": ["Australia/Sydney", "Australia/Perth", "Australia/Lord_Howe"], "BR": ["America/Sao_Paulo", "America/Manaus"],
    "ES": ["Europe/Madrid", "Atlantic/Canary"], "PT": ["Europe/Lisbon"], "DE": ["Europe/Berlin"],
    "AT": ["Europe/Vienna"], "CH": ["Europe/Zurich"], "FR": ["Europe/Paris"], "GB": ["Europe/London"],
    "IE": ["Europe/Dublin"], "IT": ["Europe/Rome"], "NL": ["Europe/Amsterdam"], "BE": ["Europe/Brussels"],
    "PL": ["Europe/Warsaw"], "RO": ["Europe/Bucharest"], "MD": ["Europe/Chisinau"], "GR": ["Europe/Athens"],
    "SE": ["Europe/Stockholm"], "NO": ["Europe/Oslo"], "FI": ["Europe/Helsinki"], "DK": ["Europe/Copenhagen"],
    "CZ": ["Europe/Prague"], "IN": ["Asia/Kolkata"], "NP": ["Asia/Kathmandu"], "JP": ["Asia/Tokyo"],
}  # fmt: skip
PLACES = [(country, zone) for country, zones in HOMES.items() for zone in zones]
RULES = [{"when": {"sources": ["fair"], "statuses": ["manager"]}, "then": "email"}, {"otherwise": "call"}]


def campaigns():
    sender = {"name": "A", "company": "B", "email": "a@b.example", "phone": "+12025550123", "postal_address": "C"}
    plain = {"key": "one", "name": "One", "goal": "meeting", "reason": "share", "advertiser": "Ours", "offer": "It",
             "sender": sender, "comparison_sample": 0.2, "hold_out": 0.1}  # fmt: skip
    return [Campaign.model_validate(plain | more) for more in ({}, {"goal": "feedback"}, {"rules": RULES})]


def consents(dice):
    """What one person said, in the order in which rows are read."""
    said = []
    for number in range(dice.choice([0, 1, 1, 2, 3])):
        at = dice.choice([NOW - 9 * DAY, NOW - 8 * DAY, NOW - 1, NOW, NOW + 1])
        until = dice.choice([None, None, NOW - 1, NOW + DAY])
        kind = dice.choice(["call", "call_auto", "voicemail", "email"])
        said.append((number, kind, dice.random() < 0.8, at, until, dice.choice(["", "Ours", "Others"])))
    return sorted(said, key=lambda word: (word[3], not word[2], word[0]))


def history(dice):
    """Mostly nothing yet; sometimes a call or a mail, days ago."""
    if dice.random() < 0.9:
        return ()
    channel, result = dice.choice([("call", "no_answer"), ("call", "talked"), ("email", None)])
    at = NOW - dice.choice([HOUR, 2 * DAY, 9 * DAY])
    return (PastRow(1, channel, "approach", 1, 1, at, "completed", result, "meeting"),)


def sort(dice, documents, book):
    """A sort of person."""
    country, zone = dice.choice(PLACES)
    zones = dice.choice([[zone], [zone], [zone], [zone, "Europe/Paris"], []])
    prefers = dice.choice(["call", "email"]) if dice.random() < 0.1 else None
    past = history(dice)
    facts = Facts(
        first_channel=past[0].channel if past else None, stopped_why=None, disqualified_at=None, country=country,
        promised_at=NOW + HOUR if dice.random() < 0.02 else None, region=None,
        refused_at=NOW - DAY if dice.random() < 0.02 else None, zones=json.dumps(zones),
        status=dice.choice(["executive", "manager", "staff", "unknown"]),
        business=dice.random() < 0.8, interest=dice.choice(["cold", "cold", "warm", "hot"]), prefers=prefers,
        prefers_strength=prefers and dice.choice(["stated", "marker", "habit"]), prefers_evidence=prefers and "said so",
        bought=dice.random() < 0.05, asked_for_contact=dice.random() < 0.05, familiarity=dice.choice(["cold", "hot"]),
        call_kind=dice.choice(["first_time", "repeat"]), stage="person", fit=dice.choice([None, 0.3, 0.8]),
        only_informs=dice.random() < 0.02, inbound=False,
    )  # fmt: skip
    said, document = consents(dice), dice.choice(documents)
    elsewhere = tuple((row.channel, row.sending_at) for row in past)
    seen = Seen(
        0, 0, 1, 1, 0.0, "one", document, book.row(country, None, None, tuple(zones), NOW),
        dice.random() < 0.9, dice.random() < 0.9, "unsubscribed" if dice.random() < 0.01 else None,
        dice.choice([("fair", "import"), ("list", "import")]), last_words(said, document.advertiser, NOW), len(past),
        past, elsewhere, facts,
    )  # fmt: skip
    return seen, said


def somebody(dice, id, sorts):
    """One person of some sort, with a lot, and consents of their own."""
    seen, said = dice.choice(sorts)
    mine = [(10 * id + number, kind, granted, at + (id % 50 if at < NOW - DAY else 0), until, to)
            for number, kind, granted, at, until, to in said]  # fmt: skip
    words = last_words(mine, seen.campaign.advertiser, NOW)
    return seen._replace(enrolment_id=id, contact_id=id, lot=dice.random(), words=words), mine


def alone(seen, said):
    """The facts of this one person, with numbers, addresses and consents as they are."""
    phone, email = f"+49{seen.contact_id}" * seen.phone or None, f"{seen.contact_id}@a.example" * seen.email or None
    words = [ConsentFact(*word) for word in said]
    turn, zones = seen.contact_id % TURNS, json.loads(seen.facts.zones)
    person = cases.person_of(seen.facts, turn, phone, email, zones, words, seen.suppressed, seen.sources)
    return (
        person,
        seen.campaign,
        cases.history_of(seen.facts, seen.facts, seen.past, seen.elsewhere),
        seen.law,
        NOW,
        seen.lot,
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_bulk_and_single_agree_on_a_hundred_thousand(tmp_path):
    dice, world = random.Random(3), make_world(None, tmp_path)  # no row is read: `look` has its own test below
    book, answers, documents = law.load(PRACTICE_LAW), Answers(world, NOW), campaigns()
    sorts = [sort(dice, documents, book) for _ in range(SORTS)]
    channels = set()
    for id in range(1, MANY + 1):
        seen, said = somebody(dice, id, sorts)
        answer, group = answers.of(seen)
        found = replace(answer.decision, consent_id=seen.words.consent(answer.decision), changes=())
        facts = alone(seen, said)
        assert found == decide(*facts), facts
        channels.add(found.channel)
        if id % EXPLAINED_ONE_IN == 0:
            changes = [{"fact": c.fact, "value": c.value, "channel": c.channel} for c in explain(*facts).changes]
            assert json.loads(group.told[1]) == changes, facts
    assert channels == {None, Channel.CALL, Channel.EMAIL}


def test_rows_that_are_read_in_bulk_are_what_objects_say(db, tmp_path):
    """Whoever decides reads rows, the gate reads objects: both make the same of them."""
    world = make_world(db, tmp_path)
    publish(world)
    add_person(
        world, 1, prefers="email", prefers_strength="habit", fit=0.7, familiarity="warm", region="BY", bought=True
    )
    add_person(world, 2, zones=["Europe/Berlin", "Europe/Paris"], asked_for_contact=True, only_informs=True, phone=None)
    audience.enrol(world, NOW)
    with db.read() as session:
        ids = list(session.scalars(select(m.Enrolment.id).order_by(m.Enrolment.contact_id)))
        rows, objects = plan.seen.look(world, Bulk(session), ids, NOW, due=True), cases.load(world, session, ids, NOW)
        for row, case in zip(rows, objects, strict=True):
            group = Answers(world, NOW).of(row)[1].first.person
            known = replace(case.person, phone=None, email=None, consents=(), turn=0, sources=())
            assert replace(group, phone=None, email=None, consents=()) == known
            assert {fact.id for fact in case.person.consents} >= set(row.words.ids)
            assert (row.law, row.campaign, row.phone) == (case.law, case.campaign, bool(case.person.phone))


def test_a_part_is_at_most_a_thousand_rows():
    assert plan.PART * 3 <= 1_000, "decision, touch and event"


def test_nothing_is_decided_on_what_changed_while_the_planner_looked(db, tmp_path, monkeypatch):
    """The lock is taken after the looking: an opt-out in between is seen all the same."""
    world = make_world(db, tmp_path)
    publish(world)
    person = add_person(world)
    audience.enrol(world, NOW)
    look, looks = plan._look, []

    def slow(world, ids, now, session):
        found = look(world, ids, now, session)
        if not looks and db.sqlite:
            writer = threading.Thread(target=says_no, args=(db, person))
            writer.start()
            writer.join()
        looks.append(found)
        return found

    if not db.sqlite:
        says_no(db, person)
    monkeypatch.setattr(plan, "_look", slow)
    plan_everything(world)
    assert touches(world) == []
    assert len(looks) == 1 + db.sqlite, "looked again, under the lock"


def says_no(db, person):
    with db.write() as session:
        session.add(m.Suppression(contact_id=person, kind="person", reason="unsubscribed", at=NOW))


def test_columns_of_many_rows_at_once(db):
    """Every kind of value comes back as it went in; an update reaches its own rows and no other."""
    rows = [(id, f"key {id}", "import", None if id % 2 else 1.5, NOW + id) for id in range(1, 400)]
    with db.write() as session:
        bulk = Bulk(session)
        ids = bulk.numbers(m.Source, len(rows))
        bulk.insert(
            m.Source,
            ("id", "key", "kind", "cost", "created_at"),
            [(i, *row[1:]) for i, row in zip(ids, rows, strict=True)],
        )
        bulk.update(m.Source, ("kind", "cost"), [("bought\t\\N", 2.5, ids[0]), ("form", None, ids[1])])
        bulk.insert(m.Source, ("key", "kind", "created_at"), [])
        bulk.update(m.Source, ("kind",), [])
    with db.read() as session:
        found = Bulk(session).rows("SELECT id, key, kind, cost FROM source WHERE id = ANY(?) ORDER BY id", list(ids))
    assert found[:3] == [
        (ids[0], "key 1", "bought\t\\N", 2.5),
        (ids[1], "key 2", "form", None),
        (ids[2], "key 3", "import", None),
    ]
    assert len(found) == len(rows)
