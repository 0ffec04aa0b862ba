"""How warm is this person, and what says so (B1, B11)?

The label is derived from signals by a table that can be changed; nobody types it in. A signal weighs less the older it
is, and of several of one kind the strongest counts: ten opened mails are not a wish to buy. Silence needs no signal of
its own: it is age without anything new.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from opportune.rules.facts import DAY, Familiarity, Instant, Interest, Stage

FITS = "fits"  # B1: who looks like our customers is warm; derived from the fit, never stored
REFERRAL = "referral"


@dataclass(frozen=True, slots=True)
class Signal:
    """Something a person did, or that is known of them, with what proves it: "form lead_magnet", "list fair-2026"."""

    kind: str
    at: Instant
    evidence: str = ""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weight(_Part):
    """What one kind of signal is worth. `act`: they did it themselves; it only looks around, or it asks (B8)."""

    weight: float = Field(ge=0, le=1000)
    half_life_days: float = Field(gt=0, le=36500)
    familiarity: Familiarity = Familiarity.COLD  # C2
    stage: Stage = Stage.PERSON  # C3
    act: Literal["looks", "asks"] | None = None
    says: dict[Literal["en", "ru", "ro"], str] = Field(default_factory=dict)

    def now(self, at: Instant, now: Instant) -> float:
        """What is left of it; a signal dated ahead counts as of now."""
        return self.weight * math.exp2(-max(0, now - at) / (self.half_life_days * DAY))


class Thresholds(_Part):
    """`warm`: all kinds together; `hot`: a single one alone, since many small signs are not a wish to buy."""

    warm: float = Field(gt=0)
    hot: float = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.hot <= self.warm:
            raise ValueError("hot must be above warm; raise hot or lower warm")
        return self


class FitTable(_Part):
    """B15. `customers`: fewer than these teach nothing; `doubt`: how many average people each value starts with;
    `alike`: from this fit on somebody looks like our customers."""

    customers: int = Field(ge=1)
    doubt: float = Field(gt=0)
    alike: float = Field(gt=0.5, le=1)


class WarmthTable(_Part):
    """The whole table, as `warmth.toml` states it."""

    thresholds: Thresholds
    fit: FitTable
    signals: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")], Weight]


@dataclass(frozen=True, slots=True)
class Warmth:
    """The label, and the signals behind it, the weightiest first."""

    interest: Interest
    score: float
    evidence: tuple[Signal, ...]


def warmth(signals: Iterable[Signal], table: WarmthTable, now: Instant) -> Warmth:
    """B1: hot is a single strong signal, warm is enough of all of them, cold is the rest."""
    left = {signal: table.signals[signal.kind].now(signal.at, now) for signal in _strongest(signals, table, now)}
    score = sum(left.values())
    evidence = tuple(sorted((s for s in left if left[s] > 0), key=lambda s: (-left[s], s.kind)))
    if max(left.values(), default=0.0) >= table.thresholds.hot:
        return Warmth(Interest.HOT, score, evidence)
    return Warmth(Interest.WARM if score >= table.thresholds.warm else Interest.COLD, score, evidence)


def _strongest(signals: Iterable[Signal], table: WarmthTable, now: Instant) -> list[Signal]:
    """Of each kind the freshest, in the order of their names: the sum is then the same whatever the order they came."""
    best: dict[str, Signal] = {}
    for signal in signals:
        if signal.kind in table.signals:  # a kind that was taken out of the table counts no more
            known = best.get(signal.kind)
            fresh = (min(signal.at, now), signal.at, signal.evidence)
            if known is None or fresh > (min(known.at, now), known.at, known.evidence):
                best[signal.kind] = signal
    return [best[kind] for kind in sorted(best)]


def only_informing(signals: Iterable[Signal], table: WarmthTable, now: Instant) -> bool:
    """B8: what they did of late only looks for information. Not of a customer or of somebody who agreed to talk: those
    are no such leads; nor of somebody who was recommended to us."""
    known = [signal for signal in signals if signal.kind in table.signals]
    more = any(s.kind == REFERRAL or table.signals[s.kind].stage is not Stage.PERSON for s in known)
    return not more and _acts(known, table, now) == {"looks"}


def inbound(signals: Iterable[Signal], table: WarmthTable, now: Instant) -> bool:
    """B8: they came to us, of late, by an act of their own."""
    return bool(_acts(signals, table, now))


def _acts(signals: Iterable[Signal], table: WarmthTable, now: Instant) -> set[str]:
    """What is older than two half-lives says nothing of what somebody wants now."""
    rows = [(table.signals[s.kind], s.at) for s in signals if s.kind in table.signals]
    return {row.act for row, at in rows if row.act and now - at <= 2 * row.half_life_days * DAY}


AGES: Mapping[str, tuple[str, str, str]] = {
    "en": ("today", "yesterday", "{days} days ago"),
    "ru": ("сегодня", "вчера", "{days} дн. назад"),
    "ro": ("azi", "ieri", "acum {days} zile"),
}


def told(signal: Signal, table: WarmthTable, now: Instant, language: str = "en") -> str:
    """`downloaded a guide 3 days ago (form lead_magnet)`."""
    row = table.signals.get(signal.kind)
    says = row.says if row else {}
    words = says.get(language) or says.get("en") or signal.kind.replace("_", " ")  # type: ignore[call-overload]
    days = max(0, (now - signal.at) // DAY)
    age = AGES.get(language, AGES["en"])[min(days, 2)].format(days=days)
    return f"{words} {age}" + (f" ({signal.evidence})" if signal.evidence else "")
