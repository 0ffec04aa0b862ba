"""What do we know of one person? Everything, as they may ask for it (GDPR art. 15 and 20), in one JSON document."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from opportune.store import audit
from opportune.store import models as m
from opportune.work import person_requests, person_rows, personal_data, whom
from opportune.work.sheets import SheetError
from opportune.work.world import World

NAMES = {
    "contact": "who_you_are", "address": "addresses_and_numbers", "consent": "what_you_allowed",
    "consent_pending": "what_you_were_asked_to_confirm", "suppression": "do_not_contact", "lead": "forms_you_sent",
    "lead_answer": "what_we_answered", "coupon": "coupons", "signal": "signs_of_interest", "remark": "what_you_said",
    "reply": "mails_you_wrote", "inbound_call": "your_calls_to_us", "import_row": "lists_you_were_on",
    "past_touch": "contacts_before_our_time", "merge": "records_that_became_one", "maybe_same": "records_that_may_be",
    "enrolment": "campaigns", "decision": "decisions", "touch": "contact_attempts", "touch_event": "steps_of_attempts",
    "prepared_message": "messages", "provider_event": "reports_of_providers", "outcome": "what_came_of_it",
    "webhook_delivery": "told_to_other_systems", "person_request": "your_requests", "mail_click": "links_you_followed",
    "mail_visit": "visits_of_our_site",
    "touch_cost": "costs", "call_review": "reviews_of_your_calls", "audit": "what_colleagues_did",
}  # fmt: skip
CLICKS = ("mail_click", "touch_cost")  # of their attempts; no column of these says anything by itself
HIDDEN = frozenset({"token", "salt", "personal", "prev", "hash", "digest", "lease_owner", "fence", "words_hash"})


def write(world: World, who: str, path: Path, *, by: str, why: str = "") -> dict[str, int]:
    """How many rows of what; the file is written whole or not at all, and only its owner may read it.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
        SheetError: the file cannot be written.
    """
    now = world.clock.now()
    with world.db.read() as session:
        contact = whom.the_one(session, who)
        found = gather(session, contact.id)
    document = {"made_at": _moment(now), "person": contact.id, **found}
    _put(path, json.dumps(document, ensure_ascii=False, indent=2))
    counts = {name: len(rows) for name, rows in found.items() if rows}
    with world.db.write() as session:
        audit.write(session, now, by, "person_exported", audit.person(contact.id), why or None, {"rows": counts})
        person_requests.done(session, [contact.id], "export", now)
    return counts


def gather(session: Session, contact_id: int) -> dict[str, list[dict[str, Any]]]:
    """By readable names: the rows of the person, also of records that were merged into theirs."""
    people = person_rows.everyone(session, contact_id)
    found = {}
    for name, said in personal_data.data_map().items():
        if said.by:
            where = personal_data.theirs(said, people)
            found[NAMES[name]] = _rows(session, said.table, session.execute(select(said.table).where(where)).all())
    for name in CLICKS:
        table = m.Base.metadata.tables[name]
        attempts = select(m.Touch.id).where(m.Touch.contact_id.in_(people))
        rows = session.execute(select(table).where(table.c.touch_id.in_(attempts))).all()
        found[NAMES[name]] = _rows(session, table, rows)
    told = m.Base.metadata.tables["audit"]
    mine = session.execute(select(told).where(person_rows.audited(session, contact_id)).order_by(told.c.id)).all()
    found[NAMES["audit"]] = _rows(session, told, mine)
    return found


def _rows(session: Session, table: Table, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Without what is only ours (keys, hashes); ids of sources and campaigns become their names."""
    return [_readable(session, table, row._mapping) for row in rows]


def _readable(session: Session, table: Table, row: Any) -> dict[str, Any]:
    told = {}
    for column in table.columns:
        value = row[column]
        if column.name in HIDDEN or value is None:
            continue
        if column.name == "at" or column.name.endswith(("_at", "_until")) or column.name == "since":
            told[column.name] = _moment(value)
        elif column.name in ("source_id", "campaign_id"):
            kind: Any = m.Source if column.name == "source_id" else m.Campaign
            told[column.name.removesuffix("_id")] = session.scalar(select(kind.key).where(kind.id == value))
        else:
            told[column.name] = _bytes(value) if isinstance(value, bytes) else value
    return told


def _bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def _moment(at: Any) -> Any:
    return datetime.fromtimestamp(at, UTC).isoformat() if isinstance(at, int) else at


def _put(path: Path, words: str) -> None:
    half = path.with_name(f".{path.name}.half")
    try:
        half.touch(mode=0o600)
        half.write_text(words, encoding="utf-8")
        os.replace(half, path)
    except OSError as error:
        raise SheetError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error
    finally:
        half.unlink(missing_ok=True)
