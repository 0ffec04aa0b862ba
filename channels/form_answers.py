"""Is what a visitor filled in complete and usable? All that is wrong at once, in words the visitor can act on."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from channels.addresses import normal_email, normal_phone
from channels.forms import Field, Form
from opportune.rules import formula

#: Come along unseen: the visitor's clock (from the browser), the place of the form, the mail that led here.
HIDDEN = {"zone": 64, "country": 2, "language": 8, "page": 500, "t": 64}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Answers:
    """What was filled in, normalised, and what is wrong with it: field -> sentence."""

    values: dict[str, str]
    problems: dict[str, str]


def check(form: Form, given: Mapping[str, str]) -> Answers:
    """Fields we did not ask for are dropped."""
    values: dict[str, str] = {}
    problems: dict[str, str] = {}
    for field in form.fields:
        text = given.get(field.name, "").strip()
        value, problem = _checked(form, field, text, given.get("country", "").upper()[:2] or None)
        if value:
            values[field.name] = value
        if problem:
            problems[field.name] = problem
    for name, longest in HIDDEN.items():
        if given.get(name):
            values[name] = re.sub(r"[\x00-\x1f\x7f]", "", given[name])[:longest]
    _check_answer(form, given, values, problems)
    _check_consents(form, given, values, problems)
    if form.document.calculator and not problems and result(form, values) is None:
        problems[form.fields[-1].name] = form.says("no_result")
    return Answers(values, problems)


def result(form: Form, values: Mapping[str, str]) -> str | None:
    """A calculator's answer in words; None where these numbers have none."""
    calculator = form.document.calculator
    if calculator is None:
        return None
    numbers = {field.name: float(values[field.name]) for field in form.fields if _is_given_number(field, values)}
    found = formula.value(calculator.formula, numbers)
    if found is None:
        return None
    sentence = form.document.in_language(form.language).result or ""
    return sentence.replace("{result}", f"{found:,.{calculator.decimals}f}".replace(",", "\u202f"))


def _is_given_number(field: Field, values: Mapping[str, str]) -> bool:
    return field.kind == "number" and field.name in values


def _checked(form: Form, field: Field, text: str, country: str | None) -> tuple[str, str]:
    """(value, problem)."""
    if not text:
        return "", form.says("missing", label=field.label) if field.required else ""
    if len(text) > field.longest:
        return "", form.says("long", label=field.label, most=field.longest)
    if CONTROL.search(text):
        return "", form.says("control", label=field.label)
    match field.kind:
        case "email":
            return normal_email(text) or "", "" if normal_email(text) else form.says("email")
        case "tel":
            number = normal_phone(text, country)
            return number or "", "" if number else form.says("phone")
        case "number":
            return _number(form, field, text)
        case "select" if text not in dict(field.choices):
            return "", form.says("choice", label=field.label)
        case "datetime-local" if not _is_moment(text):
            return "", form.says("moment", label=field.label)
        case "textarea":
            return text, ""
    return " ".join(text.split()), ""


def _number(form: Form, field: Field, text: str) -> tuple[str, str]:
    """Written as people write it: 1 200,50 too."""
    try:
        number = float(re.sub(r"[\s_\u00a0\u202f]", "", text).replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        return "", form.says("number", label=field.label)
    if field.least is not None and number < field.least:
        return "", form.says("least", label=field.label, limit=f"{field.least:g}")
    if field.most is not None and number > field.most:
        return "", form.says("most", label=field.label, limit=f"{field.most:g}")
    return f"{number:.15g}", ""


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _check_answer(form: Form, given: Mapping[str, str], values: dict[str, str], problems: dict[str, str]) -> None:
    """A18: the channel of the answer, and the address that channel needs."""
    wish = given.get("answer_by", "") or (form.answers[0] if len(form.answers) == 1 else "")
    if wish not in form.answers:
        problems["answer_by"] = form.says("choose_answer")
        return
    values["answer_by"] = wish
    needed = "phone" if wish == "call" else "email"
    if needed not in values and needed not in problems:
        problems[needed] = form.says(f"need_{needed}")


def _check_consents(form: Form, given: Mapping[str, str], values: dict[str, str], problems: dict[str, str]) -> None:
    """E1: only a tick is a yes; no tick is no word at all."""
    for channel in form.consents:
        if given.get(f"consent_{channel}", "").lower() in ("yes", "on", "true", "1"):
            values[f"consent_{channel}"] = "yes"
    name = f"consent_{form.consent_required}"
    if form.consent_required and name not in values:
        problems[name] = form.says("need_consent")
