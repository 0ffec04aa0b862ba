"""Is each person's course told as it was: reached, said no, or still open, after so many attempts and days?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from support_board import NOW, seed

from opportune.rules.facts import DAY, HOUR
from opportune.store import models as m
from opportune.store.board import Filters, cadence
from opportune.store.board.cadence import Course, Courses, courses
from opportune.store.bulk import Bulk
from opportune.store.db import Database

START = NOW - 20 * DAY


@dataclass
class Story:
    """Days after the start: `made`, (day, channel, result) of each attempt; `came`, (day, kind) of each outcome."""

    made: list[tuple[int, str, str | None]]
    came: list[tuple[int, str]] = field(default_factory=list)


@pytest.mark.parametrize(
    ("story", "wanted"),
    [
        (Story([(0, "call", "talked")]), Course(1, 0, "reached")),
        (Story([(0, "call", "no_answer"), (3, "call", "interested")]), Course(2, 3, "reached")),
        (Story([(0, "email", None), (4, "call", "busy")], [(2, "reply")]), Course(1, 2, "reached")),  # before the call
        (Story([(0, "email", None)], [(5, "opt_out")]), Course(1, 5, "no")),
        (Story([(0, "call", "talked")], [(1, "opt_out")]), Course(1, 0, "reached")),  # reached first
        (Story([(0, "email", None)], [(-3, "opt_out")]), Course(1, 20, "open")),  # of an earlier campaign
        (Story([(0, "call", "no_answer"), (9, "call", "no_answer")]), Course(2, 20, "open")),
        (Story([(0, "call", "do_not_call")], [(0, "opt_out")]), Course(1, 0, "reached")),  # a no is an answer, too
    ],
)
def test_whatever_came_first_ends_the_course(told: Database, story: Story, wanted: Course) -> None:
    with told.write() as session:
        _tell(session, story)
    [course] = courses(told, NOW, Filters()).told
    assert course == wanted


@pytest.fixture
def told(tmp_path: Any, sqlite_template: Any) -> Any:
    (tmp_path / "told.db").write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{tmp_path / 'told.db'}")
    yield db
    db.close()


def _tell(session: Any, story: Story) -> None:
    campaign = m.Campaign(key="c", name="c", goal="meeting", state="live")
    person = m.Contact(
        name="Ana", status="staff", business=True, interest="cold", bought=False, language="en",
        zones=["Europe/Berlin"], asked_for_contact=False, created_at=START, version=1,
    )  # fmt: skip
    session.add_all([campaign, person])
    session.flush()
    version = m.CampaignVersion(campaign_id=campaign.id, sha="1", document={}, text="", created_at=START)
    session.add(version)
    session.flush()
    ids = {"campaign_id": campaign.id, "contact_id": person.id}
    enrolment = m.Enrolment(**ids, version_id=version.id, since=START, state="active", lot=0.5)
    session.add(enrolment)
    session.flush()
    ids["enrolment_id"] = enrolment.id
    decision = m.Decision(
        **ids, version_id=version.id, rules_version="1", at=START - HOUR, step=1, first=True, verdict="act",
        channel=story.made[0][1], kind="approach", mode="policy", propensities={}, context={}, ruled_out={}, reasons=[],
        changes=[], status="staff", template="approach",
    )  # fmt: skip
    session.add(decision)
    for number, (day, channel, result) in enumerate(story.made, 1):
        at = START + day * DAY
        session.add(m.Touch(
            **ids, key=f"{number}", token=f"{number}", step=number, attempt=1, channel=channel, kind="approach",
            template="approach", automated=False, voicemail=False, state="sent", due_at=at, not_after=at, fence=1,
            sending_at=at, sent_at=at, rules_version="1", result=result, rank=0,
        ))  # fmt: skip
    session.add_all(m.Outcome(**ids, kind=kind, at=START + day * DAY + HOUR) for day, kind in story.came)


def test_the_curves_count_what_the_tables_say(db: Database) -> None:
    """By SQL that shares nothing with ours; on both engines."""
    seed(db, 120)
    told = courses(db, NOW, Filters())
    answered = "'talked', 'interested', 'not_interested', 'secretary'"
    first = f"""SELECT COUNT(*), SUM(CASE WHEN t.result IN ({answered}) OR o.id IS NOT NULL THEN 1 ELSE 0 END)
      FROM touch t LEFT JOIN outcome o ON o.touch_id = t.id AND o.kind = 'reply'
      WHERE t.step = 1 AND t.sent_at IS NOT NULL"""
    with db.read() as session:
        [(people, reached)] = Bulk(session).rows(first)
    one = told.still_open("attempts")[0]
    assert (one.at_risk, one.events, len(told.told)) == (people, reached, people)
    assert one.share == pytest.approx(1 - reached / people)
    assert not told.sampled


def test_filters_choose_by_the_first_decision(db: Database) -> None:
    seed(db, 120)
    everybody = len(courses(db, NOW, Filters()).told)
    parts = [len(courses(db, NOW, Filters(campaign=key)).told) for key in ("meetings", "clarify")]
    assert sum(parts) == everybody
    assert min(parts) > 0
    by_status = [len(courses(db, NOW, Filters(status=s)).told) for s in ("executive", "manager", "staff", "unknown")]
    assert sum(by_status) == everybody
    assert min(by_status) > 0
    old, new = Filters(until=NOW // DAY * DAY - 20 * DAY), Filters(since=NOW // DAY * DAY - 20 * DAY)
    assert len(courses(db, NOW, old).told) + len(courses(db, NOW, new).told) == everybody
    assert courses(db, NOW, Filters(campaign="no such")).told == []


def test_of_very_many_an_even_sample_is_told(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(db, 200)
    everybody = courses(db, NOW, Filters())
    monkeypatch.setattr(cadence, "SAMPLE", 60)
    monkeypatch.setattr(cadence, "PROBES", 90)
    some = courses(db, NOW, Filters())
    assert some.sampled
    assert some.of == everybody.of
    assert 45 <= len(some.told) <= 60
    few = courses(db, NOW, Filters(status="staff"))  # so few among all who were looked through for them
    assert len(few.told) < few.of <= 60
    assert few.sampled
    share, wanted = (told.still_open("attempts")[0].share for told in (some, everybody))
    assert abs(share - wanted) < 0.2


def test_who_said_no_can_no_longer_be_reached() -> None:
    """Ten people: four reached by the first attempt, three said no after it, three are still open after two."""
    told = Courses([Course(1, 0, "reached")] * 4 + [Course(1, 1, "no")] * 3 + [Course(2, 9, "open")] * 3, 10)
    reached, no = told.came_to("attempts")
    assert (reached[1].share, no[1].share) == (pytest.approx(0.4), pytest.approx(0.3))
    assert told.still_open("attempts")[1].share == pytest.approx(0.6)


def test_what_lies_beyond_the_chart_is_open_at_its_end() -> None:
    told = Courses([Course(30, 90, "reached"), Course(1, 2, "reached")], 2)
    assert [step.events for step in told.still_open("attempts")] == [1, 0, 0, 0, 0, 0, 0, 0]
    assert sum(step.events for step in told.still_open("days")) == 1
