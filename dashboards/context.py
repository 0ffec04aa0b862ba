"""What does a page need around it? The board that is asked, who asks, and on how wide a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, cast

import flask

from opportune.store.db import Database
from opportune.work import access, looked

KEY = "OPPORTUNE_BOARD"


@dataclass(frozen=True, slots=True)
class Board:
    db: Database
    clock: Callable[[], int]
    practice: bool
    prefix: str  # where it is mounted: "/board/"

    def link(self, path: str = "") -> str:
        return self.prefix + path


class Reader(Protocol):
    """Who reads: as the gate in front of the board found them."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def operator_id(self) -> int | None: ...
    @property
    def signs(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Stranger:
    """A reader whom no gate named: on practice data they may see everybody, for nobody there is real."""

    id: int = 0
    name: str = ""
    role: str = "viewer"
    operator_id: int | None = None

    @property
    def signs(self) -> str:
        return self.name


def board() -> Board:
    """The board of the request that is being answered."""
    here: Board = flask.current_app.config[KEY]
    return here


def reader() -> Reader:
    known = flask.request.environ.get("opportune.user")
    if known is not None:
        return cast(Reader, known)
    return Stranger(name="practice", role="admin") if board().practice else Stranger()


def sees_people() -> bool:
    """May names, numbers and addresses be in this answer?"""
    return reader().role in access.PEOPLE


def may_open(path: str) -> bool:
    """Is this page for the reader's role? The gate asked about the address in the browser; a page comes by a callback,
    so the board asks again. Where the board is mounted does not matter."""
    return access.may(reader().role, f"/board{path}")


def only_with_people() -> None:
    """Ends a request for personal data of somebody who may not have it."""
    if not sees_people():
        flask.abort(403)


def showing(where: str, people: Iterable[int]) -> None:
    """Who looked at whom is kept, before anybody sees them."""
    here = board()
    looked.at(here.db, here.clock(), reader().signs, where, people)


def narrow() -> bool:
    """A phone: the page said so in a cookie before it asked for anything."""
    return flask.request.cookies.get("narrow") == "1"
