"""What a caller hears stands in four languages, and every moment can be said."""

from __future__ import annotations

import re

from support_world import at

from opportune.settings import ROOT
from opportune.work import spoken


def test_every_sentence_stands_in_every_language():
    root = ROOT / "templates"
    tables = {language: spoken._table(spoken._file(root, language)) for language in spoken.languages(root)}
    assert set(tables) == {"de", "en", "ro", "ru"}
    for language, table in tables.items():
        assert table.keys() == tables["en"].keys(), language
        said = spoken.when(root, language, at("2026-03-05 00:05"), at("2026-03-03 13:00"), "Europe/Berlin")
        assert table["when"]["days"][3] in said
        assert "0:05" in said or "12:05 AM" in said
        holes = {key: re.findall(r"\$\w+", text) for key, text in table.items() if isinstance(text, str)}
        assert holes == {key: re.findall(r"\$\w+", tables["en"][key]) for key in holes}, language
