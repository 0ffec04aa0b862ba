"""Do the explaining commands talk like a colleague, to a program in JSON, and clearly about a mistake?

One home, one process: the streams and exit codes are those of a program.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support_world import EXAMPLES
from typer.testing import CliRunner, Result

from opportune.cli import common
from opportune.cli.common import app
from opportune.settings import settings

SECRET = "a secret of the tests, long enough to sign"
PEOPLE = """Full name,E-mail,Phone,Country,State,City,Seniority,Consent email,Consent automated call,Notes
Ana [bold] Stan,ana@firm.example,+4930231250101,DE,Berlin,Berlin,Executive,yes,yes,
עדי כהן 🌻,adi@firm.example,+4930231250102,DE,Berlin,Berlin,Manager,yes,yes,
Nobody Nowhere,nowhere@firm.example,,,,,,yes,yes,
Ion Stan,ion@firm.example,+4930231250109,DE,Berlin,Berlin,Staff,yes,yes,
Ina Stan,ina@firm.example,+4930231250109,DE,Berlin,Berlin,Staff,yes,yes,
"""


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run one command on a home with five people and a campaign live."""
    home = tmp_path / "house"
    home.mkdir()
    for name, value in {"HOME": str(home), "SECRET": SECRET, "OPERATOR_PHONE": "+442079460999"}.items():
        monkeypatch.setenv(f"OPPORTUNE_{name}", value)
    monkeypatch.setenv("NO_COLOR", "1")
    settings.cache_clear()
    monkeypatch.setitem(common.PLACE, "practice", False)
    sheet = home / "people.csv"
    sheet.write_text(PEOPLE, encoding="utf-8")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words), catch_exceptions=False)

    assert run("import", str(sheet), "--json", "--basis", "asked at the fair").exit_code == 0
    without = ("--without-preflight", "nobody is written to")
    assert run("campaign", "activate", str(EXAMPLES / "meetings.yaml"), *without).exit_code == 0
    return run


def words(result: Result) -> str:
    """Everything it said, without line breaks."""
    return " ".join((result.stdout + result.stderr).split())


def test_why_talks_like_a_colleague(say) -> None:
    told = say("why", "ana@firm.example")
    assert told.exit_code == 0
    assert "Ana [bold] Stan (an executive)" in told.stdout, "a name is no markup"
    assert "Lives in Europe/Berlin, going by the address" in told.stdout
    assert "In no campaign yet." in told.stdout
    russian = say("why", "ana@firm.example", "--language", "ru")
    assert "Часовой пояс Europe/Berlin" in russian.stdout


def test_a_name_from_right_to_left_with_a_flower_stays_whole(say) -> None:
    assert "עדי כהן 🌻" in say("why", "adi@firm.example").stdout
    assert json.loads(say("why", "adi@firm.example", "--json").stdout)["name"] == "עדי כהן 🌻"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("why", "nobody@nowhere.example"), "nobody is known by 'nobody@nowhere.example'"),
        (("why", "030 231250109"), "belongs to 2 people: 4 (Ion Stan), 5 (Ina Stan)"),
        (("why", "1", "--at", "2026-02-30"), "'2026-02-30' is no moment"),
        (("why", "1", "--campaign", "summer"), "there is no campaign 'summer'; there are: meetings"),
        (("why-not", "--campaign", "summer"), "there is no campaign 'summer'"),
        (("campaign", "preview", "summer", "--contact", "1"), "neither the key of a published campaign nor a file"),
        (("campaign", "preview", str(EXAMPLES / "bad" / "five-calls.yaml"), "--contact", "1"), "five-calls.yaml:15"),
    ],
)
def test_a_mistake_is_one_clear_sentence(say, command, says) -> None:
    told = say(*command)
    assert told.exit_code == 1
    assert says in words(told)
    assert json_of(say(*command, "--json")) is None, "nothing half said to a program"


def json_of(result: Result) -> object:
    return json.loads(result.stdout) if result.stdout.startswith("{") else None


def test_why_not_counts_everybody_for_people_and_programs(say) -> None:
    told = say("why-not")
    assert "5 people in all: 0 reachable, 5 waiting, 0 said no." in told.stdout
    assert "their time zone is not known" in told.stdout
    assert "3 Nobody Nowhere" in told.stdout
    found = json.loads(say("why-not", "--json", "--limit", "1").stdout)
    assert {group["group"]: group["people"] for group in found["groups"]} == {"zone": 1, "outside": 4}
    assert all(len(group["examples"]) == 1 for group in found["groups"])


def test_a_preview_is_a_timeline_on_their_clock(say) -> None:
    told = say("campaign", "preview", str(EXAMPLES / "clarifications.yaml"), "--contact", "ana@firm.example")
    assert told.exit_code == 0, told
    assert "Assuming that nobody picks up" in told.stdout
    assert "If they answer, or meet the goal" in told.stdout
    found = json.loads(say("campaign", "preview", "meetings", "--contact", "1", "--days", "20", "--json").stdout)
    assert (found["campaign"], found["days"]) == ("meetings", 20)
    assert found["steps"] or found["then"]["reasons"]
