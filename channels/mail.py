"""Did the mail server take this mail, refuse it, or do we not know?

SMTP's one dark moment comes after the final dot: who loses the connection there cannot know whether the mail left
(RFC 1047), so it is Unknown and never repeated. Whatever fails before the dot is definitely not sent. aiosmtplib's own
`sendmail` gives one and the same error for both, therefore MAIL, RCPT, DATA and the body are driven here: in one write
where the server offers that (RFC 2920), one by one elsewhere, and each reply is looked at by itself.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from aiosmtplib import SMTP, SMTPException, SMTPReadTimeoutError, SMTPResponse, SMTPResponseException

from channels.base import Accepted, Answer, Mail, Refused, Unknown
from channels.mail_wire import Wire
from channels.message import ADDRESS
from channels.smtp_codes import refusal
from opportune import faults

TROUBLE = (SMTPException, OSError)  # OSError: refused, reset, TLS and time-outs alike
QUEUE_ID = re.compile(r"(?:queued as|\bid=)\s*<?([^\s>]+)")


class Mailer:
    """A pool of connections to one mail server; each carries one mail at a time. One Mailer per event loop.

    A15: `starttls` and `tls` check the certificate, and a server without TLS gets no mail. `none` is set on purpose.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        security: Literal["starttls", "tls", "none"] = "starttls",
        connections: int = 8,
        most_each: int = 100,  # mails; many servers hang up, or slow down, after a few hundred
        timeout: float = 30,
        after_dot_timeout: float = 600,  # RFC 5321 4.5.3.2.6: who waits less makes duplicates
    ) -> None:
        self.host, self.port, self.user, self.password = host, port, user, password
        self.security, self.connections = security, connections
        self.most_each, self.timeout, self.after_dot_timeout = most_each, timeout, after_dot_timeout
        self._free = asyncio.Semaphore(connections)
        self._idle: list[Wire] = []
        self._one_by_one = False  # a server, or a firewall before it, lost commands that came together
        self._tls = None if security == "none" else ssl.create_default_context()

    async def send(self, mail: Mail) -> Answer:
        """Offers one mail once. Raises nothing for what a server or a network does."""
        for address, scope in ((mail.sender, "sender"), (mail.recipient, "address")):
            if not ADDRESS.fullmatch(address):  # a line break in it would be a command of its own
                return Refused("", f"{address!r} is no plain ASCII address", permanent=True, scope=scope, phase="mail")
        async with self._free:
            return await self._deliver(mail)

    async def send_all(self, mails: Sequence[Mail]) -> list[Answer]:
        """Offers each mail once, at most `connections` at a time; the answers stand in the order of the mails."""
        answers: dict[int, Answer] = {}
        waiting = iter(enumerate(mails))

        async def carry() -> None:
            for place, mail in waiting:
                answers[place] = await self.send(mail)

        await asyncio.gather(*(carry() for _ in range(min(self.connections, len(mails)))))
        return [answers[place] for place in range(len(mails))]

    async def close(self) -> None:
        """Takes leave of the server on every idle connection."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(wire.take_leave() for wire in idle))

    async def _deliver(self, mail: Mail) -> Answer:
        while self._idle:
            if (wire := self._idle.pop()).ready:
                answer = await self._carry(wire, mail)
                if not _hung_up_while_idle(answer):
                    return answer
                break  # nothing had been offered yet: once more can double nothing
            wire.close()
        fresh = await self._connect()
        return fresh if isinstance(fresh, Refused) else await self._carry(fresh, mail)

    async def _carry(self, wire: Wire, mail: Mail) -> Answer:
        """The connection is kept for the next mail, unless it is closed or has carried enough."""
        try:
            answer = await self._offer(wire, mail)
        except BaseException:  # cancelled on the way: the next reply would belong to this mail, not to the next
            wire.close()
            raise
        wire.carried += 1
        if not wire.ready:
            wire.close()
        elif wire.carried < self.most_each:
            self._idle.append(wire)
        else:
            await wire.take_leave()
        return answer

    async def _offer(self, wire: Wire, mail: Mail) -> Answer:
        """Envelope, then the body; `phase` tells how far we came when something breaks."""
        phase, together = "mail", wire.pipelining and not self._one_by_one
        envelope = _envelope(mail)
        try:
            if together:
                wire.write(b"".join(command for *_, command in envelope))
            for unread, phase, wanted, command in envelope:
                if not together:
                    wire.write(command)
                reply = await wire.reply(self.timeout)
                faults.point(f"mail.{phase}")
                if reply.code // 10 != wanted // 10:
                    await self._start_over(wire, reply, unread if together else 0)
                    return refusal(reply.code, reply.message, phase)
            wire.write(_body(mail.content))
            phase = "body"
            faults.point("mail.dot")
            reply = await wire.reply(self.after_dot_timeout)
            faults.point("mail.answered")
            return _verdict(reply)
        except TROUBLE as trouble:
            wire.close()
            if phase == "body":
                return Unknown(str(trouble), phase)
            self._one_by_one |= together and isinstance(trouble, SMTPReadTimeoutError)
            return Refused("", str(trouble), permanent=False, scope="sender", phase=phase)

    async def _start_over(self, wire: Wire, refused: SMTPResponse, unread: int) -> None:
        """RSET after a refused envelope, so that the connection can carry the next mail; else hang up. So too where the
        server wants a body for what it refused: hung up on, it stores nothing, not even the lone dot of RFC 2920.
        """
        with suppress(*TROUBLE):
            codes = [refused.code, *[(await wire.reply(self.timeout)).code for _ in range(unread)]]
            if codes[0] >= 400 and codes[-1] >= 400 and 421 not in codes:
                wire.write(b"RSET\r\n")
                if (await wire.reply(self.timeout)).code == 250:
                    return
        wire.close()

    async def _connect(self) -> Wire | Refused:
        """No failure here is about the reader, or for ever."""
        try:
            return await self._open()
        except SMTPResponseException as trouble:
            told = refusal(trouble.code, trouble.message, "connect")
            meaning = told.meaning if told.meaning in ("login", "limit") else "unreachable"
            why = f"the mail server does not let us in: {trouble.message}"
            return Refused(told.code, why, permanent=False, scope="sender", phase="connect", meaning=meaning)
        except TROUBLE as trouble:
            why = _no_way(trouble)
            return Refused("", why, permanent=False, scope="sender", phase="connect", meaning="unreachable")

    async def _open(self) -> Wire:
        """Connection, TLS, login, EHLO."""
        connection = SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user or None,
            password=self.password if self.user else None,
            timeout=self.timeout,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            tls_context=self._tls,
        )
        try:
            await connection.connect()
            if connection.is_ehlo_or_helo_needed:
                await connection.ehlo()
            return Wire(connection)
        except BaseException:  # cancelled, too
            connection.close()
            raise


def _envelope(mail: Mail) -> tuple[tuple[int, str, int, bytes], ...]:
    """How many replies follow, where something breaks, the reply that lets us go on, the command."""
    eight_bit = b"" if mail.content.isascii() else b" BODY=8BITMIME"
    return (
        (2, "mail", 250, b"MAIL FROM:<%b>%b\r\n" % (mail.sender.encode("ascii"), eight_bit)),
        (1, "rcpt", 250, b"RCPT TO:<%b>\r\n" % mail.recipient.encode("ascii")),
        (0, "data", 354, b"DATA\r\n"),
    )


def _body(content: bytes) -> bytes:
    """With its final dot; a line that begins with a dot gets one more. A lone CR or LF, which could smuggle a second
    mail past some servers, becomes a whole line end."""
    return b"\r\n".join((b"", *content.splitlines(), b"")).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


def _verdict(reply: SMTPResponse) -> Answer:
    """A reply to the dot is definite; what is no reply to it (1xx, 3xx) leaves us where silence does."""
    if 200 <= reply.code < 300:
        queued = QUEUE_ID.search(reply.message)
        return Accepted(queued.group(1) if queued else reply.message, detail=reply.message)
    if reply.code >= 400:
        return refusal(reply.code, reply.message, "body")
    raise SMTPResponseException(reply.code, reply.message)


def _hung_up_while_idle(answer: Answer) -> bool:
    return isinstance(answer, Refused) and answer.phase == "mail" and answer.code[:3] in ("", "421")


def _no_way(trouble: BaseException) -> str:
    """What to do about it, where the reason is known (A15)."""
    causes = [trouble, trouble.__cause__, trouble.__context__]
    wrong = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
    if wrong is None:
        return str(trouble)
    return (
        f"the mail server's certificate is not trusted: {wrong.verify_message}; use the host name that it is made for, "
        "or let SSL_CERT_FILE name a file with the authority that vouches for it"
    )
