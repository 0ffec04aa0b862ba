"""Do the files that a template names go along with its mail, and what happens when they cannot?"""

from __future__ import annotations

import email
import email.policy
import shutil
from pathlib import Path

import pytest
from support_world import add_person, make_world, move_clock, only, plan_everything, publish

from opportune.settings import ROOT
from opportune.store import ledger
from opportune.work import enclosed, gate, mail_source, prepare, template_lint
from opportune.work.mail_source import WordsError

PDF = b"%PDF-1.7 three findings"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The templates that come with us; the first mail brings a file along."""
    templates = Path(shutil.copytree(ROOT / "templates", tmp_path / "templates"))
    (templates / "mail/clarification/findings.pdf").write_bytes(PDF)
    name(templates, "[findings.pdf]")
    return templates


def name(templates: Path, files: str) -> None:
    meta = templates / "mail/clarification/meta.yaml"
    kept = [line for line in meta.read_text("utf-8").splitlines() if not line.startswith("attachments")]
    meta.write_text("\n".join([*kept, f"attachments: {files}", ""]), "utf-8")


def leaving(db, home: Path, root: Path) -> tuple[int, list[bytes]]:
    """How many were made ahead, and what passes the gate."""
    world = make_world(db, home, templates=root)
    add_person(world, status="staff", interest="warm")
    publish(world, "clarifications", channels=["email"])
    plan_everything(world)
    now = move_clock(world, only(world, channel="email").due_at)
    ahead = prepare.mails(world, now)
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", now, "test", limit=5)
    with world.db.write() as session:
        return ahead, [words.content for _, words in gate.pass_through(world, session, claimed, now)]


def files_of(content: bytes) -> list[tuple[str | None, str, bytes]]:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    return [(each.get_filename(), each.get_content_type(), each.get_content()) for each in mail.iter_attachments()]


def test_a_file_goes_along_under_its_name(db, tmp_path, root):
    ahead, [content] = leaving(db, tmp_path, root)
    assert ahead == 1
    assert files_of(content) == [("findings.pdf", "application/pdf", PDF)]


def test_a_large_file_goes_along_without_waiting_on_the_disk(db, tmp_path, root, monkeypatch):
    """Ten thousand of them made ahead would be gigabytes."""
    monkeypatch.setattr(enclosed, "AHEAD_MOST", 5)
    ahead, [content] = leaving(db, tmp_path, root)
    assert ahead == 0
    assert len(files_of(content)) == 1


def test_a_language_may_have_a_file_of_its_own(root):
    (root / "mail/clarification.ru/findings.pdf").write_bytes(b"%PDF ru")
    found = [
        enclosed.files(mail_source.load(root, "clarification", each), 10)[0].content for each in ("en", "ru", "ro")
    ]
    assert found == [PDF, b"%PDF ru", PDF]


def test_a_file_that_changed_since_is_another_template(root):
    before = mail_source.fingerprint(root, "mail", "clarification")
    (root / "mail/clarification/findings.pdf").write_bytes(b"%PDF another price")
    assert mail_source.fingerprint(root, "mail", "clarification") != before


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ("[findings.pdf]", None),
        ("[missing.pdf]", "attachment"),
        ("[large.bin]", "attachment"),  # more than may go with a mail
        ("[../meeting/body.txt]", "meta_wrong"),  # out of the folder
        ("[/etc/hostname]", "meta_wrong"),
        ("findings.pdf", "meta_wrong"),  # no list
        ("[7]", "meta_wrong"),
        ("['']", "meta_wrong"),
        ("['..']", "attachment"),  # a folder is no file
    ],
)
def test_a_file_that_cannot_go_along_is_told_before_anybody_waits_for_it(root, files, code):
    with (root / "mail/clarification/large.bin").open("wb") as large:
        large.truncate(30_000_000)
    name(root, files)
    found = template_lint.lint(root, ["clarification"])
    assert {each.code for each in found} == ({code} if code else set())
    assert all(each.file.endswith("meta.yaml") and each.message and each.remedy for each in found)


def test_without_its_file_nothing_is_read(root):
    name(root, "[missing.pdf]")
    with pytest.raises(WordsError, match=r"missing\.pdf"):
        enclosed.files(mail_source.load(root, "clarification", "en"), 10)
