"""A mail's words, as `prepare` fills them."""

from __future__ import annotations

from pathlib import Path

from opportune.work import filling, mail_source
from opportune.work.filling import Context, Parts


def render_mail(template: str, context: Context, root: Path) -> Parts:
    return filling.filled(mail_source.load(root, template, context["person"]["language"]), context)
