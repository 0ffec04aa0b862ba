"""A database with ten million contact attempts, made inside SQLite: three million people in five campaigns.

`python -m bench.board_fill FILE TOUCHES`. Rows go in without triggers and without the indexes that can be built
afterwards; the cells are then built from them as for an old database.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bench.people import NOW, PLACES, SOURCES
from opportune.store import models as m
from opportune.store import rollup_build
from opportune.store.db import Database

CAMPAIGNS = ("meeting", "trial", "feedback", "clarification", "conference")
DAYS, EACH = 90, 10 / 3  # contact attempts of a person in a campaign
ZONES = [zone for *_, zones in PLACES for zone in zones.split()]
_FAST = ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-262144", "temp_store=MEMORY")
_REBUILT = ("touch", "touch_cost", "decision", "outcome", "enrolment", "contact")

CONTACTS = f"""
  INSERT INTO contact (id, source_id, name, status, business, interest, bought, language, email, phone, country, zones,
    asked_for_contact, created_at, version)
  SELECT i, 1 + i % {len(SOURCES)}, 'Person ' || i, {{status}}, 1, 'cold', 0, 'en', 'person' || i || '@firm.example',
    '+49' || (3000000000 + i), 'DE', '["' || {{zone}} || '"]', 0, {NOW - 400 * 86_400}, 1 FROM n"""
ENROLMENTS = """
  INSERT INTO enrolment (id, campaign_id, contact_id, version_id, since, state, lot, first_channel)
  SELECT i, 1 + i % 5, 1 + i / 5, 1 + i % 5, {at} - 3600, 'active', {lot}, {channel} FROM n"""
DECISIONS = """
  INSERT INTO decision (id, enrolment_id, campaign_id, contact_id, version_id, rules_version, at, step, first, verdict,
    channel, kind, mode, propensity, propensities, context, ruled_out, reasons, changes, moment, status, template,
    ahead)
  SELECT i, i, 1 + i % 5, 1 + i / 5, 1 + i % 5, '1', {at}, 1, 1, 'act', {channel}, 'approach',
    CASE WHEN {lot} < 0.2 THEN 'explore' ELSE 'policy' END, 0.7,
    CASE WHEN i % 3 = 0 THEN '{{"call": 1.0}}' WHEN i % 2 = 0 THEN '{{"call": 0.7, "email": 0.3}}'
      ELSE '{{"call": 0.3, "email": 0.7}}' END,
    '{{}}', '{{}}', '[]', '[]', {at} + 3600, {status}, CASE WHEN i % 7 < 4 THEN 'short' ELSE 'long' END,
    i % 9 * 3600 FROM n"""
#: One of a person's attempts after another, three days apart, in working hours of their own clock.
TOUCHES = f"""
  INSERT INTO touch (id, key, token, campaign_id, contact_id, enrolment_id, decision_id, step, attempt, channel, kind,
    template, automated, voicemail, state, due_at, not_after, ahead, fence, sending_at, sent_at, rules_version, result,
    rank)
  SELECT NULL, printf('%08d:%d', n, k), printf('%08d-%d', n, k), campaign_id, contact_id, n, n, k, 1, channel,
    CASE k WHEN 1 THEN 'approach' ELSE 'follow_up' END, template, 0, 0,
    CASE WHEN due > {NOW} THEN 'planned' WHEN channel = 'email' THEN 'delivered' ELSE 'completed' END, due, due + 600,
    ahead, 1, CASE WHEN due <= {NOW} THEN due END, CASE WHEN due <= {NOW} THEN due END, '1',
    CASE WHEN channel = 'call' AND due <= {NOW} THEN CASE (n * 7 + k * 3) % 11 WHEN 0 THEN 'interested'
      WHEN 1 THEN 'talked' WHEN 2 THEN 'secretary' WHEN 3 THEN 'busy' ELSE 'no_answer' END END, 1
  FROM (SELECT d.enrolment_id AS n, d.campaign_id, d.contact_id, d.template, d.ahead, s.k,
      CASE WHEN (d.enrolment_id + s.k) % 3 = 0 THEN 'email' ELSE 'call' END AS channel,
      d.at - d.at % 86400 + (s.k - 1) * 259200 + 32400 + d.enrolment_id * 37 % 17 * 1800 - d.ahead AS due
    FROM decision d CROSS JOIN (SELECT 1 AS k UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) s
    WHERE s.k < 4 OR d.enrolment_id % 3 = 0)"""
OUTCOMES = """
  INSERT INTO outcome (enrolment_id, campaign_id, contact_id, touch_id, kind, at)
  SELECT enrolment_id, campaign_id, contact_id, id,
    CASE id % 5 WHEN 0 THEN 'reply' WHEN 1 THEN 'opt_out' ELSE 'goal_met' END, sending_at + 7200
  FROM touch WHERE id % 33 = 0 AND sending_at IS NOT NULL"""
COSTS = """
  INSERT INTO touch_cost (touch_id, kind, amount, currency)
  SELECT id, 'mail', CASE channel WHEN 'email' THEN 0.002 ELSE 0.014 END, 'EUR' FROM touch
  WHERE sending_at IS NOT NULL AND (channel = 'email' OR result IN ('interested', 'talked', 'secretary'))"""


def fill(file: Path, touches: int) -> None:
    db = Database(f"sqlite:///{file}")
    db.migrate()
    _campaigns(db)
    people = round(touches / EACH)
    with db.scratch() as connection:
        raw: Any = connection.connection.driver_connection
        raw.rollback()
        for pragma in _FAST:
            raw.execute(f"PRAGMA {pragma}")
        rollup_build.put_away(connection)
        indexes = _without_indexes(connection)
        for statement, count in ((CONTACTS, people // 5 + 1), (ENROLMENTS, people), (DECISIONS, people)):
            raw.execute(_of(statement, count))
        for statement in (TOUCHES, OUTCOMES, COSTS):
            raw.execute(statement)
        for index in indexes:
            raw.execute(index)
        rollup_build.rebuild(connection)
        rollup_build.put_in_place(connection, anew=False)
        raw.execute("ANALYZE")
        connection.commit()
        raw.execute("PRAGMA journal_mode=WAL")
    db.close()


def _campaigns(db: Database) -> None:
    with db.write() as session:
        for id, (_, key, kind, *_rest) in enumerate(SOURCES, start=1):
            session.add(m.Source(id=id, key=key, kind=kind, created_at=0))
        for id, goal in enumerate(CAMPAIGNS, start=1):
            session.add(m.Campaign(id=id, key=f"{goal}s", name=goal, goal=goal, state="live", version_id=id))
            session.flush()
            document = {"outcome_days": 14 if id % 2 else 7}
            session.add(m.CampaignVersion(id=id, campaign_id=id, sha=goal, document=document, text="", created_at=0))
            session.flush()


def _of(statement: str, count: int) -> str:
    """Drawn by the number of the row: the same every time."""
    lot = "(i * 2654435761 % 4294967296 / 4294967296.0)"
    drawn = {
        "lot": lot,
        "status": "CASE WHEN i % 20 < 3 THEN 'executive' WHEN i % 20 < 8 THEN 'manager' WHEN i % 20 < 17 THEN 'staff' "
        "ELSE 'unknown' END",
        "zone": f"json_extract('{json.dumps(ZONES)}', '$[' || (i % {len(ZONES)}) || ']')",
        "at": f"({NOW} - CAST({lot} * {DAYS * 86_400} AS INTEGER))",
        "channel": "CASE WHEN (i + 1) % 3 = 0 THEN 'email' ELSE 'call' END",
    }
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
    return numbers + statement.format(**drawn)


def _without_indexes(connection: Connection) -> list[str]:
    """Drops those of the large tables; answers how they are made."""
    names = ", ".join(f"'{table}'" for table in _REBUILT)
    query = f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({names})"
    found = connection.exec_driver_sql(query).all()
    for name, _ in found:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    return [sql for _, sql in found]


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))
