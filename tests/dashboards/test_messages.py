"""Is every word of the board there in all three languages, said by somebody, and free of leftovers?"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from dashboards.kit import said
from dashboards.kit.language import LANGUAGES, speaking

CODE = Path(said.__file__).parents[1]
#: What is written the same everywhere: names, formats and the terms of statistics.
LATIN = re.compile(
    r"\b(Opportune|Prefect|CSV|PNG|PDF|UTC|JavaScript|SNIPS|AIPW|API|URL|OK|EN|RU|RO|XLSX|SMTP|IMAP|TOTP|IP|ID|SQL|QA"
    r"|n|k|opportune( [a-z-]+| [A-Z]+| --[a-z]+)*|http\S+|[a-z_]+\.toml|[A-F]\d+)\b"
)
FORMS = {"en": {"one", "other"}, "ru": {"one", "few", "many"}, "ro": {"one", "few", "other"}}
CEDILLA = re.compile("[şţŞŢ]")  # the Turkish letters; Romanian has a comma below


def texts(key: str, language: str) -> list[str]:
    text = said.messages()[key][language]
    return list(text.values()) if isinstance(text, dict) else [text]


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_message_stands_in_every_language_and_no_other() -> None:
    odd = {key: sorted(message) for key, message in said.messages().items() if set(message) != set(LANGUAGES)}
    assert odd == {}
    assert [key for key in said.messages() for it in LANGUAGES for text in texts(key, it) if not text.strip()] == []


def test_forms_by_number_are_those_of_the_language() -> None:
    plurals = {key for key, message in said.messages().items() if any(isinstance(m, dict) for m in message.values())}
    wrong = [
        (key, language)
        for key in plurals
        for language in LANGUAGES
        if not isinstance(said.messages()[key][language], dict)
        or not FORMS[language] <= set(said.messages()[key][language]) <= FORMS[language] | {"other"}
    ]
    assert wrong == []


def test_all_languages_have_the_same_places_to_fill() -> None:
    """Except `n` in a form that says the number in words."""
    wrong = [
        (key, language)
        for key in said.messages()
        for language in ("ru", "ro")
        if set.union(*map(names, texts(key, language))) ^ set.union(*map(names, texts(key, "en")))
    ]
    assert wrong == []


def test_each_message_is_said_somewhere_and_nothing_is_said_that_is_not_there() -> None:
    literal, patterns = _asked()
    literal |= {f"{text.removesuffix('.name')}.subtitle" for text in literal if text.endswith(".name")}  # the frame's
    keys = set(said.messages())
    used = {key for key in keys if key in literal or any(pattern.fullmatch(key) for pattern in patterns)}
    assert sorted(keys - used) == [], "nobody says these"
    pages = {path.stem for path in said.FOLDER.glob("*.toml")}
    looks_like = re.compile(rf"({'|'.join(pages)})(\.[a-z_0-9]+)+")
    missing = {text for text in literal if not text.endswith((".subtitle", "_")) and looks_like.fullmatch(text)} - keys
    missing = {text for text in missing if not any(key.startswith(f"{text}.") for key in keys)}
    assert sorted(missing) == [], "these are said, and do not exist"
    assert [p.pattern for p in patterns if _is_key(p, pages) and not any(p.fullmatch(key) for key in keys)] == []


def _is_key(pattern: re.Pattern[str], pages: set[str]) -> bool:
    return pattern.pattern.split(r"\.")[0] in pages


def _asked() -> tuple[set[str], list[re.Pattern[str]]]:
    """Every string in the code, and of every f-string the keys that it can become."""
    literal, patterns = set(), []
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literal.add(node.value)
            if isinstance(node, ast.JoinedStr) and len(node.values) > 1 and isinstance(node.values[0], ast.Constant):
                parts = [re.escape(v.value) if isinstance(v, ast.Constant) else r"[a-z_0-9.]+" for v in node.values]
                patterns.append(re.compile("".join(parts)))
    kinds = {"first", "channel", "single", "stage", "goal", "status", "verdict", "state", "result", "told", "outcome"}
    kinds |= {"kind"}  # `word` and `words` put their kind in front
    return literal, [p for p in patterns if "." in p.pattern and not p.pattern.endswith(".")] + [
        re.compile(rf"common\.({'|'.join(kinds)})\.\w+")
    ]


def test_russian_has_no_latin_leftovers_and_romanian_no_foreign_letters() -> None:
    """The note on top of a file may name its columns, which are English."""
    left = []
    for key in (key for key in said.messages() if not key.endswith("_csv")):
        for text in texts(key, "ru"):
            plain = LATIN.sub("", re.sub(r"\{\w+\}", "", text))
            left += [(key, plain)] if re.search(r"[A-Za-z]", plain) else []
    assert left == []
    assert [key for key in said.messages() for text in texts(key, "ro") if CEDILLA.search(text)] == []
    assert [key for key in said.messages() for text in texts(key, "ro") if re.search("[а-яА-Я]", text)] == []


def test_no_sentence_is_left_in_english() -> None:
    same = [
        key
        for key in said.messages()
        for language in ("ru", "ro")
        if texts(key, language) == texts(key, "en") and len(texts(key, "en")[0].split()) > 2
    ]
    assert same == []


@pytest.mark.parametrize(
    ("language", "n", "text"),
    [
        ("en", 1, "1 person"),
        ("en", 0, "0 people"),
        ("ru", 1, "1 человек"),
        ("ru", 21, "21 человек"),
        ("ru", 3, "3 человека"),
        ("ru", 11, "11 человек"),
        ("ru", 1234, "1\N{NO-BREAK SPACE}234 человека"),
        ("ro", 1, "1 persoană"),
        ("ro", 19, "19 persoane"),
        ("ro", 20, "20 de persoane"),
        ("ro", 101, "101 persoane"),
    ],
)
def test_a_number_takes_the_form_of_its_language(language: str, n: int, text: str) -> None:
    with speaking(language):
        assert said.t("common.people", n=n) == text


def test_an_unknown_word_of_the_database_loses_its_underscores_and_runs_nothing() -> None:
    assert said.word("state", "gone_fishing") == "gone fishing"
    assert said.word("state", "{0.__class__}") == "{0.  class  }"
    assert said.t("decisions.nobody", text="{n}{0}") == "Nobody here is called, or reached at, “{n}{0}”."
