"""Does this post come from a page that we showed, and was it a person's time ago? A signed ticket in the page tells.

A form on a foreign page, or a program, has none: that alone is no doubt, unless the form asks for one (`guard`).
"""

from __future__ import annotations

import secrets

from channels.forms import Form
from opportune.rules.facts import DAY
from opportune.web.limits import TICKETS, Limits
from opportune.work.world import World

TICKET = "ticket"  # name of the hidden field
SHORTEST = 2  # seconds in which nobody has filled in a form
LONGEST = DAY


def issue(world: World, form: Form) -> str:
    """For a page shown now."""
    at, nonce = world.clock.now(), secrets.token_hex(8)
    return f"{at}.{nonce}.{_seal(world, form, at, nonce)}"


def keep(world: World, form: Form, given: str) -> str:
    """For a page shown again with what is wrong: its time began when it was first shown."""
    return given if given and _is_ours(world, form, given) else issue(world, form)


def marks(world: World, limits: Limits, form: Form, given: str) -> list[str]:
    """What is odd about the ticket: see `work.doubts`."""
    if not given:
        return [] if form.document.guard == "open" else ["no_page"]
    if not _is_ours(world, form, given):
        return ["foreign"]
    at, nonce, _ = given.split(".")
    age = world.clock.now() - int(at)
    if world.settings.practice:  # there a day passes in a moment
        return []
    odd = {"fast": age < SHORTEST, "old": age > LONGEST, "again": limits.is_used_up(TICKETS, "ticket", nonce)}
    return [mark for mark, holds in odd.items() if holds]


def _is_ours(world: World, form: Form, given: str) -> bool:
    at, _, rest = given[:200].partition(".")
    nonce, _, seal = rest.partition(".")
    if not (at.isascii() and at.isdecimal() and len(at) < 16):
        return False
    return secrets.compare_digest(_seal(world, form, int(at), nonce).encode(), seal.encode())


def _seal(world: World, form: Form, at: int, nonce: str) -> str:
    return world.signer.keyed("form page", f"{form.key}|{at}|{nonce}")
