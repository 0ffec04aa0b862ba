"""After how many attempts, and how many days, are people reached; and who said no for good before (B2)?

Of each person in a campaign the course from the first attempt that left: reached (a person took the call, replied, or
followed a link), asked not to be contacted, or still open. Where there are more people than `SAMPLE`, an even sample of
them is told: a curve does not gain from the millionth person, and a page must not wait for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from opportune.rules.facts import DAY, Instant
from opportune.statistics import Step, cumulative_incidence, kaplan_meier
from opportune.store.board.cells import people
from opportune.store.board.cohort import Filters
from opportune.store.bulk import Bulk
from opportune.store.db import Database
from opportune.store.said_rows import ANSWERED, left

SAMPLE = 1_000  # people: the band of a share is then +- 3 points at most
PROBES = 2_500  # looked at for them, since filters leave some out
ATTEMPTS, DAYS = 8, 28  # shown

REACHED, NO, OPEN = "reached", "no", "open"


@dataclass(frozen=True, slots=True)
class Course:
    """How it went with one person so far: `end` after so many attempts and whole days since the first."""

    attempts: int
    days: int
    end: str


@dataclass(frozen=True, slots=True)
class Courses:
    """`of`: how many people there are; `sampled`: not all of them were looked at."""

    told: list[Course]
    of: int
    sampled: bool = False

    def still_open(self, by: str) -> list[Step]:
        """Kaplan-Meier: the share not yet reached after each attempt, or day (`by`: "attempts" | "days")."""
        times, reached, no, rest = self._counts(by)
        return kaplan_meier(times, reached, [a + b for a, b in zip(no, rest, strict=True)])

    def came_to(self, by: str) -> tuple[list[Step], list[Step]]:
        """Cumulative incidence: share reached, and share that said no first."""
        times, reached, no, rest = self._counts(by)
        return cumulative_incidence(times, reached, no, rest), cumulative_incidence(times, no, reached, rest)

    def _counts(self, by: str) -> tuple[list[int], list[int], list[int], list[int]]:
        last = ATTEMPTS if by == "attempts" else DAYS
        ends = Counter(_within(getattr(each, by), each.end, last) for each in self.told)
        times = list(range(1 if by == "attempts" else 0, last + 1))
        reached, no, rest = ([ends[time, end] for time in times] for end in (REACHED, NO, OPEN))
        return times, reached, no, rest


def _within(time: int, end: str, last: int) -> tuple[int, str]:
    """What came later than we show is open at the end of what we show."""
    return (time, end) if time <= last else (last, OPEN)


def courses(db: Database, now: Instant, chosen: Filters) -> Courses:
    counted: Counter[str] = Counter()
    for cell in people(db, now, chosen, ("campaign",)):
        counted[cell.by[0]] += cell.decided
    total = counted.total()
    with db.read() as session:
        bulk = Bulk(session)
        ids = [id for key, n in counted.items() for id in _some(bulk, key, max(1, PROBES * n // total))]
        first = _first_decisions(bulk, ids, chosen)
        taken = _evenly(sorted(first))
        told = _told(bulk, {id: first[id] for id in taken}, now)
    return Courses(told, total, sampled=len(taken) < total)


def _some(bulk: Bulk, campaign: str, wanted: int) -> list[int]:
    """Everybody in a campaign, or evenly so many of them."""
    mine = "SELECT e.id FROM enrolment e WHERE e.campaign_id = (SELECT id FROM campaign WHERE key = ?)"
    few = [id for (id,) in bulk.rows(f"{mine} LIMIT {wanted + 1}", campaign)]
    if len(few) <= wanted:
        return few
    ends = (mine.replace("e.id", f"{which}(e.contact_id)", 1) for which in ("MIN", "MAX"))
    [(first,)], [(last,)] = (bulk.rows(end, campaign) for end in ends)  # both at once would read the whole index
    at = [first + (last - first) * step // wanted for step in range(wanted)]
    numbers = "json_each(?) p" if bulk.lite else "unnest(?::bigint[]) p(value)"
    seek = f"{mine} AND e.contact_id >= p.value ORDER BY e.contact_id LIMIT 1"
    found = bulk.rows(f"SELECT ({seek}) FROM {numbers}", campaign, at)
    return sorted({id for (id,) in found})


def _evenly(ids: list[int]) -> list[int]:
    return [ids[len(ids) * place // SAMPLE] for place in range(SAMPLE)] if len(ids) > SAMPLE else ids


def _first_decisions(bulk: Bulk, ids: list[int], chosen: Filters) -> dict[int, int]:
    """enrolment -> contact, of those that are chosen by the decision that first put them on a channel."""
    rows = bulk.rows(
        "SELECT enrolment_id, contact_id, at, COALESCE(status, 'unknown'), version_id FROM decision "
        "WHERE enrolment_id = ANY(?) AND first AND verdict = 'act' AND channel <> '' ORDER BY id DESC",
        ids,
    )
    first = {row[0]: row[1:] for row in rows}  # the earliest stays
    return {id: contact for id, (contact, *about) in first.items() if _is_chosen(chosen, *about)}


def _is_chosen(chosen: Filters, at: Instant, status: str, version: int) -> bool:
    day = at - at % DAY
    asked = (chosen.status, status), (chosen.version, version)
    within = (chosen.since or 0) <= day and (chosen.until is None or day < chosen.until)
    return within and all(wanted is None or wanted == known for wanted, known in asked)


def _told(bulk: Bulk, people: dict[int, int], now: Instant) -> list[Course]:
    ids = list(people)
    made: dict[int, list[Instant]] = defaultdict(list)
    reached: dict[int, Instant] = {}
    for id, at, answered in bulk.rows(_TOUCHES, ids):
        made[id].append(at)
        if answered:
            _earlier(reached, id, at)
    for id, at in (*bulk.rows(_CLICKS, ids), *bulk.rows(_REPLIES, ids)):
        _earlier(reached, id, at)
    noes: dict[int, list[Instant]] = defaultdict(list)
    for contact, at in bulk.rows(_NOES, list(people.values())):
        noes[contact].append(at)
    return [_course(sorted(at), reached.get(id), noes[people[id]], now) for id, at in made.items()]


_RESULTS = ", ".join(f"'{result}'" for result in ANSWERED)
_TOUCHES = (
    f"SELECT t.enrolment_id, t.sending_at, CASE WHEN t.channel = 'call' AND t.result IN ({_RESULTS}) THEN 1 ELSE 0 END "
    f"FROM touch t WHERE t.enrolment_id = ANY(?) AND t.sending_at IS NOT NULL AND {left('t')}"
)
_CLICKS = (
    "SELECT t.enrolment_id, k.at FROM touch t JOIN mail_click k ON k.touch_id = t.id "
    "WHERE t.enrolment_id = ANY(?) AND k.machine IS NULL"
)
_REPLIES = "SELECT enrolment_id, at FROM outcome WHERE enrolment_id = ANY(?) AND kind = 'reply'"
_NOES = "SELECT contact_id, at FROM outcome WHERE contact_id = ANY(?) AND kind = 'opt_out'"


def _earlier(known: dict[int, Instant], id: int, at: Instant) -> None:
    known[id] = min(at, known.get(id, at))


def _course(made: Sequence[Instant], reached: Instant | None, noes: Iterable[Instant], now: Instant) -> Course:
    """What came first; a no of before the first attempt belongs to another campaign."""
    no = min((each for each in noes if each >= made[0]), default=None)
    ends: Iterable[tuple[Any, str]] = ((reached, REACHED), (no, NO))
    at, end = min(((at, end) for at, end in ends if at is not None), default=(now, OPEN), key=lambda one: one[0])
    return Course(sum(each <= at for each in made), max(0, at - made[0]) // DAY, end)
