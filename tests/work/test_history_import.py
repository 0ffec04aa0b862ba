"""Does the past come in with its totals, and stay the past?"""

from __future__ import annotations

import csv
import gzip
import sqlite3
from collections import Counter
from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import func, select
from support_world import make_world

from opportune.settings import ROOT
from opportune.store import models as m
from opportune.store.board.history import PastFilters, past, past_channels
from opportune.store.db import Database
from opportune.store.migrating import alembic_config
from opportune.work import undo_import
from opportune.work.history_import import MONTHS, import_history, totals
from opportune.work.sheets import SheetError

BANK = ROOT / "examples" / "bank" / "bank-full.csv.gz"


@pytest.fixture(scope="module")
def bank(sqlite_template, tmp_path_factory):
    """All of it, brought in once: it takes seconds."""
    folder = tmp_path_factory.mktemp("bank")
    (folder / "bank.db").write_bytes(sqlite_template.read_bytes())
    world = make_world(Database(f"sqlite:///{folder / 'bank.db'}"), folder / "home")
    found = import_history(world, BANK)
    assert (found.people, found.touches, found.yes) == (45_211, 124_956, 5_289)
    yield world
    world.db.close()


def test_the_bank_comes_in_whole_dated_by_its_order_and_a_second_time_changes_nothing(bank):
    assert import_history(bank, BANK).already
    with bank.db.read() as session:
        everything = totals(session)
        assert (everything.people, everything.touches, everything.yes) == (45_211, 124_956, 5_289)
        days = [datetime.fromtimestamp(at, UTC) for at in session.scalars(select(m.PastTouch.at))]
        assert session.scalar(select(func.count(m.Touch.id))) == 0  # none of them is ours
    assert (str(min(days).date()), str(max(days).date())) == ("2008-05-05", "2010-11-17")
    weekdays = Counter(day.weekday() for day in days)
    assert sum(weekdays[day] for day in range(5)) > 0.95 * len(
        days
    )  # a bank calls on working days: the years are right


def test_the_board_counts_what_stands_in_the_file(bank):
    with gzip.open(BANK, "rt") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    told = past(bank.db, PastFilters())
    assert (told.total.people, told.total.tries, told.total.yes) == (45_211, 124_956, 5_289)
    assert {each.of: (each.people, each.tries, each.yes) for each in told.lines} == counted(rows, "contact")
    months: Counter[str] = Counter()
    for each in told.months:
        months[MONTHS[each.of[1] - 1]] += each.people
    assert months == Counter(row["month"] for row in rows)
    assert (months["may"], sum(each.yes for each in told.months if each.of[1] == 5)) == (13_766, 925)
    for band in told.bands:
        first, last = band.of
        mine = [row for row in rows if first <= int(row["campaign"]) <= (last or 99)]
        assert (band.people, band.yes) == (len(mine), sum(row["y"] == "yes" for row in mine))
    with bank.db.read() as session:
        days = [datetime.fromtimestamp(at, UTC).weekday() for at in session.scalars(select(m.PastTouch.at))]
    assert {each.of: each.people for each in told.weekdays} == Counter(days)


def test_one_line_is_counted_alone_and_no_mail_is_made_up(bank):
    told = past(bank.db, PastFilters("call", "telephone"))
    assert (told.total.people, told.total.tries, told.total.yes) == (2_906, 9_883, 390)
    assert len(told.lines) == 3, "the other lines stay in sight"
    assert past_channels(bank.db) == ["call"]
    assert past(bank.db, PastFilters("email")).total.people == 0


def counted(rows, column):
    found = {}
    for name in {row[column] for row in rows}:
        mine = [row for row in rows if row[column] == name]
        found[name] = (len(mine), sum(int(row["campaign"]) for row in mine), sum(row["y"] == "yes" for row in mine))
    return found


def test_a_past_that_came_in_earlier_learns_its_lines_from_the_notes(tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    command.upgrade(alembic_config(url), "0025")
    with sqlite3.connect(tmp_path / "old.db") as old:
        told = (("age 3; called by cellular", 1), ("age 4; called by telephone", 2), ("met at a fair", 3))
        usual = "'staff', 0, 0, 'cold', 'en', '[]', 0, 0, 1"
        names = "notes, id, name, status, business, bought, interest, language, zones"
        names += ", asked_for_contact, created_at, version"
        old.executemany(f"INSERT INTO contact ({names}) VALUES (?, ?, 'x', {usual})", told)
        old.execute(
            "INSERT INTO import_run VALUES (1, 'f', 's', 'history', '{}', '{}', NULL, 'done', 1, '{}', 0, 0, NULL)"
        )
        old.executemany(
            "INSERT INTO past_touch (run_id, contact_id, channel, at, times, result, said_yes, seconds) "
            "VALUES (1, ?, 'call', 0, 1, 'interested', 1, 60)",
            [(1,), (2,), (3,)],
        )
    db = Database(url)
    db.migrate()
    assert {each.of: each.people for each in past(db, PastFilters()).lines} == {
        "cellular": 1, "telephone": 1, "unknown": 1,
    }  # fmt: skip
    db.close()


def some(tmp_path, *lines: str):
    path = tmp_path / "some.csv.gz"
    with gzip.open(BANK, "rt") as file:
        head = [next(file) for _ in range(3)]
    path.write_bytes(gzip.compress("".join([*head, *lines]).encode()))
    return path


def test_the_past_is_taken_back_like_any_other_list(db, tmp_path):
    world = make_world(db, tmp_path / "home")
    found = import_history(world, some(tmp_path))
    assert undo_import.undo(world, found.run).removed == 2
    with world.db.read() as session:
        assert totals(session).people == 0
        assert session.scalar(select(func.count(m.Contact.id))) == 0


def test_a_row_that_cannot_be_read_is_named(db, tmp_path):
    world = make_world(db, tmp_path / "home")
    row = '58;"x";"married";"x";"no";1;"no";"no";"unknown";31;"feb";1;1;-1;0;"unknown";"no"\n'
    with pytest.raises(SheetError, match=r"line 4: .*years rest on the order"):
        import_history(world, some(tmp_path, row))
