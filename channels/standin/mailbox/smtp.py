"""How does the practice mail server talk to a client that delivers mail?

Plain SMTP on loopback with SIZE, 8BITMIME, ENHANCEDSTATUSCODES, PIPELINING and AUTH; no STARTTLS, so that a client that
asks for TLS finds out. What it does wrong on purpose stands in `scripts`.
"""

from __future__ import annotations

import asyncio
import binascii
import re
from base64 import b64decode
from contextlib import suppress

from channels.standin.mailbox.answers import answered
from channels.standin.mailbox.scripts import Scripts
from channels.standin.mailbox.store import Store

USER = PASSWORD = "practice"
BIGGEST = 32 * 1024 * 1024
EXTENSIONS = ("opportune practice mailbox", f"SIZE {BIGGEST}", "8BITMIME", "ENHANCEDSTATUSCODES", "PIPELINING")
ENVELOPE = re.compile(r"(?:MAIL FROM|RCPT TO):\s*<([^<>]*)>.*", re.I)
OK = "250 2.0.0 Ok"


class HangUp(Exception):
    """The connection ends here, by script or on QUIT."""


# Drops, endless lines (asyncio's ValueError) and the program's end: each would leave a traceback on the screen.
TOO_LONG = (asyncio.LimitOverrunError, ValueError)
ENDS = (HangUp, OSError, asyncio.IncompleteReadError, *TOO_LONG, asyncio.CancelledError)


class SmtpServer:
    """All conversations; counts how many there are, and were at most, at once."""

    def __init__(self, store: Store, scripts: Scripts, slow_seconds: float) -> None:
        self.store, self.scripts, self.slow_seconds = store, scripts, slow_seconds
        self.open: set[asyncio.StreamWriter] = set()
        self.most = 0
        self.accepted = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        self.accepted += 1
        self.most = max(self.most, len(self.open))
        with suppress(*ENDS):
            await Conversation(self, reader, writer).run()
        self.open.discard(writer)
        writer.close()

    def hang_up(self) -> int:
        """Closes every connection now, as servers do with idle ones."""
        count = len(self.open)
        for writer in self.open:
            writer.close()
        return count


class Conversation:
    """One connection: the state between MAIL and the final dot."""

    def __init__(self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.sender: str | None = None
        self.recipients: list[str] = []

    async def run(self) -> None:
        self.say("220 practice.test ESMTP practice mailbox: nothing is delivered")
        while line := await self.reader.readline():
            text = line.decode("utf-8", "replace").strip()
            handler = getattr(self, f"on_{text[:4].strip().lower()}", None)
            await (handler(text) if handler else self.on_unknown(text))

    def say(self, reply: str) -> None:
        self.writer.write(reply.encode() + b"\r\n")

    async def on_unknown(self, text: str) -> None:
        self.say(f"500 5.5.2 {text[:20]!r} is not understood here")

    async def on_ehlo(self, _: str) -> None:
        lines = [*EXTENSIONS, "AUTH PLAIN LOGIN"]
        self.writer.write("".join(f"250-{line}\r\n" for line in lines[:-1]).encode())
        self.say(f"250 {lines[-1]}")

    async def on_helo(self, _: str) -> None:
        self.say(OK)

    async def on_noop(self, _: str) -> None:
        self.say(OK)

    async def on_rset(self, _: str) -> None:
        self.sender, self.recipients = None, []
        self.say(OK)

    async def on_quit(self, _: str) -> None:
        self.say("221 2.0.0 Bye")
        raise HangUp

    async def on_auth(self, text: str) -> None:
        """Only the practice credentials: real ones have no business here."""
        _, how, *rest = text.split()
        first = _decoded(rest[0] if rest else await self.ask(""))
        given = first.split("\0")[1:] if how.upper() == "PLAIN" else [first, _decoded(await self.ask("Password:"))]
        good = given == [USER, PASSWORD]
        self.say("235 2.7.0 Welcome" if good else "535 5.7.8 Only the practice credentials are taken here")

    async def ask(self, prompt: str) -> str:
        self.say(f"334 {binascii.b2a_base64(prompt.encode(), newline=False).decode()}")
        return (await self.reader.readline()).decode("ascii", "replace").strip()

    async def on_mail(self, text: str) -> None:
        if not (found := ENVELOPE.fullmatch(text)):
            return self.say("501 5.5.4 MAIL FROM:<address>")
        if self.sender is not None:
            return self.say("503 5.5.1 A mail is open already, RSET first")
        if not await self.scripted(found[1], "mail"):
            self.sender, self.recipients = found[1], []
            self.say("250 2.1.0 Sender ok")

    async def on_rcpt(self, text: str) -> None:
        if not (found := ENVELOPE.fullmatch(text)) or self.sender is None:
            return self.say("503 5.5.1 MAIL first, then RCPT TO:<address>")
        if not await self.scripted(found[1], "rcpt"):
            self.recipients.append(found[1])
            self.say("250 2.1.5 Recipient ok")

    async def on_data(self, _: str) -> None:
        if not self.recipients:
            return self.say("503 5.5.1 No recipient yet")
        if await self.scripted(self.recipients[0], "data"):
            return
        self.say("354 End with a dot on a line of its own")
        raw = await self.body()
        sender, recipients = self.sender or "", self.recipients
        self.sender, self.recipients = None, []
        if await self.scripted(recipients[0], "dot"):
            return
        numbers = [self.server.store.add(sender, each, raw) for each in recipients]
        if not await self.scripted(recipients[0], "stored"):
            self.say(f"250 2.0.0 Ok: queued as P{numbers[0]}")
        for number, each in zip(numbers, recipients, strict=True):
            if said := self.server.scripts.answer(each):
                answered(self.server.store, number, *said)

    async def body(self) -> bytes:
        """Up to the dot on its own line, dots unstuffed. The leading CRLF makes the first line one like the others."""
        taken = bytearray(b"\r\n")
        while not taken.endswith(b"\r\n.\r\n"):
            taken += await self.reader.readuntil(b".\r\n")
        return bytes(taken[:-3]).replace(b"\r\n.", b"\r\n")[2:]

    async def scripted(self, address: str, point: str) -> bool:
        """Does what the address's script says at this point. True: the client has had its answer."""
        action = self.server.scripts.action(address, point)
        if action == "wait":
            await asyncio.sleep(self.server.slow_seconds)
        if action in ("", "wait"):
            return False
        self.server.store.counts["refused"] += point != "stored"
        if action == "hang":
            await self.reader.read()  # until the client gives up
        if action in ("hang", "drop"):
            raise HangUp
        self.say(action)
        if action.startswith("421"):
            raise HangUp
        return True


def _decoded(text: str) -> str:
    with suppress(binascii.Error, UnicodeDecodeError):
        return b64decode(text).decode()
    return ""
