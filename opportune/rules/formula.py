"""What does a calculator on a form compute? Sums of its number fields, and nothing that could do anything else."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping

from opportune.rules.problems import Wrong

LONGEST = 200  # characters: also bounds how deep it can be
_SUMS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda one, other: one + other,
    ast.Sub: lambda one, other: one - other,
    ast.Mult: lambda one, other: one * other,
    ast.Div: lambda one, other: one / other,
}
_CALLS: dict[str, Callable[..., float]] = {"min": min, "max": max, "round": round}


def checked(text: str) -> str:
    """The formula, if it is one; else Wrong."""
    names(text)
    return text


def names(text: str) -> set[str]:
    """The number fields that it uses."""
    return _names(_tree(text))


def value(text: str, given: Mapping[str, float]) -> float | None:
    """The result, or None where there is none: a division by zero, or a number beyond all measure."""
    try:
        result = _value(_tree(text), given)
    except (ArithmeticError, ValueError):
        return None
    return result if math.isfinite(result) else None


def _tree(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise Wrong("formula", why=f"longer than {LONGEST} characters")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise Wrong("formula", why="it cannot be read") from error


def _names(node: ast.expr) -> set[str]:
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Constant(value=bool() | str() | bytes() | complex() | None):
            pass
        case ast.Constant(value=int() | float()):
            return set()
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SUMS:
            return _names(left) | _names(right)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _names(inner)
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as args, keywords=[]) if name in _CALLS:
            if (len(args) == 1) != (name == "round"):
                raise Wrong("formula", why=f"{name} has the wrong number of values")
            return set().union(*map(_names, args))
    raise Wrong("formula", why=f"{ast.unparse(node)[:40]!r} is not possible")


def _value(node: ast.expr, given: Mapping[str, float]) -> float:
    match node:
        case ast.Name(id=name):
            return given[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _SUMS[type(op)](_value(left, given), _value(right, given))
        case ast.UnaryOp(operand=inner):
            return -_value(inner, given)
        case ast.Call(func=ast.Name(id=name), args=args):
            return float(_CALLS[name](*(_value(each, given) for each in args)))
        case ast.Constant(value=int() | float() as number):
            return float(number)
    raise AssertionError(node)  # `checked` let nothing else through
