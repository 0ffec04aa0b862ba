"""The world outside as one process of its own: mail server, mailbox and carrier on real sockets, with their own log."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from faults.kills.carrier import Exchange
from faults.kills.home import ACCOUNT, SEEN, TOKEN, Home
from faults.kills.mailserver import Mailserver, Store
from faults.kills.processes import fork, kill
from faults.kills.seen import Log

from channels.standin.carrier.webhooks import Webhooks
from channels.standin.mailbox.imap import ImapServer

LONGEST_LINE = 16 * 1024 * 1024


@contextmanager
def outside(
    home: Home,
    *,
    mail: str = "",
    calls: Callable[[str], str] = lambda _number: "",
    before_answer: Callable[[str], tuple[str, bytes] | None] = lambda _number: None,
    reports: bool = False,
    thinks: bool = False,
    letters: Sequence[bytes] = (),
    certificate: ssl.SSLContext | None = None,
) -> Iterator[None]:
    """Runs while the block does. `thinks`: its answers take some milliseconds, as answers do."""
    log = Log(home.folder / SEEN)
    store = Store(log, letters)
    exchange = Exchange(log, home.clock, ACCOUNT, calls, reports, thinks, before_answer)
    exchange.remember()
    server = Mailserver(store, mail, thinks=thinks, certificate=certificate)
    child = fork(lambda: asyncio.run(_serve(home, server, exchange, ImapServer(store))))
    try:
        yield
    finally:
        kill(child)


async def _serve(home: Home, server: Mailserver, exchange: Exchange, mailbox: ImapServer) -> None:
    exchange.webhooks = Webhooks(TOKEN)
    for name, serve in (("smtp", server.serve), ("carrier", exchange.serve), ("imap", mailbox.serve)):
        await asyncio.start_server(serve, sock=home.sockets[name].dup(), limit=LONGEST_LINE)
    await asyncio.Event().wait()
