"""Does each page answer over real rows, through the same requests that a browser makes?"""

from __future__ import annotations

import csv
import json
from typing import Any

import flask
import pytest
from support_board import NOW, seed

from dashboards.app import create_board
from dashboards.kit.choices import Choice, choice
from dashboards.kit.format import size
from dashboards.pages import decisions, overview, waiting
from opportune.store import board as queries
from opportune.store import models as m
from opportune.store import notes
from opportune.store.db import Database

MALLORY = "<script>alert('x')</script> Mallory"


@pytest.fixture
def server(db: Database) -> flask.Flask:
    seed(db, 60)
    return create_board(db, lambda: NOW, practice=True)


def shown(part: Any) -> str:
    return json.dumps(part.to_plotly_json(), default=lambda inner: inner.to_plotly_json(), ensure_ascii=False)


def at(server: flask.Flask, page: Any, **address: str) -> str:
    with server.test_request_context("/"):
        return shown(page.layout(**address))


def test_the_shell_carries_everything_itself(server: flask.Flask) -> None:
    html = server.test_client().get("/").text
    assert '<html lang="en"' in html
    assert 'href="/board/assets/favicon.svg"' in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html
    with server.test_client().get("/assets/favicon.svg") as icon:
        assert icon.mimetype == "image/svg+xml"


@pytest.mark.parametrize("practice", [True, False])
def test_practice_is_said_on_every_screen_and_only_there(db: Database, practice: bool) -> None:
    notes.put(db, "telephone", "http://127.0.0.1:8060/telephone")
    client = create_board(db, lambda: NOW, practice=practice).test_client()
    screen = client.get("/_dash-layout").text
    assert ("Practice" in screen, "127.0.0.1:8060" in screen) == (practice, practice)


def test_an_empty_database_says_what_to_do(db: Database) -> None:
    server = create_board(db, lambda: NOW, practice=False)
    assert "opportune import" in at(server, overview)
    assert "Nobody is waiting" in at(server, waiting)
    assert "Find a person" in at(server, decisions)


def test_the_address_chooses_and_nonsense_chooses_nothing(server: flask.Flask) -> None:
    page = at(server, overview, goal="meeting", campaign="no such", nonsense="1")
    assert '"value": "meeting"' in page
    assert "no such" not in page.replace("funnel.csv?campaign=no+such", "")


def test_the_overview_draws_what_the_queries_say(server: flask.Flask, db: Database) -> None:
    with server.test_request_context("/"):
        verdict, kpis, _funnel, key, table, csv_link, *_ = overview.draw("", "meeting", "all", {"narrow": False})
    stages = queries.funnel(db, NOW, goal="meeting")
    body = json.dumps(table.data["body"])
    assert all(json.dumps([str(s.k), str(s.n)])[1:-1] in body for s in stages)
    assert f"{words.size(stages[0].n)}, 14 days over" in "".join(shown(entry) for entry in key)
    assert csv_link == "/board/funnel.csv?goal=meeting"
    assert len(kpis) == 5
    assert "difference" in shown(verdict[0])


def test_the_file_has_the_numbers_and_their_definition(server: flask.Flask, db: Database) -> None:
    answer = server.test_client().get("/funnel.csv?goal=meeting&period=10w&campaign=%0A%3D1%2B1")
    lines = list(csv.reader(answer.text.splitlines()))
    assert all(line[0].startswith("# ") for line in lines[:6]), "a line break in the address starts no formula"
    assert "practice data" in answer.text
    head = next(i for i, line in enumerate(lines) if line[0] == "channel")
    assert len(lines[head + 1 :]) == 10
    whole = csv.DictReader(server.test_client().get("/funnel.csv").text.splitlines()[head - 3 :])
    assert [int(row["people"]) for row in whole] == [s.k for s in queries.funnel(db, NOW)]


def test_rows_are_text_and_tell_the_persons_own_time(server: flask.Flask) -> None:
    with server.test_request_context("/"):
        block, said, hint = decisions.serve_rows({"startRow": 0, "endRow": 100}, MALLORY, "", "")
    [row] = block["rowData"]
    assert (row["contact"], said, hint) == (MALLORY, "1 decision", [])
    assert (row["decided"], row["mark"]) in (("Call", "call"), ("Email", "email"))
    assert all(isinstance(value, str) for value in row.values())


@pytest.mark.parametrize(
    ("text", "said"), [("nobody at all", "Nobody here is called"), ("person3@", "no such decision yet")]
)
def test_a_search_without_decisions_says_how_it_stands(server: flask.Flask, text: str, said: str) -> None:
    with server.test_request_context("/"):
        _, count, hint = decisions.serve_rows({"startRow": 0, "endRow": 100}, text, "held", None)
    assert count == "0 decisions"
    assert said in shown(hint[0])


def test_a_decision_is_told_in_numbered_steps(server: flask.Flask, db: Database) -> None:
    rows, _ = queries.decisions(db, start=0, end=100, channel="call")
    with server.test_request_context("/"):
        opened, panel = decisions.tell(rows[-1].id)
    told = shown(panel)
    assert opened
    for said in ("May we contact", "Who decided?", "chance of a call", "their time", "What would have changed it?"):
        assert said.lower() in told.lower(), said
    assert '"title": "Rule ' in told, "rule ids stand behind their sentence"


@pytest.mark.parametrize("verdict", ["held", "never", "wait"])
def test_not_acting_is_told_too(server: flask.Flask, db: Database, verdict: str) -> None:
    [row, *_], _ = queries.decisions(db, start=0, end=1, verdict=verdict)
    with server.test_request_context("/"):
        told = shown(decisions.tell(row.id)[1])
    assert "Nothing was sent or dialled because of this decision." in told
    assert "their time zone is unknown" in told if verdict == "held" else True


def test_what_left_too_late_is_shouted(server: flask.Flask, db: Database) -> None:
    with db.write() as session:
        touch = session.get_one(m.Touch, 1)
        touch.sending_at = touch.not_after + 1
        decision = touch.decision_id
    with server.test_request_context("/"):
        assert "This left outside its window" in shown(decisions.tell(decision)[1])


def test_an_old_link_to_an_erased_decision_says_so(server: flask.Flask) -> None:
    with server.test_request_context("/"):
        assert "There is no decision number 987654" in shown(decisions.tell(987654)[1])


def test_who_waits_is_listed_with_what_to_do(server: flask.Flask) -> None:
    assert "Add the country" in at(server, waiting)
    with server.test_request_context("/"):
        block, said = waiting.serve_rows({"startRow": 0, "endRow": 100}, "needs a time zone")
    assert said == f"{block['rowCount']} people wait"
    assert len({row["id"] for row in block["rowData"]}) == block["rowCount"] == 7


def test_two_boards_in_one_process_keep_their_own_people(server: flask.Flask, tmp_path: Any) -> None:
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    other.migrate()
    empty = create_board(other, lambda: NOW, practice=False)
    assert "Nothing here yet" in at(empty, overview)
    assert "Nothing here yet" not in at(server, overview)
    other.close()
