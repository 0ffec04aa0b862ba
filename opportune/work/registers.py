"""Who is on a national do-not-call register? Its numbers are closed for calls; the day of the comparison is kept.

A register is a file of numbers, one a line, with or without a header, area code apart or not, as registers hand it out.
It says nothing about mail, and nothing beyond its country.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.addresses import normal_phone
from opportune.rules.facts import Instant
from opportune.store import addresses, notes
from opportune.store.models import Contact, Suppression
from opportune.work import journal, places
from opportune.work.sheets import SheetError
from opportune.work.world import World

REASON = "do_not_call_register"
BATCH = 300


def read(world: World, path: Path, place: str | None) -> int:
    """How many numbers of the register are closed for calls now. All of it or an error, as with every no (E1)."""
    country = places.country_code(place or "")
    if country is None:
        raise SheetError(f"--register {path}: say of which country it is, like --place US")
    numbers = list(_numbers(path, country))
    if not numbers:
        raise SheetError(f"{path}: no number in it; one number a line is expected")
    now, rest = world.clock.now(), iter(numbers)
    while batch := list(islice(rest, BATCH)):
        _close(world, batch, f"{path.name}, register of {country}", now)
    notes.put(world.db, f"register:{country}", {"scrubbed_at": now, "file": path.name, "numbers": len(numbers)})
    return len(set(numbers))


def mark(world: World, session: Session, people: Sequence[Contact], now: Instant) -> None:
    """People of this batch whose number a register closed get an entry of their own, as with every no."""
    if session.scalars(select(Suppression.id).where(Suppression.reason == REASON).limit(1)).first() is None:
        return
    for person, reason in addresses.suppression_reasons(session, world.signer, people, "call").items():
        how = {"kind": "person", "reason": reason, "evidence": "on a register", "at": now, "channel": "call"}
        addresses.suppress(session, world.signer, contact_id=person, **how)  # type: ignore[arg-type]


def _close(world: World, batch: list[str], evidence: str, now: Instant) -> None:
    """Journaled first, like every other no: a restore from a backup must not forget a register."""
    digest = world.signer.address_digest
    said = {"at": now, "reason": REASON, "contact": None, "channel": "call"}
    journal.append(world, *({**said, "no": [["phone", digest(number)]]} for number in batch))
    how = {"kind": "phone", "reason": REASON, "evidence": evidence, "at": now, "channel": "call"}
    with world.db.write() as session:
        for number in batch:
            addresses.suppress(session, world.signer, address=number, **how)  # type: ignore[arg-type]


def _numbers(path: Path, country: str) -> Iterator[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SheetError(f"{path}: cannot be read as text; give the register as a text or CSV file") from error
    for at, fields in enumerate(csv.reader(lines), start=1):
        text = "".join(fields).strip()
        number = normal_phone(text, country) if text else None
        if number:
            yield number
        elif re.search(r"\d", text) or (text and at > 1):
            raise SheetError(f"{path}, line {at}: {text[:50]!r} is no number of {country}; mend it, nobody is skipped")
