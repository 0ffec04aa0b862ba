"""What do the plain tables say of each chart? In SQL of its own: it shares nothing with the board's cells or modules.

`COUNTED`: name of the file -> (how many of its columns name the row, all rows as they should be).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import chi2
from support_chart_tables import CHANNELS, CHOSEN, FIRST, LEFT, STAGES, Counted, Rows, Tables, share, wilson


def funnel(of: Tables) -> Rows:
    rows = []
    for channel in CHANNELS:
        for stage in STAGES:
            sums = f"SUM({stage} AND over), SUM(over), SUM({stage} AND NOT over)"
            k, n, maturing = of.one(f"SELECT {sums} FROM person WHERE channel = :it", it=channel)
            rows.append((channel, stage, k, n, *share(k, n), maturing))
    return rows


def weekly(of: Tables) -> Rows:
    return of.ask("""SELECT day - (day - 345600) % 604800, channel, SUM(over), SUM(NOT over), SUM(goal AND over)
      FROM person GROUP BY 1, 2""")


def worked(of: Tables) -> Rows:
    rows = []
    for by, column in (
        ("goal", "aim"),
        ("status", "status"),
        ("hour", "hour"),
        ("source", "source"),
        ("script", "script"),
    ):
        cut = f"SELECT {column}, COUNT(*), SUM(goal), SUM(cost) FROM person WHERE over GROUP BY 1"
        for value, n, k, cost in of.ask(cut):
            said = f"{value // 2:02d}:{30 * (value % 2):02d}" if by == "hour" and value is not None else value
            rows.append((by, said, n, k, *wilson(k, n), cost, cost / k if k else None))
    return rows


def known(of: Tables) -> Rows:
    sums = ", ".join(f"SUM({stage})" for stage in (*STAGES, "cost"))
    return [(it, *of.one(f"SELECT {sums} FROM person WHERE over AND channel = :it", it=it)) for it in CHANNELS]


def overlap(of: Tables) -> Rows:
    return of.ask("""SELECT ROUND(chance, 2), SUM(channel = 'call'), SUM(channel = 'email') FROM person
      WHERE over AND mode <> 'manual' AND chance > 0 AND chance < 1 GROUP BY 1""")


# ---- what others say

KEPT = """SELECT SUM(kept), COUNT(*) FROM (SELECT MAX(o.kind = 'meeting_kept') AS kept FROM outcome o JOIN enrolment e
  ON e.id = o.enrolment_id JOIN campaign c ON c.id = e.campaign_id JOIN {first} d ON d.enrolment_id = e.id
  WHERE o.kind IN ('meeting_kept', 'meeting_missed') AND o.at >= :since AND {chosen} GROUP BY e.id)"""
DEALS = """WITH of AS (SELECT l.contact_id AS who, l.received_at AS at,
    l.form = 'order' OR l.form_version IN (SELECT sha FROM form_version WHERE says = 'order') AS ordered
    FROM lead l JOIN contact p ON p.id = l.contact_id
    WHERE l.received_at >= :since AND p.status = COALESCE(:status, p.status))
  SELECT SUM(EXISTS (SELECT 1 FROM of o WHERE o.ordered AND o.who = f.who AND o.at >= f.first)), COUNT(*)
  FROM (SELECT who, MIN(at) AS first FROM of WHERE NOT ordered GROUP BY who) f"""


def benchmarks(of: Tables) -> Rows:
    calls = "FROM made WHERE channel = 'call'"
    leads = of.one(f"SELECT SUM(result IN ('interested', 'meeting_booked')), COUNT(*) {calls}")
    own = {
        "executives_answer": of.one(
            f"SELECT SUM(answered), COUNT(*) {calls} AND status = 'executive' AND half IN (15, 16)"
        ),
        "meetings_per_call": of.one(f"SELECT SUM(goal), COUNT(*) {calls} AND aim IN ('meeting', 'conference')"),
        "leads_per_call": leads,
        "leads_of_500": leads,
        "deals_from_leads": of.one(DEALS),
        "meetings_kept": of.one(KEPT.format(first=FIRST, chosen=CHOSEN)),
    }
    said = tomllib.loads(Path("opportune/store/board/benchmarks.toml").read_text("utf-8"))
    spans = {key: wilson(k, n) if n else (None, None) for key, (k, n) in own.items()}
    return [(key, said[key].get("value"), *own[key], *spans[key], str(said[key].get("date", ""))) for key in own]


# ---- sources, and what must not happen


def speed(of: Tables) -> Rows:
    waits = of.ask(f"""SELECT s.key, (SELECT MIN(t.sending_at) - l.received_at FROM touch t
        WHERE t.contact_id = l.contact_id AND t.sending_at >= l.received_at AND {LEFT})
      FROM lead l JOIN source s ON s.id = l.source_id WHERE l.received_at BETWEEN :since AND :now""")
    rows = []
    for source in {source for source, _ in waits}:
        mine = [wait for each, wait in waits if each == source]
        after = [wait for wait in mine if wait is not None]
        middle = [np.quantile(after, q, method="nearest") for q in (0.5, 0.9)] if after else [None, None]
        rows.append((source, len(mine), len(after), *middle))
    return rows


def costs(of: Tables) -> Rows:
    sums = "SUM(cost), SUM(goal AND over) FROM person WHERE source = :key"
    promised = f"""COUNT(*), SUM({LEFT} AND t.sending_at <= t.due_at + 600) FROM touch t JOIN contact p
      ON p.id = t.contact_id JOIN source s ON s.id = p.source_id WHERE s.key = :key AND t.kind = 'callback'
      AND t.state <> 'cancelled' AND t.due_at BETWEEN :since AND :now - 600"""
    rows = []
    for key, paid in of.ask("SELECT key, cost FROM source"):
        cost, goals = of.one(f"SELECT {sums}", key=key)
        per_goal = ((paid or 0) + cost) / goals if goals else None
        rows.append((key, paid, cost, goals, per_goal, *of.one(f"SELECT {promised}", key=key)))
    return rows


def opt_outs(of: Tables) -> Rows:
    rows = []
    for campaign in ("", *(key for (key,) in of.ask("SELECT key FROM campaign"))):
        where = "WHERE :it IN ('', campaign)"
        (k,) = of.one(f"SELECT SUM(said_no) FROM person {where}", it=campaign)
        (n,) = of.one(f"SELECT COUNT(*) FROM made {where}", it=campaign)
        if n:
            low, high = chi2.ppf(0.025, 2 * k) / 2 if k else 0, chi2.ppf(0.975, 2 * k + 2) / 2
            rows.append((campaign, k, n, *(1_000 * each / n for each in (k, low, high))))
    return rows


def bounces(of: Tables) -> Rows:
    rows = of.ask("""SELECT SUBSTR(key, 6), SUM(sent), SUM(bounced), SUM(blocked), SUM(complained) FROM sending_tally
      WHERE key LIKE 'from:%' AND hour >= (:now - 30 * 86400) / 3600 GROUP BY 1""")
    return [(name, sent, back, *wilson(back, sent), *others) for name, sent, back, *others in rows]


NOES = """SELECT reason, channel, CASE WHEN at > :now - 30 * 86400 THEN 'month' WHEN at > :now - 365 * 86400 THEN 'year'
    ELSE 'older' END, COUNT(DISTINCT contact_id), SUM(contact_id IS NULL)
  FROM suppression WHERE undone_at IS NULL AND (kind = 'person' OR contact_id IS NULL) GROUP BY 1, 2, 3"""
YESES = """SELECT COALESCE(s.key, ''), y.channel, SUM(y.granted AND NOT y.ended), SUM(NOT y.granted),
    SUM(y.granted AND y.ended), SUM(y.granted AND NOT y.ended AND COALESCE(y.expires_at <= :now + 30 * 86400, 0))
  FROM (SELECT *, COALESCE(expires_at <= :now, 0) AS ended FROM consent WHERE purpose = 'marketing' OR NOT granted) y
  LEFT JOIN source s ON s.id = y.source_id
  WHERE NOT EXISTS (SELECT 1 FROM consent n WHERE n.contact_id = y.contact_id AND n.channel = y.channel
    AND n.at > y.at AND (n.purpose = 'marketing' OR NOT n.granted)) GROUP BY 1, 2"""


def sql(query: str) -> Callable[[Tables], Rows]:
    return lambda of: of.ask(query)


COUNTED: Counted = {
    "funnel": (2, funnel), "weekly": (2, weekly), "worked": (2, worked), "benchmarks": (1, benchmarks),
    "channels-known": (1, known), "channels-overlap": (1, overlap),
     "sources-speed": (1, speed), "sources-cost": (1, costs),
    "compliance-optouts": (1, opt_outs), "compliance-bounces": (1, bounces), "compliance-noes": (3, sql(NOES)),
    "compliance-consents": (2, sql(YESES)),
}  # fmt: skip
