"""A bad network between us and the others: it delays, drops, closes one half, resets. Same dice, same mischief.

What both ends then believe is compared as after a kill: nobody twice, every doubt settled.
"""

from __future__ import annotations

import asyncio
import os
import random
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from socket import SO_LINGER, SOL_SOCKET, socket

from faults.kills import audit
from faults.kills.figures import Figures
from faults.kills.home import Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import ended, fork, kill
from faults.kills.workers import owner, settle, warm

from channels.voice import Twilio
from opportune.rehearsal.server import free_socket
from opportune.work import dispatch

PEOPLE, PATIENCE = 24, 0.6
ENDS = ("reset", "half", "silence", "")
AT = (30, 200, 700, 2_000, 6_000)  # bytes after which a connection ends badly


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, how: str, at: int, late: float) -> None:
    """One direction, up to its end."""
    while data := await reader.read(4_096):
        await asyncio.sleep(late)
        writer.write(data[: max(at, 0)] if how else data)
        at -= len(data)
        if how and at <= 0:
            break
    if how == "silence":
        await asyncio.sleep(3_600)
    if how == "reset":
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    with suppress(OSError, RuntimeError):
        writer.write_eof()


def proxy(doors: dict[socket, int], seed: int) -> Callable[[], None]:
    """To be forked: behind each door the port of one of the others."""
    dice = random.Random(seed)

    async def through(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", port)
        ends = [dice.choice(ENDS), ""]
        dice.shuffle(ends)
        both = ((reader, ours), (theirs, writer))
        ways = [pump(*way, how, dice.choice(AT), dice.uniform(0, 0.01)) for way, how in zip(both, ends, strict=True)]
        await asyncio.gather(*ways, return_exceptions=True)
        ours.close()
        writer.close()

    async def serve() -> None:
        for door, port in doors.items():
            await asyncio.start_server(lambda r, w, port=port: through(port, r, w), sock=door)
        await asyncio.Event().wait()

    return lambda: asyncio.run(serve())


def run(times: int, seed: int = 1) -> Figures:
    figures = Figures()
    with scratch() as folder, ports() as sockets:
        template = build(folder / "template", f"sqlite:///{folder}/template/test.db", sockets, PEOPLE)
        with outside(home := template.copy(folder / "round")):
            warm(home)
        for number in range(times):
            _one(template.copy(folder / "round"), seed * 1_000 + number, figures)
    return figures


def _one(home: Home, seed: int, figures: Figures) -> None:
    port = {name: each.getsockname()[1] for name, each in home.sockets.items()}
    mail, calls = free_socket(), free_socket()
    given = {"smtp_port": mail.getsockname()[1], "twilio_url": f"http://127.0.0.1:{calls.getsockname()[1]}"}
    far = replace(home, settings=home.settings.model_copy(update=given))
    for door in (mail, calls):
        door.listen(64)
    with mail, calls, outside(home):
        network = fork(proxy({mail: port["smtp"], calls: port["carrier"]}, seed))
        if ended(fork(lambda: _send(far))):
            figures.wrong(f"seed {seed}: the sender failed")
        kill(network)
        if ended(fork(lambda: settle(home))):
            figures.wrong(f"seed {seed}: the survivor failed")
    figures.runs += 1
    figures.uncertain += audit.closed_in_time(home, figures)
    audit.compare(home, figures)


def _send(home: Home) -> None:
    world = home.open(owner("sender", os.getpid()))
    world.mailer.timeout = world.mailer.after_dot_timeout = PATIENCE
    s = world.settings
    world.__dict__["carrier"] = Twilio(s.twilio_account, s.twilio_token.get_secret_value(), s.twilio_url, PATIENCE)
    dispatch.mails(world, until=world.clock.now() + 60)
    dispatch.calls(world)
