"""Do ten thousand prepared mails leave within their slot, and does a slow server matter?

Ours claims, asks the gate, marks, sends and records; beside it the barest pool of aiosmtplib sends fixed bytes of the
same size to the same sink over as many connections. The two take turns in one process. Then a server that takes 50 ms
for each reply: on a real link the number of connections is everything.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtplib import SMTP
from sqlalchemy import select

from bench import mail_load, people
from bench.mail import load, sink
from bench.report import Figure
from opportune.store import models as m
from opportune.work import dispatch, prepare
from opportune.work.world import World

ROUNDS = 5
MANY = int(os.environ.get("BENCH_SLOT", "10000"))
CONNECTIONS, MOST, EACH = 32, 32, 12  # the last two: of the slow server, and mails of one connection
RATE, SCALING = 0.6, 0.8
DELAY = 0.05


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        load("bench.mail_load", "fill", f"sqlite:///{folder / 'full.db'}", MANY)
        with sink() as port:
            yield _slot(folder, port)
        with slow_server() as port:
            yield _scaling(folder, port)


def _slot(folder: Path, port: int) -> Figure:
    world = _world(folder, port, CONNECTIONS)
    assert prepare.mails(world, mail_load.MARK) == MANY
    part = MANY // ROUNDS
    sender, recipient, content = _sample(world)
    with asyncio.Runner() as runner:
        pool = runner.run(_connect(port))
        pairs = []
        for turn in range(ROUNDS):
            ours = _timed(lambda last=(turn + 1) * part: _send(world, last, part), part)
            bare = _timed(lambda: runner.run(_bare(pool, part, sender, recipient, content)), part)
            pairs.append((ours, bare))
    world.close()
    ours, bare = (statistics.median(each) for each in zip(*pairs, strict=True))
    note = (
        f"{MANY:,} take {MANY / ours:.0f} s of the slot's 600; {CONNECTIONS} connections, {len(content) / 1000:.1f} KB"
    )
    return Figure("mail_slot_rate", MANY, ours, "/s", RATE, bare, note=note, at_least=True)


def _scaling(folder: Path, port: int) -> Figure:
    rates = []
    for connections in (1, MOST):
        world = _world(folder, port, connections)
        count = EACH * connections
        prepare.mails(world, mail_load.MARK, limit=count)
        ids = _prepared(world)
        rates.append(_timed(lambda world=world, last=max(ids), n=len(ids): _send(world, last, n), len(ids)))
        world.close()
    one, many = rates
    note = f"{one:.1f} a second with 1 connection, {many:.0f} with {MOST}"
    return Figure("mail_connections_scaling", MOST, many / one, "x", SCALING, MOST, note=note, at_least=True)


def _world(folder: Path, port: int, connections: int) -> World:
    """Over a copy of the same planned mails."""
    url = f"sqlite:///{folder / f'{port}-{connections}.db'}"
    shutil.copy(folder / "full.db", folder / f"{port}-{connections}.db")
    here = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "smtp_connections": connections}
    world = people.world(url, folder, mail_domain="brightdesk.example", **here)
    world.clock.move_to(mail_load.MARK)  # type: ignore[attr-defined]
    return world


def _prepared(world: World) -> list[int]:
    with world.db.read() as session:
        return list(session.scalars(select(m.PreparedMessage.touch_id)))


def _sample(world: World) -> tuple[str, str, bytes]:
    with world.db.read() as session:
        row = session.scalars(select(m.PreparedMessage).limit(1)).one()
        return row.sender or "", row.recipient or "", row.content


def _send(world: World, last: int, count: int) -> None:
    done = dispatch.mails(world, until=mail_load.MARK + mail_load.SLOT, newest=last)
    assert done.sent == count, f"{done} of {count}"


async def _connect(port: int) -> list[SMTP]:
    pool = [SMTP(hostname="127.0.0.1", port=port, start_tls=False) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(each.connect() for each in pool))
    return pool


async def _bare(pool: list[SMTP], count: int, sender: str, recipient: str, content: bytes) -> None:
    left = iter(range(count))

    async def carry(connection: SMTP) -> None:
        for _ in left:
            await connection.sendmail(sender, recipient, content)

    await asyncio.gather(*map(carry, pool))


def _timed(act: Callable[[], object], count: int) -> float:
    """Mails a second."""
    began = time.perf_counter()
    act()
    return count / (time.perf_counter() - began)


@contextmanager
def slow_server() -> Iterator[int]:
    """In a process of its own."""
    command = [sys.executable, "-m", "bench.mail_slot"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


async def _slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 slow\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        await asyncio.sleep(DELAY)
        writer.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n"))
        if verb == b"DATA":
            await reader.readuntil(b"\r\n.\r\n")
            await asyncio.sleep(DELAY)
            writer.write(b"250 ok\r\n")


async def _serve() -> None:
    server = await asyncio.start_server(_slow, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
