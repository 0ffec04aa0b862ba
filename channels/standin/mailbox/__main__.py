"""How is the practice mailbox started?

`python -m channels.standin.mailbox --store var/mailbox.sqlite` prints one JSON line with its ports when it is ready. It
ends on SIGTERM, or when the process that started it is gone. `--no-smtp`: mail is blocked, nothing listens for it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from channels.standin.mailbox.imap import ImapServer
from channels.standin.mailbox.scripts import Scripts
from channels.standin.mailbox.smtp import BIGGEST, SmtpServer
from channels.standin.mailbox.store import Clock, Store
from channels.standin.mailbox.web import Web

LOOPBACK = ("127.0.0.1", "localhost")
COMMIT_SECONDS = 0.1
IDLE = 3600  # seconds an idle connection to the page is kept: a busy moment of practice can take long


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m channels.standin.mailbox", description="A mailbox for practice.")
    parser.add_argument("--host", default="127.0.0.1", help="loopback only")
    for port in ("--smtp-port", "--imap-port", "--http-port"):
        parser.add_argument(port, type=int, default=0, help="0: any free one")
    parser.add_argument("--store", default=":memory:", help="SQLite file that keeps the mails")
    parser.add_argument("--slow-seconds", type=float, default=1.0, help="how late the script `slow` answers")
    parser.add_argument("--no-smtp", action="store_true", help="mail is blocked: the port is kept, nothing listens")
    parser.add_argument("--telephone", default="", help="page of the practice telephone, linked from ours")
    given = parser.parse_args()
    if given.host not in LOOPBACK:
        parser.error(f"--host {given.host}: practice stays on this machine, use one of {', '.join(LOOPBACK)}")
    return given


class Quiet(uvicorn.Server):
    """uvicorn, which leaves the signals to us: on SIGTERM the store is closed before the process ends."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run(given: argparse.Namespace) -> None:
    store, scripts = Store(given.store, Clock()), Scripts()
    smtp = SmtpServer(store, scripts, given.slow_seconds)
    sockets = [_bound(given.host, port) for port in (given.smtp_port, given.imap_port, given.http_port)]
    if not given.no_smtp:
        await asyncio.start_server(smtp.serve, sock=sockets[0], limit=BIGGEST)
    await asyncio.start_server(ImapServer(store).serve, sock=sockets[1])
    app = Web(store, scripts, smtp, given.telephone).app()
    web = Quiet(
        uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none", timeout_keep_alive=IDLE)
    )
    serving = asyncio.create_task(web.serve(sockets=[sockets[2]]))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, serving.cancel)
    while not web.started and not serving.done():
        await asyncio.sleep(0.01)
    smtp_port, imap_port, http_port = (each.getsockname()[1] for each in sockets)
    url = f"http://127.0.0.1:{http_port}"
    print(json.dumps({"ready": True, "smtp": smtp_port, "imap": imap_port, "url": url}), flush=True)
    try:
        await _until_over(store, serving)
    finally:
        store.close()


async def _until_over(store: Store, serving: asyncio.Task[None]) -> None:
    """Commits in batches until a signal came or our parent died: nobody is left with a stand-in without an owner."""
    parent = os.getppid()
    while not serving.done() and os.getppid() == parent:
        await asyncio.sleep(COMMIT_SECONDS)
        store.commit()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


if __name__ == "__main__":
    asyncio.run(run(arguments()))
