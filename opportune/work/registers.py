"""Who is on a national do-not-call register? Its numbers are closed for calls; the day of the comparison is kept.

A register is a file of numbers, one a line, with or without a header, area code apart or not, as registers hand it out.
It says nothing about mail, and nothing beyond its country.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.addresses import normal_phone
from opportune.rules.facts import Instant
from opportune.store import addresses, notes
from opportune.store.models import Contact, Suppression
from opportune.work import list_noes, places
from opportune.work.sheets import SheetError
from opportune.work.world import World

REASON = "do_not_call_register"


def read(world: World, path: Path, place: str | None) -> int:
    """How many numbers of the register are closed for calls now. All of it or an error, as with every no (E1)."""
    country = places.country_code(place or "")
    if country is None:
        raise SheetError(f"--register {path}: say of which country it is, like --place US")
    numbers = list(_numbers(path, country))
    if not numbers:
        raise SheetError(f"{path}: no number in it; one number a line is expected")
    now, how = world.clock.now(), f"{path.name}, register of {country}"
    list_noes.keep(world, (("phone", number, REASON, how, now) for number in numbers), "call")
    notes.put(world.db, f"register:{country}", {"scrubbed_at": now, "file": path.name, "numbers": len(numbers)})
    return len(set(numbers))


def mark(world: World, session: Session, people: Sequence[Contact], now: Instant) -> None:
    """People of this batch whose number a register closed get an entry of their own, as with every no."""
    if session.scalars(select(Suppression.id).where(Suppression.reason == REASON).limit(1)).first() is None:
        return
    for person, reason in addresses.suppression_reasons(session, world.signer, people, "call").items():
        addresses.suppress(session, person, reason=reason, evidence="on a register", at=now, channel="call")


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
