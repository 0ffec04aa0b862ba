"""How does a foreign page show a form of ours? By one script tag, or as plain HTML that needs no script."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from channels.forms import Form

SCRIPT = Path(__file__).with_name("embed.js")


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


def script(form: Form, public_url: str) -> str:
    """What embed.js does: on our page it notes the visitor's clock, on a foreign page it shows ours in a frame."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(public_url))
    words = SCRIPT.read_text("utf-8").replace("ADDRESS", address(form, public_url))
    return words.replace("ORIGIN", origin).replace("KEY", form.key)
