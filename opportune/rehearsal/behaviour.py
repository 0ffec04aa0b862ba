"""How do made-up people behave? Each answer is a hash of (seed, touch), never of arrival order: same seed, same world.

The shares are invented and say nothing about real people; every screen over practice data says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from opportune.rules.facts import DAY, HOUR, CallResult

Shares = Mapping[str, float]

#: What a callee's phone does (scripts of the carrier stand-in), by the callee's status.
CALLEES: dict[str, Shares] = {
    "executive": {
        "secretary": 22, "presses:1": 14, "presses:2": 8, "presses:9": 2, "human": 12, "machine": 20, "no-answer": 14,
        "busy": 5, "declines": 3,
    },
    "manager": {
        "presses:1": 13, "presses:2": 9, "presses:9": 2, "human": 16, "machine": 26, "no-answer": 22, "busy": 7,
        "declines": 3, "machine-silent": 2,
    },
    "staff": {
        "presses:1": 8, "presses:2": 8, "presses:9": 2, "human": 12, "machine": 30, "no-answer": 30, "busy": 8,
        "declines": 2,
    },
}  # fmt: skip
DEAD_NUMBERS = 0.02  # of the list: the number does not exist
BAD_ADDRESSES = 0.02  # of the list: the mail server refuses, for ever or for now
MAIL_TROUBLE: Shares = {"nouser": 60, "full": 15, "busy": 20, "policy": 5}

#: How a talk ends, in the operator's words.
TALKS: Shares = {
    CallResult.MEETING: 32, CallResult.INTERESTED: 16, CallResult.CALL_BACK: 10, CallResult.EMAIL_PLEASE: 12,
    CallResult.NOT_INTERESTED: 24, CallResult.WRONG_PERSON: 3, CallResult.DO_NOT_CALL: 3,
}  # fmt: skip
SECRETARY_TALK = 60  # seconds; a shorter talk was with the secretary
MACHINE_TALK = 10  # and nobody leaves a person so soon: the colleague heard an answering machine

#: What a reader does with a mail; the rest does nothing.
READERS: dict[str, Shares] = {
    "clarification": {"reply": 15, "auto": 4, "stop": 0.6, "unsubscribe": 1.2},
    "meeting": {"reply": 4, "book": 4.5, "auto": 4, "stop": 0.6, "unsubscribe": 1.2},
    "follow_up": {"reply": 6, "book": 8, "auto": 3, "stop": 0.4, "unsubscribe": 1},
    "requested": {"reply": 3},
    "confirm": {"confirm": 80},  # E1: who ticked the box looks for our question
}
REPLIES = (
    "Thank you. Our present supplier covers half of it; the open question is the delivery time.",
    "Good point. Please talk to my colleague as well, she decides on this together with me.",
    "Yes, that describes our case quite well. Could you send the price list?",
)


def draw(seed: int, key: str) -> float:
    """Uniform in [0, 1), the same whenever and wherever it is asked."""
    return int(hashlib.sha256(f"{seed}|{key}".encode()).hexdigest()[:13], 16) / 16**13


def choose(seed: int, key: str, shares: Shares, total: float | None = None) -> str | None:
    """One of `shares` by weight; None for what is missing to `total`."""
    at = draw(seed, key) * (total or sum(shares.values()))
    for name, weight in shares.items():
        if at < weight:
            return str(name)
        at -= weight
    return None


def callee(seed: int, phone: str, status: str) -> Shares | str:
    """The phone of one person: dead, or a mix of scripts that the carrier draws from for each call."""
    if draw(seed, f"dead|{phone}") < DEAD_NUMBERS:
        return "nonexistent"
    return CALLEES.get(status, CALLEES["staff"])


def mail_trouble(seed: int, address: str) -> str | None:
    """The mail server's trouble with this address, if any."""
    if draw(seed, f"trouble|{address}") >= BAD_ADDRESSES:
        return None
    return choose(seed, f"which trouble|{address}", MAIL_TROUBLE)


def talk_result(seed: int, token: str, seconds: int) -> CallResult:
    if seconds < MACHINE_TALK:
        return CallResult.MACHINE
    if seconds < SECRETARY_TALK:
        return CallResult.SECRETARY
    return CallResult(choose(seed, f"talk|{token}", TALKS) or CallResult.INTERESTED)


def reader(seed: int, token: str, kind: str, goal: str) -> tuple[str, int] | None:
    """What the reader does, and how many seconds after the mail came; None: nothing."""
    about = kind if kind in ("follow_up", "requested", "confirm") else goal
    act = choose(seed, f"reader|{token}", READERS.get(about, READERS["clarification"]), total=100)
    if act is None:
        return None
    late = draw(seed, f"delay|{token}")
    return act, int(120 if act == "auto" else 10 * 60 + late**3 * (2 * DAY - HOUR))


def reply_words(seed: int, token: str, act: str) -> str:
    if act == "stop":
        return "Please stop writing to me."
    if act == "auto":
        return "I am out of the office and will answer when I am back."
    return REPLIES[int(draw(seed, f"words|{token}") * len(REPLIES))]
