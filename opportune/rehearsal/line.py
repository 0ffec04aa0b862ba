"""How do made-up people and the rehearsal speak HTTP, ten thousand times a minute? One kept connection, no frills."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

IDLE = 2.0  # seconds; the servers close a connection that was silent for five


class Failed(Exception):
    """The other side answered with an error: method, address, status and its first words."""


class Line:
    """One connection to one host; for one thread."""

    def __init__(self, host: str, timeout: float = 60) -> None:
        self._connection = HTTPConnection(host, timeout=timeout)
        self._used = 0.0

    def send(self, method: str, address: str, body: str = "", kind: str = "application/json") -> Any:
        """The JSON answer. Raises Failed at 400 and above."""
        status, answer = self.exchange(method, address, body, {"Content-Type": kind})
        if status >= 400:
            raise Failed(f"{method} {address}: {status} {answer[:200]!r}")
        return json.loads(answer)

    def exchange(self, method: str, address: str, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body; redirects are not followed."""
        parts = urlsplit(address)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if time.monotonic() - self._used > IDLE:
            self._connection.close()  # it opens again by itself
        self._connection.request(method, path, body.encode() or None, headers)
        response = self._connection.getresponse()
        answer = response.read()
        self._used = time.monotonic()
        return response.status, answer

    def close(self) -> None:
        self._connection.close()
