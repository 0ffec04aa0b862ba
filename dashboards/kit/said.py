"""Which words does the reader read? Messages stand in `dashboards/messages/PAGE.toml`, in all three languages:

    [empty]
    en = "Nothing here yet"
    ru = "Пока ничего нет"
    ro = "Încă nu e nimic aici"

    [waits]  # forms by the number n: English and Romanian too, Russian has few and many
    en = {one = "{n} person waits", other = "{n} people wait"}
    ru = {one = "{n} человек ждёт", few = "{n} человека ждут", many = "{n} человек ждут"}
    ro = {one = "{n} persoană așteaptă", few = "{n} persoane așteaptă", other = "{n} de persoane așteaptă"}

`t("waiting.waits", n=5)` reads it; tables may be nested (`[goal.meeting]`: "common.goal.meeting"). A whole number is
written as the reader's language writes it; every other value is a string that is ready to be read.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from dashboards.kit.format import count, locale
from dashboards.kit.language import LANGUAGES, language

FOLDER = Path(__file__).parents[1] / "messages"
Message = dict[str, Any]  # language -> text, or its plural forms


def t(key: str, **values: Any) -> str:
    """The message in the reader's language."""
    text = messages()[key][language()]
    if isinstance(text, dict):
        text = _form(text, values["n"])
    written = {name: count(value) if type(value) is int else value for name, value in values.items()}
    return str(text).format_map(written)


def known(key: str) -> bool:
    return key in messages()


def word(kind: str, value: str | None) -> str:
    """A word of ours for a marketer: `word("status", "executive")`; one without a better word loses its underscores."""
    key = f"common.{kind}.{value}"
    return t(key) if known(key) else (value or "").replace("_", " ")


def words(kind: str) -> dict[str, str]:
    """All words of a kind, in the order of the file: `words("goal")`."""
    start = f"common.{kind}."
    return {key.removeprefix(start): t(key) for key in messages() if key.startswith(start)}


@cache
def messages() -> dict[str, Message]:
    """Every message of every page, by key: `page.name`."""
    found: dict[str, Message] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        _flatten(path.stem, tomllib.loads(path.read_text(encoding="utf-8")), found)
    return found


def _flatten(prefix: str, table: dict[str, Any], found: dict[str, Message]) -> None:
    if LANGUAGES.keys() & table.keys():
        found[prefix] = table
        return
    for name, inner in table.items():
        _flatten(f"{prefix}.{name}", inner, found)


def _form(forms: dict[str, str], n: float) -> str:
    """A form that a language does not have is its `other`; Russian whole numbers end at `many`."""
    form = locale().plural_form(n)
    return forms.get(form) or forms.get("other") or forms["many"]
