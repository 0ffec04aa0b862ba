"""Does the ledger agree with what was seen outside? Nobody twice, nobody forgotten, nothing left without a trace."""

from __future__ import annotations

from collections import Counter

from faults.kills import seen
from faults.kills.figures import Figures
from faults.kills.home import SEEN, Home

#: The ledger says "it left", "it may have left", "it did not leave".
LEFT = {"sent", "delivered", "ringing", "answered", "completed", "no_answer", "busy", "voicemail_left", "bounced",
        "complained", "cancel_requested"}  # fmt: skip
MAYBE = {"sending", "uncertain", "assumed_sent"}
HANGING = ("claimed", "sending", "uncertain")
EFFECTS = ("mail", "ring")


def effects(home: Home) -> Counter[str]:
    """How often the outside saw each attempt."""
    return Counter(line["token"] for line in seen.read(home.folder / SEEN) if line["what"] in EFFECTS)


def compare(home: Home, figures: Figures, *, settled: bool = True) -> None:
    """At most one effect per attempt; each effect is known as such; after everything settled nothing hangs."""
    happened = effects(home)
    states = dict(home.rows("SELECT token, state FROM touch"))
    for token, times in happened.items():
        state = states.get(token, "no row")
        if times > 1:
            figures.wrong(f"attempt {token} happened {times} times")
        if state not in LEFT | MAYBE and not _cancelled_in_time(home, token, state):
            figures.wrong(f"attempt {token} happened, and the ledger says {state}")
    for token, state in states.items():
        if state in LEFT and not happened[token]:
            figures.wrong(f"attempt {token} never happened, and the ledger says {state}")
        if settled and state in HANGING:
            figures.lost += 1
            figures.wrong(f"attempt {token} is still {state}")
    _steps(home, figures, happened)
    if home.url.startswith("sqlite") and home.rows("PRAGMA integrity_check") != [("ok",)]:
        figures.wrong("the database file is damaged")


def _cancelled_in_time(home: Home, token: str, state: str) -> bool:
    """A call that rang and was then called off, or that ended as failed, did happen."""
    if state not in ("cancelled", "failed"):
        return False
    went = f"SELECT count(*) FROM touch_event e JOIN touch t ON t.id = e.touch_id WHERE t.token = '{token}'"
    return bool(home.rows(f"{went} AND e.now = 'sent'")[0][0])


def _steps(home: Home, figures: Figures, happened: Counter[str]) -> None:
    """One step of a campaign reaches a person once, however many attempts it took; so does each thing that a form asked
    for (its answer is one, the mail that asks for the click of a yes another)."""
    per_step: Counter[str] = Counter()
    for token, key in home.rows("SELECT token, key FROM touch"):
        per_step[key.rpartition(":")[0]] += happened[token]  # without the attempt
    for step, times in per_step.items():
        if times > 1:
            figures.wrong(f"step {step} reached one person {times} times")


def closed_in_time(home: Home, figures: Figures) -> int:
    """Doubts are closed within an hour (calls) or a day (mails), claims come back within a minute; counts doubts."""
    moves = home.rows(
        "SELECT t.token, t.channel, e.at, e.was, e.now FROM touch_event e JOIN touch t ON t.id = e.touch_id"
        " ORDER BY e.id"
    )
    began: dict[tuple[str, str], int] = {}
    doubts = 0
    for token, channel, at, was, now in moves:
        doubts += now == "uncertain" and was != now
        if now in ("claimed", "sending") and was != now:
            began[token, now] = at
        if was == "uncertain" and now != was:
            limit = 3600 if channel == "call" else 24 * 3600
            if at - began.get((token, "sending"), at) > limit + SLACK:
                figures.wrong(f"attempt {token} was in doubt for {at - began[token, 'sending']} seconds")
        if was == "claimed" and now == "planned" and at - began.get((token, "claimed"), at) > 60 + SLACK:
            figures.wrong(f"attempt {token} was claimed for {at - began[token, 'claimed']} seconds")
    return doubts


SLACK = 15 * 60  # after this many seconds in `sending` nobody else owns it; also the widest step of the clock
