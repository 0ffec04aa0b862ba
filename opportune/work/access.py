"""Who may open what? Every address of the web application stands here, and what stands nowhere is closed.

The first row that fits counts. Roles: a *viewer* sees figures and no person, a *marketer* also whom a campaign reaches
and why, an *operator* the people of their own calls, a *team lead* those of everybody's, an *admin* everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

ROLES = ("viewer", "marketer", "operator", "team_lead", "admin")
ALL = frozenset(ROLES)
#: Who may see people: all of them, or (operators) those of their own calls.
PEOPLE = frozenset({"marketer", "team_lead", "admin"})
DESK = frozenset({"operator", "team_lead", "admin"})
LEADS = frozenset({"team_lead", "admin"})
ADMIN = frozenset({"admin"})

Who = frozenset[str] | Literal["anyone", "practice"]


@dataclass(frozen=True, slots=True)
class Row:
    """`path` as in a route. `who`: these roles; "anyone", for it proves itself, or is meant for strangers; "practice":
    only in practice. `passive`: the page asks again by itself, which keeps nobody signed in."""

    methods: str
    path: str
    who: Who
    passive: bool = False


INBOUND = ("", "/keys", "/after", "/queue", "/wait", "/left", "/brief", "/status", "/text", "/sorry")
COLLEAGUE = ("", "/accept", "/next", "/after", "/status", "/sorry")
CALL = ("", "/keys", "/after", "/status", "/sorry", "/whisper")
TABLE = (
    # Meant for strangers: forms and what stands on foreign pages, and the links of our mails.
    Row("GET POST OPTIONS", "/forms/{key}", "anyone"),
    Row("GET", "/forms/{key}/embed.js", "anyone"),
    Row("GET", "/forms/{key}/embed", "anyone"),
    Row("GET", "/forms/{key}/challenge", "anyone"),
    Row("POST", "/hooks/{key}", "anyone"),  # signed
    Row("GET", "/openapi.json", "anyone"),
    Row("GET POST", "/u/{token}", "anyone"),
    Row("GET POST", "/confirm/{token}", "anyone"),
    Row("GET POST", "/my/{token}", "anyone"),
    Row("GET", "/l/{token:path}", "anyone"),
    Row("GET", "/visit.js", "anyone"),
    Row("POST", "/visits", "anyone"),  # signed by us, when a link of our mail was followed
    Row("GET", "/health", "anyone"),  # strangers hear one word
    # The carrier, which signs what it posts.
    Row("GET", "/voice/said/{name}", "anyone"),
    *(Row("POST", f"/voice/inbound{leaf}", "anyone") for leaf in INBOUND),
    *(Row("POST", f"/voice/operator/{{token}}{leaf}", "anyone") for leaf in COLLEAGUE),
    *(Row("POST", f"/voice/{{token}}{leaf}", "anyone") for leaf in CALL),
    # Signing in.
    Row("GET POST", "/login", "anyone"),
    Row("POST", "/login/code", "anyone"),
    Row("GET POST", "/login/link/{token}", "anyone"),
    Row("GET", "/login/sso", "anyone"),
    Row("GET", "/login/sso/back", "anyone"),
    Row("GET POST", "/logout", "anyone"),
    Row("GET", "/account", ALL),
    Row("POST", "/account/password", ALL),
    Row("POST", "/account/second", ALL),
    Row("POST", "/account/second/on", ALL),
    Row("POST", "/account/second/off", ALL),
    # The desk: an operator sees only their own calls there.
    Row("GET", "/desk", DESK),
    Row("GET", "/desk/now", DESK, passive=True),
    Row("POST", "/desk/duty", DESK),
    Row("POST", "/desk/inbound/{id:int}", DESK),
    Row("POST", "/desk/meetings/{id:int}", DESK),
    Row("POST", "/desk/wishes/{id:int}", DESK),
    Row("POST", "/desk/{token}", DESK),
    Row("GET", "/review", LEADS),
    Row("POST", "/review/{id:int}", LEADS),
    # The board. What is drawn on its pages comes through callbacks: dashboards.access.
    Row("GET", "/", ALL),
    Row("GET", "/board", ALL),
    Row("GET", "/board/", ALL),
    *(Row("GET", f"/board/{page}", ALL) for page in ("channels", "hours", "cadence", "history", "sources")),
    *(Row("GET", f"/board/{page}", ALL) for page in ("compliance", "health", "report")),
    *(Row("GET", f"/board/{page}", PEOPLE) for page in ("decisions", "waiting")),
    Row("GET", "/board/operators", DESK),  # an operator reads of their own talks only
    Row("GET", "/board/csv/{name}", ALL),
    Row("GET", "/board/assets/{file:path}", ALL),
    Row("GET", "/board/_dash-component-suites/{file:path}", ALL),
    Row("GET", "/board/_dash-layout", ALL),
    Row("GET", "/board/_dash-dependencies", ALL),
    Row("POST", "/board/_dash-update-component", ALL),
    Row("GET", "/board/_reload-hash", ALL, passive=True),
    Row("GET", "/board/_favicon.ico", ALL),
    # The telephone of practice.
    Row("GET POST", "/telephone", "practice"),
    Row("GET", "/telephone/{name}", "practice"),
    Row("POST", "/telephone/{contact:int}/go", "practice"),
    Row("POST", "/telephone/{contact:int}/do", "practice"),
)


def rows(path: str) -> Iterator[Row]:
    """Those that fit the path, whatever the method."""
    return (row for row in TABLE if _shape(row.path).fullmatch(path))


def row(method: str, path: str) -> Row | None:
    """None: closed to everybody."""
    method = "GET" if method == "HEAD" else method
    return next((each for each in rows(path) if method in each.methods.split()), None)


def may(role: str, path: str, method: str = "GET") -> bool:
    """May somebody with this role, who is signed in, open what is not for strangers?"""
    found = row(method, path)
    return found is not None and isinstance(found.who, frozenset) and role in found.who


@lru_cache(maxsize=256)
def _shape(path: str) -> re.Pattern[str]:
    """As the router reads it: `{name}` is one part of a path, `{name:path}` the rest, `{name:int}` digits."""
    kinds = {"": "[^/]+", ":path": ".*", ":int": "[0-9]+"}
    parts = re.split(r"\{[a-z]+((?::[a-z]+)?)\}", path)
    return re.compile("".join(kinds[part] if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.S)
