"""May this mail leave now, as far as servers and providers are concerned?

Asked by the gate in the transaction that marks a mail `sending`. A pause holds everything; caps, warm-up and pace hold
what we want to say, not what a person asked for or what we promised. What must wait is told why and until when.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from channels.accounts import Account
from channels.recipients import Provider, provider
from opportune.rules.facts import DAY, HOUR, Instant
from opportune.rules.hours import next_slot
from opportune.store import models as m
from opportune.store import pacing, tallies
from opportune.work import breaker, senders, warmup
from opportune.work.cases import Case
from opportune.work.world import World

OWED = ("requested", "callback", "correction")  # waits for a pause only
SLOT = 600
Group = Sequence[tuple[m.Touch, m.PreparedMessage]]


@dataclass(frozen=True, slots=True)
class Way:
    """How a mail goes: from whom, through which account, to whose mailboxes."""

    domain: str
    account: Account
    to: Provider

    @property
    def pauses(self) -> tuple[str, str, str]:
        return f"account:{self.account.name}", f"from:{self.domain}", self.towards

    @property
    def towards(self) -> str:
        return f"from:{self.domain} to:{self.to.name}"


Routed = Sequence[tuple[m.Touch, Way]]


@dataclass(frozen=True, slots=True)
class Wait:
    """`paced`: its turn is paid for."""

    why: str
    until: Instant
    paced: bool = False


@dataclass
class Room:
    """What is left of each cap: key -> (how many, words, until when)."""

    left: dict[str, int] = field(default_factory=dict)
    told: dict[str, tuple[str, Instant]] = field(default_factory=dict)

    def full(self, keys: Sequence[str]) -> Wait | None:
        if not self.left:
            return None
        full = [Wait(*self.told[key]) for key in keys if self.left.get(key, 1) < 1]
        return max(full, key=lambda wait: wait.until, default=None)

    def take(self, keys: Sequence[str]) -> None:
        for key in keys:
            if key in self.left:
                self.left[key] -= 1


def way(world: World, words: m.PreparedMessage) -> Way:
    address = senders.from_of(words)
    return Way(address.rpartition("@")[2], senders.account_of(world, address), provider(words.recipient or ""))


def waiting(world: World, session: Session, group: Group, known: Mapping[int, Case], now: Instant) -> dict[int, Wait]:
    """Which of these mails must wait; the others are counted as sent. Nobody else counts them until the commit."""
    mails = [(touch, way(world, words)) for touch, words in group if touch.channel == "email"]
    if not mails:
        return {}
    wanted = [(touch, mine) for touch, mine in mails if touch.kind not in OWED]
    room = _room(session, mails, wanted, now)
    rates = {touch.id: _rates(touch, mine, known) for touch, mine in wanted if not touch.paced_at}
    every = {key: rate for each in rates.values() for key, rate in each.items()}
    buckets, pauses = pacing.Buckets(session, every, world.clock.exact()), breaker.rows(session)
    found: dict[int, Wait] = {}
    for touch, mine in mails:
        caps = () if touch.kind in OWED else _caps(mine)
        closed = (_paused(breaker.closed(pauses, mine.pauses, now)) if pauses else None) or room.full(caps)
        closed = closed or _turn(buckets, touch, rates.get(touch.id, {}), now)
        if closed := closed or (_paused(breaker.ask(session, pauses, mine.pauses, now)) if pauses else None):
            found[touch.id] = closed
        else:
            room.take(caps)
    buckets.save()
    _count(session, [(touch, mine) for touch, mine in mails if touch.id not in found], now)
    return found


def _paused(row: m.SendingPause | None) -> Wait | None:
    return Wait(f"paused: {row.why}", row.until or 0) if row else None


def _turn(buckets: pacing.Buckets, touch: m.Touch, rates: Mapping[str, pacing.Rate], now: Instant) -> Wait | None:
    """Its turn, in this slot: paid for now and not asked for again. One beyond the slot is asked for anew then."""
    seconds = buckets.wait(rates)
    at = now + math.ceil(seconds)
    inside = at < min(touch.not_after, touch.due_at + SLOT)
    if inside:
        buckets.take(rates)
    return Wait("waits for its turn: mails a second", at, paced=inside) if seconds else None


def _rates(touch: m.Touch, mine: Way, known: Mapping[int, Case]) -> dict[str, pacing.Rate]:
    case = known.get(touch.enrolment_id or 0)
    rates: dict[str, pacing.Rate] = {mine.towards: (mine.to.per_second, mine.to.burst)}
    if case and (pace := case.campaign.mails.per_minute):
        rates[f"campaign:{case.enrolment.campaign_id}"] = (pace / 60, max(1, pace // 6))
    return rates


def _caps(mine: Way) -> tuple[str, str, str]:
    return f"hour account:{mine.account.name}", f"day account:{mine.account.name}", f"day from:{mine.domain}"


def _room(session: Session, mails: Routed, wanted: Routed, now: Instant) -> Room:
    """What is left of the caps there are. Then all counts are locked first, whoever has a cap: always in one order."""
    room = Room()
    limited = [(mine.domain, mine.account) for _, mine in wanted if _limited(mine.account)]
    if limited:
        tallies.hold(session, {key for _, mine in mails for key in _counted(mine)}, now)
    for domain, account in dict.fromkeys(limited):
        _account_room(session, room, account, now)
        most = warmup.most_today(session, domain, account.warm_up_from, now)
        _limit(session, room, "day", f"from:{domain}", most, now, f"{domain} is warming up: {most} a day for now")
    return room


def _limited(account: Account) -> bool:
    return bool(account.per_hour or account.per_day or account.warm_up_from)


def _account_room(session: Session, room: Room, account: Account, now: Instant) -> None:
    name = f"account:{account.name}"
    _limit(session, room, "hour", name, account.per_hour, now, f"{account.name} sent its {account.per_hour} of an hour")
    _limit(session, room, "day", name, account.per_day, now, f"{account.name} sent its {account.per_day} of a day")


def _limit(session: Session, room: Room, span: str, key: str, most: int | None, now: Instant, why: str) -> None:
    cap = f"{span} {key}"
    if most is not None and cap not in room.left:
        length = HOUR if span == "hour" else DAY
        start = now - now % length
        used = tallies.since(session, [key], start).get(key, tallies.Tally()).sent
        room.left[cap], room.told[cap] = most - used, (why, start + length)


def _counted(mine: Way) -> tuple[str, str]:
    return f"account:{mine.account.name}", f"from:{mine.domain}"


def _count(session: Session, going: Routed, now: Instant) -> None:
    counts = Counter(key for _, mine in going for key in _counted(mine))
    tallies.count(session, {key: {"sent": number} for key, number in counts.items()}, now)


def later(touch: m.Touch, wait: Wait, case: Case | None) -> dict[str, Instant | None]:
    """When it is due instead: in its own slot, or in the next one its reader has (A4); what is owed at once."""
    if wait.paced:
        return {"due_at": wait.until, "paced_at": wait.until}
    slot = None
    if case and touch.kind not in OWED:
        slot = next_slot(case.person.zones, case.campaign.mails.hours, wait.until, case.law, 0.0)
    due = slot.start if slot else wait.until
    return {"due_at": due, "not_after": due + max(SLOT, touch.not_after - touch.due_at), "paced_at": None}
