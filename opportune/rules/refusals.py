"""Which of our codes does an error of the model have, and which values does its sentence need?"""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from opportune.rules import parts
from opportune.rules.campaign import Campaign
from opportune.rules.parts import Rule
from opportune.rules.problems import Loc, Wrong

#: Beginning of the model's kind of error -> our code; the first that fits counts.
CODES = {
    "string_too_short": "text_empty",
    "string_too_long": "text_long",
    "string": "text_wanted",
    "int": "whole_number",
    "float": "number",
    "finite": "number",
    "bool": "yes_no",
    "date": "date",
    "model": "part",
    "tuple": "list",
    "less_than": "too_much",
    "greater_than_equal": "too_little",
    "greater_than": "not_above",
    "too_short": "list_short",
    "too_long": "list_long",
}
FORMS = {
    parts.LINE: "line_form",
    parts.NAME: "name_form",
    parts.KEY: "name_form",
    parts.PHONE: "phone_form",
    parts.COUNTRY: "country_form",
    parts.EMAIL: "email_form",
}
LIMITS = ("le", "ge", "lt", "gt", "min_length", "max_length")


def understood(error: ErrorDetails, model: type[BaseModel] = Campaign) -> tuple[str, dict[str, Any], Loc]:
    """Code, values and exact place."""
    loc, context = error["loc"], error.get("ctx", {})
    name = _name(loc)
    values: dict[str, Any] = {"name": name, "value": str(error["input"])[:60]}
    match error["type"]:
        case "value_error" if isinstance(wrong := context["error"], Wrong):
            return wrong.code, values | wrong.values, (*loc, *wrong.at)
        case "extra_forbidden":
            return "unknown_key", values | {"given": name, "allowed": _keys(loc[:-1], model)}, loc
        case "missing":
            parent = _name(loc[:-1])
            return ("missing_below" if parent else "missing"), values | {"parent": parent}, loc
        case "enum" | "literal_error":
            allowed = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return "no_such_value", values | {"given": values["value"], "allowed": allowed}, loc
        case "string_pattern_mismatch":
            return FORMS[context["pattern"]], values, loc
        case "less_than_equal" if loc == ("calls", "most"):
            return "five_calls", values, loc
        case kind:
            code = next((code for start, code in CODES.items() if kind.startswith(start)), "odd")
            limit = next((context[key] for key in LIMITS if key in context), "")
            return code, values | {"limit": limit, "why": error["msg"]}, loc


def _name(loc: Loc) -> str:
    """The last key; an entry of a list goes by the name of its list."""
    return next((part for part in reversed(loc) if isinstance(part, str)), "")


def _keys(loc: Loc, part: type[BaseModel]) -> list[str]:
    """The keys of the part at this place."""
    for name in loc:
        if isinstance(name, str):
            part = _part_at(part.model_fields[name].annotation)
    return [*part.model_fields, *(["otherwise"] if part is Rule else [])]


def _part_at(annotation: Any) -> type[BaseModel]:
    """`Calls`, `When | None` or `tuple[Rule, ...]`: what stands first."""
    return annotation if isinstance(annotation, type) else get_args(annotation)[0]
