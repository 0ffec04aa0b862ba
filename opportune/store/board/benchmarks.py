"""How do we do beside what others reached (F2, E4), and are booked meetings kept (F3)?"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Goal, Instant, Status
from opportune.store.board.cells import Tries, tries
from opportune.store.board.cohort import Filters, KOfN, chosen_campaigns, chosen_people
from opportune.store.db import Database
from opportune.store.models import Campaign, Contact, FormVersion, Lead, Outcome, Touch
from opportune.store.models.touches import LEADS

FILE = Path(__file__).with_name("benchmarks.toml")
EARLY = (15, 16)  # the half hours from 7:30 and from 8:00 (B2: 7:30-8:20)
EXECUTIVE = Status.EXECUTIVE.value
MEETINGS = (Goal.MEETING.value, Goal.CONFERENCE.value)
NEWEST = 2_000  # leads that are looked at


@dataclass(frozen=True, slots=True)
class Own(KOfN):
    """k of n of ours."""

    k: int
    n: int


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a source says, and our own figure. `value`: None where no source gives one."""

    key: str
    value: float | None
    what: str
    source: str
    date: str
    place: str
    own: Own


@cache
def _said() -> dict[str, dict[str, Any]]:
    return tomllib.loads(FILE.read_text("utf-8"))


def table(db: Database, now: Instant, chosen: Filters) -> list[Benchmark]:
    """Every benchmark of the file, in its order."""
    calls = [cell for cell in tries(db, now, chosen, ["channel", "goal"]) if cell.by[0] == "call"]
    own = {"executives_answer": _executives(db, now, chosen), "meetings_per_call": _meetings(calls)}
    with db.read() as session:
        leads = Own(_leads(session, chosen), sum(cell.tried for cell in calls))
        own |= {"leads_per_call": leads, "leads_of_500": leads}
        own |= {"deals_from_leads": _deals(session, chosen), "meetings_kept": _kept(session, chosen)}
    return [_benchmark(key, said, own[key]) for key, said in _said().items()]


def _benchmark(key: str, said: dict[str, Any], own: Own) -> Benchmark:
    date, place = str(said.get("date", "")), said.get("place", "")
    return Benchmark(key, said.get("value"), said["what"], said["source"], date, place, own)


def executive_calls(db: Database, now: Instant, chosen: Filters) -> list[Tries]:
    """By channel and half hour: theirs alone, a tenth of all cells by hour and status."""
    if chosen.status not in (None, EXECUTIVE):
        return []
    cells = tries(db, now, replace(chosen, status=EXECUTIVE), ["channel", "slot"])
    return [cell for cell in cells if cell.by[0] == "call" and cell.by[1] is not None]


def _executives(db: Database, now: Instant, chosen: Filters) -> Own:
    """Executives called early, in their own zone: how many took the call."""
    early = [cell for cell in executive_calls(db, now, chosen) if cell.by[1] in EARLY]
    return Own(sum(cell.answered for cell in early), sum(cell.tried for cell in early))


def _meetings(calls: Iterable[Tries]) -> Own:
    asked = [cell for cell in calls if cell.by[1] in MEETINGS]
    return Own(sum(cell.goal for cell in asked), sum(cell.tried for cell in asked))


def _leads(session: Session, chosen: Filters) -> int:
    """Calls after which somebody was interested, or booked a meeting; only calls end so. From the small index of them
    alone; what it does not hold is asked at the edges of a period, and where a status or version is chosen."""
    wanted = chosen_campaigns(chosen)
    query = select(func.count()).select_from(Touch).where(LEADS, *_there(chosen))
    mine = Touch.campaign_id.in_(select(Campaign.id).where(*wanted)) if wanted else Touch.campaign_id.is_not(None)
    return session.scalar(query.where(mine, *chosen_people(chosen, Touch.enrolment_id))) or 0


def _there(chosen: Filters) -> list[ColumnElement[bool]]:
    """Days are those of the person's own clock, as of the calls beside them; only those at the edges are looked at."""
    at, there = Touch.sending_at, Touch.sending_at + func.coalesce(Touch.ahead, 0)
    since, until = chosen.since, chosen.until
    begins = [] if since is None else [at >= since - DAY, or_(at >= since + DAY, there >= since)]
    return begins + ([] if until is None else [at < until + DAY, or_(at < until - DAY, there < until)])


def _between(at: Any, chosen: Filters) -> list[ColumnElement[bool]]:
    since = [at >= chosen.since] if chosen.since is not None else []
    return [*since, *([at < chosen.until] if chosen.until is not None else [])]


def _deals(session: Session, chosen: Filters) -> Own:
    """Of the people behind the newest leads: who ordered afterwards. Orders reach us by their form (A12), and belong to
    no campaign."""
    where = (Lead.contact_id.is_not(None), *_between(Lead.received_at, chosen))
    leads = select(Lead.contact_id, Lead.received_at, _orders()).where(*where).order_by(Lead.id.desc()).limit(NEWEST)
    if chosen.status:
        leads = leads.join(Contact, Contact.id == Lead.contact_id).where(Contact.status == chosen.status)
    first: dict[int, Instant] = {}
    ordered: dict[int, Instant] = {}
    for person, at, order in session.execute(leads):
        if order:
            ordered[person] = max(at, ordered.get(person, at))
        else:
            first[person] = min(at, first.get(person, at))
    return Own(sum(ordered.get(person, -1) >= at for person, at in first.items()), len(first))


def _orders() -> ColumnElement[bool]:
    said = select(FormVersion.sha).where(FormVersion.says == "order")
    return Lead.form_version.in_(said) | (Lead.form == "order")


def _kept(session: Session, chosen: Filters) -> Own:
    """One word for each booked meeting: the missed one that was kept at last counts as kept."""
    told: Select[Any] = (
        select(func.max(case((Outcome.kind == "meeting_kept", 1), else_=0)).label("kept"))
        .join(Campaign, Campaign.id == Outcome.campaign_id)
        .where(Outcome.kind.in_(["meeting_kept", "meeting_missed"]), *chosen_campaigns(chosen))
        .where(*_between(Outcome.at, chosen), *chosen_people(chosen, Outcome.enrolment_id))
        .group_by(Outcome.enrolment_id + 0)  # else SQLite reads all outcomes in the order of people, not these few
    )
    each = told.subquery()
    n, k = session.execute(select(func.count(), func.coalesce(func.sum(each.c.kept), 0)).select_from(each)).one()
    return Own(int(k), int(n))
