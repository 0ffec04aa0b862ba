"""Does the file of every chart say what the plain tables say, whatever the reader chose?

The tables are asked in SQL that shares nothing with the board (`support_chart_tables`); an interval or an estimate is
that of statsmodels, scipy or lifelines from the same counts.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
import support_chart_counts
import support_chart_courses
import support_chart_estimates
import support_chart_hours
import support_chart_house
from flask.testing import FlaskClient
from support_board import NOW
from support_chart_tables import Near, Tables
from support_charts import filled

from dashboards.app import create_board
from dashboards.kit.export import FILES
from opportune.store.db import Database

SUBJECTS = (
    support_chart_counts,
    support_chart_courses,
    support_chart_estimates,
    support_chart_hours,
    support_chart_house,
)
COMPARED = {name: how for each in SUBJECTS for name, how in each.COUNTED.items()}
CHOICES = (
    {},
    {"campaign": "meetings", "status": "executive", "period": "4w"},
    {"period": "4w"},
    {"goal": "clarification", "period": "10w"},
    {"campaign": "clarify", "version": "2", "status": "staff"},
)


@pytest.fixture(scope="module")
def board(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A client of the board, and the tables under each choice."""
    path = filled(sqlite_template, tmp_path_factory.mktemp("charts"))
    db = Database(f"sqlite:///{path}")
    tables = [Tables(path, chosen) for chosen in CHOICES]
    yield create_board(db, lambda: NOW, practice=True).test_client(), tables
    for each in tables:
        each.raw.close()
    db.close()


def test_no_file_is_forgotten(board: Any) -> None:
    assert set(FILES) == set(COMPARED)


@pytest.mark.parametrize("name", sorted(COMPARED))
def test_the_file_says_what_the_tables_say(board: Any, name: str) -> None:
    client, every = board
    keys, wanted = COMPARED[name]
    for tables in every:
        said, rows = told(client, name, tables.chosen), wanted(tables)
        assert [row[:keys] for row in sorted(said)] == sorted([cell(it) for it in row[:keys]] for row in rows)
        by_key = {tuple(row[:keys]): row for row in said}
        for row in rows:
            found = by_key[tuple(cell(it) for it in row[:keys])]
            differs = [(a, b) for a, b in zip(found, row, strict=True) if not same(a, b)]
            assert not differs, (tables.chosen, found)
    assert told(client, name, {}), "or nothing was compared"


@pytest.mark.usefixtures("board")
@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("funnel", "channel stage people of share low_95 high_95 still_maturing"),
        ("weekly", "week_utc channel over still_maturing goals"),
        ("worked", "by value people goals low_95 high_95 cost_eur cost_per_goal_eur"),
        ("hours-week", "attempts weekday at tried answered drawn apart"),
    ],
)
def test_programs_find_a_column_by_its_name(name: str, columns: str) -> None:
    assert list(FILES[name].columns) == columns.split()


def told(client: FlaskClient, name: str, chosen: dict[str, str]) -> list[list[str]]:
    lines = client.get(f"/csv/{name}.csv", query_string=chosen).text.splitlines()
    _, *rows = csv.reader(line for line in lines if not line.startswith(("#", '"#')))
    return rows


def cell(value: Any) -> str:
    return "" if value is None else str(value)


def same(said: str, wanted: Any) -> bool:
    if wanted is ANY or wanted is None or isinstance(wanted, str):
        return wanted is ANY or said == cell(wanted)
    if said in ("True", "False"):
        return said == str(bool(wanted))
    about = {"abs": 1e-3} if isinstance(wanted, Near) else {"rel": 1e-6, "abs": 2e-6}
    return bool(said) and float(said) == pytest.approx(float(wanted), **about)
