"""Which fields does a template want that no mail has? Found by reading it, whichever way its conditions go."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from opportune.rules.mail_fields import FIELDS, NAMES
from opportune.rules.mail_problems import WordsError
from opportune.work import sandbox
from opportune.work.mail_source import HTML, SUBJECT, TEXT, Source


def unknown(source: Source) -> list[WordsError]:
    """Each with file and line, and the nearest field there is."""
    found = []
    for part in (SUBJECT, TEXT, HTML):
        tree = sandbox.environment(html=False).parse(source.framed(part))
        for name, line in _wanted(tree):
            if name not in NAMES:
                file, at = source.at(part, line)
                found.append(WordsError("name_unknown", file, at, name, name=name, given=name, allowed=NAMES))
    return found


def _wanted(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    """`person` and `person.name`, with their lines; what the template names itself is its own."""
    free = find_undeclared_variables(tree) - {"range"}
    for name in tree.find_all(nodes.Name):
        if name.name in free and name.ctx == "load":
            yield name.name, name.lineno
    fields: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    for field in fields:
        below = _below(field)
        if below and isinstance(field.node, nodes.Name) and field.node.name in FIELDS:
            yield f"{field.node.name}.{below}", field.lineno


def _below(field: nodes.Getattr | nodes.Getitem) -> str:
    """The name after the dot; empty for a method of dictionaries, which is no field."""
    if isinstance(field, nodes.Getitem):
        return str(field.arg.value) if isinstance(field.arg, nodes.Const) else ""
    return "" if field.attr in sandbox.METHODS[dict] else field.attr
