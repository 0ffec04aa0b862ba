"""Was anybody contacted who should not have been? Four counters that must be zero, from what left, by SQL.

Shares no code with the rules: local time comes from a table of zone offsets made here, day by day, and the question
is asked of the touches that really left. So a bug in the rules cannot hide itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from opportune.rules.consent import LawRow
from opportune.store import notes
from opportune.store.db import Database

NOTE = "violations"
PART = 20_000  # events of one look, which nobody should have to wait for
SETTLED = 900  # seconds after which what is under way has committed
STEP = 900  # offsets change at quarter hours at the finest

# What left before two records became one was judged, and counted, by what was known of its own record.
BEFORE_A_MERGE = """EXISTS (SELECT 1 FROM merge g WHERE g.kept_id = t.contact_id AND g.at >= t.sending_at
    AND g.undone_at IS NULL)"""

_LEFT = f"""
  SELECT t.id, t.channel, t.kind, t.contact_id, t.campaign_id, t.step, t.sending_at, t.automated, c.country, c.region,
         c.business, c.asked_for_contact, c.bought, c.interest, c.interest_since,
         EXISTS (SELECT 1 FROM touch p WHERE p.contact_id = t.contact_id AND p.sending_at < t.sending_at AND p.result IN
           ('talked', 'meeting_booked', 'interested', 'call_back')) AS talked
  FROM touch t JOIN contact c ON c.id = t.contact_id
  WHERE t.sending_at IS NOT NULL AND t.kind <> 'requested'
    AND (t.sent_at IS NOT NULL OR t.state NOT IN ('not_sent', 'failed'))
    AND NOT {BEFORE_A_MERGE} AND t.id IN (SELECT id FROM audit_touch)
"""

# The nearest law: of the region, else of the country, else of the rest of the world.
_PLACE = """COALESCE((SELECT p.place FROM audit_place p WHERE p.place = l.country || '-' || l.region),
  (SELECT p.place FROM audit_place p WHERE p.place = l.country), 'ROW')"""

# Local time of a touch in each zone of its person; a touch is wrong when it is wrong in any of them.
_LOCAL = f"""
  SELECT left_.*, z.zone, left_.sending_at + o.seconds AS local_at,
         ((left_.sending_at + o.seconds) / 60) % 60 AS minute,
         ((left_.sending_at + o.seconds) / 60) % 1440 AS minute_of_day,
         ((left_.sending_at + o.seconds) / 86400 + 3) % 7 AS weekday
  FROM ({_LEFT}) left_
  JOIN audit_zone z ON z.contact_id = left_.contact_id
  JOIN audit_offset o ON o.zone = z.zone AND left_.sending_at >= o.since AND left_.sending_at < o.until
"""

OUT_OF_WINDOW = f"""
  SELECT COUNT(DISTINCT id) FROM (
    SELECT l.id FROM ({_LOCAL}) l WHERE l.channel = 'email' AND NOT (l.minute >= 50 OR l.minute BETWEEN 10 AND 19)
    UNION ALL
    SELECT l.id FROM ({_LOCAL}) l WHERE l.channel = 'call' AND l.weekday = 0 AND l.minute_of_day < 720
      AND l.kind <> 'callback' AND l.interest = 'cold' AND l.interest_since <= l.sending_at
      AND NOT l.asked_for_contact AND NOT l.talked
    UNION ALL
    SELECT l.id FROM ({_LOCAL}) l WHERE l.channel = 'call' AND NOT EXISTS (
      SELECT 1 FROM audit_window w WHERE w.weekday = l.weekday
        AND l.minute_of_day >= w.opens AND l.minute_of_day < w.closes
        AND l.local_at / 86400 >= w.since AND l.local_at / 86400 < w.until
        AND w.automated = CASE WHEN l.automated THEN 1 ELSE 0 END
        AND w.place = {_PLACE})
    UNION ALL
    SELECT left_.id FROM ({_LEFT}) left_ WHERE NOT EXISTS (
      SELECT 1 FROM audit_zone z WHERE z.contact_id = left_.contact_id)
  ) wrong
"""

_KIND = "CASE WHEN l.channel = 'email' THEN 'email' WHEN l.automated THEN 'call_auto' ELSE 'call' END"
_BASIS_OF = f"b.kind = {_KIND} AND b.business = CASE WHEN l.business THEN 1 ELSE 0 END AND b.place = {_PLACE}"
_BASIS_OF += " AND l.sending_at / 86400 >= b.since AND l.sending_at / 86400 < b.until"  # the law of that day
# The latest word counts, a no for as long as no yes follows; whoever wants no calls wants no automated ones either.
WITHOUT_CONSENT = f"""
  SELECT COUNT(*) FROM ({_LEFT}) l
  WHERE EXISTS (SELECT 1 FROM audit_basis b WHERE b.basis = 'forbidden' AND {_BASIS_OF}) OR NOT COALESCE((
      SELECT c.granted FROM consent c
      WHERE c.contact_id = l.contact_id AND (
        (c.granted AND c.purpose = 'marketing' AND c.channel = {_KIND} AND c.at <= l.sending_at
          AND (c.expires_at IS NULL OR c.expires_at > l.sending_at))
        OR (NOT c.granted AND c.channel IN ({_KIND}, l.channel) AND c.at < l.sending_at))
      ORDER BY c.at DESC, c.granted, c.id DESC LIMIT 1),
    NOT (l.bought OR EXISTS (SELECT 1 FROM audit_basis b WHERE b.basis = 'opt_in' AND {_BASIS_OF})))
"""

# A further attempt is in order only where the one before certainly did not leave.
DUPLICATE = f"""
  SELECT COUNT(*) FROM (
    SELECT touch_id FROM touch_event WHERE now = 'sending' AND touch_id IN (SELECT id FROM audit_touch)
    GROUP BY touch_id HAVING COUNT(*) > 1
    UNION ALL
    SELECT l.id FROM ({_LEFT}) l JOIN touch t
      ON t.campaign_id = l.campaign_id AND t.contact_id = l.contact_id AND t.step = l.step
    WHERE (t.sending_at < l.sending_at OR (t.sending_at = l.sending_at AND t.id < l.id)) AND NOT {BEFORE_A_MERGE}
      AND t.kind <> 'requested' AND (t.sent_at IS NOT NULL OR t.state NOT IN ('not_sent', 'failed'))
  ) twice
"""

# A no to one channel holds until a later yes to it; what somebody just asked for is such a yes.
AFTER_OPT_OUT = f"""
  SELECT COUNT(*) FROM touch t WHERE t.id IN (SELECT id FROM audit_touch) AND NOT {BEFORE_A_MERGE} AND EXISTS (
    SELECT 1 FROM suppression s WHERE s.contact_id = t.contact_id
      AND s.at < t.sending_at AND (s.undone_at IS NULL OR s.undone_at > t.sending_at)
      AND (s.channel IS NULL OR (s.channel = t.channel AND t.kind <> 'requested' AND NOT EXISTS (
        SELECT 1 FROM consent c WHERE c.contact_id = t.contact_id AND c.granted AND c.purpose = 'marketing'
          AND c.at > s.at AND c.at <= t.sending_at
          AND CASE WHEN c.channel = 'email' THEN 'email' ELSE 'call' END = t.channel))))
"""

COUNTERS = {
    "out_of_window": OUT_OF_WINDOW,
    "without_consent": WITHOUT_CONSENT,
    "duplicate": DUPLICATE,
    "after_opt_out": AFTER_OPT_OUT,
}

_TABLES = (
    "CREATE TEMPORARY TABLE audit_touch (id BIGINT PRIMARY KEY)",
    "CREATE TEMPORARY TABLE audit_offset (zone TEXT, since BIGINT, until BIGINT, seconds BIGINT)",
    "CREATE TEMPORARY TABLE audit_zone (contact_id BIGINT, zone TEXT)",
    "CREATE TEMPORARY TABLE audit_window (place TEXT, automated BIGINT, since BIGINT, until BIGINT, weekday BIGINT,"
    " opens BIGINT, closes BIGINT)",
    "CREATE TEMPORARY TABLE audit_place (place TEXT)",
    "CREATE TEMPORARY TABLE audit_basis (place TEXT, since BIGINT, until BIGINT, kind TEXT, business BIGINT,"
    " basis TEXT)",
    "CREATE INDEX audit_zone_contact ON audit_zone (contact_id)",
)


def count(db: Database, laws: Iterable[LawRow]) -> dict[str, int]:
    """The four counters over everything that ever left. `laws`: every place's rows, each with the days it held; ROW is
    for all other places."""
    return _counted(db, list(laws), "SELECT id FROM touch WHERE sending_at IS NOT NULL")


def renew(db: Database, laws: Iterable[LawRow], now: int) -> dict[str, int]:
    """The four counters over everything that ever left, each attempt judged once, in the night after it: what is new is
    told by the ledger's own events. `notes` keeps what was found, and how far we looked."""
    known = notes.get(db, NOTE, {"event": 0, "counters": {}})
    rows, total, last = list(laws), Counter(known["counters"]), known["event"]
    with db.read() as session:
        newest = session.scalar(text("SELECT MAX(id) FROM touch_event WHERE at <= :at"), {"at": now - SETTLED}) or 0
    while last < newest:
        until = min(last + PART, newest)
        left = f"SELECT DISTINCT touch_id FROM touch_event WHERE id > {last} AND id <= {until} AND now = 'sending'"
        total.update(_counted(db, rows, left))
        last = until
        notes.put(db, NOTE, {"event": last, "counters": dict(total)})
    return {name: total[name] for name in COUNTERS}


def _counted(db: Database, laws: list[LawRow], left: str) -> dict[str, int]:
    with db.scratch() as connection:
        for statement in _TABLES:
            connection.execute(text(statement))
        connection.execute(text(f"INSERT INTO audit_touch {left}"))
        _fill_people(connection)
        _fill_law(connection, laws)
        return {name: connection.scalar(text(sql)) or 0 for name, sql in COUNTERS.items()}


def _fill_people(connection: Connection) -> None:
    among = "FROM touch WHERE id IN (SELECT id FROM audit_touch)"
    span = connection.execute(text(f"SELECT MIN(sending_at), MAX(sending_at) {among}")).one()
    first, last = span[0] or 0, span[1] or 0
    people = _zones(connection, f"SELECT contact_id {among}")
    _insert(connection, "audit_zone", [{"contact_id": id, "zone": zone} for id, zone in people])
    zones = sorted({zone for _, zone in people})
    _insert(connection, "audit_offset", [row for zone in zones for row in _offsets(zone, first, last + 1)])


def _fill_law(connection: Connection, laws: list[LawRow]) -> None:
    _insert(connection, "audit_place", [{"place": place} for place in sorted({row.place for row in laws})])
    windows = [
        {"place": row.place, "automated": int(automated), "since": row.since, "until": row.until, "weekday": day}
        | {"opens": opens, "closes": closes}
        for row in laws
        for automated in (False, True)
        for day, stretches in enumerate(row.hours(automated))
        for opens, closes in stretches
    ]
    _insert(connection, "audit_window", windows)
    bases = [
        {"place": row.place, "since": row.since, "until": row.until, "kind": kind, "business": int(audience == "b2b")}
        | {"basis": basis}
        for row in laws
        for (kind, audience), basis in row.basis.items()
    ]
    _insert(connection, "audit_basis", bases)


def _zones(connection: Connection, people: str) -> list[tuple[int, str]]:
    each = (
        "json_each(c.zones) j" if connection.dialect.name == "sqlite" else "json_array_elements_text(c.zones) j(value)"
    )
    rows = connection.execute(text(f"SELECT c.id, j.value FROM contact c, {each} WHERE c.id IN ({people})"))
    return [(id, zone) for id, zone in rows]


def _insert(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = list(rows[0])
        marks = ", ".join(f":{name}" for name in names)
        connection.execute(text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"), rows)


def _offsets(zone: str, first: int, last: int) -> Iterator[dict[str, Any]]:
    """Stretches of constant offset, found by walking through the span in quarter hours where a day's ends differ."""
    info = ZoneInfo(zone)
    first -= first % STEP  # on a quarter hour, so that no change is noticed late
    since, seconds = first, _offset(info, first)
    at = first
    while at < last:
        step = 86400 if _offset(info, at + 86400) == _offset(info, at) == seconds else STEP
        at += step
        if (now := _offset(info, at)) != seconds:
            yield {"zone": zone, "since": since, "until": at, "seconds": seconds}
            since, seconds = at, now
    yield {"zone": zone, "since": since, "until": last + 86400, "seconds": seconds}


def _offset(zone: ZoneInfo, at: int) -> int:
    shift = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
    assert shift is not None
    return int(shift.total_seconds())
