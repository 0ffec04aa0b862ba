"""What goes wrong in a world, and how often? Each world draws some kinds of trouble and leaves others out.

Worlds in which everything fails a little look all alike; those that have much of a few kinds find more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

MAIL = (
    "mail.connect", "mail.mail4", "mail.mail5", "mail.rcpt4", "mail.rcpt5", "mail.data4", "mail.dot4", "mail.dot5",
    "mail.421", "mail.drop_mail", "mail.drop_rcpt", "mail.drop_data", "mail.drop_dot", "mail.drop_stored",
    "mail.hang_dot", "mail.hang_stored", "mail.garbage",
)  # fmt: skip
CALL = (
    "call.connect", "call.429", "call.400", "call.500", "call.500_placed", "call.reset", "call.late_201",
    "call.before_201", "call.twice", "call.unreadable", "call.queued",
)  # fmt: skip
#: kind -> how often it strikes where it is asked for, in a world that has it.
RATES = (
    dict.fromkeys(MAIL, 0.03)
    | dict.fromkeys(CALL, 0.04)
    | {
        "crash": 0.006,  # at each named point
        "locked": 0.003,  # at each transaction
        "pause": 0.004,  # a process stands still between two transactions
        "outage": 0.04,  # the whole house, for hours, each day
        "clock": 0.1,  # a clock runs seconds ahead or behind, each day
        "jump": 0.03,  # the machine's clock goes wrong by minutes or hours, each day
        "paused": 0.04,  # our operator stops a campaign, or everything, each day
        "twin": 0.15,  # the same work is started twice
        "callback.lost": 0.15,
        "callback.twice": 0.2,
        "callback.late": 0.2,
        "callback.again": 0.5,  # the carrier tries again after an error of ours
        "lookup": 0.1,  # the carrier does not answer a question
        "mailbox.renumbered": 0.03,  # everything is read again
    }
)
ALWAYS = {"crash", "callback.twice"}  # every world has these


@dataclass
class Mischief:
    """The dice of one world, thrown in the order of events."""

    rng: Random
    rates: dict[str, float]
    over: bool = False  # liveness: no more faults
    struck: Counter[str] = field(default_factory=Counter)

    @classmethod
    def drawn(cls, rng: Random, some: frozenset[str] | None = None, factor: float = 1.0) -> Mischief:
        """A mix of its own; `some` instead chooses the kinds."""
        rates = {}
        for kind, rate in RATES.items():
            has = kind in some if some is not None else kind in ALWAYS or rng.random() < 0.5
            if has:
                rates[kind] = min(0.9, rate * factor * rng.choice((0.5, 1.0, 2.0)))
        return cls(rng, rates)

    def strikes(self, kind: str) -> bool:
        rate = self.rates.get(kind)
        if rate is None or self.over or self.rng.random() >= rate:
            return False
        self.struck[kind] += 1
        return True

    def first(self, kinds: tuple[str, ...]) -> str:
        """At most one of these, or nothing."""
        if self.over:
            return ""
        at = self.rng.random()
        for kind in kinds:
            at -= self.rates.get(kind, 0.0)
            if at < 0:
                self.struck[kind] += 1
                return kind
        return ""
