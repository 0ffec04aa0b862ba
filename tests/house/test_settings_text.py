"""Can a newcomer find every setting?"""

from __future__ import annotations

import house.settings_text as text
from pydantic_settings import SettingsConfigDict

from opportune.settings import Settings

RENEW = "run .venv/bin/python tests/house/settings_text.py"


def test_the_example_names_every_setting_with_its_default() -> None:
    assert text.EXAMPLE.read_text() == text.example(), RENEW


def test_the_operating_page_names_every_setting() -> None:
    page = text.PAGE.read_text()
    assert page == text.page(page), RENEW
    assert "OPPORTUNE_WORKER_LIMIT" in page


def test_the_example_works_when_every_line_is_taken(tmp_path) -> None:
    every = tmp_path / ".env"
    every.write_text(text.example().replace("\n#OPPORTUNE_", "\nOPPORTUNE_"))

    class FromEvery(Settings):
        model_config = SettingsConfigDict(env_prefix="OPPORTUNE_", env_file=every, frozen=True)

    taken = FromEvery(home="var").model_dump()
    ours = {name: taken[name] for name in ("templates", "warmth", "retention")}  # stated from the project's folder
    assert taken == {**Settings(home="var").model_dump(), **ours}
