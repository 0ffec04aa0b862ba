"""Do people and programs read what mails brought to our site, each figure with the number it is of (F4)?"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from support_commands import opportune
from support_world import add_person, make_world, plan_everything, publish

from opportune.store import models as m
from opportune.store.db import Database


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """One mail, four clicks of likely people and one of a machine, three visits of which one was gone at once."""
    home = tmp_path_factory.mktemp("home")
    (home / "opportune.db").write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{home / 'opportune.db'}")
    world = make_world(db, home)
    publish(world, "clarifications")
    add_person(world, status="staff", interest="cold")
    plan_everything(world)
    with db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.state, touch.sent_at = "sent", world.clock.now()
        clicks = [
            m.MailClick(touch_id=touch.id, at=touch.sent_at, machine=why) for why in (None, None, None, None, "head")
        ]
        session.add_all(clicks)
        session.flush()
        for click, seconds in zip(clicks, (5, 40, 120), strict=False):
            session.add(m.MailVisit(click_id=click.id, touch_id=touch.id, at=click.at, pages=1, seconds=seconds))
    db.close()
    return home


def test_a_person_reads_each_figure_with_the_number_it_is_of(home: Path) -> None:
    said = opportune(home, "mail", "visits", OPPORTUNE_SITES='["https://brightdesk.example"]')
    assert said.code == 0
    assert said.words == (
        "clarifications mails: 1; likely people followed a link in 1 visits told with consent: 3; "
        "time in sight, median: 40 s; gone at once: 1, 33% (95 %: 6% to 79%)"
    )


def test_a_program_reads_the_same(home: Path) -> None:
    said = opportune(home, "mail", "visits", "clarifications", "--json")
    [found] = said.json["visits"]
    assert found.pop("bounce_95") == pytest.approx([0.0615, 0.7923], abs=1e-3)
    assert found == {"campaign": "clarifications", "mails": 1, "followed": 1, "visits": 3, "median": 40, "bounced": 1}


def test_whoever_named_no_site_or_no_campaign_is_told_what_to_do(home: Path) -> None:
    assert "name yours in OPPORTUNE_SITES" in opportune(home, "mail", "visits").words
    unknown = opportune(home, "mail", "visits", "nowhere")
    assert (unknown.code, "nowhere" in unknown.words) == (1, True)
