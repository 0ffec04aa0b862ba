"""How do a database's triggers and cells come about? After every migration, and once from what an old one holds.

SQLite loses the triggers of a table that a migration copies, and stumbles over triggers that name it meanwhile: so all
of them are put away before and put in place after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import Connection, inspect, text

from opportune.rules.zones import ahead
from opportune.store import rollup_triggers, rollups

_NOTE = "rollup_triggers"
_STATUS = {
    True: "UPDATE decision SET status = context ->> '$.person.status' WHERE first AND status IS NULL",
    False: "UPDATE decision SET status = context -> 'person' ->> 'status' WHERE first AND status IS NULL",
}
_TEMPLATE = """UPDATE decision SET template =
    (SELECT t.template FROM touch t WHERE t.enrolment_id = decision.enrolment_id AND t.decision_id = decision.id)
  WHERE first AND template IS NULL"""
_CLOCKS = """SELECT t.id, t.due_at, CAST(c.zones AS VARCHAR(2000)) FROM touch t JOIN contact c ON c.id = t.contact_id
  WHERE t.enrolment_id IS NOT NULL AND t.ahead IS NULL AND t.id > :last ORDER BY t.id LIMIT 20000"""
_AHEAD = "UPDATE touch SET ahead = :ahead WHERE id = :id"
_DECIDED = """UPDATE decision SET ahead =
    (SELECT t.ahead FROM touch t WHERE t.enrolment_id = decision.enrolment_id AND t.decision_id = decision.id)
  WHERE first AND ahead IS NULL"""


def put_away(connection: Connection) -> None:
    """Before tables change."""
    if inspect(connection).has_table("board_dirty"):
        _run(connection, rollup_triggers.drop(_lite(connection)))


def put_in_place(connection: Connection, *, anew: bool) -> None:
    """Nothing happens where they are. `anew`: the tables are new, and what is there already is counted."""
    lite = _lite(connection)
    if not inspect(connection).has_table("board_dirty"):
        return
    if anew:
        _look_back(connection, lite)
        rebuild(connection)
    if not _there(connection, lite):
        _run(connection, rollup_triggers.drop(lite))
        _run(connection, rollup_triggers.create(lite))
        note = f"INSERT INTO note (key, value) VALUES ('{_NOTE}', '{_digest(lite)}')"
        _run(connection, [f"{note} ON CONFLICT (key) DO UPDATE SET value = excluded.value"])


def rebuild(connection: Connection) -> None:
    """Every cell from the plain tables, whatever stood there."""
    _run(connection, [rollup_triggers.windows(_lite(connection)), *rollups.building(_lite(connection))])


def _look_back(connection: Connection, lite: bool) -> None:
    """What older decisions and touches do not say of themselves yet."""
    _run(connection, (_STATUS[lite], _TEMPLATE))
    last = 0
    while rows := connection.execute(text(_CLOCKS), {"last": last}).all():
        last = rows[-1][0]
        connection.execute(
            text(_AHEAD), [{"id": id, "ahead": ahead(json.loads(zones), due)} for id, due, zones in rows]
        )
    _run(connection, [_DECIDED])


def _there(connection: Connection, lite: bool) -> bool:
    """All of them, and as they are written now."""
    names = "sqlite_master WHERE type = 'trigger' AND name" if lite else "pg_trigger WHERE tgname"
    found = connection.execute(text(f"SELECT COUNT(*) FROM {names} LIKE 'board!_%' ESCAPE '!'")).scalar()
    noted = connection.execute(text(f"SELECT CAST(value AS VARCHAR(80)) FROM note WHERE key = '{_NOTE}'")).scalar()
    return found == len(list(rollup_triggers.statements(lite))) and noted == _digest(lite)


def _digest(lite: bool) -> str:
    return f'"{sha256(";".join(rollup_triggers.create(lite)).encode()).hexdigest()}"'


def _run(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement if _lite(connection) else statement.replace("%", "%%"))


def _lite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
