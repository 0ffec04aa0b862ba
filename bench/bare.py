"""What is the least that claiming a hundred touches costs? The same rows and one durable commit, by the bare driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench.people import NOW
from opportune.store.ledger import LEASE

LEASE_OVER = NOW + LEASE
DUE = """SELECT id, contact_id, fence FROM touch WHERE state = 'planned' AND channel = 'email' AND due_at <= {now}
  ORDER BY due_at, contact_id, step LIMIT {limit}"""
MARK = f"""UPDATE touch SET state = 'claimed', fence = ?, lease_owner = 'bench', lease_until = {LEASE_OVER}
  WHERE id = ? AND state = 'planned' AND fence = ?"""
EVENT = f"""INSERT INTO touch_event (touch_id, at, was, now, who, why, fence, data)
  VALUES (?, {NOW}, 'planned', 'claimed', 'bench', NULL, ?, '{{}}')"""


def sqlite(path: Path, limit: int) -> Callable[[], int]:
    """A connection of its own, durable like ours."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    due = DUE.format(now=NOW, limit=limit)

    def claim() -> int:
        connection.execute("BEGIN IMMEDIATE")
        rows = connection.execute(due).fetchall()
        connection.executemany(MARK, [(fence + 1, id, fence) for id, _, fence in rows])
        connection.executemany(EVENT, [(id, fence + 1) for id, _, fence in rows])
        connection.execute("COMMIT")
        return len(rows)

    return claim


def postgresql(url: str, limit: int) -> Callable[[], int]:
    """A connection of its own; the many rows of a statement go in one round trip."""
    connection = psycopg.connect(url.replace("+psycopg", ""))
    due = DUE.format(now=NOW, limit=limit) + " FOR UPDATE SKIP LOCKED"
    mark = f"""UPDATE touch
      SET state = 'claimed', fence = v.fence + 1, lease_owner = 'bench', lease_until = {LEASE_OVER}
      FROM unnest(%s::bigint[], %s::bigint[]) AS v(id, fence)
      WHERE touch.id = v.id AND state = 'planned' AND touch.fence = v.fence"""
    event = f"""INSERT INTO touch_event (touch_id, at, was, now, who, why, fence, data)
      SELECT v.id, {NOW}, 'planned', 'claimed', 'bench', NULL, v.fence + 1, '{{}}'
      FROM unnest(%s::bigint[], %s::bigint[]) AS v(id, fence)"""

    def claim() -> int:
        with connection.transaction():
            rows = connection.execute(due).fetchall()
            both = [id for id, _, _ in rows], [fence for _, _, fence in rows]
            connection.execute(mark, both)
            connection.execute(event, both)
        return len(rows)

    return claim
