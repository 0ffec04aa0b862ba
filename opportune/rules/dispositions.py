"""What follows from each call result (E2)?

B7: every one leads to a next step or closes something; none is left open. The rules decide by this table, and what
reacts to an operator's word reads the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from opportune.rules.facts import CallResult, Channel, History, PastTouch, Reason


class Then(StrEnum):
    """The next step."""

    CADENCE = "cadence"  # the next approach, as far as the campaign goes
    MET = "met"  # the goal: nothing more follows
    NURTURE = "nurture"  # lost for now: tried again with a new offer (A17)
    CALLBACK = "callback"  # promised (C4)
    WRITE = "write"  # asked for mail, a stated preference (A9)


@dataclass(frozen=True, slots=True)
class Next:
    """`mail`: one follows first (B4). `talked`: they know us from now on, so A1 binds no longer. `closes`: why this
    number is not called again."""

    then: Then = Then.CADENCE
    mail: bool = True
    talked: bool = False
    closes: Reason | None = None


NEXT: Mapping[CallResult, Next] = {
    CallResult.INTERESTED: Next(talked=True),
    CallResult.TALKED: Next(talked=True),
    CallResult.MEETING: Next(Then.MET, talked=True),
    CallResult.CALL_BACK: Next(Then.CALLBACK, talked=True),
    CallResult.EMAIL_PLEASE: Next(Then.WRITE),
    CallResult.NOT_INTERESTED: Next(Then.NURTURE, mail=False),
    CallResult.SECRETARY: Next(),  # an opening to the top: the call to them comes next (A7)
    CallResult.BUSY: Next(),
    CallResult.NO_ANSWER: Next(),
    CallResult.VOICEMAIL: Next(),
    CallResult.MACHINE: Next(),
    CallResult.DECLINED: Next(),
    CallResult.NO_SUCH_NUMBER: Next(mail=False, closes=Reason("no_such_number", "E7")),
    CallResult.WRONG_PERSON: Next(mail=False, closes=Reason("wrong_person", "E7")),
    CallResult.DO_NOT_CALL: Next(mail=False, closes=Reason("do_not_call", "E2")),
    CallResult.CANCELLED: Next(mail=False),  # it never rang
    CallResult.FAILED: Next(mail=False),
}

TALKED = frozenset(result for result, follows in NEXT.items() if follows.talked)
CLOSES = {result: follows.closes for result, follows in NEXT.items() if follows.closes}


def last_call(history: History) -> PastTouch | None:
    return next((touch for touch in reversed(history.touches) if touch.channel is Channel.CALL), None)


def after_last_call(history: History) -> Then | None:
    """What the last call led to; None where there was none, or nobody noted its result yet."""
    last = last_call(history)
    return NEXT[last.result].then if last and last.result else None


def lost(history: History) -> bool:
    """For now (A17)."""
    return after_last_call(history) is Then.NURTURE
