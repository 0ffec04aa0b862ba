"""Is a changed, removed or moved entry of the audit noticed, whoever changed it, and is an erasure none?"""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from support_world import make_world

from opportune.store import audit, audit_check, notes
from opportune.store import models as m
from opportune.store.db import Database
from opportune.store.migrating import alembic_config
from opportune.work import anchors

TAMPERINGS = 1_000


def fill(db: Database, count: int = 30) -> None:
    for start in range(0, count, 5):
        with db.write() as session:
            for each in range(start, start + 5):
                audit.write(
                    session, 1000 + each, f"ann{each}", "looked", audit.person(each), f"why {each}", {each: each}
                )


def test_what_is_written_follows_from_what_was_written_before(db: Database) -> None:
    fill(db)
    with db.read() as session:
        found = audit_check.verify(session)
        rows = session.scalars(select(m.Audit).order_by(m.Audit.id)).all()
    assert (found.entries, found.broken) == (30, [])
    assert [row.prev for row in rows] == ["", *(row.hash for row in rows[:-1])]
    assert rows[3].data == {"3": 3}


def test_an_entry_is_gone_with_its_transaction_and_stays_with_a_savepoint(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.write() as session:  # noqa: PT012
        audit.write(session, 1, "ann", "looked", None)
        raise ZeroDivisionError
    with db.write() as session:
        audit.write(session, 2, "ann", "looked", None)
        with session.begin_nested():
            notes.put_in(session, "a note", 1)
    with db.read() as session:
        assert list(session.scalars(select(m.Audit.at))) == [2]
        assert audit_check.verify(session).broken == []


def test_nobody_writes_past_the_chain(db: Database) -> None:
    with pytest.raises(IntegrityError), db.write() as session:
        session.add(m.Audit(at=1, who="ann", act="looked", subject=None, why=None, data={}))


def test_many_at_once_make_one_chain_and_nobody_waits_for_ever(db: Database) -> None:
    """Each holds a row of its own first: the head is asked for last, so no two wait for each other."""

    def work(number: int) -> None:
        for each in range(10):
            with db.write() as session:
                audit.write(session, each, f"thread {number}", "looked", None)
                notes.put_in(session, f"row {(number + each) % 4}", each)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as session:
        found = audit_check.verify(session)
    assert (found.entries, found.broken) == (40, [])


def tamper(session: Session, lot: random.Random, count: int) -> str:
    """One change that a hand with the database open could make."""
    id, other = lot.sample(range(1, count + 1), 2)
    column, value = lot.choice((("who", "'eve'"), ("act", "'slept'"), ("subject", "NULL"), ("why", "'no'"), ("at", 7),
                                ("data", "'[]'"), ("salt", "'0'"), ("hash", "'0'"), ("prev", "'0'")))  # fmt: skip
    ways = {
        f"{column} of {id}": [f"UPDATE audit SET {column} = {value} WHERE id = {id}"],
        f"{id} removed": [f"DELETE FROM audit WHERE id = {id}"],
        f"all behind {id} removed": [f"DELETE FROM audit WHERE id > {min(id, other)}"],
        f"all up to {id} removed": [f"DELETE FROM audit WHERE id <= {id}"],
        f"{id} and {other} change places": [f"UPDATE audit SET id = -1 WHERE id = {id}",
                                            f"UPDATE audit SET id = {id} WHERE id = {other}",
                                            f"UPDATE audit SET id = {other} WHERE id = -1"],
        f"{id} blanked": [f"UPDATE audit SET why = NULL, data = '{{}}', salt = NULL WHERE id = {id}"],
    }  # fmt: skip
    way = lot.choice(list(ways))
    for statement in ways[way]:
        session.execute(text(statement))
    return way


def test_a_thousand_tamperings_are_all_noticed(sqlite_template: Path, tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'a.db'}")
    (tmp_path / "a.db").write_bytes(sqlite_template.read_bytes())
    fill(db, 10)
    lot = random.Random(7)
    with db.write() as session:
        for _ in range(TAMPERINGS):
            nested = session.begin_nested()
            way = tamper(session, lot, 10)
            session.expire_all()
            assert audit_check.verify(session).broken, way
            nested.rollback()
        assert audit_check.verify(session).broken == []


def test_an_erasure_blanks_words_and_the_chain_holds_as_long_as_it_says_so(db: Database) -> None:
    fill(db)
    with db.write() as session:
        audit.blank(session, [4, 9])
    with db.read() as session:
        assert len(audit_check.verify(session).broken) == 2
    with db.write() as session:
        audit.write(session, 2000, "ann", audit_check.ERASED, audit.person(3), data={"blanked": [4, 9]})
    with db.read() as session:
        found = audit_check.verify(session)
        assert (found.broken, found.blanked) == ([], 2)


def test_a_chain_that_was_written_anew_does_not_fit_what_was_noted_outside(db: Database, tmp_path: Path) -> None:
    world = make_world(db, tmp_path / "home")
    anchors.drop(world)  # nothing was written yet: nothing to hold against
    fill(db)
    assert anchors.drop(world)["id"] == 30
    assert anchors.verify(world).broken == []
    with db.write() as session:
        session.execute(text("DELETE FROM audit"))
        notes.put_in(session, audit.HEAD, {"id": 0, "hash": ""})
    fill(db)
    assert "entry 30 is not the one that was noted outside" in anchors.verify(world).broken[0]


def test_entries_from_before_the_chain_are_taken_into_it(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    config = alembic_config(empty_database_url)
    command.upgrade(config, "0021")
    names = ("at", "who", "act", "subject", "why", "data")
    old = [dict(zip(names, (n, "ann", "set_zone", str(n), f"why {n}", {"ä": n}), strict=True)) for n in range(3)]
    table = m.Audit.__table__
    with db.write() as session:
        session.execute(insert(table).values([{table.c[name]: row[name] for name in names} for row in old]))
    db.migrate()
    fill(db, 5)
    with db.read() as session:
        found = audit_check.verify(session)
        assert (found.entries, found.broken) == (8, [])
        about = select(func.count()).select_from(m.Audit).where(audit.about([2]))
        assert session.scalar(about) == 2
    db.close()
