"""What do the commands say, to people and to programs? Run as programs, because exit code and streams are the contract.

The commands that need no database of their own share one home.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support_commands import Said, opportune

from opportune.settings import ROOT

CAMPAIGNS = ROOT / "examples" / "campaigns"
BAD = sorted((CAMPAIGNS / "bad").glob("*.yaml"))
WITHOUT = ("--without-preflight", "nobody is written to")
PEOPLE = """Full name,E-mail,Phone,Country,State,City,Seniority,Lead source,Consent email,Consent automated call
Ana Stan,ana@firm.example,+4930231250101,DE,Berlin,Berlin,Executive,Spring fair 2025,yes,yes
Nobody Nowhere,nowhere@firm.example,,,,,,Spring fair 2025,yes,yes
Bad Row,not an address,,,,,,,,
"""


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """A home with one list imported and one campaign live; and what the import said."""
    home = tmp_path_factory.mktemp("house")
    sheet = home / "people.csv"
    sheet.write_text(PEOPLE, encoding="utf-8")
    imported = opportune(home, "import", sheet, "--json", "--basis", "asked at the fair")
    active = opportune(home, "campaign", "activate", CAMPAIGNS / "meetings.yaml", "--note", "first", *WITHOUT)
    assert (active.code, "live" in active.words) == (0, True), active
    return home, imported


# ---- campaigns: no database, no secret


def test_the_examples_are_fine(tmp_path: Path) -> None:
    files = sorted(CAMPAIGNS.glob("*.yaml"))
    said = opportune(tmp_path, "campaign", "check", *files, fresh=True, OPPORTUNE_SECRET="")
    assert said.code == 0, said
    assert all(f"ok {file}" in said.words for file in files)
    assert list(tmp_path.iterdir()) == [], "a check leaves nothing behind"


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[Said, Said]:
    """What is said of all bad campaigns, to people and to a program."""
    home = tmp_path_factory.mktemp("checks")
    return opportune(home, "campaign", "check", *BAD), opportune(home, "campaign", "check", *BAD, "--json")


@pytest.mark.parametrize(
    ("name", "line", "key", "remedy"),
    [
        ("broken-yaml.yaml", 19, "", "quotes"),  # the quote of line 14 ends only where line 19 begins one
        ("contradiction.yaml", 11, "comparison_sample", "both channels"),
        ("ends-before-start.yaml", 34, "ends", "2026-12-01"),
        ("five-calls.yaml", 15, "calls.most", "4"),
        ("missing-sender.yaml", 26, "sender.postal_address", "postal_address"),
        ("unknown-goal.yaml", 4, "goal", "meeting"),  # the nearest valid one
        ("unknown-key.yaml", 10, "comparison_samples", "comparison_sample"),
        ("wrong-type.yaml", 10, "comparison_sample", "number"),
    ],
)
def test_a_bad_campaign_is_refused_with_file_line_key_and_remedy(refused, name, line, key, remedy):
    to_people, to_programs = refused
    assert to_people.code == to_programs.code == 1
    [told] = [each for each in to_people.out.splitlines() if f"{name}:{line}:" in each]
    assert told.startswith("error")
    assert f"{name}:{line}: {key}" in told
    found = [each for each in to_programs.json["problems"] if each["file"].endswith(name)]
    [problem] = [each for each in found if each["severity"] == "error"]
    assert (problem["line"], problem["key"]) == (line, key)
    assert remedy in problem["message"] + problem["remedy"]
    assert problem["remedy"] in told


def test_every_bad_campaign_is_refused(refused):
    found = refused[1].json["problems"]
    assert {each["file"] for each in found if each["severity"] == "error"} == set(map(str, BAD))
    assert "ok " not in refused[0].out


def test_one_bad_campaign_among_good_ones_is_enough(tmp_path: Path) -> None:
    said = opportune(tmp_path, "campaign", "check", CAMPAIGNS / "meetings.yaml", BAD[0], tmp_path / "none.yaml")
    assert said.code == 1
    assert f"ok {CAMPAIGNS / 'meetings.yaml'}" in said.out
    assert "none.yaml:1: It cannot be read" in said.words


# ---- doctor


def test_the_doctor_names_what_is_missing_and_says_what_to_do(tmp_path: Path) -> None:
    said = opportune(tmp_path, "doctor", OPPORTUNE_SECRET="short", OPPORTUNE_SMTP_HOST="mail.firm.example")
    assert said.code == 1
    lines = {line.split(":")[0][2:]: line for line in said.out.splitlines()}
    assert lines["OPPORTUNE_TWILIO_TOKEN"].startswith("✗")
    assert "set OPPORTUNE_TWILIO_TOKEN to your Auth Token" in lines["OPPORTUNE_TWILIO_TOKEN"]
    assert "OPPORTUNE_SECRET=" in lines["OPPORTUNE_SECRET"]
    assert lines["OPPORTUNE_SMTP_HOST"].startswith("✓")
    assert "run: opportune migrate" in lines["database"]
    assert not (tmp_path / "opportune.db").exists(), "a doctor only looks"
    assert said.words


def test_the_doctor_tells_a_program_the_same(tmp_path: Path) -> None:
    said = opportune(tmp_path, "doctor", "--json")
    found = {finding["what"]: finding for finding in said.json["findings"]}
    assert said.code == 1
    assert found["OPPORTUNE_SECRET"]["good"]
    missing = [finding for finding in found.values() if not finding["good"]]
    assert {"OPPORTUNE_SMTP_HOST", "OPPORTUNE_IMAP_HOST", "law rows"} <= {finding["what"] for finding in missing}
    assert all(finding["remedy"] for finding in missing)


# ---- import, why, status


def test_a_list_comes_in_and_a_program_reads_what_became_of_it(people) -> None:
    home, imported = people
    assert imported.code == 0, imported
    report = imported.json
    assert (report["read"], report["new"], report["rejected"], report["held"]) == (3, 2, 1, 1)
    rejects = Path(report["rejects"]).read_text(encoding="utf-8-sig").splitlines()
    assert rejects[1].startswith("4,"), "the line of the file"
    assert home in Path(report["rejects"]).parents


def test_status_counts_for_a_program(people) -> None:
    said = opportune(people[0], "status", "--json")
    assert said.code == 0, said
    assert (said.json["contacts"], said.json["waiting"]) == (2, 1)
    assert said.json["live_campaigns"] == ["meetings"]
    assert said.json["known_of_people"] == {"industry": 0.0, "size": 0.0, "country": 0.5, "status": 0.5}  # E12
    assert said.json["segments"] == []  # E6: nobody was called yet


def test_a_wrong_header_is_one_sentence_and_imports_nothing(people) -> None:
    home = people[0]
    wrong = home / "wrong.csv"
    wrong.write_text("Who,Where\nAna,Here\n", encoding="utf-8")
    said = opportune(home, "import", wrong, "--json")
    assert (said.code, said.out) == (1, "")
    assert "Who,Where" in said.words
    assert "line 1" in said.words
    assert opportune(home, "status", "--json").json["contacts"] == 2


def test_without_the_secret_an_import_is_refused_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    said = opportune(tmp_path, "import", "people.csv", OPPORTUNE_SECRET="")
    assert (said.code, "OPPORTUNE_SECRET must have at least 32 characters" in said.words) == (1, True)
    assert opportune(tmp_path, "import", "list", OPPORTUNE_SECRET="").words == "No list was imported yet."


def test_a_list_of_noes_comes_in_alone(tmp_path: Path) -> None:
    """E10"""
    no = tmp_path / "no.csv"
    no.write_text("email\nstranger@firm.example\n", encoding="utf-8")
    said = opportune(tmp_path, "import", "--said-no", no, "--json")
    assert (said.code, said.json["said_no"]) == (0, 1)
    neither = opportune(tmp_path, "import")
    assert (neither.code, "--said-no FILE" in neither.words) == (1, True)


def test_a_country_that_does_not_exist_is_refused_before_anything_is_read(people) -> None:
    said = opportune(people[0], "import", people[0] / "people.csv", "--country", "XX", "--dry-run")
    assert (said.code, "--country: 'XX' is not known" in said.words) == (1, True)


def test_practice_data_that_is_not_there_names_the_command_that_makes_it(tmp_path: Path) -> None:
    said = opportune(tmp_path, "--practice", "status")
    assert (said.code, "make demo" in said.words) == (1, True)
    assert not (tmp_path / "practice.db").exists()


def test_nobody_else_on_this_machine_reads_what_is_written_of_people(people) -> None:
    home, imported = people
    assert {(home / "opportune.db").stat().st_mode & 0o77, Path(imported.json["rejects"]).stat().st_mode & 0o77} == {0}


def test_why_tells_who_waits_and_for_what(people) -> None:
    """By mail address for people, by number for programs; nobody was planned yet."""
    waits = opportune(people[0], "why", "nowhere@firm.example")
    assert waits.code == 0, waits
    assert "Nobody Nowhere" in waits.words
    assert "do not know the time zone" in waits.words
    by_phone = opportune(people[0], "why", "030 231250101", "--json")
    assert (by_phone.code, by_phone.json["name"], by_phone.json["status"]) == (0, "Ana Stan", "executive")


def test_why_does_not_know_a_stranger(people) -> None:
    said = opportune(people[0], "why", "nobody@nowhere.example")
    assert (said.code, said.out) == (1, "")
    assert "nobody@nowhere.example" in said.words


def test_a_refused_campaign_does_not_go_live(people) -> None:
    said = opportune(people[0], "campaign", "activate", CAMPAIGNS / "bad" / "five-calls.yaml")
    assert said.code == 1
    assert "five-calls.yaml:15" in said.words
    assert opportune(people[0], "status", "--json").json["live_campaigns"] == ["meetings"]


# ---- settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"OPPORTUNE_SECRET": "short"}, ["OPPORTUNE_SECRET", "32 characters", "doctor"]),
        ({"OPPORTUNE_PORT": "eighty"}, ["OPPORTUNE_PORT"]),
        ({"OPPORTUNE_DATABASE_URL": "sqlite://"}, ["OPPORTUNE_DATABASE_URL", "SQLite needs a file"]),
        ({"OPPORTUNE_DATABASE_URL": "somewhere"}, ["OPPORTUNE_DATABASE_URL", "postgresql+psycopg://"]),  # no URL
        ({"OPPORTUNE_DATABASE_URL": "postgresql://h/x"}, ["postgresql+psycopg://"]),  # a driver that is not ours
        ({"OPPORTUNE_DATABASE_URL": "sqlite:////proc/no/x.db"}, ["/proc/no"]),
        ({"OPPORTUNE_LAW_FILES": '["no-such-law.toml"]'}, ["no-such-law.toml", "OPPORTUNE_LAW_FILES"]),
    ],
)
def test_a_bad_setting_is_a_sentence_and_no_traceback(tmp_path: Path, settings, words) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text(PEOPLE, encoding="utf-8")
    said = opportune(tmp_path, "import", sheet, "--json", **settings)
    assert (said.code, said.out) == (1, ""), said
    for word in words:
        assert word in said.words
