"""How do we read and write the database, safely beside other processes?

SQLite has one writer. Every write transaction takes one file lock first, so nobody starves in SQLite's own busy loop
(measured: p99 of a mail slot 237 -> 45 ms beside a hot planner). Never wait for it on an event loop. Readers use
read-only connections. On PostgreSQL rows are locked instead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from opportune.settings import SettingError
from opportune.store import hushed, lock
from opportune.store.together import Together

T = TypeVar("T")
U = TypeVar("U")
_NOTHING = text("UPDATE alembic_version SET version_num = version_num WHERE 0")  # asks for the right to write
_VERSION = text("SELECT version_num FROM alembic_version")
_NEWEST = max(path.name[:4] for path in (Path(__file__).parent / "migrations/versions").glob("0*.py"))


class Database:
    """One database, by URL. `write()` and `read()` give a Session; leaving the block commits, an error rolls back."""

    def __init__(self, url: str, *, durable: bool = True) -> None:
        """`durable=False` is for practice data only: a power cut may then take the last seconds."""
        self.url = url
        self.sqlite = url.startswith("sqlite")
        self._lock = self._prepare_folder() if self.sqlite else None
        try:
            self._writer = _engine(url, readonly=False, durable=durable)
            self._reader = _engine(url, readonly=True, durable=durable)
        except (ArgumentError, ImportError) as error:  # no URL at all, or a driver that is not ours
            advice = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
            raise SettingError(f"OPPORTUNE_DATABASE_URL: {advice}") from error
        self._late = self._writer.execution_options(late_lock=True)
        self._together = Together(self._writer, self._alone)

    def _prepare_folder(self) -> str:
        path = make_url(self.url).database
        if not path or path == ":memory:":
            raise SettingError("OPPORTUNE_DATABASE_URL: SQLite needs a file, several processes share it")
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            advice = "name a folder we may write, in OPPORTUNE_HOME or OPPORTUNE_DATABASE_URL"
            raise SettingError(f"{error.filename}: {error.strerror}; {advice}") from error
        return f"{path}.lock"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A durable transaction (`synchronous=FULL`). Holds at most 1,000 rows and never spans I/O to the world."""
        with self._afterwards() as info, self._alone(), self._session(self._writer, info) as session, session.begin():
            yield session

    def attempt(self, act: Callable[[Session], T], tries: int = 3) -> T:
        """`act` in one transaction. Where two wait for each other, the one that is told to give way begins again."""
        while True:
            try:
                with self.write() as session:
                    return act(session)
            except Exception as error:
                tries -= 1
                if not (tries and gave_way(error)):
                    raise

    def together(self, act: Callable[[Session], T]) -> T:
        """As `attempt`. On SQLite the threads that come at the same time share one lock and one commit."""
        if not self.sqlite:
            return self.attempt(act)
        with self._afterwards() as info:
            return self._together.run(act, info)

    def look_then_write(self, look: Callable[[Session], T], write: Callable[[Session, T], U]) -> U:
        """One transaction whose lock is taken only between the two, so that nobody waits for the looking.

        SQLite lets a transaction that has looked write only if nobody wrote since; then we look again under the lock.
        What is written thus always rests on what stands in the database at that very moment.
        """
        if self.sqlite:
            with self._afterwards() as info, self._session(self._late, info) as session:
                seen = look(session)
                with self._alone():
                    if _still_true(session):
                        written = write(session, seen)
                        session.commit()
                        return written
        with self.write() as session:
            return write(session, look(session))

    @contextmanager
    def _afterwards(self) -> Iterator[dict[str, Any]]:
        """What is put into `session.info["afterwards"]` is done whatever becomes of the transaction: see ledger."""
        later: list[Callable[[Session], None]] = []
        try:
            yield {"afterwards": later}
        finally:
            if later:
                with self._alone(), Session(self._writer) as session, session.begin():
                    for act in later:
                        act(session)

    @staticmethod
    def _session(engine: Engine, info: dict[str, Any]) -> Session:
        return Session(engine, expire_on_commit=False, info=info)

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def scratch(self) -> Iterator[Connection]:
        """A connection for temporary tables of a check or report; nothing of it is kept."""
        with self._alone(), self._writer.connect() as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._lock is None:
            yield
            return
        with lock.held(self._lock):
            yield

    def migrate(self) -> None:
        """Bring the tables to the newest version."""
        from opportune.store import migrating  # every command asks for a database, and hardly one for this

        with self._alone():
            migrating.upgrade(self.url)

    def pending(self) -> bool:
        """Are migrations missing?"""
        with self._reader.connect() as connection:
            there = inspect(connection).has_table("alembic_version")
            return not there or connection.scalar(_VERSION) != _NEWEST

    def clean(self, most: int) -> bool:
        """After an erasure: what SQLite has deleted is still in its file until that is written anew. False: the file
        has more than `most` bytes, and nobody should wait that long. PostgreSQL's autovacuum does it by itself."""
        if self._lock is None:
            return True
        small = Path(make_url(self.url).database or "").stat().st_size <= most
        with self._alone(), self._writer.connect() as connection:
            raw: Any = connection.connection.driver_connection
            if small:
                raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return small

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()


#: The database itself is away or full: another try at once would not fare better.
AWAY = (OperationalError, sqlite3.OperationalError, OSError, NoConnection)
#: What a full disk, a locked database or one that restarts looks like. OSError: the lock, or the journal of opt-outs.
#: PendingRollbackError: the connection was lost, and somebody asked it once more. Other misuse of a session is a bug.
#: sqlite3's own error: BEGIN goes to the driver directly, so nobody wraps what it says of a lock.
UNSTORABLE: tuple[type[Exception], ...] = (
    DBAPIError,
    OSError,
    PendingRollbackError,
    NoConnection,
    sqlite3.OperationalError,
)


def gave_way(error: BaseException) -> bool:
    """Two transactions waited for each other, and PostgreSQL told this one to begin again."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) in ("40001", "40P01")


def _engine(url: str, *, readonly: bool, durable: bool) -> Engine:
    if not url.startswith("sqlite"):
        return hushed.engine(url, pool_pre_ping=True, execution_options={"postgresql_readonly": readonly})
    engine = hushed.engine(url, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite(readonly, durable))
    event.listen(engine, "begin", _begin("BEGIN" if readonly else "BEGIN IMMEDIATE"))
    return engine


def _prepare_sqlite(readonly: bool, durable: bool) -> Any:
    pragmas = ["journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000"]
    # In KB: the system keeps the file's pages anyway, and a process of ours should not grow with the database.
    pragmas.append("cache_size=-16384" if readonly else "cache_size=-8192")
    pragmas.append("synchronous=FULL" if durable else "synchronous=NORMAL")

    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: pysqlite would delay it until the first write
        for pragma in [*pragmas, *(["query_only=ON"] if readonly else [])]:
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _begin(statement: str) -> Any:
    def begin(connection: Any) -> None:  # by the driver: a fifth of what one small commit costs beside the disk
        late = connection.get_execution_options().get("late_lock")
        connection.connection.driver_connection.execute("BEGIN" if late else statement)

    return begin


def _still_true(session: Session) -> bool:
    """Whether this transaction may write: SQLite says no at once when somebody else wrote since it began to look."""
    try:
        session.execute(_NOTHING)
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_BUSY_SNAPSHOT":
            raise
        return False
    return True
