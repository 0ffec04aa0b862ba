"""Is everything wrong with a template found before anybody gets it, and told with file, line, field and remedy?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support_words import render_mail

from opportune.settings import ROOT
from opportune.work import campaigns, mail_source, safe_render, template_lint

TEMPLATES, MEETINGS = ROOT / "templates", ROOT / "examples" / "campaigns" / "meetings.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one good template, in English and Russian, and the frame."""
    mail = tmp_path / "templates" / "mail"
    for name in ("after_talk", "after_talk.ru"):
        shutil.copytree(TEMPLATES / "mail" / name, mail / name)
    for frame in (TEMPLATES / "mail").glob("_frame.*"):
        shutil.copy(frame, mail)
    return tmp_path / "templates"


def change(root: Path, file: str, old: str, new: str) -> None:
    path = root / "mail" / file
    words = path.read_text("utf-8")
    assert old in words
    path.write_text(words.replace(old, new), "utf-8")


def found(root: Path, **given: object) -> list[tuple[str, int, str, str]]:
    problems = template_lint.lint(root, ["after_talk"], **given)
    assert all(each.message and each.remedy for each in problems)
    return [(str(Path(p.file).relative_to(root / "mail")), p.line, p.key, p.code) for p in problems]


def test_every_template_that_comes_with_us_is_good():
    """In all languages: A11, B4."""
    assert template_lint.lint(TEMPLATES, mail_source.names(TEMPLATES)) == []


@pytest.mark.parametrize(
    "example", sorted((ROOT / "examples" / "campaigns").glob("*.yaml")), ids=lambda path: path.stem
)
def test_the_examples_are_good_with_their_own_words(example):
    assert campaigns.check([example])[1] == []


BODY, MJML, SUBJECT = "after_talk/body.txt", "after_talk/body.mjml", "after_talk/subject.txt"
LAST = "What would be the right next step for you?"


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        # fields: named with the line they stand in
        (BODY, "{{ campaign.offer }}", "{{ campaign.ofer }}", (BODY, 5, "campaign.ofer", "name_unknown")),
        (MJML, "{{ campaign.offer }}", "{{ campaing.offer }}", (MJML, 3, "campaing", "name_unknown")),
        (SUBJECT, "Our talk", "{{ person.nick }}", (SUBJECT, 1, "person.nick", "name_unknown")),
        # a way of a condition that nobody of the three goes
        (BODY, "Hello", "{% if step == 99 %}{{ shoe }}{% endif %}Hello", (BODY, 1, "shoe", "name_unknown")),
        ("_frame.txt", "{{ sender.name }}", "{{ sender.nam }}", ("_frame.txt", 4, "sender.nam", "name_unknown")),
        ("_frame.mjml", "{{ sender.name }}", "{{ sender.nam }}", ("_frame.mjml", 13, "sender.nam", "name_unknown")),
        # braces and tags
        (BODY, LAST, "{% if %}" + LAST, (BODY, 12, "", "template_syntax")),
        (MJML, "</mj-button>", "", (MJML, 1, "", "mjml")),
        # B4
        (BODY, LAST, "Please answer.", (BODY, 1, "text", "questions")),
        (BODY, "One more idea:", "Ready?", (BODY, 12, "text", "questions")),
        (MJML, LAST, "Please answer.", (MJML, 1, "html", "questions")),
        # A11
        (SUBJECT, "Our talk", "Our long and friendly talk of this morning, in which we spoke",
         (SUBJECT, 1, "subject", "subject_long")),
        (SUBJECT, "Our talk", "Our\ntalk", (SUBJECT, 1, "subject", "subject_lines")),
        ("_frame.txt", "> {{ line }}", ">", (BODY, 1, "text", "no_quote")),
        ("_frame.txt", "{{ sender.phone }}", "", (BODY, 1, "text", "no_signature")),
        # what marketing mail must have
        ("_frame.txt", "{{ links.unsubscribe }}", "", (BODY, 1, "text", "no_unsubscribe")),
        ("_frame.mjml", "{{ links.unsubscribe }}", "https://x.example", (MJML, 1, "html", "no_unsubscribe")),
        ("_frame.txt", "{{ sender.postal_address }}", "", (BODY, 1, "text", "no_postal_address")),
        # the HTML
        (MJML, "{{ links.book }}", "http://plain.example", (MJML, 6, "html", "link_not_https")),
        (MJML, "{{ links.book }}", "https://x.example/?q={{ person.name }}", (MJML, 6, "html", "href_not_encoded")),
        (MJML, "<mj-button", '<mj-image src="https://x.example/a.png" />\n<mj-button',
         (MJML, 6, "html", "image_without_alt")),
        (MJML, "<mj-button", "<mj-raw><script>x()</script></mj-raw>\n<mj-button", (MJML, 6, "html", "active_content")),
        (MJML, "<mj-button", "<mj-raw><form></form></mj-raw>\n<mj-button", (MJML, 6, "html", "active_content")),
        (MJML, "Thank you", "Thank you" + " very much" * 11_000, (MJML, 1, "html", "html_long")),
        # an empty field
        (BODY, "{% if person.first_name %} {{ person.first_name }}{% endif %}", " {{ person.first_name }}",
         (BODY, 1, "text", "hole")),
        # whoever wrote the other files
        ("after_talk/meta.yaml", "purpose: marketing", "purpose: fun",
         ("after_talk/meta.yaml", 1, "purpose", "meta_wrong")),
        ("after_talk/meta.yaml", 'about: "', "about: a: b\nx: \"", ("after_talk/meta.yaml", 1, "", "yaml")),
        ("_frame.yaml", "en:", "en: [", ("_frame.yaml", 5, "", "yaml")),
    ],
)  # fmt: skip
def test_each_fault_is_found_where_it_stands(root, file, old, new, problem):
    change(root, file, old, new)
    assert problem in found(root)


def test_the_template_that_is_changed_here_is_good_before(root):
    assert found(root) == []


def test_what_somebody_asked_for_needs_no_way_out(root):
    change(root, "after_talk/meta.yaml", "purpose: marketing", "purpose: requested")
    change(root, "_frame.txt", "{{ frame.unsubscribe }}: {{ links.unsubscribe }}", "")
    assert found(root) == []


def test_a_translation_is_looked_at_too(root):
    change(root, "after_talk.ru/body.txt", "Какой следующий шаг вам удобен?", "Ответьте нам.")
    assert found(root) == [("after_talk.ru/body.txt", 1, "text", "questions")]


@pytest.mark.parametrize("file", ["subject.txt", "body.txt", "body.mjml"])
def test_a_missing_or_unreadable_file_is_named(root, file):
    path = root / "mail" / "after_talk" / file
    path.write_bytes(b"\xff\xfe")
    assert (f"after_talk/{file}", 1, "", "file_unreadable") in found(root)
    path.unlink()
    assert (f"after_talk/{file}", 1, "", "file_missing") in found(root)
    path.write_text("x" * 200_001)
    assert (f"after_talk/{file}", 1, "", "file_unreadable") in found(root)


def test_a_whole_document_brings_its_own_signature(root):
    """Then no frame is put around it."""
    mjml = root / "mail" / "after_talk" / "body.mjml"
    frame = (root / "mail" / "_frame.mjml").read_text("utf-8")
    mjml.write_text(frame.replace("{# body #}", mjml.read_text("utf-8")).replace("{# language #}", "en"), "utf-8")
    text = root / "mail" / "after_talk" / "body.txt"
    assert ("after_talk/body.txt", 1, "text", "no_unsubscribe") in found(root)
    text.write_text((root / "mail" / "_frame.txt").read_text("utf-8").replace("{# body #}", text.read_text("utf-8")))
    assert found(root) == []


@pytest.mark.parametrize(
    ("language", "words"), [("en", "There is no field"), ("ru", "Нет поля"), ("ro", "Nu există câmpul")]
)
def test_problems_are_told_in_the_readers_language(root, language, words):
    change(root, BODY, "campaign.offer", "campaign.ofer")
    [problem] = template_lint.lint(root, ["after_talk"], language=language)
    assert problem.message == f"{words} `campaign.ofer`"
    assert "`campaign.offer`" in problem.remedy


def test_a_loop_without_end_is_an_error_and_nobody_waits_for_it(root, monkeypatch):
    monkeypatch.setattr(safe_render, "CPU_SECONDS", 0.5)
    loops = "{% for a in range(99) %}" * 5 + "{% endfor %}" * 5
    change(root, BODY, "One more idea", f"\n{loops}One more idea")
    assert found(root) == [("after_talk/body.txt", 8, "", "too_slow")]


def test_a_campaign_is_refused_for_its_templates(tmp_path):
    """`campaign check` looks at the templates it names, with the campaign's own words: B4 counts those too."""
    file = tmp_path / "asks.yaml"
    file.write_text(MEETINGS.read_text("utf-8").replace("keep them either way.", "keep them. Interested?"), "utf-8")
    read, problems = campaigns.check([file])
    assert read == []
    assert {problem.code for problem in problems} == {"questions"}
    assert {problem.severity for problem in problems} == {"error"}
    assert "offer" in problems[0].remedy


def test_a_name_that_is_too_long_for_a_subject_is_found_with_the_campaign(tmp_path):
    file = tmp_path / "long.yaml"
    words = MEETINGS.read_text("utf-8").replace("name: Autumn meetings", f"name: {'Autumn meetings ' * 5}")
    file.write_text(words, "utf-8")
    assert {problem.code for problem in campaigns.check([file])[1]} == {"subject_long"}


def test_the_frame_quotes_what_a_mail_answers():
    """A11: on request of whoever sends it."""
    context = {
        **{"called_from": "+12025550123", "cause": None, "step": 2},
        "person": {"name": "Ana Stan", "first_name": "Ana", "company": "", "title": "", "language": "en"},
        "sender": {
            "name": "T",
            "company": "B",
            "email": "t@b.example",
            "phone": "+12025550124",
            "postal_address": "X 1",
        },
        "campaign": {"name": "N", "goal": "meeting", "reason": "share", "offer": "An offer.", "advertiser": "B"},
        "links": {name: f"https://b.example/{name}" for name in ("book", "unsubscribe", "form", "my")},
    }
    _, text, html = render_mail("reminder", context, TEMPLATES)
    assert "My earlier message" not in text + html
    earlier = {"date": "2026-03-04", "lines": ["Twenty <minutes>", "are enough."]}
    _, text, html = render_mail("reminder", context | {"earlier": earlier}, TEMPLATES)
    assert "My earlier message (2026-03-04):\n> Twenty <minutes>\n> are enough.\n" in text
    assert "Twenty &lt;minutes&gt;<br" in html
