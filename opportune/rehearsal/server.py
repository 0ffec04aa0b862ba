"""Our web application during practice: a process of its own on a real socket, living in the driver's virtual moment.

`python -m opportune.rehearsal.server FD CLOCK` serves on the inherited socket; its settings come from the environment,
as in production. It ends with its parent.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from opportune.rehearsal.line import Line
from opportune.rehearsal.shared_clock import SharedClock
from opportune.settings import ROOT, settings

START = 60  # seconds until the server must answer
IDLE = 3600  # seconds a visitor's kept connection may be silent: a busy moment of practice can take long


class NotUp(Exception):
    """The web application of the practice did not start: its log says why."""


def free_socket() -> socket.socket:
    """A port of our own on loopback. asyncio switches Nagle off only where the protocol is named: 40 ms an answer."""
    ours = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ours.bind(("127.0.0.1", 0))
    return ours


@contextmanager
def serving(ours: socket.socket, clock: Path, environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Serve while the block runs; `Server.wait` returns once it answers."""
    ours.listen(256)
    host = f"127.0.0.1:{ours.getsockname()[1]}"
    command = [sys.executable, "-m", "opportune.rehearsal.server", str(ours.fileno()), str(clock)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, pass_fds=[ours.fileno()], env={**os.environ, **environment}, stdout=out, stderr=out, cwd=ROOT
        )
    ours.close()  # only the child has it now: should it die, whoever knocks hears so at once
    try:
        yield Server(process, host, log)
    finally:
        process.terminate()
        process.wait(10)


class Server:
    """The running application."""

    def __init__(self, process: subprocess.Popen[bytes], host: str, log: Path) -> None:
        self.process, self.host, self.log = process, host, log

    def wait(self) -> None:
        """Returns when it answers; the first answer may take as long as its imports."""
        line = Line(self.host, timeout=START)
        try:
            line.send("GET", "/health")
        except OSError as error:
            raise NotUp(f"the web application of the practice does not answer: read {self.log}") from error
        finally:
            line.close()


def main(descriptor: int, clock: Path) -> None:
    from opportune.app import build  # here: the driver imports this module too, and needs no board
    from opportune.work.world import open_world

    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    world = open_world(settings(), SharedClock(clock), owner="web")
    config = uvicorn.Config(
        build(world, with_board=False),
        log_level="warning",
        lifespan="off",
        access_log=False,
        timeout_keep_alive=IDLE,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


def end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
