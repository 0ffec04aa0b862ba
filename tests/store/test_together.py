"""Threads that write at the same time share one durable commit; what fails takes nobody with it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text

from opportune.store import lock, notes
from opportune.store.db import Database
from opportune.store.together import Undone

THREADS = 12


@pytest.fixture
def here(sqlite_template, tmp_path):
    (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    yield database
    database.close()


def crowd(database, acts):
    """All of them ask while somebody else holds the lock; what each was answered."""
    held, ended = threading.Event(), threading.Event()

    def hold():
        with database.write():
            held.set()
            ended.wait(20)

    def ask(act):
        try:
            return database.together(act)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(acts) + 1) as pool:
        holder = pool.submit(hold)
        held.wait(20)
        asked = [pool.submit(ask, act) for act in acts]
        while len(database._together._waiting) < len(acts):
            threading.Event().wait(0.01)
        ended.set()
        holder.result()
        return [each.result() for each in asked]


def note(number):
    def act(session):
        session.execute(text("INSERT INTO note (key, value) VALUES (:k, '1')"), {"k": f"n{number}"})
        return number

    return act


def kept(database):
    with database.read() as session:
        return sorted(session.scalars(text("SELECT key FROM note WHERE key LIKE 'n%'")))


def test_those_who_come_together_share_one_commit(here):
    commits = []
    event.listen(here._writer, "commit", commits.append)
    assert crowd(here, [note(number) for number in range(THREADS)]) == list(range(THREADS))
    assert len(kept(here)) == THREADS
    assert len(commits) == 1


def test_what_fails_is_told_and_takes_nobody_with_it(here):
    def wrong(session):
        note(99)(session)
        raise ValueError("cannot be understood")

    first, failed, last = crowd(here, [note(1), wrong, note(2)])
    assert (first, last, str(failed)) == (1, 2, "cannot be understood")
    assert kept(here) == ["n1", "n2"], "and what it wrote before is taken back"


def test_when_the_database_takes_the_transaction_back_nobody_is_told_that_it_is_written(here):
    def full(session):
        session.connection().connection.driver_connection.execute("ROLLBACK")  # as SQLite does by itself
        raise OSError("database or disk is full")

    told = crowd(here, [note(1), full, note(2)])
    assert [type(each) for each in told] == [Undone] * 3
    assert kept(here) == []
    assert here.together(note(3)) == 3, "and the next one finds everything in order"


def test_who_cannot_get_the_lock_is_told_so_and_the_next_one_tries_again(here, monkeypatch):
    def locked(path):
        raise lock.Locked("the database is locked")

    monkeypatch.setattr(lock, "held", locked)
    with pytest.raises(lock.Locked):
        here.together(note(1))
    monkeypatch.undo()
    assert here.together(note(2)) == 2
    with here.read():
        assert notes.get(here, "n2") == 1


def test_nobody_who_asked_meanwhile_is_left_waiting_when_the_lock_cannot_be_had(here, monkeypatch):
    def locked(path):
        while len(here._together._waiting) < THREADS:
            threading.Event().wait(0.01)
        raise lock.Locked("the database is locked")

    told: dict[int, Exception] = {}

    def ask(number):
        try:
            here.together(note(number))
        except lock.Locked as error:
            told[number] = error

    monkeypatch.setattr(lock, "held", locked)
    asking = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(THREADS)]
    for each in asking:
        each.start()
    for each in asking:
        each.join(5)
    assert sorted(told) == list(range(THREADS))
