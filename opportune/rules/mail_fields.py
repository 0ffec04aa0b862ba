"""Which fields may a template use, and as whom is it tried out? As one well known, one hardly known, and a joker."""

from __future__ import annotations

from typing import Any

#: Field -> what it has below it; nothing: it is a value of its own.
FIELDS: dict[str, tuple[str, ...]] = {
    "person": ("name", "first_name", "company", "title", "language"),
    "sender": ("name", "company", "email", "phone", "postal_address"),
    "campaign": ("name", "goal", "reason", "offer", "advertiser"),
    "links": ("book", "unsubscribe", "form", "my", "confirm"),
    "asked": (),  # the words that a click confirms (E1), of the mail that asks for it
    "answer": ("title", "result", "code", "until", "when", "link"),  # what a form is answered (A12)
    "called_from": (),  # the number that the call before it showed
    "cause": (),  # result of the call that it follows, or nothing
    "step": (),
    "earlier": ("date", "lines"),  # the mail that it answers, or nothing
    "frame": ("regards", "earlier", "unsubscribe", "my"),  # what the frame says in this language
}
NAMES = sorted([*FIELDS, *(f"{name}.{each}" for name, below in FIELDS.items() for each in below)])

SENDER = {
    "name": "Anna Keller",
    "company": "Brightdesk",
    "email": "anna@brightdesk.example",
    "phone": "+12025550123",
    "postal_address": "Brightdesk, 12 Harbour Street, Boston MA 02110",
}
CAMPAIGN = {
    "name": "A review of your service desk",
    "goal": "meeting",
    "reason": "win_over",
    "offer": "A free half-hour review of how your team answers customers: three findings, yours to keep.",
    "advertiser": "Brightdesk",
}
LINKS = {
    "book": "https://desk.brightdesk.example/forms/booking?t=4f7a&x=1",
    "unsubscribe": "https://desk.brightdesk.example/u/4f7a",
    "form": "https://desk.brightdesk.example/forms/callback",
    "my": "https://desk.brightdesk.example/my/4f7a?l=en",
    "confirm": "https://desk.brightdesk.example/confirm/9c1d?l=en",
}
ASKED = ["Brightdesk may write to me by email about its offers."]
ANSWER = {
    "title": "What does searching cost you?",
    "result": "Searching costs you about 4\u202f200 a month.",
    "code": "SPRING-7KQ2M9XWPA",
    "until": "2027-12-31",
    "when": "2027-09-15 15:00 (UTC+0200)",
    "link": "https://brightdesk.example/webinar",
}
EARLIER = {"date": "2026-03-04", "lines": ["Twenty minutes are enough to see", "whether it is worth your time."]}
EVERY = {"name": "Ana Stan", "first_name": "Ana", "company": "Stan & Sons Logistics", "title": "Director"}
NASTY = {
    "name": "<script>alert(1)</script> \u202eanA \U0001f9d1\u200d\U0001f4bb",
    "first_name": "<script>alert(1)</script>",
    "company": 'O\'Neill "Ltd" </td>\r\nBcc: all@firm.example {{ 7*7 }} {% raw %} Ăñ',
    "title": "\u0000{{ person.__class__ }}",
}


def people(language: str) -> dict[str, dict[str, str]]:
    """Whom a template is tried out with."""
    trial = {"Ana Stan": EVERY, "somebody without a name": dict.fromkeys(EVERY, ""), "somebody with an odd name": NASTY}
    return {name: each | {"language": language} for name, each in trial.items()}


def contexts(
    language: str, campaign: dict[str, str] | None = None, sender: dict[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    """Everything that a template may say, for each of these people; only the first was written to before."""
    same: dict[str, Any] = {
        "sender": sender or SENDER,
        "campaign": campaign or CAMPAIGN,
        "links": LINKS,
        "asked": ASKED,
        "answer": ANSWER,
        "called_from": SENDER["phone"],
        "cause": None,
        "step": 1,
    }
    found = {name: {"person": each, **same, "earlier": None} for name, each in people(language).items()}
    found["Ana Stan"]["earlier"] = EARLIER
    return found
