"""What must be true at each point's death and in the end? A1 to A15 of `docs/when-things-break.md`, as a table.

`n` is the passing at which the process died. Twenty-four people are worked on two at a time; twelve ask, write or post.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Seen = dict[str, int]
ALL, SOME = 24, 12


@dataclass(frozen=True)
class Case:
    """`begins`: the templates it may begin from. `opts_out`: everybody says no while their call is being placed."""

    number: str
    role: str
    begins: tuple[str, ...]
    at_death: Callable[[Seen, int], bool]
    in_the_end: Callable[[Seen, int], bool]
    opts_out: bool = False


def before(n: int) -> int:
    """People worked on in earlier pairs, when pairs pass the point."""
    return 2 * (n - 1)


def _case(number: str, role: str, begins: str, at_death: object, in_the_end: object, **more: bool) -> Case:
    return Case(number, role, tuple(begins.split()), at_death, in_the_end, **more)  # type: ignore[arg-type]


def _still_claimed(s: Seen, n: int) -> bool:
    """What the mails of the pair before were answered is written with the mark of these."""
    return s["claimed"] == 2 and s["sending"] in (0, 2) and s["sent"] + s["sending"] == s["effects"] == before(n)


def _everybody_once(s: Seen, _: int) -> bool:
    return s["sent"] == s["effects"] == ALL


def _answers_lost(s: Seen, _: int) -> bool:
    """Of one pair of mails at most, which is treated as sent; of calls none."""
    return s["sent"] + s["assumed_sent"] == s["effects"] == ALL and s["assumed_sent"] <= 2


def _doubts_closed(s: Seen, _: int) -> bool:
    """Mail is treated as sent; a call is found at the carrier, or proved absent. Never tried again."""
    closed = s["assumed_sent"] + s["not_sent"]
    return s["sent"] + closed == ALL and closed <= 2 and s["sent"] <= s["effects"] <= ALL - s["not_sent"]


def _two_doubts_closed(s: Seen, n: int) -> bool:
    return _doubts_closed(s, n) and s["assumed_sent"] + s["not_sent"] == 2 and s["effects"] == s["sent"]


def _sending(least: Callable[[int], int], most: Callable[[int], int]) -> Callable[[Seen, int], bool]:
    return lambda s, n: s["sending"] == 2 and least(n) <= s["effects"] <= most(n)


def _all_cancelled(s: Seen, _: int) -> bool:
    """Each call of somebody who said no while it was placed."""
    return s["asked"] == s["no"] == s["cancel_requested"] == s["effects"]


def _reported(s: Seen, _: int) -> bool:
    return s["provider_event"] == ALL and s["no_answer"] == SOME


def _said_no(s: Seen, _: int) -> bool:
    return s["no"] == s["asked"] == SOME <= s["journal"]


def _answers(s: Seen, _: int) -> bool:
    return s["provider_event"] == SOME and s["no"] == SOME // 2


_GATE = ("mails calls", _still_claimed, _answers_lost)
_EVENTS = ("report", "ringing")
_NO = ("unsubscribe", "ringing")

CASES = {
    "plan.written": _case("A1", "plan", "people",
        lambda s, n: s["planned"] == s["decision"] == before(n), lambda s, _: s["planned"] == ALL),
    "plan.committed": _case("A2", "plan", "people",
        lambda s, n: s["planned"] == s["decision"] == 2 * n, lambda s, _: s["planned"] == ALL),
    "claim.committed": _case("A3", "send", *_GATE),
    "gate.locked": _case("A4", "send", *_GATE),
    "gate.marked": _case("A4", "send", *_GATE),
    "gate.committed": _case("A5", "send", "mails calls", _sending(before, before), _two_doubts_closed),
    "mail.mail": _case("A6", "send", "mails", _sending(lambda n: n - 2, lambda n: n - 1), _doubts_closed),
    "mail.rcpt": _case("A6", "send", "mails", _sending(lambda n: n - 2, lambda n: n - 1), _doubts_closed),
    "mail.data": _case("A6", "send", "mails", _sending(lambda n: n - 2, lambda n: n - 1), _doubts_closed),
    "mail.dot": _case("A7", "send", "mails", _sending(lambda n: n - 2, lambda n: n), _doubts_closed),
    "mail.answered": _case("A8", "send", "mails", _sending(lambda n: n, lambda n: n + 1), _doubts_closed),
    "call.request": _case("A9", "send", "calls", _sending(lambda n: n - 2, lambda n: n), _doubts_closed),
    "call.requested": _case("A9", "send", "calls", _sending(lambda n: n, lambda n: n + 1), _doubts_closed),
    "record.written": _case("A8", "send", "mails calls", _sending(lambda n: 2 * n, lambda n: 2 * n), _doubts_closed),
    "record.committed": _case("A10", "send", "calls",
        lambda s, n: s["sent"] == s["effects"] == 2 * n, _everybody_once),
    "record.cancel": _case("A10", "send", "calls", lambda s, _: s["cancel_requested"] == s["no"] > s["asked"],
                           _all_cancelled, opts_out=True),
    "event.stored": _case("A11", *_EVENTS, lambda s, n: s["provider_event"] == s["acknowledged"] == n - 1, _reported),
    "event.committed": _case("A11", *_EVENTS,
        lambda s, n: s["provider_event"] == s["acknowledged"] + 1 == n, _reported),
    "optout.journaled": _case("A12", *_NO, lambda s, n: s["no"] == n - 1 and s["journal"] == n, _said_no),
    "optout.written": _case("A12", *_NO, lambda s, n: s["no"] == s["acknowledged"] == n - 1 < s["journal"], _said_no),
    "optout.committed": _case("A12", *_NO, lambda s, n: s["no"] == s["acknowledged"] + 1 == n, _said_no),
    "optout.cancelled": _case("A12", *_NO,
        lambda s, n: s["no"] == s["acknowledged"] + 1 == s["asked"] == n, _said_no),
    "lead.stored": _case("A13", "post", "people",
        lambda s, n: s["lead"] == s["acknowledged"] == n - 1, lambda s, _: s["lead"] == SOME),
    "lead.committed": _case("A13", "post", "people",
        lambda s, n: s["lead"] == s["acknowledged"] + 1 == n, lambda s, _: s["lead"] == SOME),
    "inbox.read": _case("A14", "read", "mailed", lambda s, n: s["provider_event"] == n - 1, _answers),
    "inbox.applied": _case("A14", "read", "mailed",
        lambda s, n: s["provider_event"] == n and s["no"] == n // 2, _answers),
    "inbox.cursor": _case("A14", "read", "mailed", lambda s, n: s["provider_event"] == n, _answers),
    "reap.written": _case("A15", "reap", "claimed",
        lambda s, n: s["claimed" if n == 1 else "planned"] == ALL, _everybody_once),
    "reconcile.found": _case("A15", "resolve", "doubts",
        lambda s, n: s["sent"] == n - 1 == ALL - s["uncertain"], _everybody_once),
    "reconcile.committed": _case("A15", "resolve", "doubts",
        lambda s, n: s["sent"] == n == ALL - s["uncertain"], _everybody_once),
}  # fmt: skip
