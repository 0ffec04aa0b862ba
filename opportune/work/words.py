"""What exactly do we write and say? Templates become words, in a sandbox that sees plain values only.

Mail stands in `mail/<name>/` (see `mail_source`), speech in `voice/<name>/say.j2`. Only words that were approved, and
so tried out in `safe_render`, are filled here in our own process. A name the context lacks is an error.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Template

from opportune.rules.mail_problems import WordsError
from opportune.settings import settings
from opportune.work import filling, mail_source, sandbox
from opportune.work.filling import Context

__all__ = ["MOST_HTML", "WordsError", "render_mail", "render_voice"]

MOST_HTML = 102_000  # bytes: Gmail cuts off what is longer


def render_mail(template: str, context: Context, root: Path | None = None) -> tuple[str, str, str]:
    """(subject, text, HTML). `root`: folder of the templates, by default the one of the settings."""
    source = mail_source.load(root or settings().templates, template, _language(context))
    subject, text, html = filling.filled(source, context)
    if len(html.encode()) > MOST_HTML:
        raise WordsError("html_long", f"{source.folder}/{mail_source.HTML}", length=len(html.encode()), most=MOST_HTML)
    return subject, text, html


def render_voice(template: str, context: Context, root: Path | None = None) -> str:
    """One paragraph to be spoken."""
    folder = mail_source.folder((root or settings().templates) / "voice", template, _language(context))
    file = folder / "say.j2"
    try:
        spoken = _spoken(file, file.stat().st_mtime_ns)
    except FileNotFoundError as error:
        raise WordsError("file_missing", str(file)) from error
    return " ".join(sandbox.fill(spoken, context).split())


def _language(context: Context) -> str:
    return str(context["person"]["language"])


@lru_cache(maxsize=512)
def _spoken(file: Path, _changed: int) -> Template:
    return sandbox.compiled(file.read_text("utf-8"), str(file))
