"""Do the forms ask for what they need, in words, and take nothing else?"""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from channels.form_answers import check
from channels.form_embed import embed, script
from channels.forms import FORMS, consent_wording

GOOD = {"name": "Ana Stan", "email": "Ana@Acme.example", "phone": "+44 (0)20 7946 0123", "answer_by": "call"}
COMPLETE = GOOD | {"when": "2026-03-31T14:30", "consent_email": "yes", "message": "Good", "answer": "Ten",
                   "product": "Seats", "quantity": "12", "people": "10", "minutes": "30", "cost": "40,5"}  # fmt: skip


@pytest.mark.parametrize("key", FORMS)
def test_a_complete_answer_is_taken_and_normalised(key):
    form = FORMS[key]
    given = COMPLETE | ({"answer_by": "email"} if form.answers == ("email",) else {})
    answers = check(form, given)
    assert answers.problems == {}
    assert answers.values["email"] == "ana@acme.example"
    assert answers.values["consent_email"] == "yes"
    if "phone" in {field.name for field in form.fields}:
        assert answers.values["phone"] == "+442079460123"


@pytest.mark.parametrize("key", FORMS)
def test_every_form_asks_which_channel_the_answer_takes(key):
    """A18; where only one is possible it is not asked."""
    form = FORMS[key]
    assert set(form.answers) <= {"call", "email"}
    problems = check(form, COMPLETE | {"answer_by": ""}).problems
    assert ("answer_by" in problems) == (len(form.answers) > 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"email": "bad@@address"}, "email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "email"),
        ({"phone": "020 7946 0123"}, "phone"),  # local, and no country: not guessed
        ({"phone": ""}, "phone"),  # the answer is to be a call
        ({"answer_by": "email", "email": ""}, "email"),
        ({"answer_by": "pigeon"}, "answer_by"),
        ({"message": "x" * 2001}, "message"),
    ],
)
def test_what_is_wrong_is_named(change, field):
    assert field in check(FORMS["callback"], GOOD | change).problems


@pytest.mark.parametrize("when", ["", "soon", "2026-02-31T10:00", "2026-03-31T14:30+02:00"])
def test_a_meeting_needs_a_moment_that_exists(when):
    assert "when" in check(FORMS["booking"], COMPLETE | {"when": when}).problems


def test_a_country_beside_the_form_makes_local_numbers_readable():
    answers = check(FORMS["callback"], GOOD | {"phone": "020 7946 0123", "country": "gb"})
    assert answers.values["phone"] == "+442079460123"


def test_only_a_tick_is_a_consent_and_a_newsletter_needs_it():
    """E1."""
    answers = check(FORMS["callback"], GOOD | {"consent_call": "", "consent_email": "no", "consent_call_auto": "on"})
    assert [name for name in answers.values if name.startswith("consent")] == ["consent_call_auto"]
    assert "consent_email" in check(FORMS["newsletter"], {"email": "a@b.example"}).problems


def test_fields_nobody_asked_for_are_dropped_and_hidden_ones_are_cut():
    answers = check(FORMS["callback"], GOOD | {"is_admin": "1", "page": "p" * 900, "zone": "Europe/\x00Berlin"})
    assert "is_admin" not in answers.values
    assert len(answers.values["page"]) == 500
    assert answers.values["zone"] == "Europe/Berlin"


def test_the_wording_names_the_advertiser():
    assert "Brightdesk" in consent_wording("call", "Brightdesk")


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_the_snippet_is_a_place_a_script_and_a_link_for_those_without():
    tags = Tags(embed(FORMS["callback"], "https://us.example/")).seen
    assert ("script", {"src": "https://us.example/forms/callback/embed.js", "async": None}) in tags
    assert ("a", {"href": "https://us.example/forms/callback"}) in tags
    assert "https://us.example/forms/callback?within=1&page=" in script(FORMS["callback"], "https://us.example/")
