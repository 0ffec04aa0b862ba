"""What does a page need around it? One value per board, kept by its Flask application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flask

from opportune.store.db import Database

KEY = "OPPORTUNE_BOARD"


@dataclass(frozen=True, slots=True)
class Board:
    db: Database
    clock: Callable[[], int]
    practice: bool
    prefix: str  # where it is mounted: "/board/"

    def link(self, path: str = "") -> str:
        return self.prefix + path


def board() -> Board:
    """The board of the request that is being answered."""
    here: Board = flask.current_app.config[KEY]
    return here
