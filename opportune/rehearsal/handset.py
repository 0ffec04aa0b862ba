"""How does the page reach the telephone that the practice carrier rings?

The stand-in keeps the call: we ask it what its phone shows (`/_sim/phone`) and pass on what the player does with it, so
that the page speaks with one address only.
"""

from __future__ import annotations

from typing import Any

import httpx

DEEDS = {"accept": "answer", "decline": "decline", "hang_up": "hangup", "key": "press"}


def ready(carrier: httpx.Client, number: str, *, machine: bool = False) -> None:
    """From now on somebody plays this number, or lets their answering machine take the calls."""
    carrier.post("/_sim/callees", json={number: "machine" if machine else "phone"}).raise_for_status()


def tape(carrier: httpx.Client, sid: str) -> str:
    """What the machine recorded of this call."""
    return " ".join(carrier.get(f"/_sim/phone/{sid}").raise_for_status().json()["heard"])


def look(carrier: httpx.Client, number: str) -> dict[str, Any]:
    """The call at this number: `idle`, `ringing` or `talking`, from whom, and what was said so far. `beside`: how the
    colleague's phone fares, once we are put through."""
    phone = _phone(carrier, number)
    if phone is None:
        return {"state": "idle"}
    state = "ringing" if phone["answered_at"] is None else "talking"
    told = {name: phone.get(name) for name in ("heard", "beside")}
    return {"call": phone["sid"], "state": state, "from": phone["other"], **told}


def do(carrier: httpx.Client, number: str, deed: str, key: str = "") -> None:
    """`accept`, `decline`, `hang_up`, or `key` with one of 0-9, * and #.

    Raises:
        ValueError: there is no such deed, or nothing that it can be done to.
    """
    phone = _phone(carrier, number)
    if deed not in DEEDS:
        raise ValueError(f"do: one of {', '.join(DEEDS)}, not {deed[:20]!r}.")
    if phone is None:
        raise ValueError("There is no call at this telephone.")
    body = {"keys": key} if deed == "key" else {}
    answer = carrier.post(f"/_sim/phone/{phone['sid']}/{DEEDS[deed]}", json=body)
    if answer.is_client_error:
        raise ValueError(answer.json()["error"])
    answer.raise_for_status()


def _phone(carrier: httpx.Client, number: str) -> dict[str, Any] | None:
    """What the phone shows; the call that is over is no call any more."""
    phones = carrier.get("/_sim/phone", params={"number": number}).raise_for_status().json()
    return next((phone for phone in phones if not phone["over"]), None)
