"""Do the board's cells say what the plain rows say, whatever happens to these? Counted a second time here, in loops."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from sqlalchemy import text
from support_rollups import ACTS, NOW, Hand, Plain

from opportune.rules.facts import DAY
from opportune.store import models as m
from opportune.store import rollup_build, rollup_fold, rollup_triggers
from opportune.store.board.cells import people, tries
from opportune.store.board.cohort import Filters
from opportune.store.db import Database
from opportune.work import rollup_check

PEOPLE = ("channel", "mode", "propensity", "campaign", "status", "source", "script", "hour", "day")
TRIES = ("channel", "weekday", "slot", "attempt", "fresh", "campaign", "status", "script")
PEOPLE_CUTS = (PEOPLE, (), ("channel", "mode", "propensity"), ("goal", "status"), ("source",), ("script", "status"),
               ("hour",), ("week", "channel"))  # fmt: skip
TRY_CUTS = (TRIES, (), ("channel", "attempt", "fresh"), ("script", "status"), ("weekday", "slot"), ("week",))


@pytest.fixture
def busy(db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Six people in two campaigns, in a database that folds after every third note."""
    monkeypatch.setattr(rollup_triggers, "ENOUGH", 3)
    with db.scratch() as connection:
        rollup_build.put_away(connection)
        rollup_build.put_in_place(connection, anew=False)
        connection.commit()
    with db.write() as session:
        session.add_all(m.Source(key=key, kind="import", created_at=0) for key in ("fair", "register"))
        for key, goal, days in (("first", "meeting", None), ("second", "feedback", 7)):
            campaign = m.Campaign(key=key, name=key, goal=goal, state="live")
            session.add(campaign)
            session.flush()
            document = {"outcome_days": days} if days else {}
            session.add(m.CampaignVersion(campaign_id=campaign.id, sha=key, document=document, text="", created_at=0))
        for id in range(1, 7):
            session.add(_contact(id))
        session.flush()
        for id in range(1, 7):
            for campaign_id in (1, 2):
                session.add(m.Enrolment(campaign_id=campaign_id, contact_id=id, version_id=campaign_id, since=0,
                                        state="active", lot=0.5))  # fmt: skip
    return db


def _contact(id: int) -> m.Contact:
    return m.Contact(
        name=f"P{id}", status="staff", business=True, interest="cold", bought=False, language="en", zones=[],
        asked_for_contact=False, created_at=0, version=1, source_id=id % 3 or None,
    )  # fmt: skip


def summed(rows: list[tuple[tuple[Any, ...], tuple[int, ...]]]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    totals: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for key, sums in rows:
        totals[key] = tuple(a + b for a, b in zip(totals.get(key, (0,) * len(sums)), sums, strict=True))
    return totals


def agree(db: Database) -> None:
    plain = Plain(db)
    persons, attempts = list(plain.people()), list(plain.tries())
    for by in PEOPLE_CUTS:
        theirs = summed([((*(known[name] for name in by), over), sums) for known, over, sums in persons])
        ours = {(*c.by, c.matured): (c.decided, c.attempted, c.reached, c.conversation, c.goal, c.kept, c.opted_out,
                                     round(c.cost * 1e6)) for c in people(db, NOW, Filters(), by)}  # type: ignore[arg-type]  # fmt: skip
        assert ours == theirs, by
    for cut in TRY_CUTS:
        hand = summed([(tuple(known[name] for name in cut), sums) for known, sums in attempts])
        got = {c.by: (c.tried, c.answered, c.conversation, c.goal, round(c.cost * 1e6))
               for c in tries(db, NOW, Filters(), cut)}  # type: ignore[arg-type]  # fmt: skip
        assert got == hand, cut


@pytest.mark.parametrize("luck", range(2))
def test_cells_agree_with_the_plain_rows_after_every_step(busy: Database, luck: int) -> None:
    dice, steps = random.Random(luck), 160 if busy.sqlite else 60
    for step in range(1, steps + 1):
        with busy.write() as session:
            hand = Hand(session, dice, step)
            for act in dice.choices(ACTS, k=dice.choice((1, 1, 4))):
                hand.step += 1000
                act(hand)
                session.flush()
        if step % 8 == 0 or step > steps - 5:
            agree(busy)
    with busy.write() as session:
        rollup_fold.fold(session)
    agree(busy)
    assert rollup_check.check(busy, NOW).wrong == 0, "and by SQL of its own"


def test_the_night_finds_what_is_wrong_mends_it_and_tells(busy: Database) -> None:
    dice = random.Random(99)
    with busy.write() as session:
        for step, act in enumerate([Hand.decide] * 12 + [Hand.touch] * 30 + [Hand.outcome] * 12):
            act(Hand(session, dice, step))
            session.flush()
    assert rollup_check.last(busy) is None
    assert rollup_check.check(busy, NOW).wrong == 0
    damage = (
        "UPDATE people_cell SET goal = goal + 3 WHERE kind = 'all'",
        "DELETE FROM try_cell WHERE kind = 'half'",
        "DELETE FROM attempt WHERE touch_id = (SELECT MIN(touch_id) FROM attempt)",
        "UPDATE cohort SET decided = 7 WHERE enrolment_id = (SELECT MAX(enrolment_id) FROM cohort)",
    )
    with busy.write() as session:
        for statement in damage:
            session.execute(text(statement))
    found = rollup_check.check(busy, NOW)
    assert (found.people, found.attempts) == (1, 1)
    assert found.cells > 4
    assert rollup_check.last(busy) == found
    agree(busy)
    assert rollup_check.check(busy, NOW + DAY).wrong == 0


def test_an_old_database_is_counted_when_it_is_brought_up_to_date(busy: Database) -> None:
    dice = random.Random(5)
    with busy.scratch() as connection:
        rollup_build.put_away(connection)
        connection.commit()
    with busy.write() as session:
        for step, act in enumerate([Hand.decide] * 12 + [Hand.touch] * 30 + [Hand.outcome, Hand.cost] * 8):
            act(Hand(session, dice, step))
            session.flush()
        session.query(m.Contact).update({"zones": ["Asia/Kathmandu"]})
        session.query(m.Touch).update({"ahead": None})
    with busy.scratch() as connection:
        rollup_build.put_in_place(connection, anew=True)
        connection.commit()
    with busy.read() as session:
        assert {t.ahead for t in session.query(m.Touch).filter(m.Touch.enrolment_id.is_not(None))} == {20_700}
    agree(busy)
    with busy.write() as session:
        Hand(session, dice, 777).touch()
    agree(busy)


def test_two_who_write_at_once_neither_wait_for_each_other_nor_lose_a_count(busy: Database) -> None:
    """On PostgreSQL both run at the same time, over the same cells and in opposite orders."""
    dice = random.Random(1)
    with busy.write() as session:
        for id in range(1, 13):
            hand = Hand(session, dice, id)
            hand.some = lambda _table, id=id: session.get_one(m.Enrolment, id)  # type: ignore[method-assign,misc]
            hand.decide()
    failed: list[BaseException] = []

    def write(name: int, order: list[int]) -> None:
        try:
            for turn in range(4):
                with busy.write() as session:
                    for id in order:
                        hand = Hand(session, random.Random(f"{name}{turn}{id}"), 10_000 * name + 100 * turn + id)
                        hand.some = lambda _table, id=id, s=session: s.get_one(m.Enrolment, id)  # type: ignore[method-assign,misc]
                        hand.touch()
                        session.flush()
        except BaseException as error:
            failed.append(error)

    orders = list(range(1, 13)), list(range(12, 0, -1))
    threads = [threading.Thread(target=write, args=each) for each in enumerate(orders, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    agree(busy)
    assert rollup_check.check(busy, NOW).wrong == 0
