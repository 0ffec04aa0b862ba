"""How are posts that arrive together stored in one durable commit, each of them answered only afterwards?

One thread writes. While the disk confirms one commit the next posts gather, so that a crowd costs little more than one
visitor. What cannot be stored does not take the others with it. What has time is done when nobody waits.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy.orm import Session

from opportune.store.db import AWAY, Database, gave_way

T = TypeVar("T")
R = TypeVar("R")
MOST = 200  # posts in one transaction
CROWD = 4  # so many at once: then only storing counts
QUIET = 0.05  # seconds after which a crowd is over
IDLE = 5.0  # seconds without anything to do after which the thread ends

log = logging.getLogger(__name__)

Write = Callable[[Session, Sequence[T]], Sequence[R]]
Spare = Callable[[Callable[[], bool]], bool]  # (does somebody wait) -> is there more to do


class _Post(NamedTuple):
    given: Any
    answer: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class GroupCommit(Generic[T, R]):
    """`write` stores all of these in one transaction and gives an answer for each; `spare` does what has time."""

    def __init__(self, db: Database, write: Write[T, R], spare: Spare) -> None:
        self._db, self._write, self._spare = db, write, spare
        self._waiting: list[_Post] = []
        self._changed = threading.Condition()
        self._running = False

    async def put(self, given: T) -> R:
        """Answers once it is on the disk; raises what kept it from there."""
        loop = asyncio.get_running_loop()
        post = _Post(given, loop.create_future(), loop)
        with self._changed:
            self._waiting.append(post)
            self._changed.notify()
            if not self._running:
                self._running = True
                threading.Thread(target=self._serve, name="intake", daemon=True).start()
        answer: R = await post.answer
        return answer

    def _serve(self) -> None:
        calm, more = 0.0, True  # calm: from when on nobody speaks of a crowd any more
        while True:
            batch = self._next(max(0.0, calm - time.monotonic()) if more else IDLE)
            if batch:
                self._commit(batch)
                calm, more = (time.monotonic() + QUIET if len(batch) > CROWD else calm), True
            elif more:
                more = self._spared()
            elif self._over():
                return

    def _spared(self) -> bool:
        try:
            return self._spare(lambda: bool(self._waiting))
        except Exception:  # who comes next must find the thread alive
            log.exception("What had time failed")
            return False

    def _next(self, patience: float) -> list[_Post]:
        with self._changed:
            if not self._waiting and patience:
                self._changed.wait(patience)
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        return batch

    def _over(self) -> bool:
        """Nothing came for a while; whoever comes next starts another thread."""
        with self._changed:
            self._running = bool(self._waiting)
            return not self._running

    def _commit(self, batch: Sequence[_Post]) -> None:
        try:
            told: Sequence[Any] = self._stored(batch)
        except Exception as error:
            if len(batch) > 1 and (gave_way(error) or not isinstance(error, AWAY)):
                for each in batch:  # one of them is to blame: the others shall not suffer from it
                    self._commit([each])
                return
            told = [error] * len(batch)
        for loop in {post.loop for post in batch}:
            mine = [(post.answer, each) for post, each in zip(batch, told, strict=True) if post.loop is loop]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_answer, mine)

    def _stored(self, batch: Sequence[_Post]) -> Sequence[Any]:
        return self._db.attempt(lambda session: self._write(session, [post.given for post in batch]))


def _answer(told: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, each in told:
        if future.done():  # the visitor went away
            continue
        if isinstance(each, Exception):
            future.set_exception(each)
        else:
            future.set_result(each)
