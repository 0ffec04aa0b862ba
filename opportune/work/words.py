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
from opportune.work import mail_source, sandbox
from opportune.work.filling import Context

__all__ = ["WordsError", "render_voice"]


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
