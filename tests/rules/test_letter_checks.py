"""What is wrong with a finished mail (A11, B4), and in whose words is it told?"""

from __future__ import annotations

import re
from string import Formatter

import pytest

from opportune.rules.letter_checks import MOST_HTML, Letter, as_received, as_written
from opportune.rules.mail_fields import FIELDS, NAMES, contexts
from opportune.rules.mail_problems import WordsError, problem
from opportune.rules.words import mail_en, mail_ro, mail_ru

CONTEXT = contexts("en")["Ana Stan"]
NOBODY = contexts("en")["somebody without a name"]
SUBJECT = "A review of your service desk"
TEXT = """Hello Ana,

Here it is: https://desk.brightdesk.example/x?y=1

Which day suits you?

Anna Keller
+12025550123, anna@brightdesk.example
> Twenty minutes are enough to see
> whether it is worth your time?

Brightdesk, 12 Harbour Street, Boston MA 02110
https://desk.brightdesk.example/u/4f7a
"""
HTML = """<html><head><title>Really?</title><style>a:hover { content: "?" }</style></head><body><p>Hello Ana,</p>
<img src="https://brightdesk.example/us.png" alt="Our team"><p>Which day suits you?</p>
<p>Anna Keller <a href="tel:+12025550123">+12025550123</a> <a href="mailto:a@b.example">anna@brightdesk.example</a></p>
<blockquote>Twenty minutes are enough to see</blockquote>
<p>Brightdesk, 12 Harbour Street, Boston MA 02110
<a href="https://desk.brightdesk.example/u/4f7a">No</a></p></body></html>"""


def found(subject=SUBJECT, text=TEXT, html=HTML, context=CONTEXT, marketing=True, answers=True):
    """(part, code) of everything that is found."""
    letter = Letter("Ana Stan", subject, text, html, context)
    return [(part, code) for part, _, code, _ in as_received(letter, marketing=marketing, answers=answers)]


def test_a_good_mail_is_left_alone():
    assert found() == []


ADDRESS = "Brightdesk, 12 Harbour Street, Boston MA 02110"
OUT = "https://desk.brightdesk.example/u/4f7a"


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"subject": ""}, [("subject", "subject_empty")]),
        ({"subject": "x" * 78}, []),
        ({"subject": "x" * 79}, [("subject", "subject_long")]),
        ({"subject": "<script>" + "x" * 79}, []),  # the joker's name is no fault of the template
        # B4: one question, in the text and in the HTML
        ({"text": TEXT.replace("suits you?", "suits you.")}, [("text", "questions")]),
        ({"text": TEXT.replace("Hello Ana,", "Ready?")}, [("text", "questions")]),
        ({"text": TEXT.replace("suits you?", "suits you??")}, []),  # one, asked loudly
        ({"text": TEXT.replace("suits you?", "suits you？")}, []),  # as it is written in Japanese
        ({"html": HTML.replace("suits you?", "suits you.")}, [("html", "questions")]),
        ({"html": HTML.replace("<p>Hello", "<p>Ready? Hello")}, [("html", "questions")]),
        # the way out and the address, wherever it is marketing
        ({"text": TEXT.replace(ADDRESS, "")}, [("text", "no_postal_address")]),
        ({"html": HTML.replace(ADDRESS, "")}, [("html", "no_postal_address")]),
        ({"text": TEXT.replace(OUT, "")}, [("text", "no_unsubscribe")]),
        ({"html": HTML.replace(OUT, "https://x.example")}, [("html", "no_unsubscribe")]),
        ({"html": HTML.replace(f'<a href="{OUT}">', OUT)}, [("html", "no_unsubscribe")]),  # words, no link
        ({"text": TEXT.replace(ADDRESS, "").replace(OUT, ""), "marketing": False}, []),  # what they asked for
        # A11: other ways to reach the sender
        ({"text": TEXT.replace("+12025550123", "")}, [("text", "no_signature")]),
        ({"text": TEXT.replace("anna@", "")}, [("text", "no_signature")]),
        ({"html": HTML.replace("Anna Keller", "")}, [("html", "no_signature")]),
        # A11: it quotes what it answers
        ({"text": TEXT.replace("> Twenty", "> Thirty")}, [("text", "no_quote")]),
        ({"html": HTML.replace("Twenty", "Thirty")}, [("html", "no_quote")]),
        ({"html": HTML.replace("Twenty", "Thirty"), "answers": False}, []),
        ({"html": HTML.replace("Twenty", "Thirty"), "context": CONTEXT | {"earlier": None}}, []),  # nothing before it
        # the HTML
        ({"html": HTML.replace("Our team", "")}, [("html", "image_without_alt")]),
        ({"html": HTML.replace(' alt="Our team"', "")}, [("html", "image_without_alt")]),
        ({"html": HTML.replace("https://brightdesk.example/us.png", "http://b.example/us.png")},
         [("html", "link_not_https")]),
        ({"html": HTML.replace("mailto:a@b.example", "http://b.example")}, [("html", "link_not_https")]),
        ({"html": HTML.replace("mailto:a@b.example", "javascript:alert(1)")}, [("html", "link_not_https")]),
        ({"html": HTML.replace("mailto:a@b.example", "#below")}, []),
        ({"html": HTML.replace("<p>Hello", "<script>x()</script><p>Hello")}, [("html", "active_content")]),
        ({"html": HTML.replace("<p>Hello", "<form><input></form><p>Hello")},
         [("html", "active_content"), ("html", "active_content")]),
        ({"html": HTML.replace("<p>Hello", '<p onclick="x()">Hello')}, [("html", "active_content")]),
        ({"html": HTML + " " * (MOST_HTML - len(HTML.encode()))}, []),  # the last byte that Gmail shows
        ({"html": HTML + " " * (MOST_HTML - len(HTML.encode()) + 1)}, [("html", "html_long")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_in_its_part(changed, codes):
    assert found(**changed) == codes


def test_a_mail_without_text_is_no_mail():
    assert ("text", "text_empty") in found(text="Hi there")
    assert ("text", "text_empty") not in found(text="Hi there you")


@pytest.mark.parametrize(
    ("text", "hole"),
    [
        ("Hello ,", True),
        ("for your team at .", True),
        ("a review ( ) of", True),
        ("Hello,", False),
        ("Twenty minutes, which day", False),
        ("see https://a.example/x , y", True),
    ],
)
def test_an_empty_field_leaves_no_hole(text, hole):
    letter = Letter("nobody", SUBJECT, text, HTML, NOBODY)
    codes = [code for _, _, code, _ in as_received(letter, marketing=True, answers=False)]
    assert ("hole" in codes) is hole
    assert "hole" not in [code for _, code in found(text=text)]  # only where a field is empty


@pytest.mark.parametrize(
    ("subject", "html", "codes"),
    [
        ("One line\n", "", []),
        ("Two\nlines", "", ["subject_lines"]),
        ("Two\rlines", "", ["subject_lines"]),
        ("s", '<a href="{{ links.book }}">', []),
        ("s", '<a href="tel:{{ sender.phone }}">', []),
        ("s", '<a href="mailto:{{ sender.email }}">', []),
        ("s", '<a href="https://x.example/?q={{ person.name | urlencode }}">', []),
        ("s", '<a href="https://x.example/?q={{ person.name }}">', ["href_not_encoded"]),
        (
            "s",
            '<mj-button href="https://x.example/{{ campaign.name }}/{{ person.company }}">',
            ["href_not_encoded"] * 2,
        ),
        ("s", '<a href="https://x.example/?q={{ person.name | upper }}">', ["href_not_encoded"]),
    ],
)
def test_the_template_itself_is_looked_at(subject, html, codes):
    assert [code for _, _, code, _ in as_written(subject, html)] == codes


def test_a_finding_says_near_which_words_and_what():
    letter = Letter("Ana Stan", "x" * 80, TEXT.replace("Hello", "Ready? Hello"), HTML, CONTEXT)
    long, questions = as_received(letter, marketing=True, answers=True)
    assert long == ("subject", "", "subject_long", {"subject": "x" * 80, "length": 80, "most": 78})
    assert questions == ("text", "?", "questions", {"count": 2, "contact": "Ana Stan"})
    [(_, near, _, values)] = as_written("s", '<a href="x{{ person.name }}">')
    assert (near, values) == ("x{{ person.name }}", {"wanted": "person.name"})
    big = letter._replace(subject=SUBJECT, text=TEXT, html=HTML + " " * MOST_HTML)
    [(_, _, _, values)] = as_received(big, marketing=True, answers=True)
    assert values == {"length": len(big.html), "most": MOST_HTML}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"text": TEXT.replace(ADDRESS, "")}, ("text", "", "no_postal_address", {})),
        ({"text": TEXT.replace("anna@", "")}, ("text", "", "no_signature", {})),
        ({"html": HTML.replace(OUT, "https://x.example")}, ("html", "", "no_unsubscribe", {})),
        ({"html": HTML.replace("Twenty", "Thirty")}, ("html", "", "no_quote", {})),
        ({"html": HTML.replace("<p>Hello", "<script>x()</script><p>Hello")},
         ("html", "<script", "active_content", {"tag": "script"})),
        ({"html": HTML.replace("Our team", "")},
         ("html", "https://brightdesk.example/us.png", "image_without_alt",
          {"source": "https://brightdesk.example/us.png"})),
        ({"html": HTML.replace("mailto:a@b.example", "http://b.example")},
         ("html", "http://b.example", "link_not_https", {"link": "http://b.example"})),
        ({"html": HTML + " " * (MOST_HTML - len(HTML.encode()) + 1)},
         ("html", "", "html_long", {"length": MOST_HTML + 1, "most": MOST_HTML})),
    ],
)  # fmt: skip
def test_each_finding_names_its_part_the_words_and_the_values(changed, told):
    letter = Letter("Ana Stan", SUBJECT, TEXT, HTML, CONTEXT)._replace(**changed)
    assert list(as_received(letter, marketing=True, answers=True)) == [told]


@pytest.mark.parametrize(
    ("subject", "text", "told"),
    [
        ("For  , you", TEXT, ("subject", "", "hole", {"words": ","})),
        (SUBJECT, TEXT.replace("Hello Ana,", "Hello ,"), ("text", "", "hole", {"words": "Hello ,"})),
        (SUBJECT, TEXT, None),
    ],
)
def test_a_hole_is_told_where_it_is(subject, text, told):
    letter = Letter("nobody", subject, text, HTML, NOBODY)
    holes = [each for each in as_received(letter, marketing=True, answers=False) if each[2] == "hole"]
    assert holes == ([told] if told else [])


# ---- the words


def fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("words", [mail_ru.PROBLEMS, mail_ro.PROBLEMS])
def test_every_problem_is_told_in_each_language_with_the_same_values(words):
    assert words.keys() == mail_en.PROBLEMS.keys()
    for code, (message, remedy) in mail_en.PROBLEMS.items():
        assert fields(message + remedy) - {"most", "contact"} <= fields("".join(words[code])), code
        assert fields("".join(words[code])) <= fields(message + remedy), code


@pytest.mark.parametrize(
    ("language", "said"), [("en", "There is no field"), ("ru", "Нет поля"), ("ro", "Nu există"), ("fr", "There is no")]
)
def test_an_error_is_told_in_the_readers_language(language, said):
    error = WordsError(
        "name_unknown", "body.txt", 7, "person.nam", name="person.nam", given="person.nam", allowed=NAMES
    )
    told = error.problem(language)
    assert told.message.startswith(said)
    assert "person.name" in told.remedy
    assert (told.file, told.line, told.key, told.severity, told.code) == (
        "body.txt", 7, "person.nam", "error", "name_unknown")  # fmt: skip
    assert str(error).startswith("body.txt:7: There is no field `person.nam`: Did you mean `person.name`?")


def test_a_remedy_shows_the_braces_as_they_are_written():
    told = problem("href_not_encoded", "body.mjml", 3, language="en", wanted="person.name")
    assert "{{ person.name | urlencode }}" in told.remedy
    assert "line 3" in problem("too_slow", "body.txt", 3, language="en", seconds=2).remedy
    assert problem("hole", "body.txt", 1, language="en", severity="warning", words="x").severity == "warning"


# ---- whom it is tried out with


def test_the_people_it_is_tried_out_with_have_every_field():
    for who, context in contexts("ro").items():
        assert set(context) == set(FIELDS) - {"frame"}, who
        assert all(set(context[name]) == set(FIELDS[name]) for name in ("person", "sender", "campaign", "links"))
        assert context["person"]["language"] == "ro"
    assert [bool(each["earlier"]) for each in contexts("en").values()] == [True, False, False]
    assert re.search(r"[\r\n<{\u202e]", contexts("en")["somebody with an odd name"]["person"]["company"])
    assert contexts("en", {"name": "Ours"}, {"name": "Us"})["Ana Stan"]["campaign"] == {"name": "Ours"}
    assert contexts("en", {"name": "Ours"}, {"name": "Us"})["Ana Stan"]["sender"] == {"name": "Us"}
