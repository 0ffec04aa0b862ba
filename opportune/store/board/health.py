"""Does the work leave in time, and does what others tell us arrive?

Everything here is read from a small index or from the newest few rows, so that a page may ask every ten seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Channel, Instant
from opportune.store import notes
from opportune.store.db import Database
from opportune.store.ledger import LEFT, MOVES
from opportune.store.models import Mailbox, Note, OurNumber, ProviderEvent, SendingPause, Touch

MOST = 10_000  # counted up to here: beyond it a queue is simply long
OLDEST = 2_000  # of the queue, looked at for those whose time is over
NEWEST = 1_000  # mails and reports whose delay is measured
STATES = sorted({*MOVES, *(to for moves in MOVES.values() for to in moves)})
ARRIVED = ("sent", "delivered", "complained")
REFUSED = ("failed", "not_sent", "bounced")
FLOWS = {"plan": 3_600, "mail slot": 900, "live": 900, "inbox": 120, "reconcile": 300, "nightly": DAY}  # how often


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits on one channel. `over`: of the oldest, those whose time to leave has passed; `stuck`: claimed by a
    process whose lease is over; `expired`: gave up in a day."""

    channel: str
    due: int
    over: int
    claimed: int
    stuck: int
    sending: int
    uncertain: int
    expired: int
    oldest: Instant | None


@dataclass(frozen=True, slots=True)
class Delay:
    """Of the newest `n`, in seconds; None without any."""

    n: int
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Provider:
    """Of `tried` attempts in a day, so many were refused or came back."""

    channel: str
    tried: int
    refused: int


@dataclass(frozen=True, slots=True)
class Held:
    """Something that waits for a while, or for somebody. `kind`: mail | calls | mailbox | everything | numbers."""

    kind: str
    what: str
    why: str
    since: Instant | None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """When a flow began last; `every`: how often it should, in seconds."""

    name: str
    every: int
    began: Instant | None


@dataclass(frozen=True, slots=True)
class Recount:
    """The night held the board's numbers against the facts: so many said something else, and were mended."""

    at: Instant
    wrong: int


@dataclass(frozen=True, slots=True)
class Health:
    queues: tuple[Queue, ...]
    mails: Delay
    reports: Delay
    repeats: int
    not_understood: int
    providers: tuple[Provider, ...]
    held: tuple[Held, ...]
    flows: tuple[Flow, ...]
    size: int
    recount: Recount | None = None

    @property
    def late(self) -> int:
        return sum(queue.over + queue.stuck for queue in self.queues)


def health(db: Database, now: Instant) -> Health:
    with db.read() as session:
        delays, repeats = _reports(session)
        return Health(
            tuple(_queue(session, str(channel), now) for channel in Channel),
            _mails(session, now),
            delays,
            repeats,
            _number(session, select(ProviderEvent.id).where(ProviderEvent.applied_at.is_(None))),
            tuple(_provider(session, str(channel), now) for channel in Channel),
            tuple(_held(session, now)),
            _flows(session),
            _size(session, db.sqlite),
            _recount(session),
        )


def _number(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.limit(MOST).subquery())) or 0


def _queue(session: Session, channel: str, now: Instant) -> Queue:
    def rows(state: str, *where: ColumnElement[bool]) -> Select[Any]:
        return select(Touch.id).where(Touch.state == state, Touch.channel == channel, *where)

    waits = rows("planned", Touch.due_at <= now)
    oldest = waits.with_only_columns(Touch.due_at, Touch.not_after).order_by(Touch.due_at).limit(OLDEST)
    first = session.execute(oldest).all()
    return Queue(
        channel,
        due=_number(session, waits),
        over=sum(until < now for _, until in first),
        claimed=_number(session, rows("claimed")),
        stuck=_number(session, rows("claimed", Touch.lease_until < now)),
        sending=_number(session, rows("sending")),
        uncertain=_number(session, rows("uncertain")),
        expired=_number(session, rows("expired", Touch.due_at > now - DAY)),
        oldest=first[0][0] if first else None,
    )


def _mails(session: Session, now: Instant) -> Delay:
    """Sent minus planned, of the newest mails that had a slot (A4); what was just asked for has none."""
    late: list[tuple[Instant, int]] = []
    for state in ARRIVED:
        where = (Touch.state == state, Touch.channel == "email", Touch.due_at.between(now - 7 * DAY, now))
        slots = select(Touch.due_at, Touch.sent_at).where(*where, Touch.kind != "requested")
        rows = session.execute(slots.order_by(Touch.due_at.desc()).limit(NEWEST))
        late += [(due, max(0, sent - due)) for due, sent in rows if sent is not None]
    return _delay([seconds for _, seconds in sorted(late, reverse=True)[:NEWEST]])


def _reports(session: Session) -> tuple[Delay, int]:
    """How long what providers told us was on its way, and how many of the newest reports came again."""
    columns = (ProviderEvent.occurred_at, ProviderEvent.received_at, ProviderEvent.repeats)
    rows = session.execute(select(*columns).order_by(ProviderEvent.id.desc()).limit(NEWEST)).all()
    lags = [max(0, received - occurred) for occurred, received, _ in rows if occurred is not None]
    return _delay(lags), sum(repeats for *_, repeats in rows)


def _delay(seconds: Sequence[int]) -> Delay:
    if not seconds:
        return Delay(0, None, None)
    ordered, last = sorted(seconds), len(seconds) - 1
    return Delay(len(seconds), ordered[round(0.5 * last)], ordered[round(0.95 * last)])


def _provider(session: Session, channel: str, now: Instant) -> Provider:
    day = (Touch.channel == channel, Touch.due_at.between(now - DAY, now))
    count = select(Touch.state, func.count()).where(Touch.state.in_([*LEFT, *REFUSED]), *day).group_by(Touch.state)
    found = dict(session.execute(count).tuples().all())
    return Provider(channel, sum(found.values()), sum(found.get(state, 0) for state in REFUSED))


def _held(session: Session, now: Instant) -> list[Held]:
    """What somebody should look at, the gravest first."""
    switch = notes.get_in(session, "kill_switch")
    everything = [Held("everything", "", str(switch.get("why", "")), switch.get("at"))] if switch else []
    pauses = session.scalars(select(SendingPause).order_by(SendingPause.since, SendingPause.key))
    held = [pause for row in pauses if (pause := _pause(row, now)) is not None]
    unread = session.scalars(select(Mailbox).where(Mailbox.failed_at.is_not(None)).order_by(Mailbox.failed_at))
    boxes = [Held("mailbox", row.key, row.failed_why or "", row.failed_at) for row in unread]
    resting = select(OurNumber).where(OurNumber.active, OurNumber.resting_until > now).order_by(OurNumber.id)
    numbers = [
        Held("numbers", row.number, row.rest_why or "", None, row.resting_until) for row in session.scalars(resting)
    ]
    return [*everything, *held, *boxes, *numbers]


def _pause(row: SendingPause, now: Instant) -> Held | None:
    """Calls without an end wait for somebody's word; mail without one has only failed a few times, and goes on."""
    kind = "calls" if row.key.startswith("calls") else "mail"
    over = kind == "mail" if row.until is None else row.until <= now
    return None if over else Held(kind, row.key.replace(":", " "), row.why, row.since, row.until)


def _flows(session: Session) -> tuple[Flow, ...]:
    keys = {f"flow {name}": name for name in FLOWS}
    rows = session.execute(select(Note.key, Note.value).where(Note.key.in_(keys)))
    began = {keys[key]: int(value) for key, value in rows}
    return tuple(Flow(name, every, began.get(name)) for name, every in FLOWS.items())


def _recount(session: Session) -> Recount | None:
    found = notes.get_in(session, "rollup_check")
    return Recount(found["at"], found["people"] + found["attempts"] + found["cells"]) if found else None


def _size(session: Session, lite: bool) -> int:
    """Of the database, in bytes."""
    if lite:
        pages, each = (session.scalar(text(f"PRAGMA {name}")) or 0 for name in ("page_count", "page_size"))
        return int(pages) * int(each)
    return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
