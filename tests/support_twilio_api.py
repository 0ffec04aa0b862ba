"""Does a request or an answer fit Twilio's own description of its API? (`tests/data/twilio`)"""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

BASE = re.compile(r"/2010-04-01/Accounts/[^/.]+/")
SID = re.compile(r"(?<=/)(?:[A-Z]{2}[0-9a-f]{32}|Front)(?=[/.])")
TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
FORMATS = {
    "date-time-rfc-2822": lambda text: parsedate_to_datetime(text).tzinfo is not None,
    "date-time": lambda text: datetime.fromisoformat(text).tzinfo is not None,
    "currency": re.compile(r"[A-Z]{3}").fullmatch,
    "phone-number": re.compile(r"\+[1-9]\d{6,14}").fullmatch,
    "endpoint": re.compile(r"\+[1-9]\d{6,14}").fullmatch,
    "uri": lambda text: urlsplit(text).scheme in ("http", "https"),
}


@cache
def operations():
    """By method and path with its placeholders, the operations that we speak."""
    found = json.loads((Path(__file__).parent / "data/twilio/api.json").read_text(encoding="utf-8"))
    return [
        (name, re.compile(re.sub(r"\\\{\w+\\\}", "[^/.]+", re.escape(name))), rules) for name, rules in found.items()
    ]


def operation(method, path):
    """Name and rules of this operation."""
    asked = f"{method} {BASE.sub('', path)}"
    return next(((name, rules) for name, path, rules in operations() if path.fullmatch(asked)), (asked, None))


def wrong(schema, value, where="", *, answer):
    """What does not fit, in sentences. An answer must have every property that is described, and no other."""
    if value is None:
        # the description forgets that a conference in progress was not ended for any reason; its own words say null
        return [] if schema.get("nullable") or where.endswith("reason_conference_ended") else [f"{where} is null"]
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
        return [f"{where}: {value!r} is no {kind}"]
    if isinstance(value, dict) and "properties" in schema:
        return _wrong_object(schema, value, where, answer=answer)
    if isinstance(value, list):
        return [each for item in value for each in wrong(schema.get("items", {}), item, where, answer=answer)]
    return [f"{where}: {value!r} does not fit {schema}"] if not _fits(schema, value, answer) else []


def _wrong_object(schema, value, where, *, answer):
    properties = schema["properties"]
    needed = set(properties) if answer else set(schema.get("required", ()))
    missing = [f"{where}.{name} is missing" for name in sorted(needed - value.keys())]
    strange = [f"{where}.{name} is not described" for name in sorted(value.keys() - properties.keys())]
    return (
        missing
        + strange
        + [
            each
            for name in sorted(value.keys() & properties.keys())
            for each in wrong(properties[name], value[name], f"{where}.{name}", answer=answer)
        ]
    )


def _fits(schema, value, answer):
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        long_enough = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        return long_enough and bool(re.search(schema.get("pattern", ""), value)) and _formatted(schema, value, answer)
    return schema.get("minimum", value) <= value <= schema.get("maximum", value) if isinstance(value, int) else True


def _formatted(schema, text, answer):
    """Twilio's own examples answer with paths where the description wants an address."""
    form = schema.get("format", "")
    if form not in FORMATS or (answer and form == "uri"):
        return True
    try:
        return bool(FORMATS[form](text))
    except ValueError:
        return False


def typed(schema, fields):
    """Form fields or filters as the values that they stand for."""
    properties = schema.get("properties", schema)
    return {name: _value(properties.get(name, {}), values) for name, values in fields.items()}


def _value(schema, values):
    kind = schema.get("type")
    if kind == "array":
        return values
    if len(values) != 1:
        return values  # twice the same: no type fits
    [text] = values
    if kind == "integer" and text.isdigit():
        return int(text)
    return text.lower() == "true" if kind == "boolean" and text.lower() in ("true", "false") else text


def wrong_request(method, url, body):
    """What Twilio would not understand."""
    parts = urlsplit(url)
    name, rules = operation(method, parts.path)
    if rules is None:
        return [f"there is no {name}"]
    filters = {"properties": rules["filters"]}
    form = rules["form"] or {"properties": {}}
    asked, sent = (parse_qs(text or "", keep_blank_values=True) for text in (parts.query, body))
    return wrong(filters, typed(filters, asked), f"{name}?", answer=False) + wrong(
        form, typed(form, sent), name, answer=False
    )


def wrong_answer(method, url, status, text):
    """What Twilio would not have answered to a request that succeeded."""
    name, rules = operation(method, urlsplit(url).path)
    if rules is None or status != rules["status"]:
        return [f"{name} does not answer with {status}"]
    return wrong(rules["answer"], json.loads(text), name, answer=True) if rules["answer"] else []
