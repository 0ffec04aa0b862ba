"""How do people and results leave, for a spreadsheet or for the CRM they came from?

Columns are named as that program names them (`layouts.toml`), so that its own import takes them. No cell can run as a
formula there.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ScalarSelect, Select, select
from sqlalchemy.orm import Session

from opportune.store import addresses
from opportune.store import models as m
from opportune.work import layouts
from opportune.work.export_text import harmless
from opportune.work.sheets import SheetError
from opportune.work.world import World

PART = 1000
CONTACT = ("id", "name", "email", "phone", "company", "title", "country", "region", "status", "interest", "stage",
           "language", "notes", "said_no")  # fmt: skip
RESULT = ("id", "name", "email", "phone", "campaign", "channel", "at", "state", "result", "seconds",
          "visit_pages", "visit_seconds", "said_no")  # fmt: skip


def contacts_to(world: World, path: Path, *, campaign: str | None = None, layout: str | None = None) -> int:
    """How many people were written. `campaign`: only those who are in it."""
    return _write(path, CONTACT, layout, _people(world, campaign))


def results_to(world: World, path: Path, *, campaign: str | None = None, layout: str | None = None) -> int:
    """How many touches were written, with what came of them."""
    return _write(path, RESULT, layout, _results(world, campaign))


def _write(path: Path, columns: tuple[str, ...], layout: str | None, rows: Iterator[dict[str, Any]]) -> int:
    """Whole or not at all: a program that fetches the file never sees half of it."""
    names = layouts.names(layout, columns) if layout else {}
    half, count = path.with_name(f".{path.name}.half"), 0
    try:
        with half.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow([harmless(names.get(each, each)) for each in columns])
            for count, row in enumerate(rows, start=1):  # noqa: B007
                writer.writerow([harmless(_text(row[each])) for each in columns])
        os.replace(half, path)
    except OSError as error:
        raise SheetError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error
    finally:
        half.unlink(missing_ok=True)
    return count


def _people(world: World, campaign: str | None) -> Iterator[dict[str, Any]]:
    query = select(m.Contact, m.Company.name).outerjoin(m.Company, m.Company.id == m.Contact.company_id)
    query = query.where(m.Contact.merged_into.is_(None), m.Contact.erased_at.is_(None))
    if campaign:
        inside = select(m.Enrolment.contact_id).join(m.Campaign, m.Campaign.id == m.Enrolment.campaign_id)
        query = query.where(m.Contact.id.in_(inside.where(m.Campaign.key == _there(world, campaign))))
    for session, part in _parts(world, query, m.Contact.id):
        noes = addresses.suppression_reasons(session, world.signer, [person for person, _ in part])
        for person, company in part:
            said = {name: getattr(person, name, "") for name in CONTACT}
            yield said | {"company": company, "said_no": noes.get(person.id)}


def _results(world: World, campaign: str | None) -> Iterator[dict[str, Any]]:
    query = select(m.Touch, m.Contact, m.Campaign.key, _visited("pages"), _visited("seconds"))
    query = query.join(m.Contact, m.Contact.id == m.Touch.contact_id)
    query = query.outerjoin(m.Campaign, m.Campaign.id == m.Touch.campaign_id)
    if campaign:
        query = query.where(m.Campaign.key == _there(world, campaign))
    for session, part in _parts(world, query.where(m.Touch.sending_at.is_not(None)), m.Touch.id):
        noes = addresses.suppression_reasons(session, world.signer, [person for _, person, *_ in part])
        for touch, person, key, pages, seconds in part:
            at = datetime.fromtimestamp(touch.sent_at or touch.sending_at or 0, UTC).strftime("%Y-%m-%d %H:%M")
            who = {"id": person.id, "name": person.name, "email": person.email, "phone": person.phone}
            done = {"campaign": key, "channel": touch.channel, "at": at, "state": touch.state, "result": touch.result}
            done |= {"seconds": touch.talk_seconds, "visit_pages": pages, "visit_seconds": seconds}
            yield who | done | {"said_no": noes.get(person.id)}


def _visited(what: str) -> ScalarSelect[Any]:
    """Of the longest visit of our site that this mail brought, told with consent (F4)."""
    person = select(m.MailClick.id).where(m.MailClick.touch_id == m.Touch.id, m.MailClick.machine.is_(None))
    longest = select(getattr(m.MailVisit, what)).where(m.MailVisit.click_id.in_(person.correlate(m.Touch)))
    return longest.order_by(m.MailVisit.seconds.desc(), m.MailVisit.id).limit(1).correlate(m.Touch).scalar_subquery()


def _parts(world: World, query: Select[Any], id: Any) -> Iterator[tuple[Session, list[Any]]]:
    """In the order of their ids, each part in a short look of its own: an export holds nobody up."""
    behind = 0
    while True:
        with world.db.read() as session:
            part = list(session.execute(query.where(id > behind).order_by(id).limit(PART)))
            if not part:
                return
            behind = part[-1][0].id
            yield session, part


def _there(world: World, campaign: str) -> str:
    with world.db.read() as session:
        if session.scalar(select(m.Campaign.id).where(m.Campaign.key == campaign)) is None:
            raise SheetError(f"campaign {campaign!r}: there is none; see `opportune campaign list`")
    return campaign


def _text(value: Any) -> str:
    return "" if value is None else str(value)
