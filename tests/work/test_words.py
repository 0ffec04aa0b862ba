"""Do templates say who writes, one clear question and the way out, and can nothing in a name break them?"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from support_words import render_mail

from channels.html import MOST_HTML, inlined
from opportune.rules.mail_fields import ANSWER, ASKED
from opportune.settings import ROOT
from opportune.work.words import WordsError, render_voice

TEMPLATES = ROOT / "templates"


def written(channel: str) -> list[tuple[str, str]]:
    """Name and language of every template."""
    found = (each.name.partition(".") for each in (TEMPLATES / channel).iterdir() if each.is_dir())
    return sorted((name, language or "en") for name, _, language in found)


MAILS, SPOKEN = written("mail"), written("voice")
CADENCE = ["first_proposal", "after_voicemail", "after_missed_call", "after_secretary", "after_talk", "clarification",
           "last_mail", "callback_promise"]  # fmt: skip
CAUSES = [None, "talked", "email_please", "secretary", "voicemail_left", "no_answer"]
UNSUBSCRIBE = "https://acme.example/u/abc?x=1&y=2"


def words(cause: str | None = None, **person: str) -> dict[str, object]:
    someone = {"name": "Ana Stan", "first_name": "Ana", "company": "Acme & Sons", "title": "CEO", "language": "en"}
    return {
        "person": someone | person,
        "sender": {
            "name": "Tom Lee",
            "company": "Brightdesk",
            "email": "tom@brightdesk.example",
            "phone": "+12025550124",
            "postal_address": "12 Harbour Street, Boston",
        },
        "campaign": {"name": "Quiet desk", "goal": "meeting", "offer": "A free review.", "advertiser": "Brightdesk"},
        "links": {
            "book": "https://acme.example/b?t=1",
            "unsubscribe": UNSUBSCRIBE,
            "form": "https://acme.example/f",
            "my": "https://acme.example/my",
            "confirm": "https://acme.example/confirm/abc?l=en",
        },
        "asked": ASKED,
        "answer": ANSWER,
        "called_from": "+12025550123",
        "cause": cause,
        "step": 1,
    }


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize(("name", "language"), MAILS)
def test_every_mail_is_complete(name, language, cause):
    """A11, B4: a subject that says what it is about, one question, a signature, the way out."""
    subject, text, html = render_mail(name, words(cause, language=language), TEMPLATES)
    assert 10 < len(subject) <= 78
    assert "\n" not in subject
    assert len(re.findall(r"\?", re.sub(r"https?://\S+", "", text))) == 1
    for part in (text, html):
        assert "12 Harbour Street, Boston" in part
        assert "+12025550124" in part
        assert "tom@brightdesk.example" in part
    assert UNSUBSCRIBE in text
    assert UNSUBSCRIBE.replace("&", "&amp;") in html
    assert len(html.encode()) < MOST_HTML
    assert "{{" not in text + html
    assert "{%" not in text + html


@pytest.mark.parametrize("language", ["", ".ru", ".ro", ".de"])
@pytest.mark.parametrize("name", CADENCE)
def test_the_cadence_is_written_in_each_language(name, language):
    """Four languages, and nobody gets English because a translation is missing."""
    folder = TEMPLATES / "mail" / f"{name}{language}"
    assert {each.name for each in folder.iterdir()} - {"meta.yaml"} == {"subject.txt", "body.txt", "body.mjml"}
    assert (TEMPLATES / "mail" / name / "meta.yaml").is_file()


def test_a_follow_up_says_why_it_comes():
    """B4: after a talk, a voicemail, a missed call, and when neither landed."""
    texts = {render_mail("follow_up", words(cause), TEMPLATES)[1] for cause in CAUSES}
    assert len(texts) == len(CAUSES)
    assert "as promised in my voicemail" in render_mail("follow_up", words("voicemail_left"), TEMPLATES)[1].lower()


@pytest.mark.parametrize(("name", "language"), SPOKEN)
def test_what_is_said_does_not_apologise(name, language):
    """A10: no apology for disturbing."""
    said = render_voice(name, words(language=language), TEMPLATES)
    assert said
    assert not re.search(r"\b(sorry|apolog|disturb|entschuldig|scuz)", said.lower())


@pytest.mark.parametrize("language", ["en", "ro", "de"])
def test_an_announcement_introduces_itself_and_offers_the_way_out_in_its_first_sentence(language):
    """A10, B6, and the opt-out key."""
    first, rest = render_voice("announce", words(language=language), TEMPLATES).split(". ", 1)
    assert first.index("Ana Stan") < first.index("Tom Lee") < first.index("Brightdesk") < first.index("9")
    assert "1" in rest
    assert "2" in rest


@pytest.mark.parametrize("language", ["en", "ro", "de"])
def test_a_voicemail_asks_for_nothing(language):
    """B3."""
    said = render_voice("voicemail", words(language=language), TEMPLATES)
    assert "?" not in said
    assert "call me back" not in said.lower()


def test_the_person_s_language_is_used_where_there_is_one():
    assert "Guten Tag" in render_mail("meeting", words(language="de"), TEMPLATES)[1]
    assert "Bună ziua" in render_voice("announce", words(language="ro"), TEMPLATES)
    assert render_mail("meeting", words(language="fr"), TEMPLATES) == render_mail("meeting", words(), TEMPLATES)
    assert '<html lang="de"' in render_mail("meeting", words(language="de"), TEMPLATES)[2]


def test_a_name_cannot_become_markup_or_a_second_header():
    person = {"first_name": "<script>alert(1)</script>", "company": "Evil\r\nBcc: all@acme.example {{ 7*7 }}"}
    subject, _, html = render_mail("meeting", words(**person), TEMPLATES)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "\r" not in subject
    assert "\n" not in subject
    assert "49" not in subject


def template(root: Path, text: str) -> Path:
    (root / "voice" / "mine").mkdir(parents=True)
    (root / "voice" / "mine" / "say.j2").write_text(text, "utf-8")
    return root


@pytest.mark.parametrize(
    "text",
    [
        "{{ person.shoe_size }}",  # a field that is not there
        "{{ person.__class__.__mro__ }}",  # out of the sandbox
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ person | attr('name') }}",  # a filter that reaches attributes
        "{{ lipsum(n=9) }}",  # a global that can eat memory
        "{% for n in range(999) %}{{ n }}{% endfor %}",
        "{{ person.update(name='Eve') }}",  # changes what others see
        "{% if %}",
    ],
)
def test_a_template_that_reaches_out_is_refused_with_its_file_named(tmp_path, text):
    with pytest.raises(WordsError, match=r"say\.j2"):
        render_voice("mine", words(), template(tmp_path, text))


@pytest.mark.parametrize("name", ["nobody", "../mail/meeting", "", "meeting/.."])
def test_a_template_that_does_not_exist_is_an_error_that_names_those_that_do(name):
    with pytest.raises(WordsError, match="meeting"):
        render_mail(name, words(), TEMPLATES)


def test_an_edited_template_is_used_at_once(tmp_path):
    root = template(tmp_path, "one")
    assert render_voice("mine", words(), root) == "one"
    file = root / "voice" / "mine" / "say.j2"
    file.write_text("two", "utf-8")
    os.utime(file, ns=(1, 1))
    assert render_voice("mine", words(), root) == "two"


def test_a_mail_that_gmail_would_cut_off_is_refused():
    with pytest.raises(ValueError, match="Gmail"):
        inlined(render_mail("clarification", words(company="x" * MOST_HTML), TEMPLATES).html)
