"""The commands about templates, as programs: what they say, and how they end."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support_commands import opportune

from opportune.settings import ROOT


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """One template with a fault in its fifth line."""
    mail = tmp_path / "templates" / "mail"
    shutil.copytree(ROOT / "templates" / "mail" / "after_talk", mail / "after_talk")
    for frame in (ROOT / "templates" / "mail").glob("_frame.*"):
        shutil.copy(frame, mail)
    body = mail / "after_talk" / "body.txt"
    body.write_text(body.read_text("utf-8").replace("campaign.offer", "campaign.ofer"), "utf-8")
    return tmp_path / "templates"


def test_lint_names_file_line_field_and_remedy(tmp_path: Path, templates: Path) -> None:
    said = opportune(tmp_path, "mail", "lint", OPPORTUNE_TEMPLATES=str(templates), OPPORTUNE_SECRET="")
    assert said.code == 1
    assert f"{templates}/mail/after_talk/body.txt:5: campaign.ofer: There is no field `campaign.ofer`" in said.words
    assert "Did you mean `campaign.offer`?" in said.words
    told = opportune(tmp_path, "mail", "lint", "after_talk", "--json", OPPORTUNE_TEMPLATES=str(templates))
    assert [(each["line"], each["code"]) for each in told.json["problems"]] == [(5, "name_unknown")]


def test_lint_of_a_good_one_ends_well_and_leaves_nothing_behind(tmp_path: Path) -> None:
    said = opportune(tmp_path, "mail", "lint", "first_proposal", OPPORTUNE_SECRET="")
    assert (said.code, said.err) == (0, "")
    assert said.words == f"ok {ROOT}/templates/mail/first_proposal"
    assert list(tmp_path.iterdir()) == []


def test_a_preview_is_a_page_and_a_test_goes_to_nobody_unasked(tmp_path: Path) -> None:
    said = opportune(tmp_path, "mail", "preview", "last_mail", "--out", "page.html", "--json")
    assert said.json == {"file": "page.html", "subject": "My last mail on this: A review of your service desk",
                         "problems": []}  # fmt: skip
    assert "May I close the matter for now?" in (tmp_path / "page.html").read_text("utf-8")
    refused = opportune(tmp_path, "mail", "test", "last_mail", "--to", "eve@firm.example")
    assert (refused.code, refused.out) == (1, "")
    assert "OPPORTUNE_TEST_ADDRESSES names nobody yet" in refused.words


def test_a_template_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    said = opportune(tmp_path, "mail", "preview", "last_mial")
    assert said.code == 1
    assert "Did you mean `last_mail`?" in said.words
