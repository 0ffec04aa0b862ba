"""What can be said, in a sentence, before any number? And what should be done next?"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.words import day, number, people, percent, points, size
from opportune.store.board import Comparison, Headline, per_channel_needed

ENOUGH = 30  # people in each half of the comparison sample; below that no share is spoken of
WORTH = 0.03  # a difference of three points is worth knowing


@dataclass(frozen=True, slots=True)
class Verdict:
    sentence: str
    next: str
    tone: str = "quiet"  # quiet | clear | alarm


def verdict(numbers: Headline, sample: Comparison) -> Verdict:
    """Honest words first: what is known about calling first against writing first."""
    if numbers.decided == 0:
        return Verdict(
            "Nobody has been put on a channel here yet.",
            "Widen the filters, or import contacts and activate a campaign.",
        )
    if sample.broken:
        return Verdict(
            "Do not read the comparison: the toss behind it did not fall like a fair coin "
            f"(call {number(sample.drawn[0])}, email {number(sample.drawn[1])}).",
            "Something filters people after the toss. Find it before acting on any difference.",
            "alarm",
        )
    if numbers.over == 0:
        return Verdict(
            "Too early to say: the time in which a result counts is over for nobody yet.",
            f"The first results count from {day(numbers.first_over_at or 0)}.",
        )
    if min(sample.call.n, sample.email.n) < ENOUGH:
        return _too_small(numbers, sample)
    return _compared(sample)


def _too_small(numbers: Headline, sample: Comparison) -> Verdict:
    if numbers.sample == 0:
        how = "Give the campaign a comparison sample of 10 % or more: then the question can be answered."
        return Verdict(
            "No difference can be claimed: the rules chose whom to call, and nobody was left to a toss.", how
        )
    return Verdict(
        "No difference can be claimed: the rules chose whom to call, and the comparison sample is still small "
        f"{_sizes(sample)}.",
        f"At least {ENOUGH} on each side are needed before a share is worth a word.",
    )


def _sizes(sample: Comparison) -> str:
    return f"(call {size(sample.call.n)}, email {size(sample.email.n)})"


def _compared(sample: Comparison) -> Verdict:
    low, high = sample.interval
    sizes = _sizes(sample)
    span = f"{points(low)} to {points(high)} points"
    if low <= 0 <= high:
        pooled = (sample.call.k + sample.email.k) / (sample.call.n + sample.email.n)
        needed = per_channel_needed(pooled, WORTH)
        return Verdict(
            f"No difference can be claimed yet: in the comparison sample {sizes} calling first and writing first may "
            f"be apart by anything from {span}.",
            f"To tell a difference of {100 * WORTH:.0f} points, about {people(needed)} are needed on each side.",
        )
    winner, loser = ("Calling", "writing") if low > 0 else ("Writing", "calling")
    shares = f"{percent(sample.call.share)} against {percent(sample.email.share)}"
    return Verdict(
        f"{winner} first met the goal more often than {loser} first: {shares} in the comparison sample {sizes}, "
        f"a difference of {span}.",
        "This interval is meant for one look. Fix the day on which you decide, and decide then.",
        "clear",
    )
