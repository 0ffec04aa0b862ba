"""What can be said about calling or writing first, in a sentence, before any number?"""

from __future__ import annotations

from dashboards.kit.format import points
from dashboards.kit.frame import Verdict
from dashboards.kit.said import t
from opportune.statistics import lopsided, people_needed, weeks_needed
from opportune.store.board.evidence import Evidence

WORTH, FINE = 0.03, 0.01  # a difference of three points is worth knowing; after that, of one
LONG = 52  # weeks: whoever would have to wait longer is told once what can be known instead


def state_of(found: Evidence) -> str:
    """nobody | no_lot | broken | early | small | open | equal | clear"""
    if not found.decided:
        return "nobody"
    if not found.compared + found.maturing:
        return "no_lot"
    if lopsided(*found.drawn):
        return "broken"
    if not found.compared:
        return "early"
    if (today := found.today) and not today.low <= 0 <= today.high:
        return "clear"
    if today and max(-today.low, today.high) <= WORTH:
        return "equal"
    weeks = weeks_needed(more_people(found), found.per_week)
    never = weeks is None or (weeks > LONG and told_apart(found) == WORTH)
    return "small" if never else "open"


def more_people(found: Evidence) -> int:
    """Until the interval is narrow enough to show a difference worth knowing; maturing ones are on their way."""
    return max(1, people_needed(found.spread, told_apart(found)) - found.compared - found.maturing)


def told_apart(found: Evidence) -> float:
    """Which difference would the wait show?"""
    today = found.today
    return FINE if today and (today.high - today.low) / 2 <= WORTH else WORTH


def verdict(found: Evidence, state: str) -> Verdict:
    call, email = found.drawn
    values: dict[str, object] = {"call": call, "email": email, "manual": found.manual}
    if state in ("small", "open"):
        values |= _wait(found)
    if found.today:
        values |= {name: points(getattr(found.today, name)) for name in ("low", "high", "value")}
    if state == "clear" and found.today:
        winner = "call" if found.today.low > 0 else "email"
        return Verdict(t(f"channels.clear.{winner}", **values), t("channels.clear_next"), "clear")
    tone = "alarm" if state == "broken" else "quiet"
    return Verdict(t(f"channels.{state}", **values), _next(found, state, values), tone)


def _next(found: Evidence, state: str, values: dict[str, object]) -> str:
    if state == "open" and not found.today:
        return t("channels.open_early", **values)
    return t(f"channels.{state}_next", **values)


def _wait(found: Evidence) -> dict[str, object]:
    more = more_people(found)
    weeks = weeks_needed(more, found.per_week)
    return {
        "people": t("channels.more_people", n=_round(more)),
        "weeks": t("channels.weeks", n=weeks or 0),
        "worth": points(told_apart(found), 0).removeprefix("+"),
    }


def _round(n: int) -> int:
    """ "About": two digits are all that is known."""
    step = 10 ** max(0, len(str(n)) - 2)
    return -(-n // step) * step
