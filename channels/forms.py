"""What do our site forms ask, and how does a foreign page show them?

Four of the eleven ways to win a contact (A12), as data. Each asks which channel the answer should take (A18). Consent
to advertising is asked apart for each channel, is never ticked in advance, and names the advertiser (E1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from channels.addresses import normal_email, normal_phone
from opportune.rules.facts import Goal

TRAP = "website_2"  # honeypot: people do not see it, programs fill it in
CONSENT_WORDS = {
    "call": "{advertiser} may call me about its offers.",
    "call_auto": "{advertiser} may also call me with recorded announcements and leave voicemails.",
    "email": "{advertiser} may write to me by email about its offers.",
}
ANSWER_BY = {"call": "Call me", "email": "Write to me"}


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is the HTML input type, or textarea."""

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    autocomplete: str = "off"
    longest: int = 200
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """`consent_required`: the form makes no sense without this one (a newsletter without mail)."""

    key: str
    kind: str  # of A12: chat | material | newsletter | …
    version: str
    title: str
    intro: str
    fields: tuple[Field, ...]
    button: str
    thanks: str
    goal: Goal
    asks_for_contact: bool  # raised a hand: a call back is not a cold call (C4)
    answers: tuple[str, ...] = ("call", "email")
    consents: tuple[str, ...] = ("call", "call_auto", "email")
    consent_required: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was filled in, normalised, and what is wrong with it: field -> sentence."""

    values: dict[str, str]
    problems: dict[str, str]


NAME = Field("name", "Your name", required=True, autocomplete="name")
EMAIL = Field("email", "Email", "email", autocomplete="email")
PHONE = Field("phone", "Phone", "tel", autocomplete="tel", longest=40, hint="with + and country code")
COMPANY = Field("company", "Company", autocomplete="organization")
MUST_EMAIL = Field("email", "Email", "email", required=True, autocomplete="email")

FORMS: dict[str, Form] = {
    form.key: form
    for form in (
        Form(
            "callback", "chat", "1", "Shall we call you?",
            "Leave your number and we call you back, in working hours within ten minutes.",
            (NAME, PHONE, EMAIL, COMPANY, Field("message", "What is it about?", "textarea", longest=2000)),
            "Please contact me", "We have your request and will be in touch shortly.",
            Goal.MEETING, asks_for_contact=True,
        ),
        Form(
            "booking", "registration", "1", "Book a meeting",
            "Choose a time for a talk of twenty minutes.",
            (NAME, MUST_EMAIL, PHONE, COMPANY,
             Field("when", "When suits you?", "datetime-local", required=True, longest=25),
             Field("message", "What shall we talk about?", "textarea", longest=2000)),
            "Book this time", "Your meeting is noted. A confirmation is on its way.",
            Goal.MEETING, asks_for_contact=True,
        ),
        Form(
            "lead_magnet", "material", "1", "Get the guide",
            "Tell us where to send it. It is free, and you need not agree to anything else.",
            (NAME, MUST_EMAIL, PHONE, COMPANY),
            "Send me the guide", "The guide is on its way to your mailbox.",
            Goal.INFORM, asks_for_contact=False,
        ),
        Form(
            "newsletter", "newsletter", "1", "Don’t miss it",
            "One letter a month with what worked for others. You can leave with one click.",
            (Field("name", "Your name", autocomplete="name"), MUST_EMAIL),
            "Subscribe", "You are on the list.",
            Goal.INFORM, asks_for_contact=False,
            answers=("email",), consents=("email",), consent_required="email",
        ),
    )
}  # fmt: skip
#: Come along unseen: the visitor's clock (from the browser), the place of the form, the mail that led here.
HIDDEN = {"zone": 64, "country": 2, "language": 8, "page": 500, "t": 64}


def check(form: Form, given: Mapping[str, str]) -> Answers:
    """Everything that is wrong at once, in words the visitor can act on. Fields we did not ask for are dropped."""
    values: dict[str, str] = {}
    problems: dict[str, str] = {}
    for field in form.fields:
        text = given.get(field.name, "").strip()
        value, problem = _checked(field, text, given.get("country", "").upper()[:2] or None)
        if value:
            values[field.name] = value
        if problem:
            problems[field.name] = problem
    for name, longest in HIDDEN.items():
        if given.get(name):
            values[name] = re.sub(r"[\x00-\x1f\x7f]", "", given[name])[:longest]
    _check_answer(form, given, values, problems)
    _check_consents(form, given, values, problems)
    return Answers(values, problems)


def _checked(field: Field, text: str, country: str | None) -> tuple[str, str]:
    """(value, problem)."""
    if not text:
        return "", f"{field.label}: please fill this in." if field.required else ""
    if len(text) > field.longest:
        return "", f"{field.label}: at most {field.longest} characters, please."
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        return "", f"{field.label}: please remove the control characters."
    if field.kind == "email":
        return normal_email(text) or "", "" if normal_email(text) else "Email: this address has a mistake."
    if field.kind == "tel":
        number = normal_phone(text, country)
        return number or "", "" if number else "Phone: please begin with + and the country code, like +44 20 7946 0123."
    if field.kind == "datetime-local" and not _is_moment(text):
        return "", f"{field.label} Please give a day and a time, like 2026-03-31T14:30."
    return text if field.kind == "textarea" else " ".join(text.split()), ""


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _check_answer(form: Form, given: Mapping[str, str], values: dict[str, str], problems: dict[str, str]) -> None:
    """A18: the channel of the answer, and the address that channel needs."""
    wish = given.get("answer_by", "") or (form.answers[0] if len(form.answers) == 1 else "")
    if wish not in form.answers:
        problems["answer_by"] = "How shall we answer? Please choose one."
        return
    values["answer_by"] = wish
    needed = "phone" if wish == "call" else "email"
    if needed not in values and needed not in problems:
        problems[needed] = "Phone: we need a number to call you." if wish == "call" else "Email: we need it to write."


def _check_consents(form: Form, given: Mapping[str, str], values: dict[str, str], problems: dict[str, str]) -> None:
    """E1: only a tick is a yes; no tick is no word at all."""
    for channel in form.consents:
        if given.get(f"consent_{channel}", "").lower() in ("yes", "on", "true", "1"):
            values[f"consent_{channel}"] = "yes"
    name = f"consent_{form.consent_required}"
    if form.consent_required and name not in values:
        problems[name] = "Please tick this box: without it we may not write to you."


def consent_wording(channel: str, advertiser: str) -> str:
    """The words beside the box, which are the proof later."""
    return CONSENT_WORDS[channel].format(advertiser=advertiser)


def embed(form_key: str, public_url: str) -> str:
    """The code to copy into any page; a visitor without JavaScript gets a link."""
    address = f"{public_url.rstrip('/')}/forms/{FORMS[form_key].key}"
    return (
        f'<div data-opportune-form="{form_key}"></div>\n'
        f'<script src="{address}/embed.js" async></script>\n'
        f'<noscript><a href="{address}">{FORMS[form_key].title}</a></noscript>\n'
    )


def script(form_key: str, public_url: str) -> str:
    """What embed.js does: on our page it notes the visitor's clock, on a foreign page it shows ours in a frame."""
    address = f"{public_url.rstrip('/')}/forms/{form_key}"
    return SCRIPT.replace("ADDRESS", address).replace("KEY", form_key)


SCRIPT = """(function () {
  var clock = document.querySelector('input[name="zone"]');
  if (clock) {
    clock.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    return;
  }
  document.querySelectorAll('[data-opportune-form="KEY"]').forEach(function (place) {
    if (place.firstChild) return;
    var frame = document.createElement("iframe");
    frame.src = "ADDRESS?page=" + encodeURIComponent(location.href);
    frame.title = "KEY";
    frame.style.cssText = "width:100%;min-height:52rem;border:0";
    place.appendChild(frame);
  });
})();
"""
