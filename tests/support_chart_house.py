"""What do the plain tables say of the charts of the house: colleagues, health, and the past before our time?"""

from __future__ import annotations

import numpy as np
from support_chart_tables import CHANNELS, FIRST, Counted, Rows, Tables, share, wilson

QUESTIONS = ("opening", "value", "asked", "next", "entered")
#: Talks that a colleague took, of the people who are asked about.
TALKS = f"""SELECT o.operator_id AS who, c.id AS campaign, p.status, t.result, COALESCE(t.talk_seconds, 0) AS seconds,
    t.id IN (SELECT touch_id FROM outcome WHERE kind = 'goal_met') AS goal, t.id AS touch
  FROM operator_call o JOIN touch t ON t.id = o.touch_id JOIN contact p ON p.id = t.contact_id
  JOIN campaign c ON c.id = t.campaign_id JOIN {FIRST} d ON d.enrolment_id = t.enrolment_id
  WHERE o.accepted_at IS NOT NULL AND t.sending_at >= :since AND p.status = COALESCE(:status, p.status)
    AND c.key = COALESCE(:campaign, c.key) AND c.goal = COALESCE(:goal, c.goal)
    AND d.version_id = COALESCE(:version, d.version_id)"""
REAL = """('talked', 'interested', 'not_interested', 'meeting_booked', 'call_back', 'email_please', 'do_not_call')"""
COLLEAGUES = f"""WITH talk AS ({TALKS} AND t.result IN {REAL}),
  alike AS (SELECT campaign, status, 1.0 * SUM(goal) / COUNT(*) AS share FROM talk GROUP BY 1, 2)
  SELECT who, COUNT(*), SUM(goal), SUM(share),
    SUM(result IN ('interested', 'meeting_booked', 'call_back', 'email_please')), SUM(seconds)
  FROM talk JOIN alike USING (campaign, status) GROUP BY who"""
HEARD = f"""WITH talk AS ({TALKS})
  SELECT COUNT(*), SUM(scored_at IS NOT NULL), {", ".join(f"SUM(COALESCE(answers ->> '{it}', 0))" for it in QUESTIONS)}
  FROM call_review r WHERE turn = 1 AND operator_id = :who AND touch_id IN (SELECT touch FROM talk)"""


def colleagues(of: Tables) -> Rows:
    return [(who, n, k, *wilson(k, n), *rest) for who, n, k, *rest in of.ask(COLLEAGUES)]


def heard(of: Tables) -> Rows:
    return [(who, n, *of.one(HEARD, who=who)) for who, n, *_ in of.ask(COLLEAGUES)]


QUEUE = """SELECT SUM(state = 'planned' AND due_at <= :now),
    SUM(state = 'planned' AND due_at <= :now AND not_after < :now), SUM(state = 'claimed'),
    SUM(state = 'claimed' AND lease_until < :now), SUM(state = 'sending'),
    SUM(state = 'uncertain'), SUM(state = 'expired' AND due_at > :now - 86400),
    MIN(CASE WHEN state = 'planned' AND due_at <= :now THEN due_at END) FROM touch WHERE channel = :it"""
MAILS = """SELECT MAX(0, sent_at - due_at) FROM touch WHERE channel = 'email' AND kind <> 'requested'
  AND state IN ('sent', 'delivered', 'complained') AND due_at BETWEEN :now - 7 * 86400 AND :now"""
REPORTS = "SELECT MAX(0, received_at - occurred_at) FROM provider_event WHERE occurred_at IS NOT NULL"
#: What is known to have left, or may have, and what was refused or came back, of a day.
TRIED = """SELECT COUNT(*), SUM(state IN ('failed', 'not_sent', 'bounced')) FROM touch WHERE channel = :it
  AND due_at BETWEEN :now - 86400 AND :now AND state NOT IN ('planned', 'claimed', 'expired', 'cancelled')"""
HELD = """SELECT 'everything', '', value ->> 'why', value ->> 'at', NULL FROM note WHERE key = 'kill_switch'
  UNION ALL SELECT CASE WHEN key LIKE 'calls%' THEN 'calls' ELSE 'mail' END, REPLACE(key, ':', ' '), why, since, until
    FROM sending_pause WHERE until > :now OR (until IS NULL AND key LIKE 'calls%')
  UNION ALL SELECT 'mailbox', key, failed_why, failed_at, NULL FROM mailbox WHERE failed_at IS NOT NULL
  UNION ALL SELECT 'numbers', number, rest_why, NULL, resting_until FROM our_number
    WHERE active AND resting_until > :now"""
FLOWS = {"plan": 3_600, "mail slot": 900, "live": 900, "inbox": 120, "reconcile": 300, "nightly": 86_400}


def delays(of: Tables) -> Rows:
    rows = []
    for name, query in (("mails", MAILS), ("reports", REPORTS)):
        seconds = [value for (value,) in of.ask(query)]
        rows.append((name, len(seconds), *(np.quantile(seconds, q, method="nearest") for q in (0.5, 0.95))))
    return rows


def flows(of: Tables) -> Rows:
    began = dict(of.ask("SELECT SUBSTR(key, 6), value FROM note WHERE key LIKE 'flow %'"))
    return [(name, every, began.get(name)) for name, every in FLOWS.items()]


MONTH = "STRFTIME('%Y', at, 'unixepoch') + 0, STRFTIME('%m', at, 'unixepoch') + 0"
WEEKDAY = "(STRFTIME('%w', at, 'unixepoch') + 6) % 7"
BAND = """CASE WHEN times < 6 THEN times WHEN times < 11 THEN 6 ELSE 11 END,
  CASE WHEN times < 6 THEN times WHEN times < 11 THEN 10 END"""
LINE, LINES = "COALESCE(line, 'unknown')", ("cellular", "telephone", "unknown")
SUMS = "COUNT(*), SUM(times), SUM(said_yes) FROM past_touch WHERE channel = :it"


def past(of: Tables, by: str) -> Rows:
    """Of every channel; of calls also line by line, where the cut is not the line itself."""
    rows: Rows = []
    for channel in CHANNELS:
        for line in ("", *(LINES if channel == "call" and by != LINE else ())):
            found = of.ask(f"SELECT {by}, {SUMS} AND :line IN ('', {LINE}) GROUP BY {by}", it=channel, line=line)
            told = {row[0] for row in found}
            found += [(each, 0, 0, 0) for each in LINES if by == LINE and each not in told]
            rows += [(channel, line, *cut, n, tries, k, *share(k, n)) for *cut, n, tries, k in found]
    return rows


COUNTED: Counted = {
    "operators-funnel": (1, colleagues),
    "operators-heard": (1, heard),
    "health-queue": (1, lambda of: [(it, *of.ask(QUEUE, it=it)[0]) for it in CHANNELS]),
    "health-delays": (1, delays),
    "health-held": (2, lambda of: of.ask(HELD)),
    "health-flows": (1, flows),
    "health-providers": (1, lambda of: [(it, *of.one(TRIED, it=it)) for it in CHANNELS]),
    "history-months": (4, lambda of: past(of, MONTH)),
    "history-weekdays": (3, lambda of: past(of, WEEKDAY)),
    "history-bands": (4, lambda of: past(of, BAND)),
    "history-lines": (3, lambda of: past(of, LINE)),
}
