"""How does a reader choose within one page? A row of links: the choice stands in the address like every other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html


def switch(
    label: str, name: str, options: Sequence[tuple[str, str]], chosen: str, address: Mapping[str, str]
) -> html.Nav:
    """`options`: (value, what it says); "" is the usual one. `address`: what else was chosen."""
    rest = {key: value for key, value in address.items() if value and key != name}
    links = [_link(said, {**rest, **({name: value} if value else {})}, value == chosen) for value, said in options]
    look: dict[str, Any] = {"aria-label": label}
    return html.Nav([html.Span(f"{label}:", className="switch-label"), *links], className="switch", **look)


def _link(said: str, address: Mapping[str, str], current: bool) -> html.A:
    more: dict[str, Any] = {"aria-current": "true"} if current else {}
    return html.A(said, href=f"?{urlencode(address)}", **more)
