"""What did a visitor or a program send, as names and words? Little, in UTF-8, and nothing nested."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from starlette.requests import Request

from opportune.web.body import LARGEST, small_body

MOST_FIELDS = 100


class Unreadable(Exception):
    """The body cannot be taken: HTTP status and a sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


async def body_of(request: Request) -> bytes:
    """At most 64 KiB, whatever the length header claims."""
    body = await small_body(request)
    if body is None:
        raise Unreadable(413, f"at most {LARGEST} bytes")
    return body


def fields(body: bytes, content_type: str) -> dict[str, str]:
    """Names and words, from a form or from JSON."""
    try:
        text = body.decode("utf-8")
        if content_type.startswith("application/json"):
            return _from_json(text)
        if content_type.startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except (ValueError, RecursionError) as error:
        raise Unreadable(400, "the body cannot be read: send UTF-8 fields, at most 100") from error
    raise Unreadable(415, "send application/x-www-form-urlencoded or application/json")


def _from_json(text: str) -> dict[str, str]:
    given = json.loads(text)
    if not isinstance(given, dict) or len(given) > MOST_FIELDS:
        raise ValueError
    said = {name: value for name, value in given.items() if value is not None and value is not False}  # 0 is an answer
    plain = {name: "yes" if value is True else value for name, value in said.items()}
    if not all(isinstance(value, str | int | float) for value in plain.values()):
        raise ValueError
    words = {name: str(value) for name, value in plain.items()}
    "".join(words.values()).encode()  # half a surrogate pair can be written in JSON, but not stored
    return words
