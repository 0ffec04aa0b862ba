"""What do the commands of a campaign's life say, to people and to programs? One house, in the order of a real week."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli.test_commands import CAMPAIGNS, WITHOUT
from support_commands import opportune

from opportune.cli.common import user_name

PEOPLE = """Full name,E-mail,Phone,Country,City,Seniority,Lead source,Consent email,Consent automated call
Ana Stan,ana@firm.example,+4930231250101,DE,Berlin,Executive,Spring fair 2025,yes,yes
Bo Holm,bo@firm.example,,DE,Berlin,Staff,Spring fair 2025,yes,yes
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people, and a campaign that one person may not publish for both."""
    home = tmp_path_factory.mktemp("house")
    (home / "people.csv").write_text(PEOPLE, encoding="utf-8")
    text = (CAMPAIGNS / "meetings.yaml").read_text(encoding="utf-8")
    (home / "one.yaml").write_text(text, encoding="utf-8")
    (home / "two.yaml").write_text(text.replace("  most: 2\n", "  most: 1\n", 1) + "canary: 20\n", encoding="utf-8")
    assert opportune(home, "import", home / "people.csv", "--basis", "asked at the fair").code == 0
    return home


def test_a_second_person_approves_and_the_history_tells_who(house: Path) -> None:
    def campaign(*words: object) -> Any:
        return opportune(house, "campaign", *words, OPPORTUNE_APPROVAL_ABOVE="1")

    unnamed = ("campaign", "check", "one.yaml", "--store", "--json")  # whoever sits there is the author
    stored = opportune(house, *unnamed, OPPORTUNE_APPROVAL_ABOVE="1", LOGNAME="ana")
    assert (stored.code, len(stored.json["stored"])) == (0, 1), stored
    alone = campaign("approve", "meetings", "--by", "ana")
    assert (alone.code, "somebody other than ana" in alone.words) == (1, True)
    refused = campaign("activate", "one.yaml", "--by", "ana", "--json")
    assert (refused.code, list(refused.json)) == (1, ["refused"])
    approved = campaign("approve", "meetings", "--by", "boris", "--json")
    assert approved.json == {"sha": stored.json["stored"][0], "approved_by": "boris"}
    unlooked = campaign("activate", "one.yaml", "--by", "ana")
    assert (unlooked.code, "run opportune mail preflight brightdesk.example" in unlooked.words) == (1, True)
    live = campaign("activate", "one.yaml", "--by", "ana", "--note", "first", *WITHOUT, "--json").json
    assert (live["audience"]["people"], live["audience"]["with_phone"], live["moved"]) == (2, 1, 0)

    shown = campaign("show", "meetings")
    assert "Brightdesk asks everybody from Spring fair 2025" in shown.words
    assert "Meant for 2 people (DE 2): 2 can be reached" in shown.words
    assert f"{live['sha'][:12]} live" in shown.words
    assert "by ana, approved by boris" in shown.words

    differs = campaign("diff", "meetings", "two.yaml")
    assert "canary: 0 → 20" in differs.out.splitlines()
    assert "calls.most: 2 → 1" in differs.out.splitlines()
    assert "Of 2 people 0 would change channel" in differs.words

    campaign("approve", "two.yaml", "--by", "ana")
    assert "somebody other than ana" in campaign("approve", "two.yaml", "--by", "ana").words
    campaign("approve", "two.yaml", "--by", "boris")
    second = campaign("activate", "two.yaml", "--by", "ana", "--move", *WITHOUT)
    assert "is live" in second.words
    assert campaign("continue", "meetings", "--json").json == {"state": "live"}
    back = campaign("rollback", "meetings", live["sha"][:10], "--by", "boris", "--json", *WITHOUT)
    assert back.json["sha"] == live["sha"]

    assert campaign("pause", "meetings", "--why", "look first", "--json").json == {"state": "paused"}
    again = campaign("pause", "meetings", "--why", "look first")
    assert (again.code, again.out) == (1, "")
    assert "paused, not live" in again.words
    assert campaign("show", "meetings", "--json").json["paused_why"] == "look first"
    assert campaign("resume", "meetings", "--json").json == {"state": "live", "caught": 0, "stopped": "decide"}
    assert campaign("end", "meetings", "--json").json == {"state": "ended", "people": 0}


def test_where_nobody_is_meant_by_both_one_sentence_says_so(house: Path) -> None:
    text = (house / "one.yaml").read_text(encoding="utf-8")
    (house / "autumn.yaml").write_text(text.replace("Spring fair 2025", "Autumn fair 2025"), encoding="utf-8")
    differs = opportune(house, "campaign", "diff", "one.yaml", "autumn.yaml")
    assert (differs.code, differs.out.splitlines()[-1]) == (
        0,
        "Nobody is meant by both yet, so it makes no difference to anybody.",
    )


def test_where_the_system_knows_no_user_the_history_names_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 2**31 - 7)  # as in a container that runs under a bare number
    assert user_name() == "cli"


def test_two_files_differ_without_a_database(tmp_path: Path) -> None:
    for name, most in (("a", 2), ("b", 1)):
        text = (CAMPAIGNS / "meetings.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(text.replace("  most: 2\n", f"  most: {most}\n", 1), encoding="utf-8")
    said = opportune(tmp_path, "campaign", "diff", "a.yaml", "b.yaml", "--json", OPPORTUNE_SECRET="")
    assert said.json == {"differences": [{"key": "calls.most", "was": "2", "now": "1"}], "effect": None}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml"], "nothing is left behind"


def test_a_program_reads_why_a_file_is_refused(tmp_path: Path) -> None:
    said = opportune(tmp_path, "campaign", "diff", CAMPAIGNS / "meetings.yaml", CAMPAIGNS / "bad" / "no-otherwise.yaml",
                     "--json")  # fmt: skip
    assert (said.code, [each["code"] for each in said.json["problems"]]) == (1, ["otherwise_missing"])


@pytest.mark.parametrize(("language", "remedy"), [("ru", "Может быть, `meeting`?"), ("ro", "Poate `meeting`?")])
def test_errors_come_in_the_language_of_the_house(tmp_path: Path, language: str, remedy: str) -> None:
    bad = CAMPAIGNS / "bad" / "no-such-template.yaml"
    said = opportune(tmp_path, "campaign", "check", bad, OPPORTUNE_LANGUAGE=language)
    assert said.code == 1
    assert f"{bad}:34: words.email" in said.words
    assert remedy in said.words


def test_the_schema_is_one_json_object(tmp_path: Path) -> None:
    schema = opportune(tmp_path, "campaign", "schema").json
    assert schema["properties"]["rules"]["maxItems"] == schema["properties"]["steps"]["maxItems"] == 8
    assert {"required": ["otherwise"]}.items() <= schema["$defs"]["Rule"]["anyOf"][1].items()


def test_an_unknown_campaign_is_a_sentence(house: Path) -> None:
    said = opportune(house, "campaign", "show", "nowhere")
    assert (said.code, said.out) == (1, "")
    assert "there is no campaign 'nowhere'" in said.words
