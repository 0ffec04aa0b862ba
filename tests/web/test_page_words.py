"""Is every word of our own pages there in each language, said by somebody, and free of leftovers?"""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from starlette.applications import Starlette
from support_web import ADMIN, browsing, signed_in
from support_world import make_world

from opportune.rules.facts import CallResult
from opportune.store.users import User
from opportune.web import desk, login_words, review
from opportune.web.login_words import LANGUAGES, catalogue
from opportune.work import desk as work
from opportune.work import operators, quality

CODE = "".join(path.read_text("utf-8") for path in Path(login_words.__file__).parent.glob("*.py"))
SAME_EVERYWHERE = re.compile(r"\{\w+\}|OPPORTUNE_\w+|opportune user reset|UTC|QR|[A-F]\d+")
#: Asked for by a name that is put together.
PUT_TOGETHER = re.compile(r"q_\w+|in_\w+|seconds|minutes|password_\w+")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("of", ["login", "desk"])
def test_all_languages_say_the_same_things_with_the_same_places_to_fill(of: str) -> None:
    words = catalogue(of)
    assert set(words) == set(LANGUAGES)
    named = {language: {key: places(text) for key, text in words[language].items()} for language in words}
    assert named["ru"] == named["en"] == named["ro"]


@pytest.mark.parametrize("of", ["login", "desk"])
def test_nothing_is_left_in_another_language(of: str) -> None:
    words = catalogue(of)
    spoken = {language: {k: v for k, v in words[language].items() if k != "language"} for language in words}
    latin = [key for key, text in spoken["ru"].items() if re.search("[A-Za-z]", SAME_EVERYWHERE.sub("", text))]
    assert latin == []
    assert [key for key, text in spoken["ro"].items() if re.search("[а-яА-ЯşţŞŢ]", text)] == []
    long = {key: text for key, text in spoken["en"].items() if len(SAME_EVERYWHERE.sub("", text).split()) > 2}
    assert [key for key in long for of in ("ru", "ro") if spoken[of][key] == long[key]] == []


@pytest.mark.parametrize("of", ["login", "desk"])
def test_each_word_is_said_somewhere(of: str) -> None:
    results, roles = set(map(str, CallResult)), {"viewer", "marketer", "operator", "team_lead", "admin"}
    unsaid = [
        key
        for key in catalogue(of)["en"]
        if f'"{key}"' not in CODE and f"'{key}'" not in CODE
        and key not in results | roles and not PUT_TOGETHER.fullmatch(key)
    ]  # fmt: skip
    assert unsaid == []


def test_every_result_and_question_has_a_word() -> None:
    for words in catalogue("desk").values():
        assert set(map(str, work.RESULTS)) <= set(words)
        assert {f"q_{key}" for key in quality.QUESTIONS} <= set(words)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_desk_and_the_listeners_page_speak_three_languages(db, tmp_path, language: str) -> None:
    """The choice is remembered, so that the page within the page speaks the same."""
    said = catalogue("desk")[language]
    world = make_world(db, tmp_path)
    operators.add(world, "Anna", "+442079460301")
    routes = [*desk.routes(world), *review.routes(world)]
    with browsing(signed_in(Starlette(routes=routes))) as client:
        shown = client.get(f"/desk?lang={language}")
        assert f'<html lang="{language}"' in shown.text
        for word in ("desk", "talks", "no_talks", "colleagues_frame", "account", "sign_out"):
            assert said[word] in shown.text, word
        assert said["not_yet_on"] in client.get("/desk/now").text
        assert said["review_none"] in client.get("/review").text
        assert said["no_result"] in client.post("/desk/x", data={"result": "nonsense"}).text
    stranger = User(7, "Kim", "kim@ours.example", "operator")
    with browsing(signed_in(Starlette(routes=routes), stranger)) as client:
        shown = client.get(f"/desk?lang={language}").text
    assert said["not_a_colleague"].split("{")[0] in shown
    assert ADMIN.email not in shown
