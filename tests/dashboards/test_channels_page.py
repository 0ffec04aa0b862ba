"""Does the page about call or email claim no more than is known, and do chart, table and file agree?"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from math import inf
from pathlib import Path
from shutil import copy
from typing import Any

import flask
import pytest
from plotly.graph_objects import Figure
from sqlalchemy import text
from statsmodels.stats.proportion import confint_proportions_2indep
from support_board import NOW, seed

from dashboards.app import create_board
from dashboards.kit.language import LANGUAGES, speaking
from dashboards.pages import channels
from dashboards.pages import channels_figures as figures
from dashboards.pages.channels_truth import NOTE
from dashboards.pages.channels_verdict import state_of, verdict
from opportune.rules.facts import DAY
from opportune.statistics import Estimate, Look, Ratio
from opportune.store import models as m
from opportune.store import notes
from opportune.store.board import Filters
from opportune.store.board.cells import Cell
from opportune.store.board.evidence import WEEK, Evidence, evidence, weigh
from opportune.store.board.firsts import by_value, goal_costs
from opportune.store.db import Database

MONDAY = NOW - NOW % WEEK + 4 * DAY - 40 * WEEK
TRUTH = {"campaign": "meetings", "goal": "meeting", "status": "staff", "people": 100, "call": 16.0, "email": 15.0}


@pytest.fixture(scope="module")
def db(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """240 people, half of them by lot; a colleague chose for a few, and every attempt costs something."""
    database = Database(f"sqlite:///{copy(sqlite_template, tmp_path_factory.mktemp('channels') / 'channels.db')}")
    seed(database, 240)
    with database.write() as session:
        for touch in session.query(m.Touch).filter(m.Touch.sent_at.is_not(None)):
            price = 0.5 if touch.channel == "call" else 0.001
            session.add(m.TouchCost(touch_id=touch.id, kind="minutes", amount=price, currency="EUR"))
        of_rules = session.query(m.Decision).filter(m.Decision.mode == "policy", m.Decision.first)
        for decision in of_rules.order_by(m.Decision.id).limit(5):
            decision.mode = "manual"
    notes.put(database, NOTE, [TRUTH])
    yield database
    database.close()


@pytest.fixture(scope="module")
def server(db: Database) -> flask.Flask:
    return create_board(db, lambda: NOW, practice=True)


def rows(db: Database, query: str) -> list[Any]:
    with db.read() as session:
        return list(session.execute(text(query)))


def over(db: Database) -> list[Any]:
    """(mode, channel, goal met in time, cost in time) of everybody whose window is over: plain SQL over plain rows."""
    return rows(
        db,
        f"""
        SELECT d.mode, d.channel, c.goal, co.status,
          EXISTS (SELECT 1 FROM outcome o WHERE o.enrolment_id = d.enrolment_id AND o.kind = 'goal_met'
                  AND o.at >= d.at AND o.at < d.at + 86400 * w.days) AS met,
          (SELECT coalesce(sum(tc.amount), 0) FROM touch t JOIN touch_cost tc ON tc.touch_id = t.id
           WHERE t.enrolment_id = d.enrolment_id AND t.sending_at < d.at + 86400 * w.days) AS cost
        FROM decision d JOIN campaign c ON c.id = d.campaign_id JOIN contact co ON co.id = d.contact_id
        JOIN (SELECT 'meetings' AS key, 14 AS days UNION SELECT 'clarify', 7) w ON w.key = c.key
        WHERE d.verdict = 'act' AND d.first AND d.at - d.at % 86400 + 86400 * (1 + w.days) <= {NOW}""",
    )


def shares(found: list[Any]) -> tuple[int, int, int, int]:
    """(goals, people) called first, (goals, people) written to first."""
    sides = [[row.met for row in found if row.channel == channel] for channel in ("call", "email")]
    return sum(sides[0]), len(sides[0]), sum(sides[1]), len(sides[1])


def csv_of(server: flask.Flask, name: str) -> list[dict[str, str]]:
    lines = server.test_client().get(f"/csv/{name}.csv").text.splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith(('"# ', "# "))))


# ---- the evidence


def test_only_those_whom_the_lot_decided_are_compared(db: Database, server: flask.Flask) -> None:
    tossed = [row for row in over(db) if row.mode == "explore"]
    k1, n1, k0, n0 = shares(tossed)
    low, high = confint_proportions_2indep(k1, n1, k0, n0, compare="diff", method="newcomb")
    (row,) = [row for row in csv_of(server, "channels-forest") if row["measure"] == "sample"]
    expected = (k1 / n1 - k0 / n0, low, high, n1 + n0)
    assert tuple(float(row[name]) for name in ("difference", "low", "high", "people")) == pytest.approx(
        expected, abs=1e-5
    )
    found = evidence(db, NOW, Filters())
    assert found.compared == len(tossed) > 40
    assert found.manual == 5


def test_the_raw_difference_counts_everybody(db: Database, server: flask.Flask) -> None:
    k1, n1, k0, n0 = shares(over(db))
    (row,) = [row for row in csv_of(server, "channels-forest") if row["measure"] == "raw"]
    assert row["kind"] == "biased"
    assert float(row["difference"]) == pytest.approx(k1 / n1 - k0 / n0, abs=1e-6)


def test_nobody_is_lost_between_the_counts(db: Database) -> None:
    found = evidence(db, NOW, Filters())
    [(decided,)] = rows(db, "SELECT count(DISTINCT enrolment_id) FROM decision WHERE verdict = 'act' AND first")
    assert found.decided == decided
    assert sum(found.drawn) == found.compared + found.maturing
    assert sum(side.people for side in found.sides) == len(over(db))


def test_a_filter_narrows_everything(db: Database) -> None:
    meeting = evidence(db, NOW, Filters(goal="meeting", status="staff"))
    assert {(s.goal, s.status) for s in meeting.segments} <= {("meeting", "staff")}
    tossed = [r for r in over(db) if (r.mode, r.goal, r.status) == ("explore", "meeting", "staff")]
    assert meeting.compared == len(tossed)
    assert evidence(db, NOW, Filters(campaign="no such campaign")).decided == 0


def test_costs_are_of_those_by_lot_and_within_the_window(db: Database, server: flask.Flask) -> None:
    for row in csv_of(server, "channels-costs"):
        mine = [
            r for r in over(db) if r.channel == row["first"] and (row["whose"] == "everybody" or r.mode == "explore")
        ]
        assert float(row["cost_per_goal"]) == pytest.approx(
            sum(r.cost for r in mine) / sum(r.met for r in mine), abs=1e-5
        )
        assert float(row["low"]) < float(row["cost_per_goal"])
    assert set(goal_costs(db, NOW, Filters())) == {"call", "email"}


def test_each_value_counts_its_own_people(db: Database, server: flask.Flask) -> None:
    counted = Counter((r.status, r.channel) for r in over(db))
    met = Counter((r.status, r.channel) for r in over(db) if r.met)
    found = [row for row in csv_of(server, "channels-by") if row["by"] == "status"]
    assert {(r["value"], r["first"]): int(r["people"]) for r in found} == counted
    assert {(r["value"], r["first"]): int(r["goal"]) for r in found if int(r["goal"])} == met
    assert sum(row.side.people for row in by_value(db, NOW, Filters(), "hour")) == len(over(db))


def test_known_and_overlap_files_are_the_same_people(db: Database, server: flask.Flask) -> None:
    known = {row["first"]: int(row["people"]) for row in csv_of(server, "channels-known")}
    assert known == Counter(row.channel for row in over(db))
    chances = csv_of(server, "channels-overlap")
    assert sum(int(row["call"]) + int(row["email"]) for row in chances) == sum(r.mode != "manual" for r in over(db))
    assert [float(row["chance_of_call"]) for row in chances] == [0.25, 0.75]


# ---- what may be said


def world(
    call: tuple[int, int], email: tuple[int, int], weeks: int = 8, mode: str = "explore", **more: Any
) -> Evidence:
    """So many (goals, people) a week of each channel."""
    cells = [
        Cell(
            (more.get("chance", 0.9), mode, "meeting", "staff", channel, MONDAY + week * WEEK),
            more.get("matured", True), n, n, k, k, k, 0, 0, 1.0,
        )
        for week in range(weeks)
        for channel, (k, n) in (("call", call), ("email", email))
    ]  # fmt: skip
    return weigh(cells, MONDAY + (weeks + 2) * WEEK)


STATES = [
    ("nobody", weigh([], NOW)),
    ("no_lot", world((5, 90), (3, 80), mode="policy", chance=None)),
    ("broken", world((5, 90), (3, 40))),  # a fair coin does not fall like that
    ("early", world((0, 90), (0, 90), matured=False)),
    ("small", world((0, 3), (1, 3))),  # six people a week
    ("open", world((40, 300), (36, 300), weeks=3)),
    ("open", world((40, 300), (36, 300))),  # known to three points already, and a finer answer takes long
    ("open", world((0, 300), (1, 300), weeks=2)),  # goals too few for a look, people enough to wait for
    ("equal", world((1_000, 10_000), (1_010, 10_000))),
    ("clear", world((300, 1_000), (200, 1_000))),
    ("clear", world((200, 1_000), (300, 1_000))),
]


@pytest.mark.parametrize(("state", "found"), STATES, ids=[f"{i}-{state}" for i, (state, _) in enumerate(STATES)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_is_said_in_every_language(state: str, found: Evidence, language: str) -> None:
    assert state_of(found) == state
    with speaking(language):
        said = verdict(found, state)
    assert said.sentence
    assert said.next
    assert "{" not in said.sentence + said.next
    assert said.tone == {"clear": "clear", "broken": "alarm"}.get(state, "quiet")


def test_the_wait_is_said_in_weeks_and_people() -> None:
    found = world((40, 300), (36, 300), weeks=3)
    with speaking("en"):
        assert verdict(found, "open").sentence == (
            "No difference shown yet: about 9 more weeks at this pace, or 3,100 more people decided by a toss."
        )


def test_only_the_always_valid_interval_speaks_in_the_headline() -> None:
    """Here a fixed interval already leaves out nought: whoever looks each week would have cried wolf."""
    found = world((30, 200), (20, 200), weeks=4)
    assert found.aipw is not None
    assert found.today is not None
    assert found.aipw.low > 0 > found.today.low
    assert state_of(found) == "open"


def test_winners_are_named_the_right_way_round() -> None:
    with speaking("en"):
        assert verdict(world((300, 1_000), (200, 1_000)), "clear").sentence.startswith(
            "Calling first works better: +10"
        )
        assert verdict(world((200, 1_000), (300, 1_000)), "clear").sentence.startswith("Writing first works better")


# ---- the page


def shown(server: flask.Flask, **address: str) -> str:
    with server.test_request_context("/"):
        page = channels.layout(**address)
        return json.dumps(
            page, default=lambda x: x.to_plotly_json() if hasattr(x, "to_plotly_json") else str(x), ensure_ascii=False
        )


def test_the_trap_is_shown_only_where_the_truth_is_known(db: Database, server: flask.Flask) -> None:
    assert "the truth is +1" in shown(server)
    assert "the truth is" not in shown(server, campaign="clarify")  # nobody worked it out for this one
    real = create_board(db, lambda: NOW, practice=False)
    assert "the truth" not in shown(real)


def test_a_small_company_is_told_once_and_shown_what_is_known(server: flask.Flask) -> None:
    page = shown(server)
    assert page.count("At this size the question has no answer") == 1
    assert "channels-known" in page
    assert "channels-overlap-card" not in page


def test_many_people_get_the_whole_comparison(server: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "evidence", lambda *_: world((40, 300), (36, 300)))
    page = shown(server)
    for name in ("forest", "time", "overlap", "costs", "by"):
        assert f"channels-{name}-card" in page
    assert "channels-known-card" not in page


@pytest.mark.parametrize("by", ["goal", "status", "campaign", "source", "script", "hour", "nonsense"])
def test_every_cut_has_its_table(server: flask.Flask, by: str) -> None:
    assert "What was, by first channel" in shown(server, by=by)


def test_an_unknown_choice_in_the_address_is_everything(server: flask.Flask) -> None:
    assert shown(server, goal="<script>", period="999", campaign="nobody") == shown(server)


# ---- the figures


def test_the_biased_row_is_a_grey_cross_and_the_headline_stands_out() -> None:
    whole = [figures.ForestRow("raw", "Raw", Estimate(0.08, 0.07, 0.09, 100), "biased"),
             figures.ForestRow("always", "Always", Estimate(0.01, -0.02, 0.04, 100), "headline")]  # fmt: skip
    figure = Figure(figures.forest(whole, truth=0.01))
    raw, always = figure.data
    assert (raw.marker.symbol, raw.marker.color) == ("x-thin", figures.GREY)
    assert always.marker.size > raw.marker.size
    assert always.error_x.array == (0.03,)
    assert figure.layout.xaxis.range[1] > 0.09
    assert any("+1.0" in (note.text or "") for note in figure.layout.annotations)


def test_a_part_may_stick_out_of_the_forest() -> None:
    wide = figures.ForestRow("m/s", "Part", Estimate(0.2, -0.9, 0.9, 30), "part")
    narrow = figures.ForestRow("raw", "Raw", Estimate(0.02, 0.01, 0.03, 900), "biased")
    assert Figure(figures.forest([narrow, wide])).layout.xaxis.range[1] < 0.1
    assert (
        len(Figure(figures.forest([narrow, wide], narrow=True)).layout.annotations) == 4
    )  # a label each, and both ends


def test_the_band_is_as_wide_as_the_looks() -> None:
    looks = [Look(2_900 + i, 100 * (i + 1), 0.01, -0.1 + i / 100, 0.12 - i / 100, 1.0) for i in range(3)]
    high, low, line = Figure(figures.over_time(looks)).data
    assert high.y == pytest.approx((0.12, 0.11, 0.1))
    assert low.y == pytest.approx((-0.1, -0.09, -0.08))
    assert line.y == (0.01, 0.01, 0.01)


def test_a_cost_without_an_upper_end_says_at_least() -> None:
    figure = Figure(figures.costs({"call": Ratio(12.0, 8.0, inf), "email": Ratio(3.0, 2.0, 5.0)}))
    said = [note.text for note in figure.layout.annotations]
    assert "<b>€12.00 (at least €8.00)</b>" in said
    assert "<b>€3.00 (€2.00 to €5.00)</b>" in said
    assert figures.cost_said(Ratio(None, 0.0, inf)) == "no goal met yet"
