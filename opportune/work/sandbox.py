"""In what are templates filled? A sandbox that sees plain values only, and stops before a text grows without end.

What a marketer may use is listed here, not what is forbidden: a few filters, the methods of texts and dictionaries that
change nothing, a short `range`. Time and memory it does not bound: words nobody approved yet go to `safe_render`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as ALL_FILTERS
from jinja2.nodes import EvalContext
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from opportune.rules.mail_fields import NAMES
from opportune.rules.mail_problems import WordsError

MOST_TEXT = 200_000  # characters of one part, twice what Gmail shows
MOST_NUMBERS = 100  # of a range
MOST_MB = 256  # of memory, where `safe_render` bounds it
FILTERS = ("capitalize", "default", "e", "escape", "first", "last", "length", "lower", "title", "trim", "truncate",
           "upper", "urlencode")  # fmt: skip
LOOP = "depth depth0 first index index0 last length nextitem previtem revindex revindex0"
METHODS: dict[type, frozenset[str]] = {
    str: frozenset({"capitalize", "endswith", "lower", "split", "startswith", "strip", "title", "upper"}),
    dict: frozenset({"get", "items", "keys", "values"}),
    LoopContext: frozenset(LOOP.split()),
}
Context = Mapping[str, Any]


class TooMuch(SecurityError):
    """A text or a number beyond all measure."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Allows what is listed above."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, *, html: bool) -> None:
        super().__init__(autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.globals = {"range": _range}
        self.filters = {name: ALL_FILTERS[name] for name in FILTERS} | {"join": _join, "replace": _replace}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - Jinja's signature
        return any(isinstance(obj, kind) and attr in allowed for kind, allowed in METHODS.items())

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:  # noqa: ARG002 - Jinja's signature
        """A format may pad a text to any width: it is as unsafe as the methods that are not listed."""
        return None

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "*" and (_sized(left) or _sized(right)):
            times, what = (left, right) if _sized(right) else (right, left)
            if isinstance(times, int):
                _bounded(times * len(what))
        if operator == "%" and isinstance(left, str):
            raise SecurityError("% with a text")
        if operator == "**" and (abs(right) > 64 or abs(left) > 1_000_000):
            raise TooMuch("**")
        return super().call_binop(context, operator, left, right)


def _sized(value: Any) -> bool:
    return isinstance(value, str | list | tuple)


def _bounded(size: int) -> None:
    if size > MOST_TEXT:
        raise TooMuch(f"{size} characters")


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MOST_NUMBERS:
        raise TooMuch(f"range of {len(numbers)}")
    return numbers


@pass_eval_context
def _join(context: EvalContext, value: Iterable[Any], between: str = "") -> str:
    items = list(value)
    _bounded(len(items) * len(str(between)) + sum(len(str(each)) for each in items))
    return str(ALL_FILTERS["join"](context, items, between))


@pass_eval_context
def _replace(context: EvalContext, text: str, old: str, new: str) -> str:
    plain = str(text)
    _bounded(len(plain) + plain.count(old) * len(new))
    return ALL_FILTERS["replace"](context, text, old, new)  # type: ignore[no-any-return]


@lru_cache
def environment(*, html: bool) -> Sandbox:
    return Sandbox(html=html)


def compiled(source: str, file: str, *, html: bool = False) -> Template:
    """The template, ready to be filled.

    Raises:
        WordsError: it is no template, or wants what there is not; names file and line.
    """
    here = environment(html=html)
    try:
        tree = here.parse(source, file, file)
        borrowed = next(tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)), None)
        if borrowed:
            raise WordsError("no_includes", file, borrowed.lineno)
        code = here.compile(tree, file, file)
    except TemplateSyntaxError as error:
        raise _syntax(error, file) from error
    except (RecursionError, MemoryError) as error:
        raise WordsError("too_nested", file) from error
    return Template.from_code(here, code, here.make_globals(None))


def _syntax(error: TemplateSyntaxError, file: str) -> WordsError:
    missing = re.match(r"No filter named '(\w+)'", error.message or "")
    if missing:
        allowed = sorted((*FILTERS, "join", "replace"))
        return WordsError("no_such_filter", file, error.lineno, missing[1], given=missing[1], allowed=allowed)
    return WordsError("template_syntax", file, error.lineno, why=error.message)


def fill(template: Template, context: Context, most: int = MOST_TEXT) -> str:
    """The words.

    Raises:
        WordsError: a field that is not there, a way out of the sandbox, or too many words; names file and line.
    """
    file, parts, size = str(template.filename), [], 0
    try:
        for part in template.generate(dict(context)):
            parts.append(part)
            size += len(part)
            if size > most:
                raise WordsError("too_long", file, 1, most=most)
    except WordsError:
        raise
    except (Exception, RecursionError) as error:
        raise told(error, file) from error
    return "".join(parts)


def told(error: BaseException, file: str) -> WordsError:
    """What went wrong while filling, in a marketer's words."""
    line, why = line_in(error.__traceback__, file) or 1, str(error)
    if isinstance(error, TooMuch):
        return WordsError("too_much_at_once", file, line, what=why)
    if isinstance(error, SecurityError):
        return WordsError("reaches_out", file, line, why=why)
    if isinstance(error, UndefinedError):
        name = re.search(r"'([^']+)' is undefined|has no attribute '([^']+)'", why)
        key = next((each for each in name.groups() if each), "") if name else ""
        return WordsError("name_unknown", file, line, key, name=key or why, given=key, allowed=NAMES)
    if isinstance(error, MemoryError):
        return WordsError("too_big", file, line, most=MOST_MB)
    if isinstance(error, RecursionError):
        return WordsError("too_nested", file, line)
    return WordsError("cannot_fill", file, line, why=why)


def line_in(traceback: TracebackType | None, file: str) -> int:
    """The innermost line of this template, 0 for none: Jinja puts it into an error's traceback, or it is looked up."""
    line = 0
    while traceback:
        frame = traceback.tb_frame
        at: int | None = traceback.tb_lineno  # None where a signal came between two lines
        if at and frame.f_code.co_filename == file:
            written: Template | None = frame.f_globals.get("__jinja_template__")
            line = written.get_corresponding_lineno(at) if written else at
        traceback = traceback.tb_next
    return line
