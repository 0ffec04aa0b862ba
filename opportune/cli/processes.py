"""How do we start programs, watch them, and end every one, flow runs included?

Prefect's flow processes lead process groups of their own and outlive their worker: neither a group nor a list of
children finds them. What a program is started with it hands on, so each carries a mark in its environment.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

MARK = "OPPORTUNE_UP"
FLOW_RUN = "PREFECT__FLOW_RUN_ID="  # Prefect tells a flow process so which run it is


@dataclass
class Part:
    """One program of the house. `passing`: it is ready once it has ended well."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = lambda: True
    needs: tuple[str, ...] = ()
    passing: bool = False
    state: Literal["starting", "ready", "failed"] = "starting"
    process: subprocess.Popen[bytes] | None = None

    def look(self) -> bool:
        """Look at the program again; True when its state changed."""
        before = self.state
        if self.process is None or before == "failed" or (self.passing and before == "ready"):
            return False
        code = self.process.poll()
        if code is not None:
            self.state = "ready" if self.passing and code == 0 else "failed"
        elif before == "starting" and not self.passing and self.ready():
            self.state = "ready"
        return self.state != before


@dataclass
class House:
    """All parts in the order in which they start, and what `/health` may tell of them: up.json in the home."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)

    def log(self, part: Part) -> Path:
        return self.home / "logs" / f"{part.name.replace(' ', '-')}.log"

    def look(self) -> list[Part]:
        """Start what can start now; returns the parts whose state changed."""
        ready = {part.name for part in self.parts if part.state == "ready"}
        waiting = [part for part in self.parts if part.process is None and ready.issuperset(part.needs)]
        for part in waiting:
            part.process = self._start(part)
        changed = [part for part in self.parts if part.look()]
        if waiting or changed:
            self._tell()
        return changed

    def _start(self, part: Part) -> subprocess.Popen[bytes]:
        env = {**os.environ, **self.env, MARK: mark(self.home, part.name)}
        self.log(part).parent.mkdir(exist_ok=True)
        with self.log(part).open("ab") as log:
            # A session of its own: Ctrl-C reaches us alone, and we end the parts in the right order.
            return subprocess.Popen(
                part.command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _tell(self) -> None:
        fresh = self.home / "up.json.new"
        fresh.write_text(json.dumps({part.name: part.state for part in self.parts}))
        fresh.replace(self.home / "up.json")

    def end(self) -> None:
        """First what acts: what is on the wire finishes while the page, the server and the stand-ins still answer.

        Flow runs before their worker, which would end them the hard way.
        """
        end(mark(self.home), patience=20, only=FLOW_RUN)
        end(mark(self.home, "worker"), patience=10)
        end(mark(self.home), patience=5)
        for part in self.parts:
            if part.process:
                part.process.wait()
        (self.home / "up.json").unlink(missing_ok=True)


def mark(home: Path, part: str = "") -> str:
    return f"{home}|{part}"


def marked(prefix: str, only: str = "") -> list[int]:
    """Processes that carry a mark beginning like this, wherever they hang in the process tree."""
    wanted = [f"\0{MARK}={prefix}".encode(), f"\0{only}".encode()]
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = b"\0" + (entry / "environ").read_bytes()
            if int(entry.name) != os.getpid() and all(word in environment for word in wanted):
                found.append(int(entry.name))
    return found


def end(prefix: str, patience: float, only: str = "") -> int:
    """TERM to all that are marked so and to those that appear meanwhile; KILL when patience ends. Returns how many."""
    told: set[int] = set()
    deadline = time.monotonic() + patience
    while running := marked(prefix, only):
        hard = time.monotonic() > deadline
        for pid in running:
            if hard or pid not in told:
                told.add(pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if hard else signal.SIGTERM)
        time.sleep(0.1)
    return len(told)


@contextlib.contextmanager
def alone(home: Path) -> Iterator[bool]:
    """Is this the only `up` for this home? The lock goes with the process, however it ends."""
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def free_port(host: str, wanted: int, tries: int) -> int:
    """The wanted port or the next free one; 0 when there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(wanted, min(wanted + tries, 65536)):
        with contextlib.suppress(OSError), socket.create_server((host, port), family=family) as server:
            return int(server.getsockname()[1])
    return 0
