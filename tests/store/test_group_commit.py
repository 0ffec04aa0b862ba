"""Are posts that come together stored in one commit, each answered only afterwards, and none for another's fault?"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from opportune.store import models as m
from opportune.store.db import Database
from opportune.store.group_commit import GroupCommit

SHAPE = {"form": "f", "form_version": "1", "fields": {}, "received_at": 1, "held": False}


class Groups:
    """Stores leads under their keys, and notes which came together."""

    def __init__(self, db: Database) -> None:
        self.db, self.groups, self.spared = db, [], []
        self.first = threading.Event()
        self.group: GroupCommit[str, str] = GroupCommit(db, self.write, self.spare)

    def write(self, session: Session, keys: Sequence[str]) -> list[str]:
        self.groups.append(list(keys))
        if len(self.groups) == 1:
            self.first.wait(10)  # the others gather meanwhile
        if "away" in keys:
            raise OperationalError("", None, Exception("the database is away"))
        session.add_all(m.Lead(idempotency_key=key, public_id=key, **SHAPE) for key in keys)
        session.flush()
        return [f"stored {key}" for key in keys]

    def spare(self, somebody_waits) -> bool:
        self.spared.append(somebody_waits())
        if len(self.spared) == 1:
            raise RuntimeError("what had time fails")
        return False

    def post(self, *keys: str) -> list:
        async def all_of() -> list:
            first = asyncio.create_task(self.group.put(keys[0]))
            while not self.groups:
                await asyncio.sleep(0.001)
            rest = [asyncio.create_task(self.group.put(key)) for key in keys[1:]]
            await asyncio.sleep(0)
            self.first.set()
            return await asyncio.gather(first, *rest, return_exceptions=True)

        return asyncio.run(all_of())

    def stored(self) -> list[str]:
        with self.db.read() as session:
            return sorted(session.scalars(select(m.Lead.idempotency_key)))


@pytest.fixture
def groups(db) -> Groups:
    return Groups(db)


def test_what_comes_while_the_disk_works_shares_the_next_commit(groups):
    assert groups.post(*"abcd") == [f"stored {key}" for key in "abcd"]
    assert [sorted(each) for each in groups.groups] == [["a"], ["b", "c", "d"]]
    assert groups.stored() == [*"abcd"]


def test_a_bad_one_does_not_take_the_others_with_it(groups):
    answers = groups.post("a", "b", "b", "c")  # the second b breaks the unique key
    assert [isinstance(each, Exception) for each in answers] == [False, False, True, False]
    assert groups.stored() == [*"abc"]


def test_when_the_database_is_away_everybody_hears_so_and_the_next_ones_are_taken(groups):
    answers = groups.post("a", "b", "away")
    assert [type(each) for each in answers] == [str, OperationalError, OperationalError]
    assert groups.post("c") == ["stored c"]  # also after what had time had failed
    assert groups.stored() == ["a", "c"]


def test_after_a_pause_another_thread_serves(groups, monkeypatch):
    monkeypatch.setattr("opportune.store.group_commit.IDLE", 0.01)
    groups.post("a")
    for thread in [each for each in threading.enumerate() if each.name == "intake"]:
        thread.join(10)
    assert [each.name for each in threading.enumerate() if each.name == "intake"] == []
    assert groups.post("b") == ["stored b"]
