"""Where are the settings written down for people? `.env.example` and a table in docs/operating.md, made from the class.

`.venv/bin/python tests/house/settings_text.py` writes both anew; a test fails while they differ.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from opportune.settings import ROOT, Settings

EXAMPLE = ROOT / ".env.example"
PAGE = ROOT / "docs/operating.md"
BEGIN, END = "<!-- settings -->\n", "<!-- end of settings -->\n"
HEAD = "# Copy to .env, or set in the environment. What stands behind each sign is the default.\n"


def default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value.relative_to(ROOT) if value.is_relative_to(ROOT) else value)
    if isinstance(value, bool):
        return str(value).lower()
    return "[]" if value == () else str(value)


def rows() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every setting, in the order of the class."""
    return [
        (f"OPPORTUNE_{name.upper()}", default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def example() -> str:
    said = (f"\n# {meaning}\n#{name}={value}\n" if meaning else f"#{name}={value}\n" for name, value, meaning in rows())
    return HEAD + "".join(said)


def page(before: str) -> str:
    """The page with its table made anew."""
    head, _, rest = before.partition(BEGIN)
    lines = [f"| `{name}` | {f'`{value}`' if value else ''} | {meaning} |\n" for name, value, meaning in rows()]
    table = "| setting | default | meaning |\n|---|---|---|\n" + "".join(lines)
    return f"{head}{BEGIN}{table}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    EXAMPLE.write_text(example())
    PAGE.write_text(page(PAGE.read_text()))
