"""What can be said, in a sentence, before any number? And what should be done next?"""

from __future__ import annotations

from dashboards.kit.format import count, day, decimal, percent, points, size
from dashboards.kit.frame import Verdict
from dashboards.kit.said import t
from opportune.store.board import Comparison, Headline, per_channel_needed

ENOUGH = 30  # people in each half of the comparison sample; below that no share is spoken of
WORTH = 0.03  # a difference of three points is worth knowing


def verdict(numbers: Headline, sample: Comparison) -> Verdict:
    """Honest words first: what is known about calling first against writing first."""
    if numbers.decided == 0:
        return Verdict(t("overview.nobody"), t("overview.nobody_next"))
    if sample.broken:
        drawn = {"call": sample.drawn[0], "email": sample.drawn[1]}
        return Verdict(t("overview.broken", **drawn), t("overview.broken_next"), "alarm")
    if numbers.over == 0:
        return Verdict(t("overview.early"), t("overview.early_next", day=day(numbers.first_over_at or 0)))
    if numbers.sample == 0:
        return Verdict(t("overview.no_toss"), t("overview.no_toss_next"))
    if min(sample.call.n, sample.email.n) < ENOUGH:
        return Verdict(t("overview.small", **_sizes(sample)), t("overview.small_next", n=count(ENOUGH)))
    return _compared(sample)


def _sizes(sample: Comparison) -> dict[str, str]:
    return {"call": size(sample.call.n), "email": size(sample.email.n)}


def _compared(sample: Comparison) -> Verdict:
    low, high = sample.interval
    said = {**_sizes(sample), "low": points(low), "high": points(high)}
    if low <= 0 <= high:
        pooled = (sample.call.k + sample.email.k) / (sample.call.n + sample.email.n)
        needed = per_channel_needed(pooled, WORTH)
        following = t("overview.undecided_next", n=needed, points=decimal(100 * WORTH, 0))
        return Verdict(t("overview.undecided", **said), following)
    shares = [percent(arm.share) for arm in (sample.call, sample.email)]
    won, lost = shares if low > 0 else reversed(shares)
    better = t(f"overview.{'call' if low > 0 else 'email'}_better", won=won, lost=lost, **said)
    return Verdict(better, t("overview.better_next"), "clear")
