"""Did the visitor's browser work for it? A puzzle that costs a person nothing and a sender of millions a lot (ALTCHA).

Asked only by forms whose `guard` is `proof`. Who has no JavaScript cannot solve it: their words are kept and looked at.
"""

from __future__ import annotations

import base64
import datetime
import json
from typing import Any

from altcha.v1 import ChallengeOptions, Payload, create_challenge, verify_solution

from channels.forms import Form
from opportune.web.limits import PROOFS, Limits
from opportune.work.world import World

PROOF = "proof"  # name of the hidden field
HARD = 50_000  # a third of a second of a phone, on average
LASTS = datetime.timedelta(hours=2)


def challenge(world: World, form: Form) -> dict[str, Any]:
    """What a browser has to find: the number behind the salt."""
    until = datetime.datetime.now(datetime.UTC) + LASTS
    return dict(
        create_challenge(ChallengeOptions(max_number=HARD, hmac_key=_key(world, form), expires=until)).to_dict()
    )


def marks(world: World, limits: Limits, form: Form, given: str) -> list[str]:
    """See `work.doubts`. Each puzzle counts once."""
    if form.document.guard != "proof":
        return []
    solved = _solved(world, form, given)
    return [] if solved and not limits.is_used_up(PROOFS, "proof", solved) else ["no_proof"]


def _solved(world: World, form: Form, given: str) -> str:
    """Which puzzle; "" for none of ours, an old one, or a wrong answer."""
    try:
        payload = json.loads(base64.b64decode(given[:4000], validate=True))
        plain = Payload(*(payload[name] for name in ("algorithm", "challenge", "number", "salt", "signature")))
        good, _ = verify_solution(plain, _key(world, form))
        return str(payload["challenge"])[:200] if good else ""
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # anything may stand there
        return ""


def _key(world: World, form: Form) -> str:
    return world.signer.keyed("form proof", form.key)
