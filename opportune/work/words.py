"""What exactly do we write and say? Templates become words, in a sandbox that sees plain values only.

Mail stands in `email/<name>/` as subject, text and MJML; MJML is compiled once (with the Jinja marks left in it), the
person's words are put in afterwards. Speech stands in `voice/<name>/say.j2`. A name the context lacks is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from mjml import mjml2html

from opportune.settings import settings

MOST_HTML = 102_000  # bytes: Gmail cuts off what is longer
FILTERS = frozenset({"capitalize", "default", "e", "escape", "first", "join", "last", "length", "lower", "replace",
                     "title", "trim", "truncate", "upper", "urlencode"})  # fmt: skip
Context = Mapping[str, Any]


class WordsError(ValueError):
    """A template that is missing or cannot be filled; names the file and what is wrong."""


def render_mail(template: str, context: Context, root: Path | None = None) -> tuple[str, str, str]:
    """(subject, text, HTML). `root`: folder of the templates, by default the one of the settings."""
    folder = _folder(root, "email", template, context)
    subject = " ".join(_fill(folder, "subject.j2", context).split())
    text = _fill(folder, "text.j2", context).strip() + "\n"
    html = _fill(folder, "html.mjml.j2", context)
    if len(html.encode()) > MOST_HTML:
        raise WordsError(f"{folder}/html.mjml.j2: the mail is longer than {MOST_HTML} bytes, Gmail would cut it off")
    return subject, text, html


def render_voice(template: str, context: Context, root: Path | None = None) -> str:
    """One paragraph to be spoken."""
    return " ".join(_fill(_folder(root, "voice", template, context), "say.j2", context).split())


def _folder(root: Path | None, channel: str, template: str, context: Context) -> Path:
    """The template in the person's language where there is one, else in plain English."""
    base = (root or settings().templates) / channel
    language = str(context["person"]["language"])[:2]
    for name in (f"{template}.{language}", template):
        if name.replace("_", "").replace("-", "").replace(".", "").isalnum() and (base / name).is_dir():
            return base / name
    raise WordsError(f"{base}: there is no template {template!r}; known: {', '.join(_names(base))}")


def _names(base: Path) -> list[str]:
    return sorted(each.name for each in base.iterdir() if each.is_dir()) if base.is_dir() else []


def _fill(folder: Path, file: str, context: Context) -> str:
    """The file with the context in it."""
    path = folder / file
    try:
        return str(_template(path, path.stat().st_mtime_ns).render(dict(context)))
    except (OSError, TemplateNotFound) as error:
        raise WordsError(f"{path}: the template is incomplete, this file is missing") from error
    except (TemplateError, OverflowError, TypeError) as error:
        raise WordsError(f"{path}: {error}") from error


@lru_cache(maxsize=512)
def _template(path: Path, _changed: int) -> Template:
    """Compiled once per version of the file."""
    source = path.read_text("utf-8")
    if path.suffixes[-2:] != [".mjml", ".j2"]:
        return _environment(path.parents[2], html=False).from_string(source)
    frame = (path.parents[1] / "_frame.mjml").read_text("utf-8")
    whole = frame.replace("{# body #}", source).replace("{# language #}", path.parent.name.partition(".")[2] or "en")
    return _environment(path.parents[2], html=True).from_string(_compiled(path, whole))


def _compiled(path: Path, mjml: str) -> str:
    try:
        return str(mjml2html(mjml))
    except ValueError as error:
        raise WordsError(f"{path}: MJML: {error}") from error


@lru_cache
def _environment(root: Path, *, html: bool) -> ImmutableSandboxedEnvironment:
    """A sandbox without the globals and filters that can eat memory or reach attributes."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(root), autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.clear()
    environment.filters = {name: each for name, each in environment.filters.items() if name in FILTERS}
    return environment
