"""Do we have every key that this database is sealed under? Else nothing is read from it, and nobody is written to."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from opportune.settings import SettingError
from opportune.store import notes, sealed
from opportune.store.db import Database

NOTE = "data_keys"  # the ids of all keys under which anything may be sealed


def check(db: Database) -> None:
    """At the start of a process.

    Raises:
        SettingError: the database is sealed under a key that we were not given.
    """
    try:
        known: list[str] = notes.get(db, NOTE, [])
        if missing := [each for each in known if each not in sealed.ids()]:
            raise SettingError(f"OPPORTUNE_DATA_KEYS: key {missing[0]} is missing, and the database is sealed under it")
        if sealed.ids() and sealed.ids()[0] not in known:
            notes.put(db, NOTE, [*known, sealed.ids()[0]])
    except DBAPIError:  # no tables yet: nothing is sealed
        return
