"""Do the board's numbers agree with the facts they were made from? Asked every night; what is wrong is mended and told.

Nothing should ever be: whatever is found here is a bug of ours, or a hand in the database.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import notes, rollup_fold, rollup_truth
from opportune.store.bulk import Bulk
from opportune.store.db import Database

NOTE = "rollup_check"
_NOTED = "INSERT INTO board_dirty (enrolment_id, touch_id) VALUES (?, ?)"


@dataclass(frozen=True, slots=True)
class Checked:
    """How many rows of people and attempts, and how many cells, said something else than the facts."""

    at: Instant
    people: int
    attempts: int
    cells: int

    @property
    def wrong(self) -> int:
        return self.people + self.attempts + self.cells


def last(db: Database) -> Checked | None:
    """What the last night found; None: there was none yet."""
    found = notes.get(db, NOTE)
    return Checked(**found) if found else None


def check(db: Database, now: Instant) -> Checked:
    """Look at everything, mend it, and keep what was found."""
    db.attempt(rollup_fold.fold)
    people = attempts = 0
    for since, until in rollup_truth.ranges(db):
        with db.read() as session:
            bulk = Bulk(session)
            noted = bulk.rows("SELECT enrolment_id, touch_id FROM board_dirty")
            wrong = set(rollup_truth.wrong_people(bulk, since, until)) - {row[0] for row in noted}
            touched = set(rollup_truth.wrong_attempts(bulk, since, until)) - {row[1] for row in noted}
        people, attempts = people + len(wrong), attempts + len(touched)
        _again(db, [*((id, None) for id in wrong), *((0, id) for id in touched)])
    with db.read() as session:
        gone = rollup_truth.orphans(Bulk(session))
    _again(db, [(0, id) for id in gone])
    found = Checked(now, people, attempts + len(gone), _cells(db))
    notes.put(db, NOTE, asdict(found))
    return found


def _again(db: Database, changed: list[tuple[int, int | None]]) -> None:
    """Counted anew, as if it had just changed."""
    for start in range(0, len(changed), 1000):
        part = changed[start : start + 1000]

        def act(session: Session, part: list[tuple[int, int | None]] = part) -> None:
            Bulk(session).each(_NOTED, part)
            rollup_fold.fold(session)

        db.attempt(act)


def _cells(db: Database) -> int:
    with db.read() as session:
        missing = [each for each in rollup_truth.missing(Bulk(session)) if each[2]]
    for table, columns, rows in missing:
        db.attempt(lambda session, each=(table, columns, rows): rollup_fold.add(session, *each))  # type: ignore[misc]
    return sum(len(rows) for _, _, rows in missing)
