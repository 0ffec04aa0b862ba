"""Who said no before we met them? A list of addresses and numbers becomes do-not-contact entries.

Entries keep the keyed hash of the address, so they also hold for people whom a later list brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from channels.addresses import normal_email, normal_phone
from opportune.rules.facts import Instant
from opportune.store import addresses
from opportune.store.models import Contact
from opportune.work import list_noes, open_list, rows
from opportune.work.layouts import Columns
from opportune.work.list_noes import Entry
from opportune.work.places import country_code
from opportune.work.sheets import Record, SheetError
from opportune.work.world import World

REASON = "said_no"


def read(world: World, path: Path, country: str | None) -> int:
    """How many addresses of the file are on the do-not-contact list now. All of it or an error: an entry that is
    skipped would be a person who is called although they said no."""
    found = entries(path, country)
    list_noes.keep(world, found)
    return len({address for _, address, *_ in found})


def entries(path: Path, country: str | None) -> list[Entry]:
    """Every no of the file, or an error."""
    sheet = open_list.open_sheet(path, {"email", "phone", "mobile", "address"})
    return [entry for record in sheet.records() for entry in _entries(path, record, sheet.at, country)]


def mark(world: World, session: Session, people: Sequence[Contact], now: Instant) -> None:
    """People of this batch who said no get an entry of their own: it stays when their address changes."""
    for person, reason in addresses.suppression_reasons(session, world.signer, people).items():
        addresses.suppress(session, person, reason=reason, evidence="said no", at=now)


def _entries(path: Path, record: Record, at: Columns, default: str | None) -> list[Entry]:
    """Those of one row."""
    where = f"{path.name}, line {record.line}"
    if record.broken:
        raise SheetError(f"{where}: {record.broken}; mend it, nobody who said no may be skipped")
    cells = open_list.cells(record, at)
    country = country_code(cells.get("country", "")) or default
    found = []
    for text in (cells.get(column, "") for column in ("email", "phone", "mobile", "address")):
        kind = "email" if "@" in text else "phone"
        address = normal_email(text) if kind == "email" else normal_phone(text, country)
        if text and address is None:
            raise SheetError(f"{where}: {text!r} is no address; write numbers with + and country code, or --country")
        if address:
            found.append((kind, address, cells.get("reason", "")[:64] or REASON, where, _day(where, cells)))
    if not found:
        raise SheetError(f"{where}: no address in this row; remove it or fill it in")
    return found


def _day(where: str, cells: dict[str, str]) -> Instant | None:
    try:
        return rows.moment("date", cells["date"]) if cells.get("date") else None
    except rows.BadRow as error:
        raise SheetError(f"{where}: {error}") from error
