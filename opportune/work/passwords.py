"""Is this the password? argon2id in the profile of RFC 9106 for little memory: a guess costs 64 MiB and a tenth of a
second, and it costs that for an account that does not exist too, so that nobody learns by the clock who has one."""

from __future__ import annotations

import secrets
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 256
FEWEST_SIGNS = 5  # different ones: "aaaaaaaaaaaa" is no secret

_hasher = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)


def hashed(password: str) -> str:
    return _hasher.hash(_plain(password))


def right(kept: str | None, password: str) -> bool:
    """`kept` None: nobody is called so, or they have none; then the same work is done for nothing."""
    try:
        return _hasher.verify(kept or _nobodys(), _plain(password)[:LONGEST]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def renewed(kept: str, password: str) -> str:
    """As we would keep it today; the same when nothing has changed since."""
    return hashed(password) if _hasher.check_needs_rehash(kept) else kept


def trouble(password: str, *known: str) -> str | None:
    """Why not this one, as the key of a message. `known`: what anybody would try first, name and address."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        return "password_short"
    if len(plain) > LONGEST:
        return "password_long"
    easy = {part for text in known for part in text.casefold().replace("@", " ").split() if len(part) > 3}
    if len(set(plain)) < FEWEST_SIGNS or any(part in plain.casefold() for part in easy):
        return "password_easy"
    return None


def _plain(password: str) -> str:
    """However a keyboard puts a sign together, it is the same sign."""
    return unicodedata.normalize("NFKC", password)


@lru_cache
def _nobodys() -> str:
    return hashed(secrets.token_hex())
