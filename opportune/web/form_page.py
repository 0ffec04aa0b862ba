"""How does a site form look? A page that works without JavaScript, on a phone, and says what is wrong where it is."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

from channels.forms import ANSWER_BY, HIDDEN, TRAP, Field, Form, consent_wording, embed
from opportune.web.page import page

STYLE = """<style>
.field{margin:1rem 0}.field label,legend{display:block;font-weight:600;margin-bottom:.25rem}
.field input,.field textarea{width:100%;min-height:2.75rem}textarea{font:inherit;padding:.5rem .8rem;min-height:6rem;
border-radius:8px;border:1px solid var(--line);background:var(--card);color:var(--ink)}
fieldset{border:1px solid var(--line);border-radius:8px;margin:1rem 0;padding:.75rem 1rem}
.tick{display:flex;gap:.6rem;align-items:flex-start;font-weight:400;padding:.4rem 0}
.tick input{width:1.25rem;height:1.25rem;margin-top:.15rem;flex:none}
.wrong{color:#b3261e;margin:.25rem 0 0}.wrong~*,[aria-invalid=true]{border-color:#b3261e}
@media(prefers-color-scheme:dark){.wrong{color:#ffb4ab}}
.trap{position:absolute;left:-6000px}button.send{width:100%;min-height:3rem;font-weight:600}
pre{white-space:pre-wrap;word-break:break-all;background:var(--ground);padding:1rem;border-radius:8px}</style>"""


def form_page(
    form: Form,
    advertiser: str,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    practice: bool,
    public_url: str,
) -> HTMLResponse:
    """The form, with what was typed before and what was wrong with it."""
    parts = [STYLE, f'<p class="soft">{escape(form.intro)}</p>']
    if problems:
        parts.append('<p class="wrong" role="alert">Please look at the marked fields.</p>')
    parts.append(f'<form method="post" action="/forms/{form.key}" novalidate>')
    parts += [_field(field, typed.get(field.name, ""), problems.get(field.name, "")) for field in form.fields]
    parts += [_answer_by(form, typed, problems), _consents(form, advertiser, typed, problems), _hidden(typed)]
    parts.append(_wrong(TRAP, problems.get(TRAP, "")))
    parts.append(f'<button class="send" type="submit">{escape(form.button)}</button></form>')
    parts.append(f'<script src="/forms/{form.key}/embed.js" defer></script>')
    status = 422 if problems else 200
    return _framed(page(form.title, "".join(parts), practice=practice, status=status), public_url)


def thanks_page(form: Form, *, practice: bool, public_url: str) -> HTMLResponse:
    return _framed(page("Thank you", f"<p>{escape(form.thanks)}</p>", practice=practice), public_url)


def embed_page(form: Form, public_url: str, *, practice: bool) -> HTMLResponse:
    """The code to copy."""
    code = escape(embed(form.key, public_url))
    body = f"<p>Copy this to where the form shall stand:</p><pre>{code}</pre>"
    return page(f"Embed: {form.title}", STYLE + body, practice=practice)


def _framed(response: HTMLResponse, public_url: str) -> HTMLResponse:
    """Other sites may show our forms in a frame, so that embedding is one line; the one script is our own."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(public_url))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'self' {origin}; "
        "form-action 'self'; frame-ancestors *; base-uri 'none'"
    )
    return response


def _field(field: Field, value: str, problem: str) -> str:
    hint = f' <span class="soft">({escape(field.hint)})</span>' if field.hint else ""
    optional = "" if field.required else ' <span class="soft">optional</span>'
    facts = (
        f'id="{field.name}" name="{field.name}" maxlength="{field.longest}" autocomplete="{field.autocomplete}"'
        + (" required" if field.required else "")
        + (f' aria-invalid="true" aria-describedby="{field.name}-wrong"' if problem else "")
    )
    if field.kind == "textarea":
        box = f"<textarea {facts}>{escape(value)}</textarea>"
    else:
        box = f'<input type="{field.kind}" {facts} value="{escape(value)}">'
    label = f'<label for="{field.name}">{escape(field.label)}{optional}{hint}</label>'
    return f'<div class="field">{label}{box}{_wrong(field.name, problem)}</div>'


def _answer_by(form: Form, typed: Mapping[str, str], problems: Mapping[str, str]) -> str:
    """A18."""
    if len(form.answers) == 1:
        return f'<input type="hidden" name="answer_by" value="{form.answers[0]}">'
    choices = "".join(
        f'<label class="tick"><input type="radio" name="answer_by" value="{each}"'
        f"{' checked' if typed.get('answer_by') == each else ''}>{escape(ANSWER_BY[each])}</label>"
        for each in form.answers
    )
    wrong = _wrong("answer_by", problems.get("answer_by", ""))
    return f"<fieldset><legend>How shall we answer?</legend>{choices}{wrong}</fieldset>"


def _consents(form: Form, advertiser: str, typed: Mapping[str, str], problems: Mapping[str, str]) -> str:
    """E1: a box per channel, ticked only by the visitor."""
    boxes = ""
    for channel in form.consents:
        name = f"consent_{channel}"
        ticked = " checked" if typed.get(name) else ""
        words = escape(consent_wording(channel, advertiser))
        box = f'<label class="tick"><input type="checkbox" name="{name}" value="yes"{ticked}>{words}</label>'
        boxes += box + _wrong(name, problems.get(name, ""))
    note = "needed for the letters" if form.consent_required else "not needed for your request; withdraw at any time"
    return f'<fieldset><legend>Offers <span class="soft">({note})</span></legend>{boxes}</fieldset>'


def _hidden(typed: Mapping[str, str]) -> str:
    """What comes along unseen, the key that makes a second click harmless, and the trap for programs."""
    values = {name: typed.get(name, "") for name in HIDDEN}
    values["key"] = typed.get("key") or secrets.token_urlsafe(16)
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in values.items())
    trap = f'<div class="trap" aria-hidden="true"><label>Leave this empty<input name="{TRAP}" tabindex="-1" '
    return fields + trap + 'autocomplete="off"></label></div>'


def _wrong(name: str, problem: str) -> str:
    return f'<p class="wrong" id="{name}-wrong">{escape(problem)}</p>' if problem else ""
