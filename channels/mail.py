"""Did the mail server take this mail, refuse it, or do we not know?

SMTP's one dark moment comes after the final dot: who loses the connection there cannot know whether the mail left
(RFC 1047), so it is Unknown and never repeated. Whatever fails before the dot is definitely not sent. aiosmtplib's own
`sendmail` gives one and the same error for both, therefore MAIL, RCPT, DATA and the body are driven one by one here.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from typing import Any, Literal

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException, SMTPServerDisconnected

from channels.base import Accepted, Answer, Mail, Refused, Unknown
from channels.message import ADDRESS
from channels.smtp_codes import refusal
from opportune import faults

TROUBLE = (SMTPException, OSError)  # OSError: refused, reset, TLS and time-outs alike
LONE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
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
        self._carried: Counter[SMTP] = Counter()
        self._free = asyncio.Semaphore(connections)
        self._idle: list[SMTP] = []
        self._tls = None if security == "none" else ssl.create_default_context()

    async def send(self, mail: Mail) -> Answer:
        """Offers one mail once. Raises nothing for what a server or a network does."""
        for address, scope in ((mail.sender, "sender"), (mail.recipient, "address")):
            if not ADDRESS.fullmatch(address):  # a line break in it would be a command of its own
                return Refused("", f"{address!r} is no plain ASCII address", permanent=True, scope=scope, phase="mail")
        async with self._free:
            connection = self._idle.pop() if self._idle else self._new_connection()
            try:
                answer = await self._deliver(connection, mail)
            except BaseException:  # cancelled on the way: the next reply would belong to this mail, not to the next
                connection.close()
                raise
            finally:
                await self._keep(connection)
            return answer

    async def _keep(self, connection: SMTP) -> None:
        """For the next mail, unless it is closed or has carried enough."""
        self._carried[connection] += 1
        if connection.is_connected and self._carried[connection] < self.most_each:
            self._idle.append(connection)
            return
        del self._carried[connection]
        if connection.is_connected:
            await _take_leave(connection)

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
        self._carried.clear()
        await asyncio.gather(*(_take_leave(connection) for connection in idle))

    def _new_connection(self) -> SMTP:
        return SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user or None,
            password=self.password if self.user else None,
            timeout=self.timeout,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            tls_context=self._tls,
        )

    async def _deliver(self, connection: SMTP, mail: Mail) -> Answer:
        reused = connection.is_connected
        if not reused and (refused := await _connect(connection)):
            return refused
        answer = await self._offer(connection, mail)
        if reused and _hung_up_while_idle(answer):  # nothing had been offered yet: once more can double nothing
            connection.close()
            return await _connect(connection) or await self._offer(connection, mail)
        return answer

    async def _offer(self, connection: SMTP, mail: Mail) -> Answer:
        """Envelope, then the body; `phase` tells how far we came when something breaks."""
        phase = "mail"
        try:
            for phase, wanted, command in _envelope(mail):
                reply = await connection.execute_command(*command)
                faults.point(f"mail.{phase}")
                if reply.code // 10 != wanted // 10:
                    await _start_over(connection, reply)
                    return refusal(reply.code, reply.message, phase)
            answering = _write_body(connection, mail.content, self.after_dot_timeout)
            phase = "body"
            faults.point("mail.dot")
            reply = await answering
            faults.point("mail.answered")
            return _verdict(reply)
        except TROUBLE as trouble:
            connection.close()
            if phase == "body":
                return Unknown(str(trouble), phase)
            return Refused("", str(trouble), permanent=False, scope="sender", phase=phase)


def _envelope(mail: Mail) -> Iterator[tuple[str, int, tuple[bytes, ...]]]:
    eight_bit = () if mail.content.isascii() else (b"BODY=8BITMIME",)
    yield "mail", 250, (b"MAIL", b"FROM:<%b>" % mail.sender.encode("ascii"), *eight_bit)
    yield "rcpt", 250, (b"RCPT", b"TO:<%b>" % mail.recipient.encode("ascii"))
    yield "data", 354, (b"DATA",)


def _write_body(connection: SMTP, content: bytes, timeout: float) -> Coroutine[Any, Any, SMTPResponse]:
    """Writes body and final dot; returns the wait for the reply. The one place that uses aiosmtplib's inside.

    A plain function: it raises only while nothing of the dot has been written. The reply cannot come before it is
    waited for, since nothing yields in between. Left-over bytes mean that the server's replies are out of step.
    """
    protocol = connection.protocol
    if protocol is None or protocol._buffer:
        raise SMTPServerDisconnected("Connection lost or out of step before the body")
    lines = _whole_lines(content)
    ended = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    protocol.write((b"\r\n" + ended).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n")
    return protocol.read_response(timeout=timeout)


def _whole_lines(content: bytes) -> bytes:
    """A lone CR or LF could smuggle a second mail past some servers. Counting costs a tenth of looking for them."""
    if content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n"):
        return content
    return LONE_LINE_END.sub(b"\r\n", content)


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


async def _connect(connection: SMTP) -> Refused | None:
    """Connection, TLS, login, EHLO. No failure here is about the reader, or for ever."""
    try:
        await connection.connect()
        if connection.is_ehlo_or_helo_needed:
            await connection.ehlo()
    except SMTPResponseException as trouble:
        connection.close()
        told = refusal(trouble.code, trouble.message, "connect")
        meaning = told.meaning if told.meaning in ("login", "limit") else "unreachable"
        why = f"the mail server does not let us in: {trouble.message}"
        return Refused(told.code, why, permanent=False, scope="sender", phase="connect", meaning=meaning)
    except TROUBLE as trouble:
        connection.close()
        return Refused("", _no_way(trouble), permanent=False, scope="sender", phase="connect", meaning="unreachable")
    return None


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


async def _start_over(connection: SMTP, reply: SMTPResponse) -> None:
    """After a refused envelope: RSET, so that the connection can carry the next mail; else hang up."""
    if reply.code < 400:
        return connection.close()
    try:
        await connection.rset()
    except TROUBLE:
        connection.close()


async def _take_leave(connection: SMTP) -> None:
    with suppress(*TROUBLE):
        await connection.quit(timeout=5)
    connection.close()
