"""What is left alone for a while, why, and when does it go on?

A sending domain whose mail bounces or is refused as a matter of policy (5.7.x), an account that is not let in, a
provider who says "too fast" (421). What a server says of us is never the person's fault. After the pause one mail asks
whether it may go on; a person may say so at once: `opportune mail resume DOMAIN`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, HOUR, Instant
from opportune.store import audit, tallies
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.once import insert_once
from opportune.work.world import World

WHO = "the house"
PROBE = 10 * 60  # seconds in which the mail that asks must be answered
LAST_MAILS, LEAST_MAILS = 200, 40  # judged are the last so many, once there are so few
MOST_BOUNCED, MOST_COMPLAINED = 0.05, 0.003
BURST = 5  # refusals as a matter of policy within two hours: more than one reader's own rule


@dataclass(frozen=True, slots=True)
class Kind:
    """How long the first pause is and the longest, each twice the one before; after how many failures in a row."""

    wait: int
    most: int
    strikes: int = 1


COOL = Kind(15 * 60, 4 * HOUR)
BLOCKED = Kind(HOUR, DAY)
BOUNCING = Kind(4 * HOUR, DAY)
LOGIN = Kind(15 * 60, 4 * HOUR)
UNREACHABLE = Kind(5 * 60, HOUR, strikes=3)


@dataclass(frozen=True, slots=True)
class Paused:
    """`what`: ``from acme.com``, ``from acme.com to google``, ``account main``."""

    what: str
    why: str
    since: Instant
    until: Instant
    asking: bool


def rows(session: Session) -> dict[str, m.SendingPause]:
    """All that failed lately; few, as what goes well is forgotten, and mostly none."""
    if not Bulk(session).rows("SELECT 1 FROM sending_pause LIMIT 1"):
        return {}
    found = session.scalars(select(m.SendingPause).execution_options(populate_existing=True))
    return {row.key: row for row in found}


def closed(known: dict[str, m.SendingPause], keys: Sequence[str], now: Instant) -> m.SendingPause | None:
    """What holds a mail of these keys back now: the pause that lasts longest."""
    pauses = [known[key] for key in keys if key in known and (known[key].until or 0) > now]
    return max(pauses, key=lambda row: row.until or 0, default=None)


def ask(session: Session, known: dict[str, m.SendingPause], keys: Sequence[str], now: Instant) -> m.SendingPause | None:
    """Where a pause of these keys is over, this mail asks whether it may go on; returned is what holds it back after
    all, as another worker's mail asks already."""
    for row in [known[key] for key in keys if key in known and known[key].until is not None]:
        session.refresh(row, with_for_update=True)
        if (row.until or 0) > now:
            return row
        row.probing, row.until = True, now + PROBE
    return None


def fail(session: Session, key: str, kind: Kind, why: str, now: Instant) -> None:
    """One failure more. What is paused already stays so, unless it was just asking."""
    fresh = {"key": key, "since": now, "until": None, "why": why[:500], "strikes": 0, "probing": False}
    insert_once(session, m.SendingPause, fresh)
    row = session.get_one(m.SendingPause, key, with_for_update=True, populate_existing=True)
    if row.until is not None and row.until > now and not row.probing:
        return
    row.strikes += 1
    row.why, row.probing = why[:500], False
    if row.strikes >= kind.strikes:
        opened = row.until is None
        row.until = now + min(kind.most, kind.wait * 2 ** min(row.strikes - kind.strikes, 12))
        row.since = now if opened else row.since
        if opened:
            _note(session, "mail_paused", key, why, WHO, now)


def passed(session: Session, known: dict[str, m.SendingPause], keys: Iterable[str], now: Instant) -> None:
    """A mail of these keys was taken: failures before it do not count, and what asked may go on."""
    for key in keys:
        row = known.get(key)
        if row is not None and (row.until is None or row.probing):
            del known[key]
            _close(session, row, "a mail was taken again", WHO, now)


def _close(session: Session, row: m.SendingPause, why: str, by: str, now: Instant) -> None:
    if row.until is not None:
        _note(session, "mail_resumed", row.key, why, by, now)
        if row.key.startswith("from:") and " " not in row.key:
            _judge_from(session, row.key.removeprefix("from:"), now)
    session.delete(row)
    session.flush()


def _judge_from(session: Session, domain: str, now: Instant) -> None:
    """What bounced before is not held against it a second time: counted is from the next hour on."""
    insert_once(session, m.SendingDomain, {"domain": domain, "level": 0, "day": now // DAY, "judged_from": 0})
    session.get_one(m.SendingDomain, domain).judged_from = now - now % HOUR + HOUR


def judge(session: Session, domain: str, now: Instant) -> None:
    """Does too much of what a domain sends come back?"""
    key = f"from:{domain}"
    known = session.get(m.SendingDomain, domain)
    judged_from = known.judged_from if known else 0
    sent = tallies.last(session, key, LAST_MAILS, judged_from)
    if sent.sent >= LEAST_MAILS and sent.bounced > MOST_BOUNCED * sent.sent:
        share = f"{sent.bounced} of the last {sent.sent} mails bounced"
        fail(session, key, BOUNCING, f"{share}, more than {MOST_BOUNCED:.0%}: clean the list", now)
    if sent.sent >= LEAST_MAILS and sent.complained > max(2, MOST_COMPLAINED * sent.sent):
        share = f"{sent.complained} of the last {sent.sent} readers complained"
        fail(session, key, BOUNCING, f"{share}: write to those who know you", now)
    recent = tallies.since(session, [key], max(judged_from, now - HOUR)).get(key, tallies.Tally())
    if recent.blocked >= BURST and recent.blocked > MOST_BOUNCED * recent.sent:
        why = f"{recent.blocked} mails were refused as a matter of policy within two hours: `opportune mail preflight`"
        fail(session, key, BLOCKED, f"{why} {domain}", now)


def paused(session: Session) -> list[Paused]:
    """For the board, `opportune status` and `/health`, the oldest first. Of calls `calls_held` tells."""
    mails = (m.SendingPause.until.is_not(None), ~m.SendingPause.key.startswith("calls"))
    query = select(m.SendingPause).where(*mails).order_by(m.SendingPause.since)
    return [
        Paused(row.key.replace(":", " "), row.why, row.since, row.until or 0, row.probing)
        for row in session.scalars(query)
    ]


def told(world: World) -> list[dict[str, object]]:
    with world.db.read() as session:
        return [asdict(each) for each in paused(session)]


def resume(world: World, name: str, *, by: str) -> int:
    """Go on now, with this sending domain or account; returns how many pauses that ended."""
    now = world.clock.now()
    mine = {f"account:{account.name}" for account in world.accounts if name in (account.name, *account.senders)}
    with world.db.write() as session:
        found = rows(session)
        ended = [row for key, row in found.items() if key in mine or key.split(" ")[0] == f"from:{name}"]
        for row in ended:
            _close(session, row, "somebody said so", by, now)
    return len(ended)


def _note(session: Session, act: str, key: str, why: str, by: str, now: Instant) -> None:
    audit.write(session, now, by, act, key, why, {"key": key})
