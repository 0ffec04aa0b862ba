"""How do we sign links and hash addresses? Keyed: a plain hash of a phone number is guessed in minutes."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

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
        return hmac.new(self.secret.encode(), f"{purpose}|{value}".encode(), hashlib.sha256).hexdigest()[:32]

    def touch_token(self, key: str) -> str:
        """What providers see of a touch: unguessable, and the same whenever it is computed."""
        return self.keyed("touch", key)

    def address_digest(self, value: str) -> str:
        """Keeps a do-not-contact entry alive without keeping the address."""
        return self.keyed("address", value.strip().lower())

    def lot(self, campaign: str, contact_id: int) -> float:
        """The toss of one contact in one campaign: uniform in [0, 1), drawn once, the same for ever."""
        return int(self.keyed("lot", f"{campaign}|{contact_id}")[:13], 16) / 16**13

    def matches(self, purpose: str, value: str, given: str) -> bool:
        return hmac.compare_digest(self.keyed(purpose, value), given)
