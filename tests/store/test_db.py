"""Do writers keep apart and readers stay readers, on either engine, across threads and processes?"""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from opportune.store import lock, notes
from opportune.store import models as m
from opportune.store.db import UNSTORABLE, Database

TURNS = 50
#: What a second process does: read the number, add one, write it back; without a lock additions would get lost.
COUNT = """
import sys
from sqlalchemy import text
from opportune.store.db import Database
db = Database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with db.write() as session:
        {lock}
        n = session.execute(text("SELECT name FROM company WHERE id = 1")).scalar_one()
        session.execute(text("UPDATE company SET name = :n WHERE id = 1"), {{"n": str(int(n) + 1)}})
db.close()
"""


@pytest.fixture
def counter(db: Database) -> Database:
    with db.write() as session:
        session.add(m.Company(id=1, name="0", facts={}, created_at=0))
    return db


def number(db: Database) -> int:
    with db.read() as session:
        return int(session.execute(text("SELECT name FROM company WHERE id = 1")).scalar_one())


def add_one(db: Database) -> None:
    """As a use case does: PostgreSQL locks the row, SQLite has the one lock."""
    with db.write() as session:
        company = session.get_one(m.Company, 1, with_for_update=True)
        company.name = str(int(company.name) + 1)


def test_two_threads_write_one_after_the_other(counter: Database) -> None:
    threads = [threading.Thread(target=lambda: [add_one(counter) for _ in range(TURNS)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert number(counter) == 2 * TURNS


def test_two_processes_write_one_after_the_other(counter: Database) -> None:
    lock = "" if counter.sqlite else 'session.execute(text("SELECT 1 FROM company WHERE id = 1 FOR UPDATE"))'
    command = [sys.executable, "-c", COUNT.format(lock=lock), counter.url, str(TURNS)]
    processes = [subprocess.Popen(command) for _ in range(2)]
    for _ in range(TURNS):
        add_one(counter)
    assert [process.wait(60) for process in processes] == [0, 0]
    assert number(counter) == 3 * TURNS


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", ["write", "scratch"])
def test_on_sqlite_a_writer_holds_the_file_lock_and_gives_it_back(db: Database, way: str) -> None:
    """Taken before the transaction begins, so that nobody starves in SQLite's own busy loop."""
    assert lock_is_free(db)
    with getattr(db, way)():
        assert not lock_is_free(db)
    assert lock_is_free(db)
    with db.read() as session:
        session.execute(text("SELECT 1"))
        assert lock_is_free(db), "readers need none"


def lock_is_free(db: Database) -> bool:
    """For a descriptor of its own, as another thread or process would open one."""
    with open(f"{db.url.removeprefix('sqlite:///')}.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_readers_go_on_beside_a_writer_and_see_only_what_is_committed(counter: Database) -> None:
    with counter.write() as session:
        session.get_one(m.Company, 1).name = "7"
        session.flush()
        assert number(counter) == 0
    assert number(counter) == 7


def test_a_reader_cannot_write(counter: Database) -> None:
    with counter.read() as session, pytest.raises(DBAPIError, match=r"read-?only"):
        session.execute(text("UPDATE company SET name = '1'"))
    assert number(counter) == 0


def test_an_error_leaves_nothing_behind_and_frees_the_lock(counter: Database) -> None:
    def fails() -> None:
        with counter.write() as session:
            session.get_one(m.Company, 1).name = "1"
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert number(counter) == 0
    add_one(counter)
    assert number(counter) == 1


def test_an_error_in_a_log_names_nobody(counter: Database) -> None:
    """Logs outlive an erasure."""
    with pytest.raises(DBAPIError) as caught, counter.write() as session:
        session.add(m.Company(id=1, name="Ana Stan", facts={}, created_at=0))
    assert "company" in str(caught.value)
    assert "Ana" not in str(caught.value)


def test_what_is_written_in_a_scratch_connection_is_gone(counter: Database) -> None:
    with counter.scratch() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE counted (n BIGINT)"))
        connection.execute(text("UPDATE company SET name = '1'"))
    assert number(counter) == 0
    with counter.scratch() as connection, pytest.raises(DBAPIError, match="counted"):
        connection.execute(text("SELECT n FROM counted"))


def test_an_empty_database_says_that_migrations_are_missing(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    assert db.pending()
    db.migrate()
    assert not db.pending()
    db.migrate()  # once more changes nothing
    notes.put(db, "here", 1)
    assert notes.get(db, "here", 0) == 1
    db.close()


def test_the_words_of_people_survive_on_either_engine(db: Database) -> None:
    words = "Łukasz 🙂 „Grüße“ Кириллица ' \" \\ %"
    with db.write() as session:
        session.add(m.Company(id=1, name=words, facts={"value": [1.5, None, words]}, created_at=2**40))
    with db.read() as session:
        company = session.get_one(m.Company, 1)
        assert (company.name, company.facts["value"], company.created_at) == (words, [1.5, None, words], 2**40)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused_with_a_remedy(url: str) -> None:
    with pytest.raises(ValueError, match="OPPORTUNE_DATABASE_URL: SQLite needs a file"):
        Database(url)


def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'new' / 'house.db'}")
    db.migrate()
    assert (tmp_path / "new" / "house.db").exists()
    db.close()


HOLD = """
import fcntl, sys
with open(sys.argv[1], "w") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_waits_too_long_is_told_who_holds_the_database(db, monkeypatch):
    """B2: nobody hangs for ever, and a webhook that could not be stored is answered 503."""
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    command = [sys.executable, "-c", HOLD, f"{db.url.removeprefix('sqlite:///')}.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UNSTORABLE, match=rf"locked for 0.2 s by process {other.pid} \(.*: wait until it ends"):
            notes.put(db, "mine", 1)
        other.communicate()
    notes.put(db, "mine", 2)  # who gave up left no lock behind
    assert notes.get(db, "mine") == 2


def test_a_lost_connection_that_is_asked_once_more_counts_as_unstorable(db):
    """B4: the first error was swallowed, say by somebody who keeps one bad answer apart."""

    def careless():
        with db.write() as session:
            session.connection().invalidate()
            session.execute(text("SELECT 1"))

    with pytest.raises(UNSTORABLE) as raised:
        careless()
    assert isinstance(raised.value, PendingRollbackError)
    notes.put(db, "mine", 1)  # the next transaction has a connection again
