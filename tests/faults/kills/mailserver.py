"""A mail server that can misbehave in twenty-five ways (the twenty-sixth: there is none), and its mailbox.

The practice mailbox's conversation, without its database: what it stores is one line in the log of what was seen.
Every mail of a run meets the same trouble; `""` is none.
"""

from __future__ import annotations

import asyncio
import random
import re
import ssl
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from faults.kills.seen import Log

from channels.standin.mailbox.smtp import ENDS, Conversation, HangUp, SmtpServer

TOUCH = re.compile(rb"^X-Opportune-Touch:\s*(\S+)", re.M | re.I)
#: trouble -> where in the conversation, and what is done there
SCRIPTS = {
    "mail_451": ("mail", "451 4.3.0 Try again later"),
    "mail_550": ("mail", "550 5.7.1 You may not send here"),
    "rcpt_451": ("rcpt", "451 4.3.0 Try again later"),
    "rcpt_full": ("rcpt", "452 4.2.2 Mailbox full"),
    "rcpt_nouser": ("rcpt", "550 5.1.1 No such user"),
    "rcpt_policy": ("rcpt", "550 5.7.26 Not authenticated"),
    "rcpt_421": ("rcpt", "421 4.3.2 Closing the connection"),
    "rcpt_hang": ("rcpt", "hang"),
    "data_451": ("data", "451 4.3.0 Try again later"),
    "data_drop": ("data", "drop"),
    "dot_451": ("dot", "451 4.3.0 Try again later"),
    "dot_554": ("dot", "554 5.6.0 This message is not taken"),
    "dot_drop": ("dot", "drop"),
    "stored_drop": ("stored", "drop"),
    "stored_hang": ("stored", "hang"),
    "stored_garbage": ("stored", "hello \x07 ?!"),
    "stored_half": ("stored", "250-2.0.0 Ok so"),  # "to be continued", and then silence
}
GREETINGS = ("greet_421", "greet_554", "greet_silent", "greet_banner", "tls_stripped", "tls_stranger")
GREETED = {"greet_421": "421 4.3.2 Too many connections", "greet_554": "554 5.7.1 Not for you"}
HARMLESS = ("drips", "quit_drop")
TROUBLES = (*GREETINGS, *SCRIPTS, *HARMLESS)
BANNER = 8 * 1024 * 1024
NEVER = 3600


class Store:
    """What the conversation stores into: a line of the log. Also the mailbox's letters, for its IMAP side."""

    validity = 7

    def __init__(self, log: Log, letters: Sequence[bytes]) -> None:
        self.log, self.letters = log, letters
        self.counts: Counter[str] = Counter()
        self.stored = 0

    def add(self, _sender: str, recipient: str, raw: bytes) -> int:
        token = TOUCH.search(raw)
        self.log.add("mail", token[1].decode() if token else "", recipient=recipient)
        self.stored += 1
        return self.stored

    def uids(self) -> list[int]:
        return list(range(1, len(self.letters) + 1))

    def incoming(self, uid: int) -> bytes:
        return self.letters[uid - 1]


class Scripts:
    """One trouble for all; without any, the server thinks for some milliseconds around the final dot."""

    def __init__(self, trouble: str, *, thinks: bool) -> None:
        self.at, self.does = SCRIPTS.get(trouble, ("", ""))
        self.thinks = thinks

    def action(self, _address: str, point: str) -> str:
        if point == self.at:
            return self.does
        return "wait" if self.thinks and point in ("dot", "stored") else ""

    def answer(self, _address: str) -> None:
        """No reader writes back here."""


class Mailserver(SmtpServer):
    """All conversations of a run."""

    def __init__(self, store: Store, trouble: str, *, thinks: bool, certificate: ssl.SSLContext | None = None) -> None:
        super().__init__(store, Scripts(trouble, thinks=thinks), 0)
        self.trouble, self.certificate = trouble, certificate
        self.dice = random.Random(1)

    @property
    def slow_seconds(self) -> float:
        return self.dice.uniform(0, 0.006)

    @slow_seconds.setter
    def slow_seconds(self, _: float) -> None:
        pass

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with suppress(*ENDS):
            await Line(self, reader, writer).run()
        self.open.discard(writer)
        writer.close()


class Line(Conversation):
    """One connection to it."""

    async def run(self) -> None:
        trouble = self.server.trouble
        if trouble in GREETED:
            self.say(GREETED[trouble])
            raise HangUp
        if trouble == "greet_silent":
            await asyncio.sleep(NEVER)
        if trouble == "greet_banner":
            self.writer.write(b"220-" + b"x" * BANNER)
            await self.reader.read()
        await super().run()

    def say(self, reply: str) -> None:
        line = reply.encode() + b"\r\n"
        if self.server.trouble != "drips":
            return self.writer.write(line)
        if reply.startswith("250 2.0.0"):
            line = b"".join(b"250-2.0.0 line %d of many\r\n" % number for number in range(20)) + line
        self.writer.write(line[:5])
        asyncio.get_running_loop().call_later(0.002, self.writer.write, line[5:])

    async def on_ehlo(self, text: str) -> None:
        if self.server.trouble != "tls_stranger":
            return await super().on_ehlo(text)
        self.say("250-a stranger\r\n250 STARTTLS")

    async def on_star(self, _: str) -> None:
        if self.server.certificate is None:
            return await self.on_unknown("STARTTLS")
        self.say("220 go ahead")
        await self.writer.start_tls(self.server.certificate)

    async def on_quit(self, text: str) -> None:
        if self.server.trouble == "quit_drop":
            raise HangUp
        await super().on_quit(text)
