"""Can receivers check our signature with the key that stands in the DNS (RFC 6376, RFC 8463)?"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from channels.dmarc import tags
from channels.dns import Dns, NoSuchName

SHORTEST, GOOD = 1024, 2048  # bits of RSA: below the first receivers do not look, the second is what they recommend
ED25519 = 32  # bytes


class Broken(ValueError):
    """No receiver can use the record; the sentence says why."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`algorithm`: rsa or ed25519. `testing`: receivers may treat the mail as if it were not signed (t=y)."""

    algorithm: str
    bits: int
    text: str
    testing: bool


def read(dns: Dns, selector: str, domain: str) -> PublicKey | None:
    """None: there is no record.

    Raises:
        Broken: there are two, the key is withdrawn, unreadable or too short.
        CouldNotAsk: the DNS did not answer.
    """
    try:
        found = [text for text in dns.texts(f"{selector}._domainkey.{domain}") if "p" in tags(text)]
    except NoSuchName:
        return None
    if len(found) > 1:
        raise Broken(f"there are {len(found)} records, receivers take any of them: delete the old ones")
    return _key(tags(found[0])) if found else None


def _key(given: dict[str, str]) -> PublicKey:
    text, algorithm = "".join(given["p"].split()), given.get("k", "rsa").lower()
    if given.get("v", "DKIM1") != "DKIM1":
        raise Broken(f"it begins with v={given['v']}, receivers know DKIM1 only")
    if not text:
        raise Broken("its key is withdrawn (p= is empty): publish the present one, or choose another selector")
    testing = "y" in given.get("t", "").lower().split(":")
    try:
        return PublicKey(algorithm, _bits(algorithm, base64.b64decode(text, validate=True)), text, testing)
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as wrong:
        raise Broken(wrong.args[0] if isinstance(wrong, Broken) else "its key cannot be read: copy it anew") from wrong


def _bits(algorithm: str, octets: bytes) -> int:
    if algorithm == "ed25519":
        if len(octets) != ED25519:
            raise Broken(f"an ed25519 key has {ED25519} bytes, this one {len(octets)}")
        return 8 * ED25519
    key = load_der_public_key(octets)
    if algorithm != "rsa" or not isinstance(key, RSAPublicKey):
        raise Broken(f"k={algorithm} does not fit its key")
    if key.key_size < SHORTEST:
        raise Broken(f"its key has {key.key_size} bits, receivers ask for {SHORTEST} at least: make one of {GOOD}")
    return key.key_size
