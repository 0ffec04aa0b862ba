"""What do people with bad intentions send? Seeds of each kind (seeds.toml), dressed up in many ways; fixed sizes."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from urllib.parse import quote

Dress = Callable[[str], str]
SEEDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("seeds.toml").read_text("utf-8"))


def _all(size: int, seeds: Sequence[str], dresses: Iterable[Dress] = ()) -> list[str]:
    """Every seed plain first, then dressed, each text once; so many of them."""
    found = list(dict.fromkeys([*seeds, *(dress(seed) for dress, seed in product(dresses, seeds))]))
    if len(found) < size:
        raise ValueError(f"only {len(found)} of {size}: more seeds")
    return found[:size]


def _pairs(first: str, second: str, between: str = "") -> list[str]:
    return [f"{one}{between}{other}" for one, other in product(SEEDS[first], SEEDS[second])]


def _mixed(text: str) -> str:
    return "".join(each.upper() if place % 2 else each.lower() for place, each in enumerate(text))


def _entities(text: str) -> str:
    return "".join(f"&#{ord(each)};" if each in "<>\"'()" else each for each in text)


def _wide(text: str) -> str:
    """Full-width twins, which some normalisation makes plain again."""
    return "".join(chr(ord(each) + 0xFEE0) if each in "<>\"'()/=+-@" else each for each in text)


def _tabs(text: str) -> str:
    return text.replace(" ", "\t")


def _within(text: str) -> str:
    return f"Ana {text}"


def _after(blank: str) -> Dress:
    return lambda text: blank + text


XSS = _all(200, SEEDS["xss"], [_mixed, quote, _entities, _wide, _tabs, _within])
CRLF = _all(250, [f"x{each}" for each in _pairs("line_ends", "headers")])
CSV = _all(60, SEEDS["formulas"], [*map(_after, ("\t", " ", "\u00a0", "\u200b")), _wide])
SQL = _all(150, _pairs("sql_breaks", "sql"))
PATHS = _all(60, _pairs("ways_up", "files"))
_HOSTS = [f"https://{host}{rest}" for rest in (":{port}/hook", "/latest/meta-data/") for host in SEEDS["inside"]]
_TRICKS = [each.replace("LONG", "a" * 600) for each in SEEDS["tricks"]]
SSRF = _all(150, [*_HOSTS, *(f"{each}://127.0.0.1:{{port}}/x" for each in SEEDS["schemes"]), *_TRICKS])
REDIRECTS = list(product(SEEDS["redirect_names"], SEEDS["elsewhere"]))


def guesses(real: str) -> Iterator[str]:
    """Tokens that are not `real`: near it, of its shape, and anything."""
    for place, digit in product(range(len(real)), "0123456789abcdef"):
        if real[place] != digit:
            yield real[:place] + digit + real[place + 1 :]
    yield from (real[:length] for length in range(1, len(real)))
    yield from (real.upper() + "A", real + "0", "0" + real, real[::-1] + "x", f" {real}x", real + "%", real[:-1] + "_")
    yield from (f"{number * 2654435761 % 16**32:032x}" for number in range(1, 10_000))
