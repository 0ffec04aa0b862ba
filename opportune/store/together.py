"""How do threads that write at the same time share one durable commit, each answered only after it?

Whoever comes first takes SQLite's one lock, and when it has it, also does what the others asked for meanwhile: each in
a savepoint of its own, so that what fails takes nobody with it. Then one commit, and the next of those who came since.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

T = TypeVar("T")
MOST = 64  # in one commit: the lock is others' too


class Undone(OSError):
    """The database took the whole transaction back, as it does on a full disk."""


class _Asked:
    """What one thread wants. Woken, it is either answered or the next to lead."""

    def __init__(self, act: Callable[[Session], Any]) -> None:
        self.act, self.value, self.error = act, None, cast(BaseException | None, Undone("nobody came to write it"))
        self.answered = False
        self.woken = threading.Event()


class Together:
    """`alone` is the one writer's lock; `info` goes into each session."""

    def __init__(self, engine: Engine, alone: Callable[[], AbstractContextManager[None]]) -> None:
        self._engine, self._alone = engine, alone
        self._mutex = threading.Lock()
        self._waiting: list[_Asked] = []
        self._led = False

    def run(self, act: Callable[[Session], T], info: dict[str, Any]) -> T:
        """What `act` returns, once it is on the disk; raises what `act` raised, or what kept it from there."""
        mine = _Asked(act)
        with self._mutex:
            self._waiting.append(mine)
            first, self._led = not self._led, True
        if not first:
            mine.woken.wait()
        if not mine.answered:
            self._lead(info)
        if mine.error is not None:
            raise mine.error
        return cast(T, mine.value)

    def _lead(self, info: dict[str, Any]) -> None:
        taken: list[_Asked] = []
        try:
            with self._alone(), self._engine.connect() as connection, connection.begin():
                taken = self._take()
                for each in taken:
                    _do(connection, each, info)
                _still_open(connection)
        except BaseException as error:
            taken = taken or self._take()  # without the lock: whoever asked meanwhile is told so too, not left waiting
            for each in taken:
                each.error = error
        finally:
            self._hand_over(taken)

    def _take(self) -> list[_Asked]:
        with self._mutex:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        return taken

    def _hand_over(self, done: list[_Asked]) -> None:
        for each in done:
            each.answered = True
            each.woken.set()
        with self._mutex:
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].woken.set()


def _do(connection: Connection, each: _Asked, info: dict[str, Any]) -> None:
    try:
        mode: Any = {"join_transaction_mode": "create_savepoint", "expire_on_commit": False}
        with Session(connection, info=info, **mode) as session, session.begin():
            each.value = each.act(session)
        each.error = None
    except Exception as error:
        each.error = error
        _still_open(connection)


def _still_open(connection: Connection) -> None:
    """A full disk ends SQLite's transaction by itself; the driver would then commit nothing and say all is well."""
    if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
        raise Undone("the database took the transaction back: is the disk full?")
