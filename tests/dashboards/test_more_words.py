"""What do sources, compliance and health dare to say, and do their figures show each row?"""

from __future__ import annotations

from typing import Any

import pytest
from plotly.graph_objects import Figure
from support_board import NOW

from dashboards.kit.language import speaking
from dashboards.lengths import Length, lengths
from dashboards.pages import compliance_body, health_body, sources_body
from dashboards.pages.compliance_figures import rates
from dashboards.pages.sources_figures import slopes
from opportune.statistics import Shrunk
from opportune.store.board.asked import Request
from opportune.store.board.credit import RULES, WAYS, Credit
from opportune.store.board.health import Delay, Flow, Health, Held, Queue
from opportune.store.board.permissions import Checked
from opportune.store.board.refused import Domain, OptOuts
from opportune.store.board.sources import SourceRow, Speed


def row(key: str, people: int, goals: int, best: int, worst: int) -> SourceRow:
    likely = Shrunk(goals / max(people, 1), 0.0, 1.0, best, worst)
    return SourceRow(key, "chat", people, 0, goals, likely, Speed(0, 0, None, None), 0, 0, None, 0.0)


@pytest.mark.parametrize(
    ("rows", "said", "tone"),
    [
        ([], "no source can be judged", "quiet"),  # nobody's window is over
        ([row("fair", 0, 0, 1, 1)], "no source can be judged", "quiet"),
        ([row("fair", 29, 9, 1, 1)], "Too few people", "quiet"),  # from 30 on
        ([row("fair", 30, 9, 1, 3)], "No source is clearly the best: fair", "quiet"),
        ([row("form:chat", 300, 90, 1, 1)], "People from chat come to a goal most often: 30.0% of 300", "clear"),
    ],
)
def test_the_verdict_on_sources_claims_no_more_than_is_known(rows: list[SourceRow], said: str, tone: str) -> None:
    with speaking("en"):
        verdict = sources_body.verdict(rows)
    assert said in verdict.sentence
    assert verdict.tone == tone


QUIET = Queue("call", 0, 0, 0, 0, 0, 0, 0, None)
NONE = Delay(0, None, None)


def well(**given: Any) -> Health:
    known = {"queues": (QUIET,), "mails": NONE, "reports": NONE, "repeats": 0, "not_understood": 0, "providers": ()}
    return Health(**known | {"held": (), "flows": (), "size": 0} | given)


LATE = Queue("call", 2, 1, 0, 1, 0, 0, 0, NOW)
STOP, PAUSE, REST = (Held(kind, "", "why", NOW) for kind in ("everything", "mail", "numbers"))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (well(), "Everything leaves in time"),
        (well(flows=(Flow("inbox", 120, None),)), "Everything leaves in time"),  # never ran here: practice
        (well(held=(REST,)), "Everything leaves in time"),  # a number may rest
        (well(flows=(Flow("inbox", 120, NOW - 240),)), "Everything leaves in time"),
        (well(flows=(Flow("inbox", 120, NOW - 241),)), "1 flow has not begun"),
        (well(held=(PAUSE,)), "1 thing waits"),
        (well(held=(PAUSE,), flows=(Flow("inbox", 120, NOW - 999),)), "1 flow has not begun"),
        (well(queues=(LATE,), held=(PAUSE,)), "2 contact attempts are late"),
        (well(queues=(LATE,), held=(PAUSE, STOP)), "Everything is paused: why"),
    ],
)
def test_the_gravest_comes_first(found: Health, said: str) -> None:
    with speaking("en"):
        assert said in health_body.verdict(found, NOW).sentence


CLEAN, BROKEN = Checked(NOW, {"duplicate": 0}), Checked(NOW, {"duplicate": 1, "after_opt_out": 2})
OWED = Request(1, 1, "erase", NOW, NOW - 1)


@pytest.mark.parametrize(
    ("found", "asked", "said", "tone"),
    [
        (None, [], "Nobody has checked yet", "quiet"),
        (CLEAN, [], "all four counters are zero", "clear"),
        (CLEAN, [OWED], "1 request of a person is past its deadline", "alarm"),
        (None, [OWED], "1 request of a person is past its deadline", "alarm"),
        (BROKEN, [OWED], "3 contact attempts should not have left", "alarm"),
    ],
)
def test_what_must_not_happen_comes_before_all_else(
    found: Checked | None, asked: list[Request], said: str, tone: str
) -> None:
    with speaking("en"):
        verdict = compliance_body.verdict(found, asked, NOW)
    assert said in verdict.sentence
    assert verdict.tone == tone


@pytest.mark.parametrize(
    ("domain", "alarm"),
    [
        (Domain("a", 39, 39, 0, 0), False),  # too few to judge
        (Domain("a", 100, 5, 0, 0), False),  # 5 % is the limit
        (Domain("a", 100, 6, 0, 0), True),
        (Domain("a", 100, 0, 0, 2), False),  # two complaints may happen
        (Domain("a", 100, 0, 0, 3), True),
    ],
)
def test_a_domain_alarms_where_it_would_pause_itself(domain: Domain, alarm: bool) -> None:
    assert compliance_body.alarming(domain) is alarm


def test_figures_show_each_row_once() -> None:
    shares = {rule: {way: (0.5 if way in ("call", "email") else 0.0) for way in WAYS} for rule in RULES}
    with speaking("en"):
        lines = Figure(slopes(Credit(40, 9, (), shares)))
        assert len(lines.data) == 2, "ways without credit are left out"
        assert list(lines.data[0].y) == [0.5] * 6
        times = Figure(lengths([Length("a", 1, 60, "n"), Length("b", 0, 0)]))
        assert [list(line.x) for line in times.data] == [[1, 60], [1, 1]], "a logarithm has no zero"
        dots = Figure(rates([("all", OptOuts("", 1, 20)), ("x", OptOuts("x", 0, 10))]))
        assert [dot.x[0] for dot in dots.data] == [50, 0]
        assert dots.data[1].error_x.arrayminus == (0,)
