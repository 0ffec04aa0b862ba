"""Does each page answer over real rows, through the same requests that a browser makes?"""

from __future__ import annotations

import csv
import json
from typing import Any

import flask
import pytest
from dash.dcc import Graph
from plotly.graph_objects import Figure
from support_board import NOW, seed

from dashboards.app import PAGES, create_board
from dashboards.kit.choices import Choice, choice
from dashboards.kit.format import size
from dashboards.pages import decisions, overview, waiting
from opportune.rules.facts import DAY
from opportune.store import board as queries
from opportune.store import models as m
from opportune.store import notes
from opportune.store.board.choices import versions
from opportune.store.db import Database

MALLORY = "<script>alert('x')</script> Mallory"


@pytest.fixture
def server(db: Database) -> flask.Flask:
    seed(db, 60)
    return create_board(db, lambda: NOW, practice=True)


def shown(part: Any) -> str:
    return json.dumps(
        part, default=lambda x: x.to_plotly_json() if hasattr(x, "to_plotly_json") else str(x), ensure_ascii=False
    )


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
    server = create_board(db, lambda: NOW, practice=True)
    assert "opportune import" in at(server, overview)
    assert "Nobody is waiting" in at(server, waiting)
    assert "Find a person" in at(server, decisions)


@pytest.mark.parametrize("narrow", ["0", "1"])
def test_all_words_of_each_chart_are_plotlys(sqlite_template: Any, tmp_path: Any, narrow: str) -> None:
    (tmp_path / "own.db").write_bytes(sqlite_template.read_bytes())
    own = Database(f"sqlite:///{tmp_path / 'own.db'}")
    seed(own, 240)
    server = create_board(own, lambda: NOW, practice=True)
    drawn = 0
    for page in PAGES:
        with server.test_request_context("/", headers={"Cookie": f"narrow={narrow}"}):
            charts = [part for part in page.layout()._traverse() if isinstance(part, Graph)]
        drawn += len([Figure(chart.figure) for chart in charts])  # refuses a word it does not know
    assert drawn > 12
    own.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__.rsplit(".", 1)[1])
@pytest.mark.parametrize("people", [0, 1, 60])
def test_every_page_has_words_for_nobody_for_one_and_for_nonsense(
    sqlite_template: Any, tmp_path: Any, page: Any, people: int
) -> None:
    (tmp_path / "few.db").write_bytes(sqlite_template.read_bytes())
    few = Database(f"sqlite:///{tmp_path / 'few.db'}")
    if people:
        seed(few, people)
    nonsense = dict.fromkeys(
        ("campaign", "version", "goal", "status", "period", "id", "q", "show", "reason", "channel", "line"),
        "-1' OR 1=1 -- \x00 ' 9999999999999999999999",
    )
    server = create_board(few, lambda: NOW, practice=True)
    for address in ({}, nonsense, {"campaign": "meetings", "version": "99999999999999999999", "period": "4w"}):
        assert len(at(server, page, **address)) > 200, address
    few.close()


def test_the_address_chooses_and_nonsense_chooses_nothing(server: flask.Flask, db: Database) -> None:
    [(version, *_)] = versions(db, "meetings")
    with server.test_request_context("/"):
        whole = {"campaign": "meetings", "version": str(version), "goal": "meeting", "status": "staff", "period": "4w"}
        chosen = choice(**whole)
        assert chosen == Choice(**whole)
        assert choice(**chosen.address) == chosen
        assert choice(campaign="clarify", version=str(version)) == Choice(campaign="clarify"), "of another campaign"
        assert choice(campaign="no such", goal="peace", status="king", period="../..", utm="x") == Choice()
        assert chosen.filters(NOW) == queries.Filters(
            "meetings", "meeting", (NOW - 28 * DAY) // DAY * DAY, status="staff", version=version
        )
    page = at(server, overview, goal="meeting", campaign="no such", nonsense="1")
    assert '"value": "meeting"' in page
    assert "no such" not in page


def test_the_overview_says_what_the_queries_say(server: flask.Flask, db: Database) -> None:
    page = at(server, overview, goal="meeting")
    for stage in queries.funnel(db, NOW, goal="meeting"):
        assert f'"children": "{stage.k}"' in page
        assert size(stage.n) in page
    assert "/board/csv/funnel.csv?goal=meeting" in page
    assert "difference" in page


def test_a_changed_filter_brings_a_new_body_and_the_versions_of_the_campaign(server: flask.Flask, db: Database) -> None:
    [(version, *_)] = versions(db, "meetings")
    values = ["meetings", "", "", "", "4w", {"narrow": False}]
    names = [f"choose-{name}" for name in ("campaign", "version", "goal", "status", "period")]
    inputs = [{"id": id, "property": "value", "value": v} for id, v in zip(names, values, strict=False)]
    where = [
        {"id": "_pages_location", "property": it, "value": v} for it, v in (("pathname", "/board/"), ("search", ""))
    ]
    outputs = [("body", "children"), ("choose-version", "data"), ("choose-version", "value")]
    asked = {
        "output": f"..{'...'.join('.'.join(one) for one in outputs)}..",
        "outputs": [{"id": id, "property": it} for id, it in outputs],
        "inputs": [*inputs, {"id": "look", "property": "data", "value": values[5]}],
        "changedPropIds": ["choose-campaign.value"],
        "state": where,
    }
    answer = server.test_client().post("/_dash-update-component", json=asked).get_json()["response"]
    assert "campaign=meetings&period=4w" in json.dumps(answer["body"])
    assert [option["value"] for option in answer["choose-version"]["data"]] == ["", str(version)]


@pytest.mark.parametrize("name", ["funnel", "worked"])
def test_a_file_has_its_definition_on_top(server: flask.Flask, name: str) -> None:
    answer = server.test_client().get(f"/csv/{name}.csv?goal=meeting&period=10w&campaign=%0A%3D1%2B1&lang=ro")
    lines = list(csv.reader(answer.text.splitlines()))
    assert [line[0] for line in lines[1:5]] == [
        "# la sâm., 21 nov. 2026, 12:00 UTC",
        "# date de exersare: nimeni de aici nu este real",
        "# goal: meeting",
        "# period: 10w",
    ], "a line break in the address starts no formula"
    assert len(lines) > 7
    assert server.test_client().get("/csv/secrets.csv").status_code == 404


def test_the_funnels_file_has_the_numbers_of_the_chart(server: flask.Flask, db: Database) -> None:
    lines = server.test_client().get("/csv/funnel.csv").text.splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith(("#", '"#')))
    assert [int(row["people"]) for row in rows] == [s.k for s in queries.funnel(db, NOW)]


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
    assert "time zone unknown" in told if verdict == "held" else True


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
