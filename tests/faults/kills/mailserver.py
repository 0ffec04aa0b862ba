"""A mail server that can misbehave in twenty-nine ways (the thirtieth: there is none), and its mailbox.

The practice mailbox's conversation, without its database: what it stores is one line in the log of what was seen.
Every mail of a run meets the same trouble; `""` is none. Every other connection offers PIPELINING.
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
    "mail_354": ("mail", "451 4.3.0 Try again later"),  # and wants a body all the same
    "mail_550": ("mail", "550 5.7.1 You may not send here"),
    "rcpt_451": ("rcpt", "451 4.3.0 Try again later"),
    "rcpt_full": ("rcpt", "452 4.2.2 Mailbox full"),
    "rcpt_nouser": ("rcpt", "550 5.1.1 No such user"),
    "rcpt_policy": ("rcpt", "550 5.7.26 Not authenticated"),
    "rcpt_421": ("rcpt", "421 4.3.2 Closing the connection"),
    "rcpt_354": ("rcpt", "550 5.1.1 No such user"),  # likewise
    "rcpt_drop": ("rcpt", "drop"),
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
HARMLESS = ("drips", "merged", "quit_drop")
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
        self.trouble, self.certificate, self.opened = trouble, certificate, 0
        self.dice = random.Random(1)

    @property
    def slow_seconds(self) -> float:
        return self.dice.uniform(0, 0.006)

    @slow_seconds.setter
    def slow_seconds(self, _: float) -> None:
        pass

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        self.opened += 1
        with suppress(*ENDS):
            await Line(self, reader, writer).run()
        self.open.discard(writer)
        writer.close()


class Line(Conversation):
    """One connection to it."""

    def __init__(self, server: Mailserver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(server, reader, writer)
        self.pipelining = server.opened % 2 == 0
        self.unsaid = b""

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
        if self.server.trouble not in ("drips", "merged"):
            return self.writer.write(line)
        if reply.startswith("250 2.0.0"):
            line = b"".join(b"250-2.0.0 line %d of many\r\n" % number for number in range(20)) + line
        if not self.unsaid:
            asyncio.get_running_loop().call_later(0.002, self.go_on)
        self.unsaid += line
        return None

    def go_on(self) -> None:
        """Three bytes at a time, wherever that cuts a reply; or whatever was said meanwhile in one piece."""
        size = 3 if self.server.trouble == "drips" and len(self.unsaid) < 200 else len(self.unsaid)
        self.writer.write(self.unsaid[:size])
        self.unsaid = self.unsaid[size:]
        if self.unsaid:
            asyncio.get_running_loop().call_later(0.0005, self.go_on)

    async def on_ehlo(self, text: str) -> None:
        if self.server.trouble == "tls_stranger":
            return self.say("250-a stranger\r\n250 STARTTLS")
        if self.pipelining:
            return await super().on_ehlo(text)
        return self.say("250-practice.test\r\n250 8BITMIME")

    async def on_data(self, text: str) -> None:
        if not self.server.trouble.endswith("_354"):
            return await super().on_data(text)
        self.say("354 Go on")
        self.server.store.add("", "refused", await self.body())
        return self.say("250 2.0.0 Ok")

    async def on_star(self, _: str) -> None:
        if self.server.certificate is None:
            return await self.on_unknown("STARTTLS")
        self.say("220 go ahead")
        await self.writer.start_tls(self.server.certificate)

    async def on_quit(self, text: str) -> None:
        if self.server.trouble == "quit_drop":
            raise HangUp
        await super().on_quit(text)
