"""What do servers' answers, bounces and complaints say of our accounts and sending domains?

5.1.x counts as a bounce, 5.7.x as a refusal of us: it pauses the sending domain at that provider and never the person.
421 lets a provider cool down. An account that is not let in, or whose server is not there, is paused as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy.orm import Session

from channels.base import Accepted, Answer, Refused
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.store import tallies
from opportune.work import breaker, carrier_says, senders
from opportune.work.sending import Way, way
from opportune.work.world import World

Given = Sequence[tuple[m.Touch, m.PreparedMessage, Answer]]
COUNTED = {"no_such_address": "bounced", "blocked": "blocked"}
PAUSES = {"cool": breaker.COOL, "blocked": breaker.BLOCKED, "limit": breaker.BLOCKED, "login": breaker.LOGIN,
          "unreachable": breaker.UNREACHABLE}  # fmt: skip


def heard(world: World, session: Session, given: Given, now: Instant) -> None:
    """What the answers say of our accounts, domains and numbers, and of the providers. Counts first, as at the gate."""
    carrier_says.heard(session, [each for each in given if each[0].channel == "call"], now)
    mails = [each for each in given if each[0].channel == "email"]
    pauses = breaker.rows(session) if mails else {}
    if not pauses and all(isinstance(answer, Accepted) for _, _, answer in mails):
        return
    routed = [(way(world, words), answer) for _, words, answer in mails]
    back = [(mine, answer) for mine, answer in routed if isinstance(answer, Refused)]
    judged = _count_refused(session, back, now)
    for mine, answer in routed:
        if isinstance(answer, Accepted):
            breaker.passed(session, pauses, mine.pauses, now)
    for mine, answer in back:
        if answer.meaning in PAUSES:
            key = mine.towards if answer.meaning in ("cool", "blocked") else f"account:{mine.account.name}"
            why = answer.told
            breaker.fail(session, key, PAUSES[answer.meaning], why, now)
    for domain in judged:
        breaker.judge(session, domain, now)


def _count_refused(session: Session, back: Sequence[tuple[Way, Refused]], now: Instant) -> list[str]:
    """The sending domains that must be judged."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for mine, answer in back:
        if answer.meaning in COUNTED:
            counts[mine.domain][COUNTED[answer.meaning]] += 1
    tallies.count(session, {f"from:{domain}": what for domain, what in counts.items()}, now)
    return sorted(counts)


def came_back(session: Session, touch: m.Touch, what: str, now: Instant) -> None:
    """A mail that had left came back, hard (`bounced`, `blocked`), or its reader complained (`complained`)."""
    words = session.get(m.PreparedMessage, touch.id)
    address = senders.from_of(words) if words else (touch.message_id or "").strip("<>")
    domain = address.rpartition("@")[2]
    tallies.count(session, {f"from:{domain}": {what: 1}}, now)
    breaker.judge(session, domain, now)
