"""How do results and errors look on a terminal, or to a program?

Results go to stdout (with `--json` one object and nothing else); progress, hints and errors go to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

#: On a terminal long sentences break between words; in a file or pipe a line stays a line.
out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
err = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def as_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def complain(message: str) -> None:
    err.print(f"[bold red]✗[/] {escape(message)}", soft_wrap=True)


def fail(message: str, code: int = 1) -> NoReturn:
    complain(message)
    raise typer.Exit(code)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, float], None]]:
    """A bar on stderr; the block calls it with words and a share from 0 to 1."""
    columns = (TextColumn("{task.description:<32}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=1.0)

        def tell(words: str, share: float) -> None:
            bar.update(task, description=words, completed=share)

        yield tell
