"""Which changes concern the board's numbers? Triggers that note them, in either engine's spelling.

Whoever changes a row need not think of the board, be it a merge or an erasure. What most moves of a touch ask first is
a condition on their own two rows, which costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from opportune.store.rollups import ENOUGH, folding
from opportune.store.said_rows import left

KINDS = "('reply', 'goal_met', 'meeting_kept', 'opt_out')"
_INTO = "INSERT INTO board_dirty (enrolment_id, touch_id) "
_TOUCH = ("enrolment_id", "sending_at", "result", "channel", "template", "ahead")


@dataclass(frozen=True)
class Trigger:
    name: str
    event: str  # INSERT, DELETE, UPDATE OF …
    table: str
    when: str
    notes: tuple[str, ...] = ()  # what they select: enrolment, touch


def _differ(names: Iterable[str]) -> str:
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in names)


def _later(row: str) -> str:
    """What came after a touch that is there no more. Of one that is, the fold looks for them itself: another
    transaction may just be writing one."""
    return (
        f"SELECT {row}.enrolment_id, t.id FROM touch t WHERE t.enrolment_id = {row}.enrolment_id "
        f"AND t.sending_at >= {row}.sending_at"
    )


def _all_of(enrolments: str) -> tuple[str, str]:
    return (
        f"SELECT e.enrolment_id, NULL FROM ({enrolments}) e",
        f"SELECT t.enrolment_id, t.id FROM ({enrolments}) e JOIN touch t ON t.enrolment_id = e.enrolment_id",
    )


def _of_outcome(row: str) -> tuple[str, ...]:
    said_no = f"SELECT x.enrolment_id, NULL FROM decision x WHERE x.contact_id = {row}.contact_id AND x.first"
    return (
        *_all_of(f"SELECT id AS enrolment_id FROM enrolment WHERE id = {row}.enrolment_id"),
        _of_touch(row),
        f"{said_no} AND {row}.kind = 'opt_out'",
    )


def _of_touch(row: str) -> str:
    which = f"t.id = {row}.touch_id AND t.enrolment_id IS NOT NULL AND {left('t')}"
    return f"SELECT t.enrolment_id, t.id FROM touch t WHERE {which}"


def _triggers() -> Iterator[Trigger]:
    new, old, itself = left("NEW"), left("OLD"), "SELECT NEW.enrolment_id, NEW.id"
    yield Trigger("touch_new", "INSERT", "touch", f"NEW.enrolment_id IS NOT NULL AND {new}", (itself,))
    columns = ", ".join((*_TOUCH, "sent_at", "state"))
    moved = f"NEW.enrolment_id IS NOT NULL AND ({new} OR {old}) AND ({new} <> {old} OR {_differ(_TOUCH)})"
    gone = "SELECT OLD.enrolment_id, OLD.id WHERE OLD.enrolment_id IS NOT NULL"
    yield Trigger("touch_changed", f"UPDATE OF {columns}", "touch", moved, (itself,))
    elsewhere = f"{old} AND ({_differ(['enrolment_id', 'sending_at'])})"
    yield Trigger("touch_moved", "UPDATE OF enrolment_id, sending_at", "touch", elsewhere, (_later("OLD"), gone))
    yield Trigger("touch_gone", "DELETE", "touch", f"OLD.enrolment_id IS NOT NULL AND {old}", (_later("OLD"), gone))
    columns = "enrolment_id, contact_id, campaign_id, version_id, first, channel, mode, status, template, ahead, at"
    both = (*_all_of("SELECT NEW.enrolment_id AS enrolment_id"), *_all_of("SELECT OLD.enrolment_id AS enrolment_id"))
    yield Trigger("decision_new", "INSERT", "decision", "NEW.first", both[:2])
    yield Trigger("decision_changed", f"UPDATE OF {columns}", "decision", "NEW.first OR OLD.first", both)
    yield Trigger("decision_gone", "DELETE", "decision", "OLD.first", both[2:])
    for table, condition, notes in (
        ("outcome", "{}.kind IN " + KINDS, _of_outcome),
        ("touch_cost", "1 = 1", lambda row: (_of_touch(row),)),
        ("mail_click", "{}.machine IS NULL", lambda row: (_of_touch(row),)),
    ):
        yield Trigger(f"{table}_new", "INSERT", table, condition.format("NEW"), notes("NEW"))
        either = f"{condition.format('NEW')} OR {condition.format('OLD')}"
        yield Trigger(f"{table}_changed", "UPDATE", table, either, (*notes("NEW"), *notes("OLD")))
        yield Trigger(f"{table}_gone", "DELETE", table, condition.format("OLD"), notes("OLD"))
    theirs = "SELECT x.enrolment_id FROM decision x WHERE x.contact_id = NEW.id AND x.first"
    yield Trigger("source_changed", "UPDATE OF source_id", "contact", _differ(["source_id"]), _all_of(theirs))


TRIGGERS = tuple(_triggers())
LOCK = 80_080_020  # of whoever folds
_WINDOW = "INSERT INTO outcome_window (version_id, seconds) {} ON CONFLICT (version_id) DO NOTHING"


def windows(lite: bool, row: str | None = None) -> str:
    """How long each version waits, in seconds; of one row, where it comes in."""
    days = "document ->> '$.outcome_days'" if lite else "document ->> 'outcome_days'"
    whose, rest = (f"{row}.", "WHERE 1 = 1") if row else ("", "FROM campaign_version WHERE 1 = 1")
    return _WINDOW.format(f"SELECT {whose}id, COALESCE(CAST({whose}{days} AS INTEGER), 14) * 86400 {rest}")


def statements(lite: bool) -> Iterator[tuple[Trigger, list[str]]]:
    """Every trigger, with what it does."""
    for each in TRIGGERS:
        yield each, [_INTO + notes for notes in each.notes]
    yield Trigger("window_new", "INSERT", "campaign_version", "1 = 1"), [windows(lite, "NEW")]
    fold = list(folding(lite))
    if not lite:  # one at a time; whoever comes meanwhile leaves it to them
        fold = [f"IF pg_try_advisory_xact_lock({LOCK}) THEN {'; '.join(fold)}; END IF"]
    # In two steps: SQLite makes room for the whole of a trigger before it asks the trigger's condition.
    enough = f"NEW.id >= {ENOUGH}" if lite else f"NEW.id % {ENOUGH} = 0"
    yield Trigger("enough", "INSERT", "board_dirty", enough), ["INSERT INTO board_fold (id) VALUES (NEW.id)"]
    yield Trigger("fold", "INSERT", "board_fold", "1 = 1"), [*fold, "DELETE FROM board_fold WHERE id = NEW.id"]


def create(lite: bool) -> Iterator[str]:
    for trigger, acts in statements(lite):
        name, body = f"board_{trigger.name}", "; ".join(acts)
        head = f"CREATE TRIGGER {name} AFTER {trigger.event} ON {trigger.table} FOR EACH ROW WHEN ({trigger.when})"
        if lite:
            yield f"{head.replace('IS DISTINCT FROM', 'IS NOT')} BEGIN {body}; END"
        else:
            yield f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$"
            yield f"{head} EXECUTE FUNCTION {name}()"


def drop(lite: bool) -> Iterator[str]:
    for trigger, _ in statements(lite):
        yield f"DROP TRIGGER IF EXISTS board_{trigger.name}" + ("" if lite else f" ON {trigger.table}")
        if not lite:
            yield f"DROP FUNCTION IF EXISTS board_{trigger.name}()"
