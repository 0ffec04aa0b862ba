"""How does a foreign page show a form of ours? By one script tag, or as plain HTML that needs no script."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from channels.forms import Form

SCRIPT = Path(__file__).with_name("embed.js")
VISIT = Path(__file__).with_name("visit.js")


def address(form: Form, public_url: str) -> str:
    return f"{public_url.rstrip('/')}/forms/{form.key}"


def embed(form: Form, public_url: str) -> str:
    """The code to copy into any page; a visitor without JavaScript gets a link."""
    where = address(form, public_url)
    return (
        f'<div data-opportune-form="{form.key}"></div>\n'
        f'<script src="{where}/embed.js" async></script>\n'
        f'<noscript><a href="{where}">{escape(form.title)}</a></noscript>\n'
    )


def visit_script(public_url: str) -> str:
    """What visit.js does: with the visitor's consent it tells us of a visit that our mail brought (F4)."""
    return VISIT.read_text("utf-8").replace("VISITS", f"{public_url.rstrip('/')}/visits")


def script(form: Form, public_url: str, *, visits: bool = False) -> str:
    """What embed.js does: on our page it notes the visitor's clock, on a foreign page it shows ours in a frame.
    `visits`: and before that what visit.js does, so that the frame's address no longer names a visit."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(public_url))
    words = SCRIPT.read_text("utf-8").replace("ADDRESS", address(form, public_url))
    words = words.replace("ORIGIN", origin).replace("KEY", form.key)
    return visit_script(public_url) + words if visits else words
