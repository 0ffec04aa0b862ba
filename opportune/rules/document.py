"""Is this campaign file right, and if not: which line, which key, and what to write instead?

YAML in, a `Campaign` or problems out. Only true and false are booleans here, so that the country NO stays Norway.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from opportune.rules.campaign import Campaign
from opportune.rules.problems import Loc, Problem, Wrong, problem
from opportune.rules.refusals import understood

__all__ = ["Problem", "lines", "read", "read_as", "schema"]

Document = TypeVar("Document", bound=BaseModel)
LONGEST = 100_000  # characters


class _Loader(yaml.SafeLoader):
    """Safe YAML whose words and dates stay words: the model judges them, and then the line is known."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read(text: str, file: str, language: str = "en") -> tuple[Campaign | None, list[Problem]]:
    """The campaign of this text, or None and what is wrong with it."""
    return read_as(Campaign, text, file, language)


def read_as(model: type[Document], text: str, file: str, language: str = "en") -> tuple[Document | None, list[Problem]]:
    """The document of this text, or None and what is wrong with it."""
    marks = _Marks(file, language)
    try:
        data = _parse(text, marks)
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        return None, [problem("unreadable", file, line, language=language, why=broken.problem)]
    except Wrong as wrong:
        return None, [problem(wrong.code, file, 1, language=language, **wrong.values)]
    except (yaml.YAMLError, RecursionError, ValueError) as broken:
        return None, [problem("not_a_document", file, 1, language=language, why=broken)]
    if marks.problems:
        return None, marks.problems
    try:
        return model.model_validate(data), []
    except ValidationError as refused:
        found = [marks.told(error, model) for error in refused.errors() if not _echo(error)]
        return None, sorted(found, key=lambda each: each.line)


@lru_cache(maxsize=8)  # asked several times in one check, and reading YAML is the slow part of it
def lines(text: str) -> Mapping[str, int]:
    """Key, dotted, -> its line, of a text that can be read: for what is found later than by the model."""
    marks = _Marks("", "en")
    _parse(text, marks)
    return {".".join(map(str, loc)): line for loc, line in marks.lines.items()}


def schema() -> dict[str, Any]:
    """JSON Schema, for editors and forms."""
    return Campaign.model_json_schema()


class _Marks:
    """The line of every key, and what is wrong before any value is looked at."""

    def __init__(self, file: str, language: str) -> None:
        self.file, self.language = file, language
        self.lines: dict[Loc, int] = {(): 1}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def walk(self, node: yaml.Node, loc: Loc) -> None:
        line = node.start_mark.line + 1
        if id(node) in self._seen:  # a few lines of aliases can unfold into gigabytes
            self._refuse("alias", self.line(loc), loc)
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
            self._refuse("twice", line, loc, name=loc[-1], other=self.lines[loc])
        self.lines[loc] = line

    def _refuse(self, code: str, line: int, loc: Loc, **values: Any) -> None:
        self.problems.append(problem(code, self.file, line, loc, language=self.language, **values))

    def told(self, error: ErrorDetails, model: type[BaseModel]) -> Problem:
        """An error of the model, at its line and in the reader's language."""
        code, values, loc = understood(error, model)
        if loc[-1:] == ("then",) and (*loc[:-1], "otherwise") in self.lines:  # as the document writes it
            loc, values = (*loc[:-1], "otherwise"), values | {"name": "otherwise"}
        return problem(code, self.file, self.line(loc), loc, language=self.language, **values)

    def line(self, loc: Loc) -> int:
        """Of this key, or of the nearest one around it (a missing key has no line)."""
        return self.lines[loc] if loc in self.lines else self.line(loc[:-1])


def _parse(text: str, marks: _Marks) -> Any:
    if len(text) > LONGEST:
        raise Wrong("too_long_text", most=LONGEST)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if isinstance(node, yaml.MappingNode):
            marks.walk(node, ())
            return None if marks.problems else loader.construct_document(node)
        raise Wrong("no_keys")
    finally:
        loader.dispose()


def _echo(error: ErrorDetails) -> bool:
    """A list that is too short only because its entries were refused: they are named already."""
    return error["type"] == "too_short" and bool(error["input"])
