"""How does the page reach the telephone that the practice carrier rings?

The stand-in keeps the call: who rings, what was said, whether a key is asked for. We read it at
`/_sim/phone/{number}` and pass on what the player does, so that the page speaks with one address only.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx


def ready(carrier: httpx.Client, number: str) -> None:
    """From now on somebody plays this number."""
    carrier.post("/_sim/callees", json={number: "phone"}).raise_for_status()


def look(carrier: httpx.Client, number: str) -> dict[str, Any]:
    """The call at this number."""
    found: dict[str, Any] = carrier.get(f"/_sim/phone/{quote(number)}").raise_for_status().json()
    return found


def do(carrier: httpx.Client, number: str, deed: str, key: str = "") -> None:
    """`accept`, `decline`, `hang_up`, or `key` with one of 0-9, * and #.

    Raises:
        ValueError: it is nothing that one can do now.
    """
    answer = carrier.post(f"/_sim/phone/{quote(number)}", json={"do": deed, "key": key})
    if answer.status_code == 400:
        raise ValueError(answer.json()["error"])
    answer.raise_for_status()
