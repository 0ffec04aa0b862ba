"""Do the scripts we ship pass their own check, and is a bad one told by file and line?"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from opportune.rules.document import read
from opportune.settings import ROOT
from opportune.work import campaigns, mail_source, script_lint

SHIPPED = ROOT / "templates"


def test_every_shipped_script_passes_in_every_language() -> None:
    names = mail_source.names(SHIPPED, "voice")
    assert {"announce", "voicemail"} <= set(names)
    assert script_lint.lint(SHIPPED, {name: script_lint.kind_of(name) for name in names}) == []


@pytest.mark.parametrize("name", ["announce", "voicemail", "connect", "sorry", "goodbye", "never_again"])
def test_each_is_there_in_four_languages(name: str) -> None:
    assert mail_source.languages(SHIPPED, name, "voice") == ["en", "de", "ro", "ru"]


def test_a_bad_script_is_told_by_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "voice" / "announce" / "say.j2"
    file.parent.mkdir(parents=True)
    file.write_text(
        "This is {{ sender.name }} of {{ sender.company }}, 9 ends it.\n{{ campaign.offer }} 1, 2.\nSorry to call."
    )
    [found] = script_lint.lint(tmp_path, {"announce": "announce"})
    assert (found.file, found.line, found.code, found.severity) == (str(file), 3, "apologises", "error")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("{{ person.nam }}", "name_unknown"),
        ("{% for a in range(100) %}{% for b in range(100) %}{{ 'x' * 9999 }}{% endfor %}{% endfor %}", "too_long"),
        ("{{ ''.__class__ }}", "reaches_out"),
        ("{{ person.name ", "template_syntax"),
    ],
)
def test_what_cannot_be_filled_is_told_at_its_line(tmp_path: Path, words: str, code: str) -> None:
    file = tmp_path / "voice" / "announce" / "say.j2"
    file.parent.mkdir(parents=True)
    file.write_text(f"Hello,\n{words}")
    found = script_lint.lint(tmp_path, {"announce": "announce"})
    assert [(each.code, each.file) for each in found] == [(code, str(file))]


def test_a_campaign_is_refused_for_what_it_says(tmp_path: Path) -> None:
    """With its own words in: an offer that comes to the point too late, a script that is impolite."""
    spoken = yaml.safe_load((ROOT / "examples/campaigns/meetings.yaml").read_text())
    spoken["calls"] |= {"shape": "announce", "voicemail": True}
    document = yaml.safe_dump(spoken, allow_unicode=True)
    campaign, _ = read(document, "meetings.yaml", "en")
    assert campaign is not None
    assert script_lint.of_campaign(SHIPPED, campaign, "en") == []
    for each in (SHIPPED / "mail", SHIPPED / "voice"):
        (tmp_path / each.name).mkdir()
        for folder in each.iterdir():
            (tmp_path / each.name / folder.name).symlink_to(folder)
    for folder in ("announce", "voicemail"):
        (tmp_path / "voice" / folder).unlink()
        (tmp_path / "voice" / folder).mkdir()
        (tmp_path / "voice" / folder / "say.j2").write_text("Sorry to disturb you.")
    file = tmp_path / "said.yaml"
    file.write_text(document)
    accepted, problems = campaigns.check([file], templates=tmp_path)
    assert not accepted
    assert {"apologises", "not_introduced"} <= {each.code for each in problems}
