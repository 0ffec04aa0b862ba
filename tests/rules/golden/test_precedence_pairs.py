"""Opt-out, law, promise, stated preference, our caps, goal, status, time: each beats the next, wherever each points.

In a row the first circumstance alone gives the first code, the second alone the second, and both together the third.
"""

from __future__ import annotations

import pytest
from rules.cast import (
    CALL,
    EMAIL,
    WEDNESDAY,
    a_campaign,
    a_law,
    after,
    ask,
    called,
    codes,
    likes,
    mailed,
    moment,
    no,
    somebody,
    yes,
)

from opportune.rules.consent import KINDS
from opportune.rules.facts import DAY, HOUR, Interest, Status

SAID_NO = {"person": {"suppressed": "unsubscribed"}}
ASKS_FIRST = {"law": {"basis": {(kind, "b2b"): "opt_in" for kind in KINDS}}}
SAID_YES = {"person": {"consents": (yes("call_auto"), yes("email"))}}
NO_CALLS = {"person": {"consents": (no("call"),)}}
NO_MAIL = {"person": {"consents": (no("email"),)}}
CALL_CAP = {"law": {"caps": ((1, 3),)}, "touches": (called(WEDNESDAY - 2 * DAY), mailed(WEDNESDAY - 2 * DAY + HOUR))}
PROMISED = {"history": {"promised_at": WEDNESDAY + HOUR}}
CALLS, WRITES = ({"person": {"preference": likes(channel)}} for channel in (CALL, EMAIL))
RANG = {"touches": (called(WEDNESDAY - 30 * HOUR), mailed(WEDNESDAY - 29 * HOUR))}
WEEK_FULL = {"history": {"elsewhere": tuple((EMAIL, WEDNESDAY - d * DAY) for d in (1, 2, 3, 4))}}
CALLED_TODAY = {"history": {"elsewhere": ((CALL, WEDNESDAY - HOUR),)}}
CALLS_USED_UP = {"touches": (*(called(WEDNESDAY - d * DAY) for d in (9, 7, 5, 3)), mailed(WEDNESDAY - 20 * DAY))}
MAILS_USED_UP = {"touches": tuple(mailed(WEDNESDAY - d * DAY) for d in (40, 30, 20, 10))}
SERIOUS, SMALL = {"campaign": {"goal": "meeting"}}, {"campaign": {"goal": "feedback"}}
BOSS, CLERK = {"person": {"status": Status.EXECUTIVE}}, {"person": {"status": Status.STAFF}}
MONDAY_MORNING = {"now": moment("2026-11-23 08:00")}
WRITTEN = {"touches": (mailed(WEDNESDAY - 9 * DAY),)}


def merged(*circumstances):
    """Later ones win within a part; a person's consents add up."""
    found = {"person": {}, "campaign": {}, "law": {}, "history": {}, "touches": (), "now": WEDNESDAY}
    for part, given in ((part, given) for each in circumstances for part, given in each.items()):
        known = found[part]
        if part == "person":
            both = (*known.get("consents", ()), *given.get("consents", ()))
            found[part] = known | given | ({"consents": both} if both else {})
        elif part == "touches":
            found[part] = (*known, *given)
        else:
            found[part] = known | given if isinstance(known, dict) else given
    return found


def told(*circumstances):
    facts = merged(*circumstances)
    history = after(*facts["touches"], **facts["history"])
    decision = ask(
        somebody(**facts["person"]), a_campaign(**facts["campaign"]), history, a_law(**facts["law"]), facts["now"]
    )
    return codes(decision)


@pytest.mark.parametrize(
    ("first", "says", "second", "would_say", "together"),
    [
        # opt-out > law: whether the law closes or opens
        (SAID_NO, "suppressed", ASKS_FIRST, "needs_consent", "suppressed"),
        (SAID_NO, "suppressed", SAID_YES, "goal_calls", "suppressed"),
        # law > promise: what is promised and closed is not done; what is closed elsewhere does not matter
        (NO_CALLS, "only_way", PROMISED, "promised", "only_way"),
        (CALL_CAP, "law_cap", PROMISED, "promised", "law_cap"),
        (NO_MAIL, "goal_calls", PROMISED, "promised", "promised"),
        # promise > stated preference, for either channel
        (PROMISED, "promised", WRITES, "preference", "promised"),
        (PROMISED, "promised", CALLS, "preference", "promised"),
        # stated preference > our caps: they make it wait or end, never turn it to the other channel
        (CALLS, "preference", CALLS_USED_UP, "calls_used_up", "preference"),
        (CALLS, "preference", CALLED_TODAY, "cap_calls", "preference"),
        (WRITES, "preference", MAILS_USED_UP, "goal_calls", "preference"),
        # our caps > goal
        (WEEK_FULL, "cap_touches", SMALL, "mail_slot", "cap_touches"),
        (WEEK_FULL, "cap_touches", SERIOUS, "goal_calls", "cap_touches"),
        (CALLS_USED_UP, "mail_slot", SERIOUS, "aim_interest", "mail_slot"),
        (MAILS_USED_UP, "aim_interest", SMALL, "mail_slot", "cadence_over"),
        # goal > status: both say something, the goal is heard first
        (SMALL, "goal_writes", BOSS, "status_high", "goal_writes"),
        (SMALL, "goal_writes", CLERK, "goal_calls", "goal_writes"),
        (SERIOUS, "goal_calls", CLERK | RANG, "staff_missed", "goal_calls"),
        # status > time: a good hour calls nobody who is written to, and a bad one writes to nobody who is called
        (CLERK | RANG, "staff_missed", {"now": moment("2026-11-26 14:00")}, "cold_hour", "staff_missed"),
        (BOSS | WRITTEN, "executive_hour", MONDAY_MORNING, "write_first", "executive_hour"),
    ],
)
def test_each_beats_the_next_both_ways_round(first, says, second, would_say, together):
    assert says in told(first)
    assert would_say in told(second)
    assert together in told(first, second)


@pytest.mark.parametrize(
    ("first", "second", "not_"),
    [
        (SAID_NO, ASKS_FIRST, "needs_consent"),
        (NO_CALLS, PROMISED, "promised"),
        (PROMISED, WRITES, "preference"),
        (CALLS, CALLS_USED_UP, "mail_slot"),  # no mail instead, since they told us to call
        (WRITES, MAILS_USED_UP, "goal_calls"),  # and no call instead
        (WEEK_FULL, SMALL, "mail_slot"),
        (SMALL, BOSS, "status_high"),
        (CLERK | RANG, {"now": moment("2026-11-26 14:00")}, "cold_hour"),
    ],
)
def test_the_weaker_one_is_not_heard_at_all(first, second, not_):
    assert not_ not in told(first, second)


def test_a3_is_the_one_place_where_time_chooses_the_channel():
    assert "write_first" in told(MONDAY_MORNING)
    assert "write_first" not in told(MONDAY_MORNING, {"person": {"interest": Interest.WARM}})
    assert "write_first" not in told(MONDAY_MORNING, WRITTEN)
