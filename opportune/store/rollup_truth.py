"""Is what the board counts true? Everything once more from the plain tables, by SQL that shares nothing with what keeps
the cells.

Rows of people and attempts are looked at some thousand at a time; what is found wrong is noted, as any change is, and
folded anew. Cells are compared with the sum of their rows; what is missing is added, which is right however many are
folded meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from opportune.store.bulk import Bulk
from opportune.store.db import Database

PART = 20_000  # enrolments of one look
_HEARD = "('interested', 'not_interested', 'meeting_booked', 'talked')"
_PICKED_UP = "('secretary', 'call_back', 'email_please', 'do_not_call')"
_WENT = "t.sending_at IS NOT NULL AND (t.sent_at IS NOT NULL OR t.state = 'uncertain' OR t.state = 'assumed_sent')"
_RANGE = "enrolment_id BETWEEN {since} AND {until}"

_FIRSTS = f"""
  firsts AS (SELECT enrolment_id, MIN(id) AS id FROM decision
    WHERE first AND verdict = 'act' AND channel IN ('call', 'email') AND {_RANGE} GROUP BY enrolment_id),
  whom AS (SELECT d.enrolment_id, d.contact_id, d.campaign_id, d.version_id, d.at, d.channel, d.mode, d.propensities,
      d.status, d.template, (d.moment + d.ahead) / 1800 % 48 AS hour, c.source_id,
      d.at + 86400 * COALESCE(CAST(v.document ->> 'outcome_days' AS INTEGER), 14) AS over_at
    FROM firsts JOIN decision d ON d.id = firsts.id JOIN contact c ON c.id = d.contact_id
    JOIN campaign_version v ON v.id = d.version_id)"""

PEOPLE = f"""
  WITH {_FIRSTS},
  tried AS (SELECT w.enrolment_id, COUNT(*) AS n,
      MAX(CASE WHEN t.channel = 'call' AND t.result IN {_HEARD} THEN 2
        WHEN t.channel = 'call' AND t.result IN {_PICKED_UP} THEN 1
        WHEN t.channel = 'email' AND k.at < w.over_at THEN 1 ELSE 0 END) AS far
    FROM whom w JOIN touch t ON t.enrolment_id = w.enrolment_id AND t.sending_at < w.over_at
    LEFT JOIN mail_click k ON k.touch_id = t.id AND k.machine IS NULL WHERE {_WENT} GROUP BY w.enrolment_id),
  spent AS (SELECT w.enrolment_id, SUM(s.amount) AS amount FROM whom w
    JOIN touch t ON t.enrolment_id = w.enrolment_id AND t.sending_at < w.over_at
    JOIN touch_cost s ON s.touch_id = t.id WHERE {_WENT} GROUP BY w.enrolment_id),
  came AS (SELECT w.enrolment_id,
      MAX(CASE WHEN o.kind = 'reply' AND o.at < w.over_at THEN 1 ELSE 0 END) AS replied,
      MAX(CASE WHEN o.kind = 'goal_met' AND o.at < w.over_at THEN 1 ELSE 0 END) AS met,
      MAX(CASE WHEN o.kind = 'meeting_kept' THEN 1 ELSE 0 END) AS kept
    FROM whom w JOIN outcome o ON o.enrolment_id = w.enrolment_id AND o.at >= w.at GROUP BY w.enrolment_id),
  noes AS (SELECT DISTINCT w.enrolment_id FROM whom w JOIN outcome o ON o.contact_id = w.contact_id
    WHERE o.kind = 'opt_out' AND o.at >= w.at AND o.at < w.over_at)
  SELECT w.enrolment_id, w.campaign_id, w.version_id, w.at / 86400 * 86400, w.channel, w.mode,
    COALESCE(CAST(ROUND(CASE WHEN w.propensities ->> 'email' IS NOT NULL
      THEN CAST(w.propensities ->> 'call' AS DOUBLE PRECISION) END * 10000) AS BIGINT), -1),
    COALESCE(w.status, 'unknown'), COALESCE(w.source_id, 0), COALESCE(w.template, ''), COALESCE(w.hour, -1), 1,
    CASE WHEN a.n > 0 THEN 1 ELSE 0 END,
    CASE WHEN a.far > 0 OR o.replied = 1 THEN 1 ELSE 0 END, CASE WHEN a.far > 1 OR o.replied = 1 THEN 1 ELSE 0 END,
    COALESCE(o.met, 0), COALESCE(o.met * o.kept, 0), CASE WHEN n.enrolment_id IS NULL THEN 0 ELSE 1 END,
    CAST(ROUND(COALESCE(s.amount, 0) * 1000000) AS BIGINT)
  FROM whom w LEFT JOIN tried a ON a.enrolment_id = w.enrolment_id LEFT JOIN spent s ON s.enrolment_id = w.enrolment_id
    LEFT JOIN came o ON o.enrolment_id = w.enrolment_id LEFT JOIN noes n ON n.enrolment_id = w.enrolment_id"""

ATTEMPTS = f"""
  WITH {_FIRSTS},
  gone AS (SELECT t.id, t.enrolment_id, t.sending_at, t.ahead, t.channel, t.template, t.result,
      MAX(CASE WHEN o.kind = 'reply' THEN 1 ELSE 0 END) AS replied, MAX(CASE WHEN o.kind = 'goal_met' THEN 1 ELSE 0 END)
      AS met, MAX(CASE WHEN k.id IS NULL THEN 0 ELSE 1 END) AS clicked
    FROM touch t LEFT JOIN outcome o ON o.touch_id = t.id
    LEFT JOIN mail_click k ON k.touch_id = t.id AND k.machine IS NULL
    WHERE t.{_RANGE} AND {_WENT} GROUP BY t.id, t.enrolment_id, t.sending_at, t.ahead, t.channel, t.template, t.result),
  told AS (SELECT g.*, CASE WHEN g.channel = 'call' THEN CASE WHEN g.result IN {_HEARD} OR g.result IN {_PICKED_UP}
      THEN 1 ELSE 0 END WHEN g.replied + g.clicked > 0 THEN 1 ELSE 0 END AS answered FROM gone g),
  placed AS (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY enrolment_id ORDER BY sending_at, id) AS nth,
      SUM(answered) OVER (PARTITION BY enrolment_id ORDER BY sending_at, id) - answered AS before FROM told t),
  spent AS (SELECT s.touch_id, SUM(s.amount) AS amount FROM touch t JOIN touch_cost s ON s.touch_id = t.id
    WHERE t.{_RANGE} GROUP BY s.touch_id)
  SELECT p.id, w.campaign_id, w.version_id, (p.sending_at + COALESCE(p.ahead, 0)) / 86400 * 86400, p.channel,
    COALESCE((p.sending_at + p.ahead) / 1800 % 48, -1), p.nth, CASE WHEN p.before = 0 THEN 1 ELSE 0 END,
    COALESCE(w.status, 'unknown'), COALESCE(w.source_id, 0), p.template, 1, p.answered,
    CASE WHEN p.channel = 'call' THEN CASE WHEN p.result IN {_HEARD} THEN 1 ELSE 0 END ELSE p.replied END, p.met,
    CAST(ROUND(COALESCE(s.amount, 0) * 1000000) AS BIGINT)
  FROM placed p JOIN whom w ON w.enrolment_id = p.enrolment_id LEFT JOIN spent s ON s.touch_id = p.id"""

_PERSON = ("campaign_id", "version_id", "day", "channel", "mode", "chance", "status", "source_id", "script", "hour")
_STAGES = ("decided", "attempted", "reached", "conversation", "goal", "kept", "opted_out", "cost")
_TRY = ("campaign_id", "version_id", "day", "channel", "half", "attempt", "fresh", "status", "source_id", "script")
_RESULTS = ("tried", "answered", "conversation", "goal", "cost")
#: Kind of cell -> what each of its columns is in a row of theirs.
_PEOPLE_CELLS = {
    "all": {"mode": "mode", "chance": "chance"},
    "status": {"mode": "mode", "chance": "chance", "status": "status"},
    "source": {"source_id": "source_id", "status": "status"},
    "script": {"script": "script", "status": "status"},
    "hour": {"hour": "hour", "status": "status"},
}
_HALF = {"half": "half", "attempt": "CASE WHEN attempt = 1 THEN 1 ELSE 2 END", "fresh": "fresh"}
_TRY_CELLS = {
    "step": {"attempt": "attempt", "fresh": "fresh", "status": "status", "script": "script"},
    "half": _HALF,
    "half_status": {**_HALF, "status": "status"},
}
_ALWAYS = {name: name for name in ("campaign_id", "version_id", "day", "channel")}
_ABSENT = {"mode": "''", "status": "''", "script": "''"}


def wrong_people(bulk: Bulk, since: int, until: int) -> list[int]:
    """Enrolments in this range of which something else is counted than the plain tables say."""
    return _wrong(bulk, PEOPLE, f"SELECT * FROM cohort WHERE {_RANGE}", since, until)


def wrong_attempts(bulk: Bulk, since: int, until: int) -> list[int]:
    """Touches, likewise."""
    mine = f"SELECT a.* FROM attempt a JOIN touch t ON t.id = a.touch_id WHERE t.{_RANGE}"
    return _wrong(bulk, ATTEMPTS, mine, since, until)


def _wrong(bulk: Bulk, truth: str, counted: str, since: int, until: int) -> list[int]:
    compared = f"SELECT * FROM ({truth}) a EXCEPT {counted}", f"{counted} EXCEPT SELECT * FROM ({truth}) a"
    found = set()
    for query in compared:
        sql = query.format(since=since, until=until)
        sql = sql.replace("->> '", "->> '$.") if bulk.lite else sql.replace("%", "%%")
        found |= {row[0] for row in bulk.rows(sql)}
    return sorted(found)


def orphans(bulk: Bulk) -> list[int]:
    """Attempts that are counted though their touch is gone, or belongs to no campaign any more."""
    query = """SELECT a.touch_id FROM attempt a LEFT JOIN touch t ON t.id = a.touch_id WHERE t.enrolment_id IS NULL"""
    return [id for (id,) in bulk.rows(query)]


def missing(bulk: Bulk) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """Table, its columns, and by how much cells fall short of the rows they stand for."""
    for rows, cells, dims, sums, kinds in (
        ("cohort", "people_cell", _PERSON, _STAGES, _PEOPLE_CELLS),
        ("attempt", "try_cell", _TRY, _RESULTS, _TRY_CELLS),
    ):
        for kind, named in kinds.items():
            told = [{**_ALWAYS, **named}.get(name, _ABSENT.get(name, "-1")) for name in dims]
            found = bulk.rows(_short(rows, cells, kind, told, dims, sums))
            yield (
                cells,
                ("kind", *dims, *sums),
                [(kind, *row[: len(dims)], *map(int, row[len(dims) :])) for row in found],
            )


def _short(rows: str, cells: str, kind: str, told: Sequence[str], dims: Sequence[str], sums: Sequence[str]) -> str:
    named = ", ".join(f"{each} AS {name}" for each, name in zip(told, dims, strict=True))
    less = ", ".join(f"-{name}" for name in sums)
    off = " OR ".join(f"SUM({name}) <> 0" for name in sums)
    return f"""SELECT {", ".join(dims)}, {", ".join(f"SUM({name})" for name in sums)} FROM (
        SELECT {named}, {", ".join(sums)} FROM {rows}
        UNION ALL SELECT {", ".join(dims)}, {less} FROM {cells} WHERE kind = '{kind}') u
      GROUP BY {", ".join(dims)} HAVING {off}"""


def ranges(db: Database) -> Iterator[tuple[int, int]]:
    with db.read() as session:
        [(last,)] = Bulk(session).rows("SELECT COALESCE(MAX(id), 0) FROM enrolment")
    return ((start, start + PART - 1) for start in range(1, last + 1, PART))
