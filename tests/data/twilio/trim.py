"""Which part of Twilio's description do we keep? Writes api.json beside this file."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

ACCOUNT = "/2010-04-01/Accounts/{AccountSid}/"
KEPT = {
    "Calls.json": ("get", "post"),
    "Calls/{Sid}.json": ("get", "post"),
    "Queues.json": ("get", "post"),
    "Queues/{Sid}.json": ("get",),
    "Queues/{QueueSid}/Members.json": ("get",),
    "Queues/{QueueSid}/Members/{CallSid}.json": ("post",),
    "Conferences.json": ("get",),
    "Conferences/{Sid}.json": ("get", "post"),
    "Conferences/{ConferenceSid}/Participants.json": ("get",),
    "Conferences/{ConferenceSid}/Participants/{CallSid}.json": ("get", "post", "delete"),
    "Recordings.json": ("get",),
    "Recordings/{Sid}.json": ("get", "delete"),
}
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
SCHEMA = ("type", "format", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "nullable", "required")


def schema(node, known):
    """Its rules; what it refers to is put in its place."""
    if "$ref" in node:
        return schema(known[node["$ref"].rpartition("/")[2]], known)
    rules = {name: node[name] for name in SCHEMA if name in node}
    if "items" in node:
        rules["items"] = schema(node["items"], known)
    if "properties" in node:
        rules["properties"] = {name: schema(each, known) for name, each in node["properties"].items()}
    return rules


def operation(node, known):
    """Filters, the form, and the answer of a success."""
    filters = {each["name"]: schema(each["schema"], known) for each in node["parameters"] if each["in"] == "query"}
    form = node.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema")
    [(status, success)] = [item for item in node["responses"].items() if item[0].startswith("2")]
    answer = success.get("content", {}).get(JSON, {}).get("schema")
    return {
        "filters": filters,
        "form": schema(form, known) if form else None,
        "status": int(status),
        "answer": schema(answer, known) if answer else None,
    }


def main(source):
    raw = Path(source).read_bytes()
    api = json.loads(gzip.decompress(raw) if source.endswith(".gz") else raw)
    known = api["components"]["schemas"]
    kept = {
        f"{method.upper()} {path}": operation(api["paths"][ACCOUNT + path][method], known)
        for path, methods in KEPT.items()
        for method in methods
    }
    lines = [f"{json.dumps(name)}: {json.dumps(each, sort_keys=True)}" for name, each in kept.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    Path(__file__).with_name("api.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
