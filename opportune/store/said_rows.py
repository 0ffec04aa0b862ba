"""What do the plain tables say of one person in a campaign, and of one contact attempt, as the board counts them?

Of every contact x campaign once: at the first decision that put the person on a channel, under that channel, whatever
followed. What came of it counts only within the outcome window that the campaign fixed in advance.
"""

from __future__ import annotations

from opportune.rules.facts import CallResult as Call

CONVERSED = (Call.INTERESTED, Call.NOT_INTERESTED, Call.MEETING, Call.TALKED)
ANSWERED = (*CONVERSED, Call.SECRETARY, Call.CALL_BACK, Call.EMAIL_PLEASE, Call.DO_NOT_CALL)


def left(touch: str) -> str:
    """It went out, or may have."""
    return f"({touch}.sent_at IS NOT NULL OR {touch}.state IN ('uncertain', 'assumed_sent'))"


def _flag(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def _call(touch: str, results: tuple[Call, ...]) -> str:
    return f"{touch}.channel = 'call' AND {touch}.result IN ({', '.join(repr(str(each)) for each in results)})"


def _clicked(touch: str, more: str = "") -> str:
    """By a person, as far as one can tell."""
    return f"EXISTS (SELECT 1 FROM mail_click k WHERE k.touch_id = {touch}.id AND k.machine IS NULL{more})"


def _caused(touch: str, kind: str) -> str:
    return f"EXISTS (SELECT 1 FROM outcome r WHERE r.touch_id = {touch}.id AND r.kind = '{kind}')"


def _answered(touch: str) -> str:
    mail = f"{touch}.channel = 'email' AND ({_caused(touch, 'reply')} OR {_clicked(touch)})"
    return f"({_call(touch, ANSWERED)} OR {mail})"


def _first(enrolment: str) -> str:
    """A first decision that was taken again (a fact changed before anything left) still counts once."""
    return (
        f"(SELECT MIN(x.id) FROM decision x WHERE x.enrolment_id = {enrolment} AND x.first AND x.verdict = 'act' "
        "AND x.channel <> '')"
    )


#: In such words that SQLite looks at a person's few outcomes, not at everybody's of two weeks.
_AT = "COALESCE(o.at, 0)"
_IN_TIME = f"{_AT} >= f.at AND {_AT} < f.at + w.seconds"
_BITS = {"reply": 1, "goal_met": 2, "meeting_kept": 4}  # the last in its own time: meetings lie weeks ahead
_SUM = " + ".join(f"MAX(CASE o.kind WHEN '{kind}' THEN {bit} ELSE 0 END)" for kind, bit in _BITS.items())
_CAME = f"""(SELECT {_SUM} FROM outcome o
      WHERE o.enrolment_id = f.enrolment_id AND o.kind IN ('reply', 'goal_met', 'meeting_kept')
      AND {_AT} >= f.at AND (o.kind = 'meeting_kept' OR {_AT} < f.at + w.seconds))"""
_OPTED_OUT = f"""EXISTS (SELECT 1 FROM outcome o WHERE o.contact_id = f.contact_id AND COALESCE(o.kind, '') = 'opt_out'
      AND {_IN_TIME})"""
#: How far an attempt got: 1 it left, 2 it was answered, 3 they talked.
_FAR = f"""CASE WHEN t.id IS NULL THEN 0 WHEN {_call("t", CONVERSED)} THEN 3 WHEN {_call("t", ANSWERED)} THEN 2
      WHEN t.channel = 'email' AND {_clicked("t", " AND k.at < f.at + w.seconds")} THEN 2 ELSE 1 END"""
_SPENT = "(SELECT SUM(s.amount) FROM touch_cost s WHERE s.touch_id = t.id)"
_MILLIONTHS = "CAST(ROUND(COALESCE({}, 0) * 1000000) AS BIGINT)"
_CALL_FIRST = "CAST(f.propensities ->> 'call' AS DOUBLE PRECISION)"
#: One look at each table: everything that is asked of a person's touches is gathered while they are gone through.
PEOPLE = f"""
  SELECT u.enrolment_id, u.campaign_id, u.version_id, u.day, u.channel, u.mode, u.chance, u.status, u.source_id,
    u.script, u.hour, 1 AS decided, {_flag("u.far > 0")} AS attempted,
    {_flag("u.far > 1 OR u.came & 1 = 1")} AS reached, {_flag("u.far > 2 OR u.came & 1 = 1")} AS conversation,
    {_flag("u.came & 2 = 2")} AS goal, {_flag("u.came & 6 = 6")} AS kept, u.opted_out,
    {_MILLIONTHS.format("u.spent")} AS cost
  FROM (SELECT f.enrolment_id, f.campaign_id, f.version_id, f.at - f.at % 86400 AS day, f.channel, f.mode,
      CASE WHEN f.propensities ->> 'call' IS NULL OR f.propensities ->> 'email' IS NULL THEN -1
        ELSE CAST(ROUND({_CALL_FIRST} * 10000) AS BIGINT) END AS chance,
      COALESCE(f.status, 'unknown') AS status, COALESCE(c.source_id, 0) AS source_id,
      COALESCE(f.template, '') AS script, COALESCE((f.moment + f.ahead) % 86400 / 1800, -1) AS hour,
      {_flag(_OPTED_OUT)} AS opted_out, COALESCE({_CAME}, 0) AS came, MAX({_FAR}) AS far, SUM({_SPENT}) AS spent
    FROM {{due}} d CROSS JOIN decision f JOIN contact c ON c.id = f.contact_id
      JOIN outcome_window w ON w.version_id = f.version_id
      LEFT JOIN touch t ON t.enrolment_id = f.enrolment_id AND t.sending_at < f.at + w.seconds AND {left("t")}
    WHERE f.id = {_first("d.enrolment_id")} GROUP BY f.id, c.source_id, w.seconds) u"""

#: Asked by way of `d`: of a condition on touches alone SQLite, once it knows their number, makes a filter beforehand,
#: out of all ten million of them.
_GONE = f"CASE d.touch_id WHEN t.id THEN t.sending_at IS NOT NULL AND {left('t')} END"
_EARLIER = f"""e.enrolment_id = t.enrolment_id AND {left("e")}
      AND (e.sending_at < t.sending_at OR (e.sending_at = t.sending_at AND e.id < t.id))"""
_CONVERSED = f"({_call('t', CONVERSED)}) OR (t.channel = 'email' AND {_caused('t', 'reply')})"
ATTEMPTS = f"""
  SELECT t.id AS touch_id, f.campaign_id, f.version_id,
    t.sending_at + COALESCE(t.ahead, 0) - (t.sending_at + COALESCE(t.ahead, 0)) % 86400 AS day, t.channel,
    COALESCE((t.sending_at + t.ahead) % 86400 / 1800, -1) AS half, 1 + COUNT(e.id) AS attempt,
    1 - MAX({_flag(f"e.id IS NOT NULL AND {_answered('e')}")}) AS fresh, COALESCE(f.status, 'unknown') AS status,
    COALESCE(c.source_id, 0) AS source_id, t.template AS script, 1 AS tried,
    {_flag(_answered("t"))} AS answered,
    {_flag(_CONVERSED)} AS conversation,
    {_flag(_caused("t", "goal_met"))} AS goal,
    {_MILLIONTHS.format(_SPENT)} AS cost
  FROM {{due}} d CROSS JOIN touch t CROSS JOIN decision f JOIN contact c ON c.id = f.contact_id
    LEFT JOIN touch e ON {_EARLIER}
  WHERE t.id = d.touch_id AND {_GONE} AND f.id = {_first("t.enrolment_id")} GROUP BY t.id, f.id, c.source_id"""
