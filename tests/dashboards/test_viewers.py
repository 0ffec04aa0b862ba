"""Does a reader who may see numbers only ever get a name, a number or an address? Everything the board can answer is
asked for, and the raw text of each answer is read."""

from __future__ import annotations

import json
import re
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from support_board import COLLEAGUES, NOW, seed

from dashboards.app import PAGES, create_board
from dashboards.kit.export import FILES
from opportune.store import models as m
from opportune.store.db import Database
from opportune.store.users import User

CLOSED = {"/decisions", "/waiting", "/operators"}
ROWS = {"startRow": 0, "endRow": 100}
GUESSES = {"getRowsRequest": ROWS, "pathname": "/board/", "search": "", "decisions-open": 1, "period": "all"}


@pytest.fixture(scope="module")
def server(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("viewers") / "board.db"
    path.write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{path}")
    seed(db, 120)
    with db.read() as session:
        rows = session.execute(select(m.Contact.name, m.Contact.email, m.Contact.phone)).all()
    server = create_board(db, lambda: NOW, practice=False)
    server.config["SECRETS"] = {value for row in rows for value in row if value}
    yield server
    db.close()


def client(server: flask.Flask, role: str) -> FlaskClient:
    made = server.test_client()
    made.environ_base["opportune.user"] = User(7, "Vera Viewer", "vera@house.example", role)  # type: ignore[assignment]
    return made


def told(server: flask.Flask, text: str) -> list[str]:
    """Whose name, number or address is in it, however the answer wrote their letters."""
    text = unescaped(text).replace("vera@house.example", "")
    known = [secret for secret in server.config["SECRETS"] if secret in text]
    return known + re.findall(r"[\w.]+@example\.com|\+37322\d{6}", text)


def unescaped(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False) if text.startswith(("{", "[")) else text


def page(asking: FlaskClient, path: str, search: str = "") -> str:
    where = {"pathname": f"/board{path}", "search": search}
    outputs = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    asked = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": outputs,
        "inputs": [{"id": "_pages_location", "property": name, "value": value} for name, value in where.items()],
        "changedPropIds": ["_pages_location.pathname"],
    }
    return asking.post("/_dash-update-component", json=asked).get_data(as_text=True)


@pytest.mark.parametrize("path", sorted({page.PATH for page in PAGES}))
@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_no_page_tells_a_viewer_of_a_person(server: flask.Flask, path: str, role: str) -> None:
    answer = page(client(server, role), path, "?id=1&q=a&operator=1&campaign=meetings")
    assert told(server, answer) == []
    own = role == "operator" and path == "/operators"  # of themself an operator may read
    assert ("shows numbers only" in answer) is (path in CLOSED and not own)
    assert not own or not any(f'"{name}"' in answer for name in COLLEAGUES)


def test_the_marketer_sees_the_people_whom_the_viewer_does_not(server: flask.Flask) -> None:
    """Or the tests of this file would find nothing in anything."""
    assert "shows numbers only" not in page(client(server, "marketer"), "/decisions")
    rows = call(client(server, "marketer"), server, "decisions.getRowsResponse")
    assert rows.status_code == 200
    assert told(server, rows.get_data(as_text=True))


def dependencies(server: flask.Flask) -> list[dict[str, Any]]:
    found = client(server, "admin").get("/_dash-dependencies").get_json()
    return [one for one in found if not one["clientside_function"] and "_pages_content" not in one["output"]]


def call(asking: FlaskClient, server: flask.Flask, output: str) -> Any:
    """A callback with whatever may pass for its inputs."""
    one = next(each for each in dependencies(server) if output in each["output"])
    outputs = [name.rsplit(".", 1) for name in one["output"].strip(".").split("...")]
    ids = [{"id": id, "property": name} for id, name in outputs]

    def values(names: list[dict[str, str]]) -> list[dict[str, Any]]:
        return [{**name, "value": GUESSES.get(name["property"], GUESSES.get(name["id"], ""))} for name in names]

    asked = {"output": one["output"], "outputs": ids if one["output"].startswith("..") else ids[0]}
    asked |= {"inputs": values(one["inputs"]), "state": values(one["state"])}
    asked["changedPropIds"] = [f"{it['id']}.{it['property']}" for it in one["inputs"][:1]]
    return asking.post("/_dash-update-component", json=asked)


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_no_callback_tells_a_viewer_of_a_person(server: flask.Flask, role: str) -> None:
    asking = client(server, role)
    outputs = [one["output"] for one in dependencies(server)]
    answers = {output: call(asking, server, output) for output in outputs}
    assert len(answers) >= 4, "the explorer's rows and story, who waits, and the changed filter"
    assert {out: who for out, a in answers.items() if (who := told(server, a.get_data(as_text=True)))} == {}
    closed = [a.status_code for out, a in answers.items() if re.match(r"\.*(decisions|story|waiting)\.", out)]
    assert set(closed) == {403}


def test_no_filter_changes_its_way_into_a_closed_page(server: flask.Flask) -> None:
    GUESSES["pathname"] = "/board/decisions"
    try:
        assert call(client(server, "viewer"), server, "..body.children...choose").status_code == 403
    finally:
        GUESSES["pathname"] = "/board/"


def test_no_file_tells_a_viewer_of_a_person(server: flask.Flask) -> None:
    answers = {name: client(server, "viewer").get(f"/csv/{name}.csv") for name in FILES}
    assert len(answers) >= 5
    assert {answer.status_code for answer in answers.values()} <= {200, 403}
    assert {name: who for name, a in answers.items() if (who := told(server, a.get_data(as_text=True)))} == {}


def test_the_shell_names_only_its_reader_and_offers_only_what_opens(server: flask.Flask) -> None:
    screen = unescaped(client(server, "viewer").get("/_dash-layout").get_data(as_text=True))
    assert told(server, screen) == []
    assert "Vera Viewer" in screen
    assert "/logout" in screen
    assert '"/board/hours"' in screen
    assert not any(f'"/board{path}"' in screen for path in CLOSED)


def test_a_board_without_a_gate_shows_nobody(server: flask.Flask) -> None:
    """Real data, and nobody said who reads: numbers only."""
    assert "shows numbers only" in page(server.test_client(), "/decisions")
