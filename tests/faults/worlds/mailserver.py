"""What would a mail server and its readers have seen? A server spoken to by the production `Mailer`, verb by verb.

It stands where `channels.mail_wire` stands. Its log of stored mails belongs to it alone: nothing of ours writes it.
"""

from __future__ import annotations

import re
import types
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiosmtplib import SMTPReadTimeoutError, SMTPResponse, SMTPServerDisconnected
from faults.worlds.mischief import MAIL, Mischief

from channels.base import Answer, Mail
from channels.mail import Mailer

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.M | re.I)
TOUCH = re.compile(rb"^X-Opportune-Touch:\s*(\S+)", re.M | re.I)
HANG = 600  # seconds that the sender waits after the dot


class Around(Protocol):
    """What the server needs of its world."""

    mischief: Mischief

    def pass_time(self, seconds: int) -> None: ...
    def mail_stored(self, token: str, recipient: str, message_id: str) -> None: ...


@types.coroutine
def hang() -> Generator[None, None, None]:
    yield


class Connection:
    """One SMTP connection; behaves as `trouble` says, once for each mail."""

    def __init__(self, around: Around, pipelining: bool) -> None:
        self.around, self.pipelining = around, pipelining
        self.ready, self.carried = True, 0
        self.asked: list[bytes] = []  # commands without a reply yet
        self.trouble, self.recipient = "", ""
        self.content: bytes | None = b""  # None: what comes next is one

    def close(self) -> None:
        self.ready = False

    async def take_leave(self) -> None:
        self.close()

    def write(self, data: bytes) -> None:
        if self.content is None:
            self.content = data
        else:
            self.asked += data.splitlines()

    def reply(self, timeout: float) -> Reply:
        """An awaitable that nobody need wait for: whoever sent may die between the dot and the reply."""
        del timeout
        return Reply(self)

    async def answer(self) -> SMTPResponse:
        return self._to(self.asked.pop(0).decode()) if self.asked else await self._to_the_dot()

    def _to(self, command: str) -> SMTPResponse:
        verb = command[:4].lower()
        if verb == "mail":
            self.trouble = self.around.mischief.first(MAIL[1:]).partition(".")[2]
        elif verb == "rcpt":
            self.recipient = command[9:-1]
        if self.trouble == f"drop_{verb}":
            self.close()
            raise SMTPServerDisconnected("Connection lost")
        refused = self._refusal(verb)
        if verb == "data" and not refused:
            self.content = None
        return SMTPResponse(*refused or ((354, "go on") if verb == "data" else (250, "OK")))

    def _refusal(self, verb: str) -> tuple[int, str] | None:
        return {
            ("mail4", "mail"): (451, "4.3.0 later"),
            ("mail5", "mail"): (550, "5.7.1 policy"),
            ("rcpt4", "rcpt"): (450, "4.2.1 later"),
            ("rcpt5", "rcpt"): (550, "5.1.1 no such user"),
            ("data4", "data"): (451, "4.3.0 later"),
            ("421", "rcpt"): (421, "4.3.2 closing"),
        }.get((self.trouble, verb))

    async def _to_the_dot(self) -> SMTPResponse:
        """The dark moment: what is stored is decided before anybody is told."""
        refused = {"dot4": (452, "4.3.1 full"), "dot5": (554, "5.6.0 not liked")}.get(self.trouble)
        if refused:
            return SMTPResponse(*refused)
        if self.trouble not in ("drop_dot", "hang_dot"):
            self._store()
        if self.trouble.startswith("hang"):
            self.close()
            await hang()
        if self.trouble.startswith("drop"):
            self.close()
            raise SMTPServerDisconnected("Connection lost")
        return SMTPResponse(*((199, "what?") if self.trouble == "garbage" else (250, "OK queued as 7")))

    def _store(self) -> None:
        token, id = TOUCH.search(self.content), MESSAGE_ID.search(self.content)
        assert token, "a mail of ours names its touch"
        assert id, "and itself"
        self.around.mail_stored(token.group(1).decode(), self.recipient, id.group(1).decode())


@dataclass(frozen=True)
class Reply:
    connection: Connection

    def __await__(self) -> Generator[None, None, SMTPResponse]:
        return self.connection.answer().__await__()


class Post(Mailer):
    """The production mailer on such connections; a hang is waited for once all others of the group are through."""

    def __init__(self, around: Around, connections: int) -> None:
        super().__init__("mail.example", 25, "", "", "none", connections=connections)
        self.around, self.opened = around, 0

    async def _open(self) -> Any:
        """Every other server takes the envelope in one write."""
        if self.around.mischief.strikes("mail.connect"):
            raise SMTPServerDisconnected("Connection refused")
        self.opened += 1
        return Connection(self.around, pipelining=self.opened % 2 == 0)

    async def send_all(self, mails: Sequence[Mail]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        waiting: list[tuple[int, Any]] = []
        try:
            for place, mail in enumerate(mails):
                sending = self.send(mail)
                try:
                    sending.send(None)
                    waiting.append((place, sending))
                except StopIteration as end:
                    answers[place] = end.value
            if waiting:
                self.around.pass_time(HANG)
            for place, sending in waiting:
                try:
                    sending.throw(SMTPReadTimeoutError("timed out"))
                except StopIteration as end:
                    answers[place] = end.value
        finally:
            for _, sending in waiting:
                sending.close()
        return [answers[place] for place in range(len(mails))]
