"""What do the pages about signing in look like? Plain forms: no script, labels, the names password managers know."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from opportune.web.login_words import COOKIE, LANGUAGES, Words, duration
from opportune.web.page import page
from opportune.work.login import Refused

STYLE = (
    "<style>main{max-width:30rem}label{display:block;margin:.9rem 0}label input{display:block;width:100%;"
    "margin-top:.25rem}h2{font-size:1.15rem;margin:1.75rem 0 0}button{margin:.5rem 0}"
    ".bad{color:#b3261e}.good{color:#1a6b37}"
    "@media(prefers-color-scheme:dark){.bad{color:#ffb4ab}.good{color:#8bd6a0}}"
    "code{font-size:1.05rem;overflow-wrap:anywhere}img{display:block;max-width:100%;margin:1rem 0;border-radius:8px}"
    ":focus-visible{outline:3px solid var(--accent);outline-offset:2px}"
    "button.plain{background:none;color:var(--accent);border-color:var(--line)}</style>"
)
#: An address of ours, and nothing that a browser could take for somebody else's.
OURS = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def shown(
    words: Words, title: str, body: str, *, practice: bool = False, status: int = 200, languages: str | None = None
) -> Response:
    """`languages`: the address that offers the others, where nothing typed would be lost."""
    choice = other_languages(words, languages) if languages else ""
    answer = page(words[title], STYLE + body + choice, practice=practice, status=status, language=words["language"])
    if languages:
        remember(answer, words)
    return answer


def remember(answer: Response, words: Words) -> None:
    answer.set_cookie(COOKIE, words["language"], max_age=365 * 86_400, samesite="lax")


def other_languages(words: Words, address: str) -> str:
    link = address + ("&" if "?" in address else "?") + "lang="
    others = (
        f'<a href="{escape(link + code)}" lang="{code}" hreflang="{code}">{name}</a>'
        for code, name in LANGUAGES.items()
        if code != words["language"]
    )
    return f'<nav aria-label="Language" class="soft">{"".join(others)}</nav>'


def form(action: str, *parts: str) -> str:
    return f'<form method="post" action="{escape(action)}">{"".join(parts)}</form>'


def field(label: str, name: str, kind: str, complete: str, value: str = "", more: str = "") -> str:
    told = f'name="{name}" type="{kind}" autocomplete="{complete}" value="{escape(value)}"'
    return f"<label>{escape(label)}<input {told} required {more}></label>"


def code_field(label: str, more: str = "") -> str:
    small = 'inputmode="numeric" maxlength="20" spellcheck="false" autocapitalize="none"'
    return field(label, "code", "text", "one-time-code", more=f"{small} {more}")


def new_password(words: Words) -> str:
    hint = f'<p class="soft" id="hint">{escape(words["password_hint"])}</p>'
    more = 'minlength="12" maxlength="256" aria-describedby="hint"'
    return field(words["new_password"], "password", "password", "new-password", more=more) + hint


def hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def whose(email: str) -> str:
    """For password managers: whose password this is."""
    return f'<input type="text" name="username" autocomplete="username" value="{escape(email)}" hidden readonly>'


def button(label: str, name: str = "", value: str = "", *, plain: bool = False) -> str:
    named = f' name="{name}" value="{escape(value)}"' if name else ""
    return f"<button{named}{' class=plain' if plain else ''}>{escape(label)}</button>"


def bad(text: str) -> str:
    """Read aloud at once."""
    return f'<p class="bad" role="alert">{escape(text)}</p>' if text else ""


def good(text: str) -> str:
    return f'<p class="good" role="status">{escape(text)}</p>' if text else ""


def refusal(words: Words, refused: Refused, wrong: str) -> tuple[str, int]:
    """The sentence and the status."""
    if refused.wait:
        return words["wait"].format(time=duration(words, refused.wait)), 429
    return words[wrong], 401


def onwards(text: str) -> str:
    """Where somebody wanted to go, when that is one of our own pages."""
    return text if OURS.fullmatch(text) and len(text) < 2000 else "/"


def login_address(onwards_to: str) -> str:
    return "/login" if onwards_to == "/" else f"/login?next={quote(onwards_to, safe='')}"


def visitor(request: Request) -> str | None:
    return request.client.host if request.client else None
