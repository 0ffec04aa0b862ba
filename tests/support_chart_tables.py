"""Whom do the board's charts speak of? Asked of the plain tables, in SQL that shares nothing with the board's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from statsmodels.stats.proportion import proportion_confint
from support_board import NOW

DAY = 86_400
CHANNELS, STAGES = ("call", "email"), ("decided", "attempted", "reached", "conversation", "goal")
TALKED = "('interested', 'not_interested', 'meeting_booked', 'talked')"
ANSWERED = f"{TALKED[:-1]}, 'secretary', 'call_back', 'email_please', 'do_not_call')"
LEFT = "(t.sent_at IS NOT NULL OR t.state IN ('uncertain', 'assumed_sent'))"
CHOSEN = """c.key = COALESCE(:campaign, c.key) AND c.goal = COALESCE(:goal, c.goal)
  AND d.version_id = COALESCE(:version, d.version_id)
  AND COALESCE(d.status, 'unknown') = COALESCE(:status, COALESCE(d.status, 'unknown'))"""
FIRST = """(SELECT * FROM decision WHERE id IN (SELECT MIN(id) FROM decision
  WHERE first AND verdict = 'act' AND channel <> '' GROUP BY enrolment_id))"""
WINDOW = "(SELECT id, COALESCE(document ->> 'outcome_days', 14) * 86400 AS seconds FROM campaign_version)"
MINE = f"SELECT 1 FROM touch t WHERE t.enrolment_id = d.enrolment_id AND t.sending_at < d.at + w.seconds AND {LEFT}"
IN_TIME = "o.at >= d.at AND o.at < d.at + w.seconds"
REPLIED = f"EXISTS (SELECT 1 FROM outcome o WHERE o.enrolment_id = d.enrolment_id AND o.kind = 'reply' AND {IN_TIME})"

#: One row a person in a campaign, at the first decision that chose a channel.
PERSON = f"""CREATE TEMP TABLE person AS SELECT d.enrolment_id AS enrolment, d.contact_id AS contact, d.channel, d.mode,
  d.at, c.id AS campaign_id, c.key AS campaign, c.goal AS aim, COALESCE(d.status, 'unknown') AS status, w.seconds,
  d.at / 86400 * 86400 AS day,
  (SELECT s.key FROM contact p JOIN source s ON s.id = p.source_id WHERE p.id = d.contact_id) AS source,
  d.template AS script, (d.moment + d.ahead) % 86400 / 1800 AS hour,
  d.at / 86400 * 86400 + 86400 + w.seconds <= :now AS over, 1 AS decided,
  CASE WHEN d.propensities ->> 'email' IS NOT NULL THEN d.propensities ->> 'call' END AS chance,
  EXISTS ({MINE}) AS attempted,
  {REPLIED} OR EXISTS ({MINE} AND t.channel = 'call' AND t.result IN {ANSWERED}) OR EXISTS (
    {MINE} AND t.channel = 'email' AND t.id IN (
      SELECT touch_id FROM mail_click WHERE machine IS NULL AND at < d.at + w.seconds)) AS reached,
  {REPLIED} OR EXISTS ({MINE} AND t.channel = 'call' AND t.result IN {TALKED}) AS conversation,
  EXISTS (SELECT 1 FROM outcome o WHERE o.enrolment_id = d.enrolment_id AND o.kind = 'goal_met' AND {IN_TIME}) AS goal,
  EXISTS (SELECT 1 FROM outcome o WHERE o.contact_id = d.contact_id AND o.kind = 'opt_out' AND {IN_TIME}) AS said_no,
  (SELECT COALESCE(SUM(s.amount), 0) FROM touch_cost s WHERE s.touch_id IN ({MINE.replace("SELECT 1", "SELECT t.id")}))
    AS cost
  FROM {FIRST} d JOIN campaign c ON c.id = d.campaign_id JOIN {WINDOW} w ON w.id = d.version_id
  WHERE {CHOSEN} AND d.at / 86400 * 86400 >= :since"""

#: One row an attempt of a campaign that left, or may have; its day and hour are those of the person's own clock.
MADE = f"""CREATE TEMP TABLE made AS SELECT * FROM (
  SELECT t.id, t.enrolment_id AS enrolment, t.channel, t.result, t.sending_at AS at, c.key AS campaign, c.goal AS aim,
    COALESCE(d.status, 'unknown') AS status, (t.sending_at + COALESCE(t.ahead, 0)) / 86400 * 86400 AS day,
    ((t.sending_at + t.ahead) / 86400 + 3) % 7 AS weekday, (t.sending_at + t.ahead) % 86400 / 1800 AS half,
    ROW_NUMBER() OVER (PARTITION BY t.enrolment_id ORDER BY t.sending_at, t.id) AS number,
    (t.channel = 'call' AND COALESCE(t.result, '') IN {ANSWERED}) OR (t.channel = 'email' AND (
      t.id IN (SELECT touch_id FROM mail_click WHERE machine IS NULL)
      OR t.id IN (SELECT touch_id FROM outcome WHERE kind = 'reply'))) AS answered,
    t.id IN (SELECT touch_id FROM outcome WHERE kind = 'goal_met') AS goal, t.kind, t.priority, t.step, t.attempt
  FROM touch t JOIN {FIRST} d ON d.enrolment_id = t.enrolment_id JOIN campaign c ON c.id = d.campaign_id
  WHERE t.sending_at IS NOT NULL AND {LEFT} AND {CHOSEN}) WHERE day >= :since"""


@dataclass
class Tables:
    """The rows of a database under the filters of an address."""

    path: Path
    chosen: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        days = {"4w": 28, "10w": 70}.get(self.chosen.get("period", ""))
        self.since = (NOW - days * DAY) // DAY * DAY if days else 0
        asked = {name: self.chosen.get(name) for name in ("campaign", "goal", "status")}
        version = int(self.chosen["version"]) if "version" in self.chosen else None
        self.known = {"now": NOW, "since": self.since, "version": version, **asked}
        self.raw = sqlite3.connect(self.path)
        for table in (PERSON, MADE):
            self.raw.execute(table, self.known)

    def ask(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        return self.raw.execute(sql, self.known | more).fetchall()

    def one(self, sql: str, **more: Any) -> tuple[Any, ...]:
        [row] = self.ask(sql, **more)
        return tuple(value or 0 for value in row)


Rows = list[tuple[Any, ...]]


class Near(float):
    """Found by a search, or by chance: to a thousandth."""


Counted = dict[str, tuple[int, Callable[[Tables], Rows]]]


def wilson(k: int, n: int) -> tuple[float, float]:
    return tuple(proportion_confint(k, n, method="wilson")) if n else (0.0, 1.0)


def share(k: int, n: int) -> tuple[float | None, float, float]:
    return (k / n if n else None, *wilson(k, n))


PART = """CASE WHEN half < 18 THEN 'early' WHEN half < 24 THEN 'morning' WHEN half < 28 THEN 'midday'
  WHEN half < 34 THEN 'afternoon' ELSE 'evening' END"""
