"""Has somebody their telephone with them? TOTP (RFC 6238), and ten codes on paper for the day it is lost.

What a phone and we share is made from the deployment's secret and a seed in the database: a stolen database alone makes
no code. A code counts once; who reads it over a shoulder comes too late.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode

import pyotp
import segno

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work.world import World

STEP = 30  # seconds
DRIFT = 1  # steps a telephone's clock may be off
RECOVERY_CODES = 10


def new_seed() -> str:
    return secrets.token_hex(16)


def shared(world: World, seed: str) -> str:
    """What stands in the QR code: 128 bits, in base 32."""
    return b32encode(bytes.fromhex(world.signer.keyed("second factor", seed))).decode().rstrip("=")


def picture(world: World, seed: str, email: str) -> str:
    """A QR code, as an address that an image may have."""
    issuer = world.settings.house_name or "Opportune"
    uri = pyotp.TOTP(shared(world, seed)).provisioning_uri(name=email, issuer_name=issuer)
    return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=4, light="#fff"))


def fits(world: World, seed: str, code: str, now: Instant, after: int = 0) -> int | None:
    """The time step whose code this is; None for a wrong one, and for one not later than `after`."""
    phone, here, given = pyotp.TOTP(shared(world, seed)), now // STEP, code.strip().replace(" ", "").encode()
    found = [
        step
        for step in range(here - DRIFT, here + DRIFT + 1)
        if hmac.compare_digest(phone.generate_otp(step).encode(), given)
    ]
    return found[0] if found and found[0] > after else None


def recovery_codes(world: World, user: m.User) -> list[str]:
    """Ten new ones; the old ones are worth nothing any more. Only their digests stay with us."""
    codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]
    user.recovery = [_digest(world, user, code) for code in codes]
    return codes


def spend(world: World, user: m.User, code: str, now: Instant) -> bool:
    """Is this a code of theirs? Then it is used up. The caller holds the row."""
    step = fits(world, user.factor_seed or "", code, now, user.factor_step)
    if step is not None:
        user.factor_step = step
        return True
    known = _digest(world, user, code)
    left = [each for each in user.recovery if not hmac.compare_digest(each, known)]
    spent = len(left) < len(user.recovery)
    user.recovery = left
    return spent


def _digest(world: World, user: m.User, code: str) -> str:
    return world.signer.keyed("recovery", f"{user.id}|{code.strip().lower()}")
