"""How does a person like to be contacted, going by how they answered before (A9)?"""

from __future__ import annotations

from dataclasses import dataclass

from opportune.rules.facts import DAY, Channel, Instant, Preference

ENOUGH = 2  # tries on each channel: a channel never tried says nothing against it
CLEAR = 0.5  # by how much one channel must be answered more often than the other
WAIT = 14 * DAY  # a call they promised and did not make by then does not come


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back from one person so far. `will_call_at`: when they last promised to call; `called_at`: when they
    last talked to us on the phone."""

    mails: int = 0
    mails_answered: int = 0
    calls: int = 0
    calls_answered: int = 0
    will_call_at: Instant | None = None
    called_at: Instant | None = None


def habit(answers: Answers, now: Instant) -> Preference | None:
    """The channel this person answers; None while that is not clear."""
    return _by_answers(answers) or _by_broken_promise(answers, now)


def _by_answers(a: Answers) -> Preference | None:
    if min(a.mails, a.calls) < ENOUGH:
        return None
    lead = a.mails_answered / a.mails - a.calls_answered / a.calls
    if abs(lead) < CLEAR:
        return None
    told = f"answered {a.mails_answered} of {a.mails} mails, {a.calls_answered} of {a.calls} calls"
    return Preference(Channel.EMAIL if lead > 0 else Channel.CALL, told, "habit")


def _by_broken_promise(a: Answers, now: Instant) -> Preference | None:
    """The promised call back that never came leans to email."""
    promised = a.will_call_at
    if promised is None or now < promised + WAIT:
        return None
    if a.called_at is not None and a.called_at > promised:
        return None
    return Preference(Channel.EMAIL, "promised to call back and did not", "habit")
