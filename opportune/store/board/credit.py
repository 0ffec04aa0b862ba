"""By which contacts did people come to their goal, and how do six rules divide the credit for it?

They divide credit, they prove nothing: what a contact changed, only the comparison sample can tell. Read are the newest
goals, and beside them a sample of people who came to none, weighed as many as there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, select, text
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.statistics import by_place, markov, shapley
from opportune.store.board.cells import people
from opportune.store.board.cohort import Filters, chosen_campaigns
from opportune.store.db import Database
from opportune.store.models import Campaign, CampaignVersion, Decision, InboundCall, Lead, Outcome, Touch
from opportune.store.models.board import OUTCOME_WINDOW
from opportune.store.said_rows import left

WAYS = ("call", "voicemail", "email", "form", "came_in")
RULES = ("first", "last", "linear", "late", "markov", "shapley")
GOALS, OTHERS = 250, 150  # so many people are read
NEWEST = 3_000  # goals among which those of the chosen campaigns are sought
BACK = 90 * DAY  # contacts before that had no part in it
LONGEST = 20  # contacts of a path, the last ones
ENOUGH = 30  # goals; below that no credit is divided

Path = tuple[str, ...]
Seen = tuple[Instant, str]


@dataclass(frozen=True, slots=True)
class Credit:
    """`shares`: rule -> way -> share of the credit. `goals` and `others`: how many people were read."""

    goals: int
    others: int
    paths: tuple[tuple[Path, int], ...]  # the most frequent ways to a goal
    shares: dict[str, dict[str, float]]

    @property
    def enough(self) -> bool:
        return self.goals >= ENOUGH


@dataclass(frozen=True, slots=True)
class _Person:
    contact_id: int
    enrolment_id: int
    end: Instant


def credit(db: Database, now: Instant, chosen: Filters) -> Credit:
    cells = [cell for cell in people(db, now, chosen, ["channel"]) if cell.matured]
    decided, goals = sum(cell.decided for cell in cells), sum(cell.goal for cell in cells)
    with db.read() as session:
        campaigns = list(session.scalars(select(Campaign.id).where(*chosen_campaigns(chosen))))
        met = _met(session, campaigns, chosen)
        others = _others(session, campaigns, now, chosen)
        paths = _paths(session, [*met, *others])
    ways = Counter(path for path in paths[: len(met)] if path)
    nowhere = Counter(path for path in paths[len(met) :] if path)
    weight = (decided - goals) / goals * len(met) / len(others) if goals and others else 1.0
    told = {path: (round(ways[path] + weight * nowhere[path]), ways[path]) for path in ways | nowhere}
    return Credit(sum(ways.values()), len(others), tuple(ways.most_common(8)), _divided(told))


def _divided(paths: dict[Path, tuple[int, int]]) -> dict[str, dict[str, float]]:
    """Each rule's credit as shares of all of it, every way named."""
    found = {rule: by_place(paths, rule) for rule in ("first", "last", "linear", "late")}
    found |= {"markov": markov(paths), "shapley": shapley(paths)}
    shares = {}
    for rule in RULES:
        whole = sum(found[rule].values())
        shares[rule] = {way: found[rule].get(way, 0.0) / whole if whole else 0.0 for way in WAYS}
    return shares


def _met(session: Session, campaigns: Sequence[int], chosen: Filters) -> list[_Person]:
    """Who came to a goal last, each once a campaign."""
    columns = (Outcome.contact_id, Outcome.enrolment_id, Outcome.at, Outcome.campaign_id)
    newest = select(*columns).where(Outcome.kind == "goal_met", Outcome.at >= (chosen.since or 0))
    newest = newest.where(Outcome.at < chosen.until) if chosen.until is not None else newest
    most = NEWEST if chosen.campaign or chosen.goal else 2 * GOALS
    rows = session.execute(newest.order_by(Outcome.at.desc()).limit(most))
    known = set(campaigns)
    return [_Person(*row[:3]) for row in rows if row[3] in known and row[1]][:GOALS]


def _others(session: Session, campaigns: Sequence[int], now: Instant, chosen: Filters) -> list[_Person]:
    """Of each campaign those first decided last whose window is over, without a goal."""
    each = -(-OTHERS // max(1, len(campaigns)))
    found = [person for campaign in campaigns for person in _decided(session, campaign, each, now, chosen)]
    enrolments = [person.enrolment_id for person in found]
    goals = select(Outcome.enrolment_id).where(Outcome.enrolment_id.in_(enrolments), Outcome.kind == "goal_met")
    met = set(session.scalars(goals))
    return [person for person in found if person.enrolment_id not in met][:OTHERS]


def _decided(session: Session, campaign: int, most: int, now: Instant, chosen: Filters) -> list[_Person]:
    seconds = _windows(session, campaign)
    if not seconds:
        return []
    end = Decision.at + case(seconds, value=Decision.version_id)
    over = (Decision.at <= min(now - min(seconds.values()), chosen.until or now), end <= now)  # the first for the index
    columns = (Decision.contact_id, Decision.enrolment_id, Decision.at, Decision.first, Decision.channel)
    rows = select(*columns, end.label("end")).where(
        Decision.campaign_id == campaign, *over, Decision.at >= (chosen.since or 0)
    )
    newest = session.execute(rows.order_by(Decision.at.desc()).limit(8 * most)).all()
    earliest = {
        row.enrolment_id: row for row in newest if row.first and row.channel
    }  # who was decided anew counts once
    firsts = sorted(earliest.values(), key=lambda row: -row.at)
    return [_Person(row.contact_id, row.enrolment_id, row.end) for row in firsts[:most]]


def _windows(session: Session, campaign: int) -> dict[int, int]:
    """Version -> seconds until its window is over."""
    rows = select(OUTCOME_WINDOW).join(CampaignVersion, CampaignVersion.id == OUTCOME_WINDOW.c.version_id)
    return dict(session.execute(rows.where(CampaignVersion.campaign_id == campaign)).tuples().all())


def _paths(session: Session, found: Sequence[_Person]) -> list[Path]:
    """The ways of each person until their end, oldest first."""
    ids = {person.contact_id for person in found}
    seen: dict[int, list[Seen]] = defaultdict(list)
    for id, at, way in [*_attempts(session, ids), *_came(session, ids)]:
        seen[id].append((at, way))
    return [_path(seen[person.contact_id], person.end) for person in found]


def _path(seen: Iterable[Seen], end: Instant) -> Path:
    mine = sorted(each for each in seen if end - BACK < each[0] <= end)
    return tuple(way for _, way in mine)[-LONGEST:]


def _attempts(session: Session, ids: set[int]) -> list[tuple[int, Instant, str]]:
    """What left; the mail that answers a form belongs to the form."""
    columns = (Touch.contact_id, Touch.sending_at, Touch.channel, Touch.result)
    gone = (Touch.contact_id.in_(ids), Touch.sending_at.is_not(None), text(left("touch")), Touch.kind != "requested")
    rows = session.execute(select(*columns).where(*gone))
    return [(id, at, "voicemail" if result == "voicemail_left" else way) for id, at, way, result in rows]


def _came(session: Session, ids: set[int]) -> list[tuple[int, Instant, str]]:
    """They came to us: by a form, or by calling."""

    def of(id: Any, at: Any, way: str) -> list[tuple[int, Instant, str]]:
        return [(person, moment, way) for person, moment in session.execute(select(id, at).where(id.in_(ids)))]

    forms = of(Lead.contact_id, Lead.received_at, "form")
    return forms + of(InboundCall.contact_id, InboundCall.at, "came_in")
