"""Which decisions were taken, and about whom? Rows of the explorer, newest first; refusals are rows too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, union_all
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import sealed
from opportune.store.board.cohort import Filters, chosen_campaigns
from opportune.store.db import Database
from opportune.store.models import Campaign, Company, Contact, Decision

BIGGEST_ID = 2**63
MOST = 10_000  # rows that can be paged through
PEOPLE = 500  # whom a search may find
VERDICTS = ("act", "wait", "held", "never")


@dataclass(frozen=True, slots=True)
class DecisionRow:
    id: int
    at: Instant
    contact: str
    title: str | None
    company: str | None
    status: str
    campaign: str
    goal: str
    verdict: str
    channel: str | None
    mode: str
    reasons: list[dict[str, Any]]
    moment: Instant | None
    again_at: Instant | None
    held: str | None
    zones: list[str]
    contact_id: int


@dataclass(frozen=True, slots=True)
class ContactHit:
    """A person the search found. `decision`: the newest one about them, if any."""

    id: int
    name: str
    company: str | None
    email: str | None
    phone: str | None
    held: str | None
    decision: int | None


def decisions(
    db: Database,
    *,
    start: int,
    end: int,
    text: str = "",
    campaign: str | None = None,
    goal: str | None = None,
    verdict: str | None = None,
    channel: str | None = None,
    since: Instant | None = None,
) -> tuple[list[DecisionRow], int]:
    """Rows `start` to `end` of what the filters leave, and how many that is, up to `MOST`: whoever wants an older one
    narrows. `text`: a name, address, number or id."""
    more = [Decision.at >= (since or 0), *([Decision.channel == channel] if channel else [])]
    with db.read() as session:
        campaigns = list(session.scalars(select(Campaign.id).where(*chosen_campaigns(Filters(campaign, goal)))))
        if text.strip():
            people = list(session.scalars(_found(text).with_only_columns(Contact.id).limit(PEOPLE)))
            chosen = [Decision.contact_id.in_(people), Decision.campaign_id.in_(campaigns), *more]
            parts = [[*chosen, *([Decision.verdict == verdict] if verdict else [])]]
        else:
            parts = [[Decision.verdict == each, Decision.campaign_id == id, *more]
                     for each in VERDICTS if verdict in (None, each) for id in campaigns]  # fmt: skip
        return _page(session, parts, start, min(end, MOST)) if parts else ([], 0)


def _page(
    session: Session, parts: list[list[ColumnElement[bool]]], start: int, end: int
) -> tuple[list[DecisionRow], int]:
    """Each part is read in its own order from an index, and no further than asked."""
    newest = (Decision.at.desc(), Decision.id.desc())
    found = [(id, at) for chunk in _chunks(parts) for id, at in session.execute(union_all(*(
        select(select(Decision.id, Decision.at).where(*part).order_by(*newest).limit(end).subquery()) for part in chunk
    )))]  # fmt: skip
    counts = [n for chunk in _chunks(parts) for n in session.scalars(union_all(*(
        select(func.count()).select_from(select(Decision.id).where(*part).limit(MOST).subquery()) for part in chunk
    )))]  # fmt: skip
    ids = [id for id, _ in sorted(found, key=lambda row: (-row[1], -row[0]))[start:end]]
    rows = {row[0]: DecisionRow(*row) for row in session.execute(_rows().where(Decision.id.in_(ids)))}
    return [rows[id] for id in ids], min(sum(counts), MOST)


def _chunks(parts: list[list[ColumnElement[bool]]]) -> Iterator[list[list[ColumnElement[bool]]]]:
    """SQLite puts at most 500 queries together."""
    return (parts[start : start + 100] for start in range(0, len(parts), 100))


def _rows() -> Select[Any]:
    columns = (
        Decision.id, Decision.at, Contact.name, Contact.title, Company.name, Contact.status, Campaign.name,
        Campaign.goal, Decision.verdict, Decision.channel, Decision.mode, Decision.reasons, Decision.moment,
        Decision.again_at, Decision.held, Contact.zones, Contact.id,
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(Decision)
        .join(Contact, Contact.id == Decision.contact_id)
        .join(Campaign, Campaign.id == Decision.campaign_id)
        .outerjoin(Company, Company.id == Contact.company_id)
    )


def find_contacts(db: Database, text: str, limit: int = 20) -> list[ContactHit]:
    """People whose name, company, mail address, number or id fits the words typed."""
    if not text.strip():
        return []
    newest = select(func.max(Decision.id)).where(Decision.contact_id == Contact.id).scalar_subquery()
    columns = (Contact.id, Contact.name, Company.name, Contact.email, Contact.phone, Contact.held, newest)
    with db.read() as session:
        some = _found(text).with_only_columns(Contact.id).limit(PEOPLE).subquery()  # of a thousand Annas, some
        people = select(*columns).outerjoin(Company, Company.id == Contact.company_id)
        rows = session.execute(
            people.where(Contact.id.in_(select(some.c.id))).order_by(Contact.name, Contact.id).limit(limit)
        )
        return [ContactHit(*row) for row in rows]


def _found(text: str) -> Select[Any]:
    people = select(Contact).outerjoin(Company, Company.id == Contact.company_id)
    return people.where(Contact.merged_into.is_(None), or_(*_fits(text.strip())))


def _fits(text: str) -> list[ColumnElement[bool]]:
    """Digits are an id or part of a number; anything else a name, a company or a mail address. Of a sealed number or
    address only the whole is found."""
    digits = re.sub(r"\D", "", text)
    bare = digits.lstrip("0")
    part = Contact.phone == f"+{bare}" if sealed.ids() else Contact.phone.contains(bare, autoescape=True)
    number = [part] if len(digits) >= 5 else []
    if text.isascii() and text.isdigit():
        return [*number, Contact.id == int(text)] if int(text) < BIGGEST_ID else number or [false()]
    if number and re.fullmatch(r"[\d\s()+./-]+", text):
        return number
    name = and_(*(_has(part, Contact.name) for part in text.split()))
    mail = Contact.email == text.lower() if sealed.ids() else Contact.email.icontains(text, autoescape=True)
    return [name, _has(text, Company.name), mail]


def _has(text: str, column: Any) -> ColumnElement[bool]:
    """SQLite lowers only ASCII letters, so other alphabets are tried in the usual spellings."""
    spellings = {text, text.lower(), text.capitalize(), text.title(), text.upper()}
    return or_(*(column.icontains(spelling, autoescape=True) for spelling in sorted(spellings)))
