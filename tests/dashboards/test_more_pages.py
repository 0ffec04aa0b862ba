"""What do sources, compliance and health say, and to whom?"""

from __future__ import annotations

import csv
import json
from typing import Any

import flask
import pytest
from support_board import NOW, seed

from dashboards.app import create_board
from dashboards.kit.language import speaking
from dashboards.pages import compliance, health, health_body, sources
from opportune.rules.facts import DAY, HOUR
from opportune.store import audit, notes
from opportune.store import models as m
from opportune.store.board import health as health_queries
from opportune.store.board import permissions as permission_queries
from opportune.store.board import refused
from opportune.store.board import sources as source_queries
from opportune.store.board.cohort import Filters
from opportune.store.db import Database

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EVIL = "<img src=x onerror=alert(1)>"


class Reader:
    """Who is signed in, as the gate says it."""

    def __init__(self, role: str) -> None:
        self.id, self.name, self.role, self.operator_id = 7, "Vera", role, None


@pytest.fixture
def server(db: Database) -> flask.Flask:
    seed(db, 60)
    with db.write() as session:
        session.query(m.Source).one().key = EVIL
        session.add(m.Mailbox(key="sales@acme.example:993", validity=1, uid=1, failed_at=NOW, failed_why="no login"))
        for number in range(3):
            audit.write(session, NOW - number, "anna@acme.example", "set_zone", audit.person(1))
        asked = {"contact_id": 1, "by": "anna@acme.example", "why": "mail", "at": NOW}
        session.add(m.PersonRequest(**asked, kind="erase", due_at=NOW + 5 * DAY))
    return create_board(db, lambda: NOW, practice=False)


def at(server: flask.Flask, page: Any, role: str, **address: str) -> str:
    with server.test_request_context("/", environ_base={"opportune.user": Reader(role)}):
        return json.dumps(page.layout(**address), default=_plain, ensure_ascii=False)


def _plain(part: Any) -> Any:
    return part.to_plotly_json() if hasattr(part, "to_plotly_json") else str(part)


def test_a_viewer_gets_no_address_and_no_name_of_ours(server: flask.Flask) -> None:
    for page in (sources, compliance, health):
        shown = at(server, page, "viewer")
        assert "acme.example" not in shown
    assert "Mailbox not read" in at(server, health, "viewer"), "that something waits may be known"
    assert "decisions?q=1" not in at(server, compliance, "viewer")


def test_who_may_see_more_does(server: flask.Flask) -> None:
    assert "sales@acme.example" in at(server, health, "marketer")
    assert "decisions?q=1" in at(server, compliance, "marketer")
    assert "anna@acme.example" not in at(server, compliance, "marketer"), "who did what is for leads"
    assert "anna@acme.example" in at(server, compliance, "team_lead")
    files = server.test_client()
    for role, seen in (("viewer", False), ("admin", True)):
        told = files.get("/csv/health-held.csv", environ_base={"opportune.user": Reader(role)}).text
        assert ("sales@acme.example" in told) == seen


def test_what_people_typed_is_text_in_every_chart(server: flask.Flask) -> None:
    shown = at(server, sources, "admin")
    figures = [part for part in shown.split('"figure": ') if '"annotations"' in part[:20_000]]
    assert any("&lt;img" in figure for figure in figures)
    assert "<b><img" not in shown


def test_the_health_page_renews_its_body_and_waits_for_a_slow_answer(server: flask.Flask) -> None:
    wires = server.test_client().get("/_dash-dependencies").get_json()
    [renewal] = [wire for wire in wires if wire["inputs"] == [{"id": "health-tick", "property": "n_intervals"}]]
    assert "health-tick" in json.dumps(renewal["running"])
    assert "verdict.children" in renewal["output"]
    assert "health-queue.figure" in renewal["output"]
    with server.test_request_context("/", environ_base={"opportune.user": Reader("viewer")}):
        answers = health.again(1)
    assert len(answers) == len(health.RENEWED)
    assert "contact attempts are late" in json.dumps(answers[0], default=_plain)


def test_practice_says_that_it_did_the_work_of_the_flows_itself(server: flask.Flask, db: Database) -> None:
    practice = create_board(db, lambda: NOW, practice=True)
    assert "practice did its work itself" in at(practice, health, "admin")
    assert "practice did its work itself" not in at(server, health, "admin")


def test_the_past_is_offered_once_there_is_one(server: flask.Flask, db: Database) -> None:
    def navigation() -> str:
        answer = server.test_client().get("/_dash-layout", environ_base={"opportune.user": Reader("viewer")})
        return json.dumps(answer.get_json())

    assert "/board/health" in navigation()
    assert "/board/history" not in navigation()
    with db.write() as session:
        about = {"layout": "bank", "mapping": {}, "options": {}, "counts": {}, "cursor": 1, "started_at": NOW}
        run = m.ImportRun(file="bank.csv", sha="x", state="done", **about)
        session.add(run)
        session.flush()
        told = {"channel": "call", "at": NOW, "times": 1, "result": "talked", "said_yes": True, "seconds": 60}
        session.add(m.PastTouch(run_id=run.id, contact_id=1, **told))
    assert "/board/history" in navigation()


@pytest.mark.parametrize("language", ["en", "ru", "ro"])
def test_every_page_speaks(server: flask.Flask, language: str) -> None:
    said = {"en": "Compliance", "ru": "Соблюдение правил", "ro": "Conformitate"}
    with speaking(language):
        assert said[language] in at(server, compliance, "admin")
        for page in (sources, health):
            assert len(at(server, page, "admin")) > 5_000


def file(server: flask.Flask, name: str) -> list[dict[str, str]]:
    text = server.test_client().get(f"/csv/{name}.csv").text
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith(("#", '"#'))))


def test_each_file_holds_what_the_queries_say(server: flask.Flask, db: Database) -> None:
    [row] = source_queries.sources(db, NOW, Filters())
    [told] = file(server, "sources-goals")
    assert (told["source"], int(told["people"]), int(told["goals"])) == (EVIL, row.people, row.goals)
    [cost] = file(server, "sources-cost")
    assert float(cost["contacts_eur"]) == pytest.approx(row.contacts_cost)
    for queue, line in zip(health_queries.health(db, NOW).queues, file(server, "health-queue"), strict=True):
        assert [int(line[state]) for state in health_body.STATES] == health_body.numbers(queue)
    rates = file(server, "compliance-optouts")
    assert [int(line["attempts"]) for line in rates] == [row.attempts for row in refused.opt_outs(db, NOW, Filters())]


def test_a_counter_that_is_not_zero_says_what_to_do(server: flask.Flask, db: Database) -> None:
    notes.put(db, permission_queries.CHECKED, {"until": NOW - HOUR, "counters": {"after_opt_out": 2}})
    shown = at(server, compliance, "viewer")
    assert "opportune replay --opt-outs" in shown
    assert shown.count("as it must be") == 3
