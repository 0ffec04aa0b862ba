"""Is a form's document understood, and each mistake in it told with its line and a remedy (A12)?"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from opportune.rules import formula
from opportune.rules.form_document import LANGUAGES, read, schema
from opportune.rules.problems import Wrong

SHIPPED = Path(__file__).parents[2] / "examples" / "forms"
TEXTS = {file.stem: file.read_text("utf-8") for file in SHIPPED.glob("*.yaml")}


@pytest.mark.parametrize("key", TEXTS)
def test_what_we_ship_is_right(key):
    document, problems = read(TEXTS[key], key)
    assert problems == []
    assert document.key == key
    for language in LANGUAGES:
        assert document.in_language(language).title


def test_all_ways_to_win_a_contact_are_there_but_the_list():
    kinds = {read(text, key)[0].kind.value for key, text in TEXTS.items()}
    assert kinds == set(schema()["$defs"]["FormKind"]["enum"])
    assert len(kinds) == 11


@pytest.mark.parametrize(
    ("key", "old", "new", "says", "raises_hand"),
    [
        ("callback", "", "", "chat", True),  # as its kind does: a talk that began on our page
        ("newsletter", "", "", "newsletter", False),
        ("newsletter", "kind: newsletter", "kind: newsletter\nsignal: downloaded", "downloaded", False),
        ("newsletter", "kind: newsletter", "kind: newsletter\nasks_for_contact: true", "newsletter", True),
        ("callback", "kind: callback", "kind: callback\nasks_for_contact: false", "chat", False),
    ],
)
def test_what_a_form_says_of_interest_is_that_of_its_kind_or_its_own(key, old, new, says, raises_hand):
    document, _ = read(TEXTS[key].replace(old, new, 1), key)
    assert (document.says, document.raises_hand) == (says, raises_hand)


@pytest.mark.parametrize(
    ("key", "ends"),
    [
        ("webinar", "2027-09-15T13:00Z"),  # once it has begun
        ("contest", "2027-12-20T16:00Z"),
        ("coupon", "2027-12-31T21:59Z"),
        ("callback", None),
    ],
)
def test_from_when_on_nobody_can_take_part(key, ends):
    last = int(datetime.fromisoformat(ends).timestamp()) if ends else None
    assert read(TEXTS[key], key)[0].ends == last


def test_who_reads_none_of_our_languages_reads_english_and_a_house_has_its_colour():
    document, _ = read(TEXTS["callback"].replace("kind: callback", THEME % "#AA00FF", 1), "callback")
    assert document.in_language("fi") == document.in_language("en") != document.in_language("ru")
    assert document.theme.accent == "#aa00ff"


THEME = "kind: callback\ntheme: {accent: '%s'}\n"


@pytest.mark.parametrize(
    ("key", "old", "new", "place", "words"),
    [
        ("callback", "kind: callback", "kind: calback", "kind", "Did you mean `callback`?"),
        ("callback", "goal: meeting", "gaol: meeting", "gaol", "Did you mean `goal`?"),
        ("callback", "  ro:\n", "  de:\n", "words.de", "Unknown key"),
        ("callback", "    button: Свяжитесь со мной\n", "", "words.ru.button", "Add `button:` under `ru`"),
        ("callback", "{name: company}", "{name: size}", "words.en", "Add `size:` under words.en.labels."),
        ("callback", "{name: company}", "{name: email}", "fields.3", "asked twice"),
        ("callback", "{name: company}", "{name: zone}", "fields.3.name", "another name"),
        ("callback", "{name: company}", "{name: website_2}", "fields.3.name", "another name"),  # the trap
        ("callback", "{name: company}", "{name: consent_call}", "fields.3.name", "another name"),
        ("callback", "{name: company}", "{name: company, kind: email}", "fields.3.kind", "leave `kind` out"),
        ("callback", "{name: company}", "{name: company, kind: select}", "fields.3", "choices: [one, other]"),
        ("callback", "{name: company}", "{name: company, kind: file}", "fields.3.kind", "no value of `kind`"),
        ("callback", "  - {name: email}\n", "", "answer_by.1", "Add `- {name: email}` to fields"),
        ("callback", "goal: meeting", "answer_by: [pigeon]", "answer_by.0", "call, email"),
        ("callback", "goal: meeting", "consents: [email]\nconsent_required: call", "consent_required", "Add call"),
        ("newsletter", "consents: [email]", "consents: [call, email]", "consents", "ask for phone"),
        ("newsletter", "answer_by: [email]", "answer_by: [email, email]", "answer_by.1", "each channel once"),
        ("newsletter", "consents: [email]", "consents: [email, email]", "consents", "each channel once"),
        ("callback", "goal: meeting", "hook: {fields: {email: a, mail: b}}", "hook.fields.mail", "no field of"),
        ("contest", "2027-12-20T18:00+02:00", "2027-12-32T18:00+02:00", "contest.ends", "offset"),  # no such day
        ("callback", "goal: meeting", "coupon: {prefix: A}", "coupon.prefix", "capital letters"),
        ("callback", "goal: meeting", "material: {file: a.pdf}", "material", "has no use for `material`"),
        ("callback", "goal: meeting", "trust: high", "trust", "low, normal"),
        ("callback", "thanks: We have", "labels: {red: Red}\n    thanks: We have", "words.en.labels.red", "field"),
        # nothing may come into our style sheet, our files or our links
        ("callback", "kind: callback", THEME % "red;}body{display:none", "theme.accent", "six hexadecimal digits"),
        ("callback", "kind: callback", THEME % "#fff", "theme.accent", "six hexadecimal digits"),
        ("callback", "kind: callback", "kind: callback\ntheme: {radius: 8px}", "theme.radius", "whole number"),
        ("callback", "kind: callback", "kind: callback\ntheme: {font: 'x;}'}", "theme.font", "system, inherit"),
        ("lead_magnet", "guide.pdf", "../../.env", "material.file", "write its name only"),
        ("lead_magnet", "material: {file: guide.pdf}\n", "", "kind", "Add `material:`"),
        ("webinar", "https://brightdesk", "javascript:alert(1)//", "webinar.link", "https://"),
        ("webinar", "15:00+02:00", "15:00", "webinar.starts", "offset"),  # nobody would know when
        ("coupon", "count: 500", "count: 0", "coupon.count", "at least 1"),
        ("calculator", "people * minutes / 60", "peple * minutes / 60", "calculator.formula", "`people`?"),
        ("calculator", "/ 60 * 21 * cost", "** 99999999", "calculator.formula", "not possible"),
        ("calculator", "/ 60 * 21 * cost", "* cost.real", "calculator.formula", "not possible"),
        ("calculator", "least: 0, most: 1440", "least: 9, most: 1", "fields.3.most", "`most` larger"),
        ("calculator", "{result} a month", "much a month", "words.en", "{result} under words.en"),
    ],
)  # fmt: skip
def test_every_mistake_has_its_place_and_remedy(key, old, new, place, words):
    assert old in TEXTS[key]
    text = TEXTS[key].replace(old, new, 1)
    document, problems = read(text, "form.yaml")
    assert document is None
    found = [problem for problem in problems if problem.key == place]
    assert found, problems
    assert words in f"{found[0].message} {found[0].remedy}"
    assert found[0].line == 1 or text.splitlines()[found[0].line - 1].strip()


@pytest.mark.parametrize(
    ("text", "given", "result"),
    [
        ("a * 2 + 1", {"a": 3}, 7),
        ("max(a, b) - min(a, b)", {"a": 3, "b": 5}, 2),
        ("round(-a / 3)", {"a": 10}, -3),
        ("a / b", {"a": 1, "b": 0}, None),  # nothing sensible
        ("a * a", {"a": 1e300}, None),  # beyond all measure
    ],
)
def test_a_formula_computes(text, given, result):
    assert formula.value(formula.checked(text), given) == result


@pytest.mark.parametrize(
    "text",
    ["", "a b", "a ** b", "a if b else a", "__import__('os')", "open(a)", "a.real", "[a]", "'x' * 9", "max(a)",
     "round(a, 2)", "True", "a := 1", "lambda: a", "min(*a)", "max(a, key=b)",
     "-" * 199 + "a" + " " * 9, "(" * 150, "1e5j", "a\x00"],
)  # fmt: skip
def test_a_formula_can_do_nothing_else(text):
    with pytest.raises(Wrong):
        formula.checked(text)


def test_a_formula_that_was_never_checked_is_our_mistake():
    with pytest.raises(AssertionError):
        formula.value("[a]", {"a": 1})


def test_a_formula_has_two_hundred_characters_at_most_and_a_refusal_says_so():
    longest = "a" + "+a" * 99 + " "
    assert len(longest) == 200
    assert formula.checked(longest) == longest
    with pytest.raises(Wrong) as refused:
        formula.checked(longest + " ")
    assert (refused.value.code, refused.value.values) == ("formula", {"why": "longer than 200 characters"})
