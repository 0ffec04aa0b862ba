"""Who may be one person, on a terminal: asked, answered, and taken back."""

from __future__ import annotations

import pytest
from support_commands import opportune
from support_world import add_person, make_world

from opportune.store.db import Database


@pytest.fixture
def home(tmp_path):
    """Ana twice, and two who may be one."""
    home = tmp_path / "home"
    home.mkdir()
    db = Database(f"sqlite:///{home / 'opportune.db'}")
    db.migrate()
    world = make_world(db, home)
    for number, name in ((1, "Jan [Petersen]"), (1, "Jana [Petersen]")):
        add_person(world, number, name=name, email=f"{name[:4].strip()}@firm.example")
    db.close()
    return home


def test_a_pair_is_shown_with_its_reasons_and_answered(home):
    told = opportune(home, "people", "same", "--look").words
    assert "nearly the same name" in told
    assert "#1 Jan [Petersen]" in told
    assert "opportune people merge KEEP GONE" in told
    merged = opportune(home, "people", "merge", "#1", "#2", "--by", "Ana", "--why", "a typing error")
    assert "opportune people unmerge 1" in merged.words
    assert "2 into 1, by Ana: a typing error" in opportune(home, "people", "merges").words
    assert opportune(home, "people", "same", "--json").json == {"pairs": []}
    assert "two people again" in opportune(home, "people", "unmerge", "1", "--why", "sisters").words
    again = opportune(home, "people", "same", "--look", "--json").json
    assert again == {"pairs": [], "people_merged": 0, "people_to_ask_about": 0, "rows_that_came_late": 0}
    assert opportune(home, "people", "merges", "--json").json["merges"][0]["undone_why"] == "sisters"


def test_who_does_not_fit_is_noted_with_its_reason_and_taken_back(home):
    said = opportune(home, "people", "disqualify", "#1", "--by", "Ana", "--why", "a student")
    assert "Decided anew in 0 campaigns" in said.words
    assert "disqualified before; --undo" in opportune(home, *NO_FIT, "a student").words
    assert "They fit after all" in opportune(home, *NO_FIT, "a buyer, too", "--undo").words


NO_FIT = ("people", "disqualify", "#1", "--by", "Ana", "--why")
MISTAKES = [
    # (command, what it tells the reader)
    (("merge", "#1", "nobody@x.example", "--by", "Ana", "--why", "so"), "nobody is known by"),
    (("merge", "#1", "#1", "--by", "Ana", "--why", "so"), "give two"),
    (("merge", "#1", "#2", "--by", "Ana", "--why", " "), "how you know that they are one person"),
    (("disqualify", "#1", "--by", "Ana", "--why", " "), "say how you know"),
    (("apart", "#1", "#1"), "`opportune people merges` names a merge to take back"),
    (("unmerge", "7", "--why", "so"), "`opportune people merges` lists them"),
]


@pytest.mark.parametrize(("command", "told"), MISTAKES)
def test_mistakes_say_what_to_do(home, command, told):
    said = opportune(home, "people", *command)
    assert said.code == 1
    assert told in said.words
