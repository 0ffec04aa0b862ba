"""With which secrets are webhooks signed, those that come in and those that go out?

HMAC-SHA256 over `time.body`, in one header: `Opportune-Signature: t=1772444400,v1=…`. The secrets follow from the
house's own, so that nothing more has to be kept; a form's can be renewed, and the one before holds for another day.
"""

from __future__ import annotations

import hashlib
import hmac

from opportune.rules.facts import DAY, Instant
from opportune.store import audit, notes
from opportune.work.world import World

HEADER = "Opportune-Signature"
WINDOW = 300  # so long a signature counts


def of_webhook(world: World, id: int) -> str:
    return "whsec_" + world.signer.keyed("webhook out", str(id))


def of_form(world: World, key: str) -> list[str]:
    """The one in force, and for a day after it was renewed the one before."""
    number, since = notes.get(world.db, _note(key), [1, 0])
    now = world.clock.now()
    return [_of_form(world, key, each) for each in (number, number - 1) if each == number or now < since + DAY]


def renew(world: World, key: str, by: str) -> str:
    """Another one from now on."""
    now = world.clock.now()
    with world.db.write() as session:
        number, _ = notes.get_in(session, _note(key)) or [1, 0]
        notes.put_in(session, _note(key), [number + 1, now])
        audit.write(session, now, by, "hook secret renewed", key)
    return _of_form(world, key, number + 1)


def sign(secret: str, at: Instant, body: bytes) -> str:
    return f"t={at},v1={_digest(secret, at, body)}"


def is_signed(secrets: list[str], header: str, body: bytes, now: Instant) -> bool:
    """By somebody who knows one of these, and just now."""
    given = dict(part.strip().partition("=")[::2] for part in header[:500].split(","))
    at = given.get("t", "")
    if not (at.isascii() and at.isdecimal() and len(at) <= 12) or abs(now - int(at)) > WINDOW:
        return False
    seal = given.get("v1", "").encode()
    return any(hmac.compare_digest(_digest(each, int(at), body).encode(), seal) for each in secrets)


def _digest(secret: str, at: Instant, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def _of_form(world: World, key: str, number: int) -> str:
    return "whsec_" + world.signer.keyed("webhook in", f"{key}|{number}")


def _note(key: str) -> str:
    return f"hook_secret:{key}"
