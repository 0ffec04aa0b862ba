"""Do the pages of hours, cadence and history claim no more than is known, and do chart, table and file agree?"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import flask
import pytest
from plotly.graph_objects import Figure
from support_board import NOW, seed

from dashboards.app import create_board
from dashboards.dots import Dot, columns, rows
from dashboards.kit.language import LANGUAGES, speaking
from dashboards.pages import cadence, cadence_figures, history, hours, hours_figures
from opportune.store import models as m
from opportune.store.board import Filters
from opportune.store.board import cadence as cadence_queries
from opportune.store.board import hours as queries
from opportune.store.board.cadence import Course, Courses
from opportune.store.board.history import PastFilters, past
from opportune.store.board.hours import Answered, Hours, call_week, fair_hours
from opportune.store.db import Database

JUNE = 1_212_321_600  # Sunday 1 June 2008, 12:00 UTC
DAY = 86_400


@pytest.fixture(scope="module")
def db(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{copy(sqlite_template, tmp_path_factory.mktemp('pages') / 'pages.db')}")
    seed(database, 120)
    _bring_the_past(database)
    yield database
    database.close()


def _bring_the_past(db: Database) -> None:
    """90 calls of two years' Junes on mobiles, 40 on unknown lines, and 30 mails."""
    with db.write() as session:
        said: dict[str, Any] = {"mapping": {}, "options": {}, "counts": {}, "cursor": 1, "started_at": NOW}
        run = m.ImportRun(file="f", sha="s", layout="history", state="done", **said)
        session.add(run)
        session.flush()
        told = [("call", "cellular", JUNE + 365 * DAY * (n % 2), 1 + n % 5, n % 9 == 0) for n in range(90)]
        told += [("call", None, JUNE + 9 * DAY, 12, n < 4) for n in range(40)]
        told += [("email", None, JUNE + 40 * DAY, 2, n < 3) for n in range(30)]
        session.add_all(
            m.PastTouch(run_id=run.id, contact_id=1 + n % 100, channel=channel, line=line, at=at, times=times,
                        said_yes=yes, result="interested" if yes else "not_interested", seconds=60)
            for n, (channel, line, at, times, yes) in enumerate(told)
        )  # fmt: skip


@pytest.fixture(scope="module")
def server(db: Database) -> flask.Flask:
    return create_board(db, lambda: NOW, practice=True)


def shown(part: Any) -> str:
    return json.dumps(
        part, default=lambda x: x.to_plotly_json() if hasattr(x, "to_plotly_json") else str(x), ensure_ascii=False
    )


def at(server: flask.Flask, page: Any, **address: str) -> str:
    with server.test_request_context("/"):
        return shown(page.layout(**address))


def file(server: flask.Flask, name: str, query: str = "") -> list[dict[str, str]]:
    lines = server.test_client().get(f"/csv/{name}.csv{query}").text.splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith(('"# ', "# "))))


FEW = [Answered((day, 28), 5, 1) for day in range(5)]
EVEN = [Answered((day, slot), 100, 20) for day in range(5) for slot in range(18, 34)]
ONE = [*EVEN[1:], Answered((0, 18), 100, 60)]
FLAT = [Answered(slot, 200, 40) for slot in range(28, 34)]
BEST = [Answered(29, 200, 90), *(each for each in FLAT if each.of != 29)]
WORST = [Answered(29, 200, 5), *(each for each in FLAT if each.of != 29)]


@pytest.mark.parametrize(
    ("week", "fair", "said", "then", "tone"),
    [
        ([], [], "No call has been made here yet", "Widen the filters", "quiet"),
        (FEW, [], "Not enough data: 25 calls so far", "About 125 more calls", "quiet"),
        (EVEN, FLAT, "No hour stands out: 20.0% of 8,000 calls", "about 246 calls in it are needed", "quiet"),
        (ONE, FLAT, "Mon 09:00 ▲ 60.0% against 20.5%", "only there is the hour alone the difference", "quiet"),
        (ONE, BEST, "14:30–15:00: 45.0% of first calls are answered, against 20.0%", "Narrow", "clear"),
        (EVEN, WORST, "No hour stands out", "about 246", "quiet"),  # a bad half hour is no recommendation
    ],
)
def test_the_verdict_recommends_only_what_was_compared_fairly(
    server: flask.Flask, week: Any, fair: Any, said: str, then: str, tone: str
) -> None:
    with server.test_request_context("/"):
        spoken = hours.verdict(Hours(call_week(week), fair_hours(fair), [], []))
    assert said in spoken.sentence
    assert then in spoken.next
    assert spoken.tone == tone


@pytest.mark.parametrize(
    ("told", "said", "then"),
    [
        (Courses([], 0), "Nothing has left yet", "switch on a campaign"),
        (Courses([Course(1, 0, "open")] * 12, 12), "Not enough data: 12 people", "18 more people"),
        (
            Courses([Course(1, 0, "reached")] * 20 + [Course(1, 30, "open")] * 20, 40),
            "After the first attempt 50.0% of the people are reached (33.8–64.2)",
            "harder to reach",
        ),
        (
            Courses([Course(1, 0, "reached")] * 20 + [Course(1, 1, "no")] * 10 + [Course(2, 30, "open")] * 70, 100),
            "After 2 attempts 20.0% of the people are reached",
            "given by a toss",
        ),
    ],
)
def test_a_cadence_is_told_as_far_as_enough_people_went(
    server: flask.Flask, told: Courses, said: str, then: str
) -> None:
    with server.test_request_context("/"):
        spoken = cadence.verdict(told)
    assert said in spoken.sentence
    assert then in spoken.next


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", [hours, cadence, history])
def test_no_page_is_ever_blank(server: flask.Flask, page: Any, language: str) -> None:
    with speaking(language):
        told = at(server, page)
    assert told.count('"href": "#') == 4, "a chart can be linked to; there are four"
    assert "verdict-sentence" in told
    if page is hours:  # three hundred calls: parts of the day, and words where there is too little
        assert {"en": "Not enough data", "ru": "Данных мало", "ro": "Date insuficiente"}[language] in told


def test_too_few_are_blank_and_what_stands_out_is_marked(server: flask.Flask) -> None:
    week = call_week([*ONE, Answered((2, 40), 29, 29)])
    with server.test_request_context("/"):
        wide, tall = Figure(hours_figures.week(week)), Figure(hours_figures.week(week, narrow=True))
    [field] = [text for row in wide.data[0].text for text in row if "▲" in text]
    assert field == "60% ▲"
    hours_shown = list(wide.data[0].x)
    assert hours_shown[0] == "09:00"
    assert hours_shown[-1] == "20:00"
    assert wide.data[0].z[2][hours_shown.index("20:00")] is None, "29 calls"
    assert list(tall.data[0].y) == hours_shown


def test_below_thirty_no_dot_and_below_a_hundred_a_grey_one(server: flask.Flask) -> None:
    dots = [Dot("a", 9, 29), Dot("b", 9, 30, "#3B82C4"), Dot("c", 9, 100, "#3B82C4")]
    with server.test_request_context("/"):
        upright, flat = Figure(columns(dots)), Figure(rows(dots, narrow=True))
    [marks] = upright.data
    assert (list(marks.x), list(marks.marker.color)) == ([1, 2], ["#868e96", "#3B82C4"])
    assert marks.error_y.array[1] == pytest.approx(0.162 - 0.09, abs=0.001)
    assert "too few: n" in flat.layout.annotations[0].text


def test_the_curves_begin_with_everybody_and_end_where_nobody_is_left(server: flask.Flask) -> None:
    told = Courses([Course(1, 0, "reached")] * 20 + [Course(2, 4, "no")] * 5 + [Course(3, 9, "open")] * 75, 100)
    with server.test_request_context("/"):
        curve = Figure(cadence_figures.open_curve(told.still_open("attempts"), "attempt")).data[-1]
        bars = Figure(cadence_figures.hazards(told.still_open("attempts"))).data[-1]
        ends = Figure(cadence_figures.ends(*told.came_to("attempts")))
    assert list(curve.x) == [0.0, 1, 2, 3, 3.7]
    assert list(curve.y) == pytest.approx([1.0, 0.8, 0.8, 0.8, 0.8])
    assert list(bars.y) == pytest.approx([0.2, 0, 0])
    assert [text.text for text in ends.layout.annotations] == ["<b>Reached</b> 20.0%", "<b>Asked us to stop</b> 5.0%"]


def test_each_file_has_the_numbers_of_its_chart(server: flask.Flask, db: Database) -> None:
    told = queries.hours(db, NOW, Filters(campaign="meetings"))
    week = [row for row in file(server, "hours-week", "?campaign=meetings") if row["attempts"] == "all"]
    assert [(int(row["weekday"]), row["at"], int(row["tried"])) for row in week] == [
        (spot.weekday, spot.at, spot.tried) for spot in told.week.spots
    ]
    assert [int(row["answered"]) for row in file(server, "hours-mails", "?campaign=meetings")] == [
        each.answered for each in told.mails
    ]
    assert [row["benchmark"] for row in file(server, "hours-executives")] == ["0.25", "0.25"]
    steps = cadence_queries.courses(db, NOW, Filters()).still_open("attempts")
    for name in ("cadence-attempts", "cadence-hazards", "cadence-ends"):
        assert [int(row["reached"]) for row in file(server, name)] == [step.events for step in steps], name
    assert sum(int(row["reached"]) for row in file(server, "cadence-days")) == sum(step.events for step in steps)


def test_the_past_is_told_by_line_and_channel(server: flask.Flask, db: Database) -> None:
    calls = [row for row in file(server, "history-months") if row["channel"] == "call"]
    assert {(row["line"], row["year"], row["people"], row["yes"]) for row in calls} >= {
        ("", "2008", "85", "9"),
        ("", "2009", "45", "5"),
        ("cellular", "2008", "45", "5"),
        ("unknown", "2008", "40", "4"),
    }
    assert "130 people were called" in at(server, history)
    assert "90 people were called" in at(server, history, line="cellular")
    assert "130 people were called" in at(server, history, line="<script>", channel="pigeon"), (
        "nonsense chooses nothing"
    )
    mails = at(server, history, channel="email", line="cellular")
    assert "30 people were written to 60 times" in mails
    assert "history-lines" not in mails, "a mail goes to no line"
    assert past(db, PastFilters("email")).total.yes == 3


def test_without_a_past_the_page_says_how_to_bring_one(sqlite_template: Path, tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{copy(sqlite_template, tmp_path / 'empty.db')}")
    page = at(create_board(empty, lambda: NOW, practice=True), history)
    assert "opportune --practice import --history examples/bank/bank-full.csv.gz" in page
    empty.close()
