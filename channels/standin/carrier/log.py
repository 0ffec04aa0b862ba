"""What happened at the carrier, so that anybody can count it afterwards?

Events are only ever added; calls are kept as they stand, so a restarted stand-in still knows them. Both are gathered
and written every second, and before the API is told that a call was placed: what was promised survives a kill.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

from channels.standin.carrier.calls import Call

SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=OFF;
CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, sid TEXT, number TEXT, at INTEGER, kind TEXT, detail TEXT);
CREATE TABLE IF NOT EXISTS call (sid TEXT PRIMARY KEY, state TEXT);
"""


class Log:
    """The events and calls of one stand-in, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.executescript(SCHEMA)
        self._next = 1 + self._connection.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()[0]
        self._events: list[tuple[int, str, str, int, str, str]] = []
        self._changed: dict[str, Call] = {}

    def calls(self) -> dict[str, Call]:
        """Every call of this file, oldest first."""
        rows = self._connection.execute("SELECT state FROM call ORDER BY rowid")
        return {call.sid: call for call in (Call(**json.loads(state)) for (state,) in rows)}

    def add(self, call: Call, kind: str, **detail: Any) -> None:
        """One event of a call, at the call's own moment."""
        self._events.append((self._next, call.sid, call.to, call.now, kind, json.dumps(detail, ensure_ascii=False)))
        self._changed[call.sid] = call
        self._next += 1

    def flush(self) -> None:
        """Write what was gathered."""
        states = [(call.sid, json.dumps(asdict(call), ensure_ascii=False)) for call in self._changed.values()]
        with self._connection:
            self._connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", self._events)
            self._connection.executemany(
                "INSERT INTO call VALUES (?, ?) ON CONFLICT (sid) DO UPDATE SET state = excluded.state", states
            )
        self._events, self._changed = [], {}

    def after(self, last: int, limit: int) -> list[dict[str, Any]]:
        """The events that follow `last`."""
        self.flush()
        rows = self._connection.execute("SELECT * FROM event WHERE id > ? ORDER BY id LIMIT ?", (last, limit))
        return [
            {"id": id_, "sid": sid, "to": number, "at": at, "kind": kind, **json.loads(detail)}
            for id_, sid, number, at, kind, detail in rows
        ]

    def errors(self) -> int:
        """How many errors were recorded."""
        self.flush()
        return int(self._connection.execute("SELECT count(*) FROM event WHERE kind = 'error'").fetchone()[0])

    def close(self) -> None:
        """Write the rest."""
        self.flush()
        self._connection.close()
