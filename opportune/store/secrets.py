"""How do we sign links and hash addresses? Keyed: a plain hash of a phone number is guessed in minutes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from opportune.settings import SettingError


@dataclass(frozen=True, slots=True)
class Signer:
    """HMAC-SHA256 under the deployment's secret (OPPORTUNE_SECRET)."""

    secret: str

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise SettingError("OPPORTUNE_SECRET must have at least 32 characters: run `opportune doctor`")

    def keyed(self, purpose: str, value: str) -> str:
        """32 hex characters; another purpose gives another value."""
        pads = _pads(self.secret)
        inner, outer = pads[0].copy(), pads[1].copy()
        inner.update(f"{purpose}|{value}".encode())
        outer.update(inner.digest())
        return str(outer.hexdigest()[:32])

    def touch_token(self, key: str) -> str:
        """What providers see of a touch: unguessable, and the same whenever it is computed."""
        return self.keyed("touch", key)

    def address_digest(self, value: str) -> str:
        """Keeps a do-not-contact entry alive without keeping the address."""
        return self.keyed("address", value.strip().lower())

    def lot(self, campaign: str, contact_id: int) -> float:
        """The toss of one contact in one campaign: uniform in [0, 1), drawn once, the same for ever."""
        return int(self.keyed("lot", f"{campaign}|{contact_id}")[:13], 16) / 16**13


@lru_cache(maxsize=8)
def _pads(secret: str) -> tuple[Any, Any]:
    """HMAC's two hashes with the key taken in: copied for each value, that is three times as fast as `hmac.new`."""
    key = secret.encode()
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return tuple(hashlib.sha256(bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))  # type: ignore[return-value]
