"""What kind of contact is this: inbound (C1), by familiarity (C2), and how far is the person (C3)?

All three follow from signals; which signal tells what stands in the table of `warmth`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from opportune.rules.facts import DAY, CallKind, Channel, Decision, Familiarity, Instant, Interest, Kind, Person, Stage
from opportune.rules.warmth import REFERRAL, Signal, WarmthTable, Weight

_FAMILIARITY = list(Familiarity)  # the later one counts more
_STAGES = list(Stage)


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of one person."""

    familiarity: Familiarity
    stage: Stage
    call: CallKind


def kinds(signals: Iterable[Signal], table: WarmthTable) -> Kinds:
    """None of them fades: whoever we know we still know, and a customer stays one."""
    known = [(signal, table.signals[signal.kind]) for signal in signals if signal.kind in table.signals]
    familiarity = max((row.familiarity for _, row in known), key=_FAMILIARITY.index, default=Familiarity.COLD)
    stage = max((row.stage for _, row in known), key=_STAGES.index, default=Stage.PERSON)
    return Kinds(familiarity, stage, _call(known, stage))


def _call(known: list[tuple[Signal, Weight]], stage: Stage) -> CallKind:
    """C1. A referral goes before an old request: its opening names the connection (B12)."""
    if stage is Stage.CUSTOMER:
        return CallKind.REPEAT
    named = {signal.kind for signal, _ in known}
    if REFERRAL in named:
        return CallKind.REFERRAL
    asked = [signal.at for signal, row in known if row.act == "asks"]
    return CallKind.RETURNED if "asked_before" in named or _apart(asked) else CallKind.FIRST_TIME


def _apart(asked: list[Instant]) -> bool:
    """Two requests within a day are one: somebody sent the form twice."""
    return bool(asked) and max(asked) - min(asked) > DAY


class Turn(IntEnum):
    """B8: the order of work. A lower turn is decided and called first."""

    RAISED = 0
    REFERRED = 1
    FITS = 2
    COLD = 3


def priority(person: Person, decision: Decision, *, alike: float) -> Turn:
    """B8: inbound and hand-raised (a promised callback above all, C4), referral, fit, cold. `alike`: see FitTable.
    Calls are few, so the order is theirs; all mail of a slot leaves in it."""
    raised = person.asked_for_contact or person.inbound or person.interest is Interest.HOT
    if raised or decision.kind is Kind.CALLBACK or decision.channel is not Channel.CALL:
        return Turn.RAISED
    if person.call_kind is CallKind.REFERRAL:
        return Turn.REFERRED
    fits = person.fit is not None and person.fit >= alike
    return Turn.FITS if fits or person.interest is Interest.WARM else Turn.COLD
