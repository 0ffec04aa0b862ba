"""How are addresses and numbers kept, so that a copy of the database alone tells nobody's?

Sealed with AES-SIV: the same value under the same key is the same text, so that it is found, and stands once, by an
index, as with a keyed hash beside it; whoever lacks the key learns only which values are equal. Without keys
(OPPORTUNE_DATA_KEYS) nothing is sealed, and nothing costs more.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import JSON, Dialect, LargeBinary, String
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from opportune.settings import SettingError

MARK = "sealed:"
SHORTEST = 32  # characters of a key
Maker = Callable[[Any], Any] | None


class CannotOpen(SettingError):
    """Sealed under a key that is not among ours."""


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    cipher: AESSIV


_ring: tuple[Key, ...] = ()


def use(secrets: Sequence[str]) -> None:
    """The keys of this process, from now on: the first seals, every one opens. Before a database is opened.

    Raises:
        SettingError: a key is too short.
    """
    global _ring
    if any(len(each) < SHORTEST for each in secrets):
        raise SettingError(f"OPPORTUNE_DATA_KEYS: a key must have at least {SHORTEST} characters: `opportune keys new`")
    _ring = tuple(_key(each) for each in secrets)


def _key(secret: str) -> Key:
    name = hashlib.sha256(f"opportune data key id|{secret}".encode()).hexdigest()[:6]
    return Key(name, AESSIV(hashlib.sha512(f"opportune data key|{secret}".encode()).digest()))


def ids() -> list[str]:
    """Which keys there are, the one that seals first; they tell nothing of the keys."""
    return [each.id for each in _ring]


def seal(value: str) -> str:
    return _under(_ring[0], value) if _ring else value


def open_(text: str) -> str:
    """What was sealed under one of our keys; anything else is as it is.

    Raises:
        CannotOpen: by none of our keys.
    """
    if not text.startswith(MARK):
        return text
    id, _, body = text[len(MARK) :].partition(":")
    return _opened(id, base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))).decode()


def _opened(id: str, body: bytes) -> bytes:
    for key in _ring:
        if key.id == id:
            try:
                return key.cipher.decrypt(body, None)
            except InvalidTag:
                raise CannotOpen(f"a sealed value was changed, or is cut off (key {id})") from None
    raise CannotOpen(f"OPPORTUNE_DATA_KEYS: key {id} is missing, and the database is sealed under it; put it back")


def _under(key: Key, value: str) -> str:
    body = base64.urlsafe_b64encode(key.cipher.encrypt(value.encode(), None)).decode().rstrip("=")
    return f"{MARK}{key.id}:{body}"


class Spelled(str):
    """Text as it stands in the database: not sealed once more."""

    __slots__ = ()


def spellings(value: str) -> list[Spelled]:
    """How this value may stand there, also while keys change or are new."""
    return [*(Spelled(_under(key, value)) for key in _ring), Spelled(value)]


class _Found(TypeDecorator.Comparator[str]):
    """`==` and `in` find a value under whatever key. Part of one (`like`) finds nothing: see `contacts.find_all`."""

    def operate(self, op: Any, *other: Any, **how: Any) -> Any:
        if _ring and other:
            equal = {operators.eq: operators.in_op, operators.ne: operators.not_in_op}
            if op in equal and isinstance(other[0], str):
                return super().operate(equal[op], spellings(other[0]), **how)
            if op in equal.values() and isinstance(other[0], list | tuple | set | frozenset):
                every = [each for value in other[0] for each in (spellings(value) if type(value) is str else [value])]
                return super().operate(op, every, **how)
        return super().operate(op, *other, **how)


class _Sealing(TypeDecorator[Any]):
    """Nothing stands between a column and the driver while there are no keys."""

    impl: Any = String
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Maker:
        return super().bind_processor(dialect) if _ring else self.impl_instance.bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Maker:
        if _ring:
            return super().result_processor(dialect, coltype)
        return self.impl_instance.result_processor(dialect, coltype)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return value if value is None or type(value) is Spelled else self.sealed(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return opened(value)

    def sealed(self, value: Any) -> Any:
        raise NotImplementedError

    def raw(self, value: Any) -> Any:
        """As a bulk path writes it, past SQLAlchemy."""
        return value if value is None or not _ring else self.sealed(value)


class Sealed(_Sealing):
    """A column of text."""

    cache_ok = True
    comparator_factory = _Found

    def sealed(self, value: str) -> str:
        return seal(value)


class SealedJson(_Sealing):
    """A JSON column: one object {"sealed": …} while there are keys."""

    impl = JSON
    cache_ok = True

    def sealed(self, value: Any) -> Any:
        return {"sealed": seal(json.dumps(value, ensure_ascii=False))}

    def raw(self, value: Any) -> Any:
        return json.dumps({"sealed": seal(value)}) if _ring and value is not None else value


class SealedBytes(_Sealing):
    """Bytes, like a whole mail."""

    impl = LargeBinary
    cache_ok = True

    def sealed(self, value: bytes) -> bytes:
        return f"{MARK}{_ring[0].id}:".encode() + _ring[0].cipher.encrypt(value, None)


def opened(value: Any) -> Any:
    """What was read of a sealed column, by whatever way."""
    if type(value) is str:
        return open_(value) if value.startswith(MARK) else value
    if isinstance(value, dict):
        return json.loads(open_(value["sealed"])) if list(value) == ["sealed"] else value
    if isinstance(value, bytes | memoryview) and bytes(value[: len(MARK)]) == MARK.encode():
        id, _, body = bytes(value[len(MARK) :]).partition(b":")
        return _opened(id.decode(), body)
    return value


def key_of(raw: Any) -> str | None:
    """Under which key a value stands there as it was read, unopened; None: it is not sealed."""
    text = raw.get("sealed") if isinstance(raw, dict) and list(raw) == ["sealed"] else raw
    if isinstance(text, bytes | memoryview):
        text = bytes(text[: len(MARK) + 6]).decode("ascii", "replace")
    return text[len(MARK) :].partition(":")[0] if isinstance(text, str) and text.startswith(MARK) else None


def is_sealed(type: TypeEngine[Any]) -> bool:
    return isinstance(type, _Sealing)


def rows(kinds: Iterable[TypeEngine[Any]], given: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows that a bulk path writes, of columns of these kinds."""
    makers = [each.raw if isinstance(each, _Sealing) else None for each in kinds]
    return [tuple([make(v) if make else v for make, v in zip(makers, row, strict=True)]) for row in given]
