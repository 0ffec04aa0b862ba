"""Where does somebody stand without the row being theirs?

In what nobody could be found for: calls of an unknown number, reports of providers, forms that nobody has understood
yet, rows of lists that were rejected.
"""

from __future__ import annotations

import base64
import csv
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work import blanking, personal_data
from opportune.work.world import World

PART = 1000
SHORTEST = 7  # digits: fewer name nobody
LOOSE = {"provider_event": "touch_id", "lead": "contact_id", "reply": "contact_id", "inbound_call": "contact_id",
         "webhook_delivery": "contact_id"}  # fmt: skip
_NUMBERS = re.compile(r"[+0-9][0-9 ()./-]{5,24}")


@dataclass(frozen=True, slots=True)
class Known:
    """How somebody can be named: addresses in small letters, digits of numbers as the world dials them."""

    addresses: frozenset[str]
    numbers: frozenset[str]

    def named_in(self, words: str) -> bool:
        """Numbers in any spelling, also as they are dialled inside the country."""
        small = words.lower()
        if any(each in small for each in self.addresses):
            return True
        given = {re.sub(r"[^0-9]", "", each).lstrip("0") for each in _NUMBERS.findall(small)} if self.numbers else ()
        return any(len(each) >= SHORTEST and number.endswith(each) for each in given for number in self.numbers)


def of(session: Session, people: Sequence[int]) -> Known:
    found = set(
        session.execute(select(m.Address.kind, m.Address.value).where(m.Address.contact_id.in_(people))).tuples()
    )
    for row in session.scalars(select(m.Contact).where(m.Contact.id.in_(people))):
        found |= {(kind, value) for kind, value in (("email", row.email), ("phone", row.phone)) if value}
    numbers = {re.sub(r"[^0-9]", "", value) for kind, value in found if kind == "phone"}
    addresses = {value.lower() for kind, value in found if kind == "email"}
    return Known(frozenset(addresses), frozenset(each for each in numbers if len(each) >= SHORTEST))


def scrub(world: World, known: Known, now: Instant) -> dict[str, int]:
    """Takes out what names them; how many rows of what."""
    if not (known.addresses or known.numbers):
        return {}
    counts = {table: _rows(world, known, table, now) for table in LOOSE}
    counts["rejected_rows"] = sum(_rejects(path, known) for path in (world.settings.home / "rejects").glob("*.csv"))
    return {name: count for name, count in counts.items() if count}


def _rows(world: World, known: Known, name: str, now: Instant) -> int:
    said, count = personal_data.data_map()[name], 0
    table = said.table
    for part in _parts(world, name):
        ids = [id for id, *values in part if known.named_in(" ".join(map(_text, values)))]
        if ids:
            change = delete(table) if said.deleted else update(table).values(blanking.blanks(said, now))
            with world.db.write() as session:
                session.execute(change.where(table.c.id.in_(ids)))
            count += len(ids)
    return count


def _parts(world: World, name: str) -> Iterator[Sequence[Any]]:
    """Rows that are nobody's, each part in a short look of its own."""
    said, behind = personal_data.data_map()[name], 0
    table = said.table
    query = select(table.c.id, *(table.c[each] for each in said.person)).where(table.c[LOOSE[name]].is_(None))
    while True:
        with world.db.read() as session:
            part = session.execute(query.where(table.c.id > behind).order_by(table.c.id).limit(PART)).all()
        if not part:
            return
        behind = part[-1][0]
        yield part


def _text(value: Any) -> str:
    """A raw mail is kept as base64: read, as far as it can be."""
    if isinstance(value, dict) and isinstance(value.get("raw"), str):
        with suppress(ValueError):
            return base64.b64decode(value["raw"]).decode(errors="replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rejects(path: Path, known: Known) -> int:
    """Rows of a list that could not be understood; the file is written anew without theirs."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    kept = [row for row in rows if not known.named_in(" ".join(row))]
    if len(kept) < len(rows):
        half = path.with_name(f".{path.name}.half")
        with half.open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file).writerows(kept)
        os.replace(half, path)
    return len(rows) - len(kept)
