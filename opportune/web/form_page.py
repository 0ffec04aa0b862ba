"""How does a site form look? A page that works without JavaScript, on a phone, and says what is wrong where it is."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.responses import HTMLResponse

from channels.form_answers import HIDDEN
from channels.form_embed import address, embed
from channels.forms import TRAP, Form
from opportune.web import form_fields as part
from opportune.web.form_theme import style
from opportune.web.form_token import TICKET
from opportune.web.page import page
from opportune.web.proof_of_work import PROOF


@dataclass(frozen=True, slots=True)
class Shown:
    """In which surroundings a form is shown. `within`: in a frame of another page; `query`: to come along on a post."""

    advertiser: str
    public_url: str
    practice: bool = False
    within: bool = False
    query: tuple[tuple[str, str], ...] = ()
    ticket: str = ""
    puzzle: Mapping[str, Any] | None = None


def form_page(form: Form, shown: Shown, typed: Mapping[str, str], problems: Mapping[str, str]) -> HTMLResponse:
    """The form, with what was typed before and what was wrong with it."""
    action = f"/forms/{form.key}" + (f"?{urlencode(shown.query)}" if shown.query else "")
    typed = dict(typed) | {"key": typed.get("key") or secrets.token_urlsafe(16), TICKET: shown.ticket}
    body = part.summary(form, problems) + markup(form, shown.advertiser, action, typed, problems, shown.puzzle)
    return _page(
        form, shown, form.title, f'<p class="soft intro">{escape(form.intro)}</p>{body}', 422 if problems else 200
    )


def markup(
    form: Form,
    advertiser: str,
    action: str,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    puzzle: Mapping[str, Any] | None = None,
) -> str:
    """The form itself, as HTML that works on any page."""
    asked = (part.field(form, each, typed.get(each.name, ""), problems.get(each.name, "")) for each in form.fields)
    pieces = [
        f'<form method="post" action="{escape(action)}" novalidate>',
        *asked,
        part.answer_by(form, typed, problems.get("answer_by", "")),
        part.consents(form, advertiser, typed, problems),
        _terms(form),
        _hidden(form, typed, puzzle),
        part.wrong(TRAP, problems.get(TRAP, "")),
        f'<button class="send" type="submit">{escape(form.button)}</button></form>',
    ]
    return "\n".join(filter(None, pieces))


def plain(form: Form, advertiser: str, public_url: str) -> str:
    """To copy into a page that takes no script. Each post is its own: the key of a page of ours is not in it."""
    action = f"{address(form, public_url)}?lang={form.language}"
    return markup(form, advertiser, action, {"language": form.language}, {})


def thanks_page(form: Form, shown: Shown) -> HTMLResponse:
    return _page(form, shown, form.says("thank_you"), f"<p>{escape(form.thanks)}</p>")


def slow_page(form: Form, shown: Shown, words: str) -> HTMLResponse:
    """Asked too often: nothing is lost, the browser's way back has it all."""
    return _page(form, shown, form.title, f"<p>{escape(words)}</p>", 429)


def closed_page(form: Form, shown: Shown) -> HTMLResponse:
    """Nobody can take part any more."""
    words = form.document.in_language(form.language).closed or form.says("over")
    return _page(form, shown, form.title, f"<p>{escape(words)}</p>")


def embed_page(form: Form, shown: Shown) -> HTMLResponse:
    """The code to copy, in both ways."""
    script, html = escape(embed(form, shown.public_url)), escape(plain(form, shown.advertiser, shown.public_url))
    body = (
        f"<p>Copy this to where the form shall stand:</p><pre>{script}</pre>"
        f"<p>Or, where no script may run, this:</p><pre>{html}</pre>"
    )
    whole = style(form.document.theme, within=False) + body
    return page(f"Embed: {form.title}", whole, practice=shown.practice)


def _page(form: Form, shown: Shown, title: str, body: str, status: int = 200) -> HTMLResponse:
    """Other sites may show our forms in a frame, so that embedding is one line; the one script is our own."""
    theme = form.document.theme
    whole = (
        f'{style(theme, within=shown.within)}<div id="opportune-form" data-font="{theme.font}">{body}</div>'
        f'<script src="/forms/{form.key}/embed.js" defer></script>'
    )
    response = page(
        title, whole, practice=shown.practice, status=status, within=shown.within,
        language=form.language,
    )  # fmt: skip
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(shown.public_url))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'self' {origin}; "
        "form-action 'self'; frame-ancestors *; base-uri 'none'"
    )
    response.headers["Vary"] = "Accept-Language"
    return response


def _terms(form: Form) -> str:
    contest = form.document.contest
    return f'<p><a href="{escape(contest.terms)}">{form.says("terms")}</a></p>' if contest else ""


def _hidden(form: Form, typed: Mapping[str, str], puzzle: Mapping[str, Any] | None) -> str:
    """What comes along unseen: the key that makes a second click harmless, when the page was shown, a puzzle for the
    browser, and the trap for programs."""
    values = {name: typed.get(name, "") for name in (*HIDDEN, "key", TICKET) if name != TICKET or typed.get(name)}
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in values.items())
    trap = f'<div class="trap" aria-hidden="true"><label>{form.says("leave_empty")}<input name="{TRAP}" tabindex="-1" '
    if puzzle is not None:
        fields += f'<input type="hidden" name="{PROOF}" data-puzzle="{escape(json.dumps(puzzle))}">'
    return fields + trap + 'autocomplete="off"></label></div>'
