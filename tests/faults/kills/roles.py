"""Who does which part of the work, until it dies at an armed point; and who goes on?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from faults.kills.home import SLOT, Home
from faults.kills.web import FORM, report
from faults.kills.workers import owner, settle

from opportune import faults
from opportune.store import ledger
from opportune.work import audience, dispatch, inbox, plan, reconcile
from opportune.work.world import World

Armed = Callable[[str], None] | None
PAIR, TWELVE = 2, 12
DEADLINES = (2, 16, 61, 24 * 60 + 1)  # minutes after which leases, sending, calls and mails in doubt are over
LEASE = ledger.LEASE + 1


def _process(home: Home, armed: Armed) -> World:
    """Small groups, so that every point is passed a dozen times."""
    dispatch.CLAIM = dispatch.LINES = plan.PART = PAIR
    faults.arm(armed)
    return home.open(owner("victim", os.getpid()))


def _plan(home: Home, armed: Armed) -> None:
    world = _process(home, armed)
    now = world.clock.now()
    audience.enrol(world, now)
    for batch in plan.due(world, now):
        plan.decide_batch(world, batch, now)


def _send(home: Home, armed: Armed) -> None:
    world = _process(home, armed)
    dispatch.mails(world, until=world.clock.now() + 60)
    dispatch.calls(world)


def _claim(home: Home, armed: Armed) -> None:
    world = _process(home, armed)
    with world.db.write() as session:
        ledger.claim(session, "email", world.clock.now(), world.owner, limit=1_000)


def _reap(home: Home, armed: Armed) -> None:
    world = _process(home, armed)
    home.clock.move_to(SLOT + LEASE)
    for _ in range(TWELVE):
        reconcile.reap(world)


def _resolve(home: Home, armed: Armed) -> None:
    world = _process(home, armed)
    home.clock.move_to(SLOT + 15 * 60)
    reconcile.reap(world)
    reconcile.uncertain(world)


def _read(home: Home, armed: Armed) -> None:
    inbox.collect(_process(home, armed))


def _unplan(home: Home, _armed: Armed) -> None:
    for table in ("touch_event", "touch", "decision"):
        home.run(f"DELETE FROM {table}")
    home.run(f"UPDATE enrolment SET decide_at = {SLOT}, first_channel = NULL")


ROLES: dict[str, Callable[[Home, Armed], None]] = {
    "plan": _plan, "send": _send, "claim": _claim, "reap": _reap, "resolve": _resolve, "read": _read, "unplan": _unplan,
}  # fmt: skip
#: what the web application does when somebody asks it
DRIVEN = ("report", "unsubscribe", "post")


def survive(home: Home, role: str, *, sends: bool) -> None:
    """Somebody else takes the work up, and looks after doubts for a day."""
    if role in ("plan", "read"):
        ROLES[role](home, None)
    settle(home, DEADLINES, sends=sends)


def requests(home: Home, role: str) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """What is asked of the application: two dozen reports, twelve opt-outs, or twelve leads."""
    if role == "post":
        for number in range(TWELVE):
            yield post(f"{role}{number}", number)
        return
    channel = "email" if role == "unsubscribe" else "call"  # the link to say no stands in a mail
    mine = f"SELECT token, provider_id FROM touch WHERE channel = '{channel}' ORDER BY id LIMIT {TWELVE}"
    for token, sid in home.rows(mine):
        if role == "unsubscribe":
            yield f"/u/{token}", b"", FORM
        else:
            yield report(home, token, sid, "ringing", 1)
            yield report(home, token, sid, "no-answer", 3)


def post(key: str, number: int) -> tuple[str, bytes, dict[str, str]]:
    """Somebody fills in a form; the key tells a repeated post from a new one."""
    fields = {"name": f"Visitor {key}", "email": f"visitor{number}@web.example", "answer_by": "email", "country": "DE",
              "zone": "Europe/Berlin", "consent_email": "yes"}  # fmt: skip
    return "/forms/lead_magnet", urlencode(fields).encode(), FORM | {"Idempotency-Key": key}


def letters(home: Home) -> list[bytes]:
    """Twelve people answer our mail; every second one wants no more."""
    tokens = home.rows(f"SELECT token, contact_id FROM touch WHERE state = 'sent' ORDER BY id LIMIT {TWELVE}")
    return [_letter(token, number) for token, number in tokens]


def _letter(token: str, number: int) -> bytes:
    words = "Please stop writing to me." if number % 2 else "The price seemed high to us, and here is why."
    lines = [f"From: person{number}@firm.example", f"To: reply+{token}@ours.example", "Subject: Re: your question",
             f"Message-ID: <answer{number}@firm.example>", "", words, ""]  # fmt: skip
    return "\r\n".join(lines).encode()
