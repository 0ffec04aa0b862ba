"""Who answers for this mail? Its DKIM signature (RFC 6376, ed25519: RFC 8463), relaxed/relaxed.

Optional: where the mail server we hand our mail to signs, ours is not needed. The standard's Python library takes
milliseconds a mail; a slot of ten thousand cannot wait for it, so it only verifies in the tests.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as coded
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from opportune.settings import SettingError

SIGNED = frozenset(
    {b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references",
     b"list-unsubscribe", b"list-unsubscribe-post", b"auto-submitted", b"mime-version", b"content-type",
     b"content-transfer-encoding"}
)  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
HEADER_END = re.compile(rb"\r\n(?![ \t])")
SPACES = re.compile(rb"[ \t\r\n]+")
SHORTEST = 2048  # bits: Gmail and others trust no shorter RSA key
KEY_FILE = "OPPORTUNE_DKIM_KEY_FILE"
REMEDY = "name the PEM file of the private key, or make one: opportune mail dkim-key SELECTOR"

Key = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """One key; the DNS holds its other half at `selector`._domainkey.`domain`."""

    selector: str
    domain: str
    key: Key

    def sign(self, mail: bytes, at: int) -> bytes:
        """The mail (CRLF lines) with its signature in front. `at`: epoch seconds, not after it leaves."""
        top, _, body = mail.partition(b"\r\n\r\n")
        headers = [_relaxed(each) for each in HEADER_END.split(top)]
        signed = [each for each in headers if each.partition(b":")[0] in SIGNED]
        names = b":".join([b"from", *(each.partition(b":")[0] for each in signed)])  # from twice: nobody adds another
        value = b"v=1; a=%b; c=relaxed/relaxed; d=%b; s=%b; t=%d;\r\n h=%b;\r\n bh=%b;\r\n b=" % (
            self._algorithm, self.domain.encode(), self.selector.encode(), at, _folded(names), _digest(body)
        )  # fmt: skip
        # Of several headers of one name the last counts first; ours have no two.
        hashed = b"\r\n".join([*signed, _relaxed(b"DKIM-Signature: " + value)])
        return b"DKIM-Signature: " + value + _wrapped(b64encode(self._signature(hashed))) + b"\r\n" + mail

    @property
    def _algorithm(self) -> bytes:
        return b"rsa-sha256" if isinstance(self.key, RSAPrivateKey) else b"ed25519-sha256"

    def _signature(self, hashed: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(hashed, PKCS1v15(), SHA256())
        return self.key.sign(sha256(hashed).digest())

    @property
    def record(self) -> str:
        """What the DNS must say."""
        public, raw = self.key.public_key(), coded.PublicFormat
        if isinstance(self.key, RSAPrivateKey):
            kind, octets = "rsa", public.public_bytes(coded.Encoding.DER, raw.SubjectPublicKeyInfo)
        else:
            kind, octets = "ed25519", public.public_bytes(coded.Encoding.Raw, raw.Raw)
        return f"v=DKIM1; k={kind}; p={b64encode(octets).decode()}"

    @property
    def place(self) -> str:
        """Where in the DNS."""
        return f"{self.selector}._domainkey.{self.domain}"


def signer(selector: str, domain: str, file: Path) -> Signer:
    """The key is read once for each version of its file. Raises SettingError, which says what to do."""
    for setting, value in (("OPPORTUNE_DKIM_SELECTOR", selector), ("OPPORTUNE_DKIM_DOMAIN", domain)):
        if not NAME.fullmatch(value):
            raise SettingError(f"{setting}: {value!r} is no name in the DNS; letters, digits, dots and hyphens")
    try:
        changed = file.stat().st_mtime_ns
    except OSError as error:
        raise SettingError(f"{KEY_FILE}: {file}: {error.strerror}; {REMEDY}") from error
    return _signer(selector, domain, file, changed)


@lru_cache(maxsize=16)
def _signer(selector: str, domain: str, file: Path, _changed: int) -> Signer:
    try:
        key = coded.load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise SettingError(f"{KEY_FILE}: {file}: {error.strerror}; {REMEDY}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it wants a password
        raise SettingError(f"{KEY_FILE}: {file} is no private key in PEM without a password; {REMEDY}") from error
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST):
        return Signer(selector, domain, key)
    raise SettingError(f"{KEY_FILE}: {file} is neither an RSA key of {SHORTEST} bits or more nor ed25519; {REMEDY}")


def new_key(kind: str) -> tuple[Key, bytes]:
    """A private key, `rsa` or `ed25519`, and its PEM."""
    key: Key = Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65537, SHORTEST)
    return key, key.private_bytes(coded.Encoding.PEM, coded.PrivateFormat.PKCS8, coded.NoEncryption())


def _relaxed(header: bytes) -> bytes:
    """RFC 6376 3.4.2: small letters before the colon, single spaces behind it."""
    name, _, value = header.partition(b":")
    return name.rstrip().lower() + b":" + SPACES.sub(b" ", value).strip()


def _digest(body: bytes) -> bytes:
    """RFC 6376 3.4.4: single spaces, none at a line's end, no empty lines at the end of all."""
    plain = body.replace(b"\t", b" ")
    while b"  " in plain:  # half as many each time: a tenth of what a regular expression costs
        plain = plain.replace(b"  ", b" ")
    plain = plain.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return b64encode(sha256(plain + b"\r\n" if plain else b"").digest())


def _folded(names: bytes) -> bytes:
    return re.sub(rb"(.{50,70}?:)", rb"\1\r\n ", names)


def _wrapped(flat: bytes) -> bytes:
    return b"\r\n ".join(flat[start : start + 72] for start in range(0, len(flat), 72))
