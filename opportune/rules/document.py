"""Is this campaign file right, and if not: which line, which key, and what to write instead?

YAML in, a `Campaign` or problems out. Only true and false are booleans here, so that the country NO stays Norway.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from opportune.rules.campaign import Campaign

LONGEST = 100_000  # characters
Loc = tuple[str | int, ...]
REMEDIES = {
    "string_type": "Put the value in quotes.",
    "string": "Write a plain text as the form asks: the pattern is in the schema.",
    "int": "Write a whole number.",
    "float": "Write a number, for example 0.1.",
    "bool": "Write true or false.",
    "date": "Write a date as 2026-11-23.",
    "model": "Write its keys below it, indented.",
    "tuple": "Write a list: [one, other].",
    "less": "Write a smaller number.",
    "greater": "Write a larger number.",
    "too_short": "Name at least one.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong (error) or unwise (warning) in a file, and how to mend it."""

    file: str
    line: int
    key: str
    message: str
    remedy: str
    severity: str = "error"


class _Loader(yaml.SafeLoader):
    """Safe YAML whose words and dates stay words: the model judges them, and then the line is known."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read(text: str, file: str) -> tuple[Campaign | None, list[Problem]]:
    """The campaign of this text, or None and what is wrong with it."""
    marks = _Marks(file)
    try:
        data = _parse(text, marks)
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        remedy = "Check indentation, quotes and colons around this line."
        return None, [Problem(file, line, "", f"Cannot read it: {broken.problem}", remedy)]
    except (yaml.YAMLError, RecursionError, ValueError) as broken:
        return None, [Problem(file, 1, "", f"Cannot read it: {broken}", "A campaign is a short YAML text.")]
    if marks.problems:
        return None, marks.problems
    try:
        return Campaign.model_validate(data), []
    except ValidationError as refused:
        found = [_problem(error, marks) for error in refused.errors(include_url=False) if not _echo(error)]
        return None, sorted(found, key=lambda problem: problem.line)


def schema() -> dict[str, Any]:
    """JSON Schema, for editors and forms."""
    return Campaign.model_json_schema()


class _Marks:
    """The line of every key, and what is wrong before any value is looked at."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Loc, int] = {(): 1}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def walk(self, node: yaml.Node, loc: Loc) -> None:
        line = node.start_mark.line + 1
        if id(node) in self._seen:  # a few lines of aliases can unfold into gigabytes
            self._refuse(line, loc, "Aliases are not used here", "Write the value out.")
            return
        self._seen.add(id(node))
        self.lines.setdefault(loc, line)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.walk(item, (*loc, index))
        elif isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                self._key(name.start_mark.line + 1, (*loc, str(name.value)))
                self.walk(value, (*loc, str(name.value)))

    def _key(self, line: int, loc: Loc) -> None:
        if loc in self.lines:
            self._refuse(
                line,
                loc,
                f"`{loc[-1]}` stands here twice",
                f"Keep one of them; the other is in line {self.lines[loc]}.",
            )
        self.lines[loc] = line

    def _refuse(self, line: int, loc: Loc, message: str, remedy: str) -> None:
        self.problems.append(Problem(self.file, line, ".".join(map(str, loc)), message, remedy))

    def line(self, loc: Loc) -> int:
        """Of this key, or of the nearest one around it (a missing key has no line)."""
        return self.lines[loc] if loc in self.lines else self.line(loc[:-1])


def _parse(text: str, marks: _Marks) -> Any:
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if isinstance(node, yaml.MappingNode):
            marks.walk(node, ())
            return None if marks.problems else loader.construct_document(node)
        raise ValueError("it has no keys")
    finally:
        loader.dispose()


def _echo(error: ErrorDetails) -> bool:
    """A list that is too short only because its entries were refused: they are named already."""
    return error["type"] == "too_short" and bool(error["input"])


def _problem(error: ErrorDetails, marks: _Marks) -> Problem:
    loc = error["loc"]
    message, remedy = _words(error, loc)
    return Problem(marks.file, marks.line(loc), ".".join(map(str, loc)), message, remedy)


def _words(error: ErrorDetails, loc: Loc) -> tuple[str, str]:
    name, context = loc[-1], error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return f"Unknown key `{name}`", _nearest(str(name), _keys(loc[:-1]))
        case "missing":
            return f"`{name}` is missing", f"Add `{name}:`" + (f" under `{loc[-2]}`." if len(loc) > 1 else ".")
        case "enum" | "literal_error":
            allowed = re.findall(r"'([^']*)'", context["expected"])
            return f"`{error['input']}` is no value of `{name}`", _nearest(str(error["input"]), allowed)
        case "value_error":
            said, _, remedy = str(context["error"]).partition(": ")
            return said[:1].upper() + said[1:], (
                remedy[:1].upper() + remedy[1:] if remedy else "Correct the value"
            ) + "."
        case "less_than_equal" if loc == ("calls", "most"):
            return "More than four calls", "B2: four calls within twelve days at most. Write 4 or fewer."
        case kind:
            return f"`{name}`: {error['msg']}", next(
                (remedy for start, remedy in REMEDIES.items() if kind.startswith(start)), "Correct the value."
            )


def _nearest(word: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(word.lower(), allowed, n=1, cutoff=0.5)
    return f"Did you mean `{near[0]}`?" if near else f"Write one of: {', '.join(allowed)}."


def _keys(loc: Loc) -> list[str]:
    """The keys of the part at this place."""
    part: type[BaseModel] = Campaign
    for name in loc:
        part = part.model_fields[str(name)].annotation  # type: ignore[assignment]
    return list(part.model_fields)
