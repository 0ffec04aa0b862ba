"""Which mails did the practice mailbox take, and which answers lie in its INBOX?

One SQLite file. Mails are committed in batches, a few times a second: here nothing depends on the last tenth of a
second before a power cut, and a mail must cost almost nothing.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections import Counter
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, sender TEXT, recipient TEXT, message_id TEXT, touch TEXT,
  subject TEXT, reply_to TEXT, list_unsubscribe TEXT, raw BLOB);
CREATE INDEX IF NOT EXISTS mail_touch ON mail (touch);
CREATE TABLE IF NOT EXISTS incoming (uid INTEGER PRIMARY KEY AUTOINCREMENT, mail INTEGER, kind TEXT, raw BLOB);
CREATE TABLE IF NOT EXISTS mailbox (validity INTEGER);
"""
LISTED = ("id", "at", "recipient", "sender", "message_id", "touch", "subject", "reply_to", "list_unsubscribe")
FOLDED = re.compile(rb"\r\n(?=[ \t])")


class Clock:
    """Practice time: standing still at `now` when the rehearsal set it, else real time with an offset."""

    def __init__(self) -> None:
        self.standing: int | None = None
        self.offset = 0

    def now(self) -> int:
        return int(time.time()) + self.offset if self.standing is None else self.standing


class Store:
    """Everything the stand-in remembers."""

    def __init__(self, path: Path | str, clock: Clock) -> None:
        self.clock = clock
        self.counts: Counter[str] = Counter()
        self._db = sqlite3.connect(path)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(SCHEMA)
        if not self._db.execute("SELECT 1 FROM mailbox").fetchone():  # another file is another mailbox: other UIDs
            self._db.execute("INSERT INTO mailbox VALUES (?)", (int(time.time()),))
        self.validity: int = self._db.execute("SELECT validity FROM mailbox").fetchone()[0]
        self.commit()

    def add(self, sender: str, recipient: str, raw: bytes) -> int:
        """Stores one accepted mail."""
        header = headers(raw)
        known = (header.get(name, "") for name in ("message-id", "x-opportune-touch", "subject", "reply-to"))
        row = (self.clock.now(), sender, recipient, *known, header.get("list-unsubscribe", ""), raw)
        return self._insert(
            "INSERT INTO mail (at, sender, recipient, message_id, touch, subject, reply_to, list_unsubscribe, raw)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            row,
        )

    def mails(self, after: int, limit: int) -> list[sqlite3.Row]:
        """The mails with a greater id, oldest first, without their bytes."""
        query = f"SELECT {', '.join(LISTED)} FROM mail WHERE id > ? ORDER BY id LIMIT ?"
        return self._db.execute(query, (after, limit)).fetchall()

    def mail(self, number: int) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute("SELECT * FROM mail WHERE id = ?", (number,)).fetchone()
        return row

    def copies(self, message_id: str) -> list[int]:
        """The mails that were taken under this Message-ID."""
        rows = self._db.execute("SELECT id FROM mail WHERE message_id = ? ORDER BY id", (message_id,))
        return [row[0] for row in rows]

    def answers_to(self, number: int) -> list[sqlite3.Row]:
        """The answers that this mail got, the first first: uid, kind, raw."""
        query = "SELECT uid, kind, raw FROM incoming WHERE mail = ? ORDER BY uid"
        return self._db.execute(query, (number,)).fetchall()

    def put(self, mail: int, kind: str, raw: bytes) -> int:
        """Lays an answer into the INBOX; its UID."""
        return self._insert("INSERT INTO incoming (mail, kind, raw) VALUES (?,?,?)", (mail, kind, raw))

    def uids(self) -> list[int]:
        return [row[0] for row in self._db.execute("SELECT uid FROM incoming ORDER BY uid")]

    def incoming(self, uid: int) -> bytes:
        raw: bytes = self._db.execute("SELECT raw FROM incoming WHERE uid = ?", (uid,)).fetchone()[0]
        return raw

    def stats(self) -> dict[str, int]:
        one = "SELECT count(*), count(nullif(touch, '')) - count(DISTINCT nullif(touch, '')) FROM mail"
        mails, duplicates = self._db.execute(one).fetchone()
        replies = self._db.execute("SELECT count(*) FROM incoming").fetchone()[0]
        return {"mails": mails, "refused": self.counts["refused"], "replies": replies, "duplicates": duplicates}

    def commit(self) -> None:
        self._db.commit()

    def close(self) -> None:
        self._db.commit()
        self._db.close()

    def _insert(self, statement: str, row: tuple[object, ...]) -> int:
        number = self._db.execute(statement, row).lastrowid
        assert number is not None
        return number


def headers(raw: bytes) -> dict[str, str]:
    """Names in small letters and unfolded values; of a repeated header the last. Quick: the mail is not parsed."""
    head = FOLDED.sub(b"", raw.partition(b"\r\n\r\n")[0]).decode("utf-8", "replace")
    pairs = (line.partition(":") for line in head.split("\r\n"))
    return {name.lower(): value.strip() for name, _, value in pairs}
