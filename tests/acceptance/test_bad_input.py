"""Does whatever people hand in get a clear answer, and is nothing lost? One row for each sort of bad input."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from support_world import EXAMPLES, make_world, plan_everything, publish

from opportune.cli import common, register
from opportune.cli.common import app
from opportune.settings import settings
from opportune.store import models as m
from opportune.work import campaigns, importing, why
from opportune.work.world import World

register(["import"])
register(["zone"])
HEADER = "Name,E-mail,Phone,Country,City,Time zone,Notes,Consent date,Consent email\n"
ANA = "Ana,ana@firm.example,+4930231250101,DE,Berlin,,,,yes\n"


@pytest.fixture
def world(db, tmp_path):
    made = make_world(db, tmp_path / "home")
    yield made
    made.close()


def hand_in(world: World, *rows: str) -> importing.ImportReport:
    """A list with a good first row and these after it."""
    sheet = world.settings.home / "people.csv"
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.write_text(HEADER + ANA + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return importing.import_contacts(world, sheet, basis="asked at the fair")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        # an unknown zone is never guessed at
        ("Bo,bo@firm.example,,DE,Berlin,Mars/Olympus,,,yes", "'Mars/Olympus' is no IANA time zone"),
        # a phone in local format, and no country to read it in
        ("Bo,,030 231250102,,,,,,", "a local number needs the country"),
        # a day that does not exist
        ("Bo,bo@firm.example,,DE,Berlin,,,2026-02-30,yes", "'2026-02-30' is no date"),
        # an address that no mail server could take
        ("Bo,bo@@firm,,DE,Berlin,,,,yes", "no usable address"),
        # a country nobody knows
        ("Bo,bo@firm.example,,Atlantis,,,,,yes", "'Atlantis' is not known"),
    ],
)
def test_a_row_that_cannot_be_understood_says_why_and_the_others_come_in(world, row, says):
    report = hand_in(world, row)
    assert (report.read, report.new, report.rejected) == (2, 1, 1)
    assert report.rejects is not None
    with Path(report.rejects).open(encoding="utf-8-sig", newline="") as file:
        [rejected] = list(csv.reader(file))[1:]
    assert rejected[0] == "3", "the line of the file"
    assert says in " ".join(rejected)
    assert "Bo," in rejected[-1], "what was handed in is kept"


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("Bo", "very " * 20_000),  # 100,000 characters
        ("עדי כהן", "הערה"),  # from right to left
        ("مريم \u202eحسن", ""),  # with a mark that turns the direction of what follows
        ("🌻 Bo 👩\u200d👩\u200d👧", "🎉" * 1_000),  # emoji, one of them of several characters
        ("می\u200cلاد", "क्\u200dष"),  # letters joined by unseen marks
        ("[red]Bo[/]", "=cmd|' /C calc'!A0"),  # markup of a terminal, a formula of a spreadsheet
        ("Robert'); drop table Contact;--", "\\"),
    ],
)
def test_long_and_strange_text_comes_in_and_is_told(world, name, notes):
    report = hand_in(world, f'"{name}",bo@firm.example,+4930231250102,DE,Berlin,,"{notes}",,yes')
    assert (report.new, report.rejected) == (2, 0)
    publish(world)
    plan_everything(world)
    story = why.why(world, "bo@firm.example")
    assert story["name"].replace("\u202e", "") == name.replace("\u202e", "")
    with world.db.read() as session:
        assert session.get_one(m.Contact, story["contact"]).notes == (notes.strip() or None), "kept whole"
    assert story["campaigns"][0]["decisions"]


def test_a_number_of_two_people_is_kept_for_both_and_asked_about(world):
    hand_in(world, "Bo,bo@firm.example,+4930231250101,DE,Berlin,,,,yes")
    with pytest.raises(why.NotFound, match=r"belongs to 2 people: 1 \(Ana\), 2 \(Bo\)"):
        why.why(world, "+49 30 231250101")
    assert why.why(world, "bo@firm.example")["name"] == "Bo"


@pytest.mark.parametrize("bad", sorted((EXAMPLES / "bad").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_contradictory_campaign_is_refused_with_line_and_remedy_and_changes_nothing(world, bad):
    publish(world)
    with pytest.raises(campaigns.Refused) as refused:
        campaigns.activate(world, bad, author="test")
    assert all(problem.line >= 1 and problem.message and problem.remedy for problem in refused.value.problems)
    hand_in(world)
    plan_everything(world)
    assert why.why(world, "ana@firm.example")["campaigns"][0]["campaign"] == "meetings"


def test_a_zone_that_does_not_exist_is_refused_on_the_command_line_too(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    monkeypatch.setenv("OPPORTUNE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPPORTUNE_SECRET", "a secret of the tests, long enough to sign")
    monkeypatch.setitem(common.PLACE, "practice", False)
    settings.cache_clear()
    (tmp_path / "people.csv").write_text(HEADER + ANA, encoding="utf-8")
    run = CliRunner().invoke
    assert run(app, ["import", str(tmp_path / "people.csv"), "--basis", "asked"]).exit_code == 0
    wrong = run(app, ["zone", "ana@firm.example", "Mars/Olympus"])
    assert (wrong.exit_code, "Mars/Olympus" in wrong.stderr) == (1, True)
