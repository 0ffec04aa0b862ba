"""What did the outside see? One line for each effect, written at once by the mail server and the carrier themselves.

Nothing of ours writes here: whether somebody was contacted twice is counted from these lines alone.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any


class Log:
    """Append-only; each line is one write, so that readers never see half of it in a file of this size."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def add(self, what: str, token: str, **more: Any) -> None:
        line = {"what": what, "token": token, "at": time.monotonic(), **more}
        os.write(self._file, json.dumps(line).encode() + b"\n")


def read(path: Path) -> list[dict[str, Any]]:
    """Every effect so far."""
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def count(path: Path) -> int:
    """How many so far, without a look at each."""
    return path.read_bytes().count(b"\n") if path.exists() else 0
