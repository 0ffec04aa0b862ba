"""How do tests start the practice mailbox and speak with it? As a program of its own, over real sockets."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

COMMAND = (sys.executable, "-m", "channels.standin.mailbox")


@dataclass(frozen=True)
class Mailbox:
    smtp: int
    imap: int
    url: str
    process: subprocess.Popen

    def get(self, path: str) -> Any:
        return self._json(urllib.request.Request(self.url + path))

    def post(self, path: str, **body: Any) -> Any:
        return self.post_object(path, body)

    def post_object(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), method="POST")
        return self._json(request)

    def _json(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def taken_for(self, recipient: str) -> list[dict[str, Any]]:
        return [mail for mail in self.get("/_sim/mails?after=0") if mail["recipient"] == recipient]


@contextmanager
def running_mailbox(*options: str) -> Iterator[Mailbox]:
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline())
            assert ready.pop("ready") is True
            yield Mailbox(**ready, process=process)
        finally:
            process.terminate()
