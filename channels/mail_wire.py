"""What does the mail server answer, reply by reply, also where several commands left in one write (RFC 2920)?

aiosmtplib connects, encrypts and logs in. Then the connection is ours: it knows one reply for each write only, and does
not tell a connection that broke before a body was written from one that broke after.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPReadTimeoutError, SMTPResponse, SMTPServerDisconnected

MOST = 64 * 1024  # bytes of one reply


class Wire(asyncio.Protocol):
    """One connection that is let in; it carries one mail at a time."""

    def __init__(self, connected: SMTP) -> None:
        if connected.transport is None:
            raise SMTPServerDisconnected("Connection lost")
        self._transport = cast(asyncio.Transport, connected.transport)
        self._loop = asyncio.get_running_loop()
        self.pipelining = connected.supports_extension("pipelining")
        self.carried = 0
        self._heard = bytearray()
        self._waiter: asyncio.Future[SMTPResponse] | None = None
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._transport.set_protocol(self)

    @property
    def ready(self) -> bool:
        """Open, and nobody spoke unasked: "421 you were idle for too long" is no answer to the next mail."""
        return not (self._heard or self._transport.is_closing())

    def write(self, data: bytes) -> None:
        """Raises only while nothing of it has been written. Replies nobody asked for: they are out of step."""
        if not self.ready:
            raise SMTPServerDisconnected("Connection lost or out of step")
        self._transport.write(data)

    async def reply(self, timeout: float) -> SMTPResponse:
        """The next one, within so many seconds."""
        if (found := self._next()) is not None:
            return found
        if self._transport.is_closing():
            raise SMTPServerDisconnected("Connection lost")
        waiter: asyncio.Future[SMTPResponse] = self._loop.create_future()
        self._waiter, self._until = waiter, self._loop.time() + timeout
        if self._timer is None or self._timer.when() > self._until:
            self._watch()
        try:
            return await waiter
        finally:
            self._waiter = None

    def _watch(self) -> None:
        """One timer sees many replies: to make one for each costs more than to read them."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._waiter is not None and self._loop.time() >= self._until:
            self._fail(SMTPReadTimeoutError("The mail server does not answer"))
        elif self._waiter is not None:
            self._timer = self._loop.call_at(self._until, self._watch)

    def close(self) -> None:
        self._transport.close()
        if self._timer is not None:
            self._timer.cancel()

    async def take_leave(self) -> None:
        with suppress(SMTPException, OSError):
            self.write(b"QUIT\r\n")
            await self.reply(5)
        self.close()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        try:
            if len(self._heard) > MOST:
                raise SMTPException("The reply has no end")
            if self._waiter is not None and not self._waiter.done() and (found := self._next()) is not None:
                self._waiter.set_result(found)
        except SMTPException as trouble:
            self._fail(trouble)
            self.close()

    def eof_received(self) -> None:
        self._fail(SMTPServerDisconnected("The mail server hung up"))

    def connection_lost(self, why: Exception | None) -> None:
        self._fail(SMTPServerDisconnected(f"Connection lost: {why}" if why else "Connection lost"))

    def _fail(self, trouble: SMTPException) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(trouble)

    def _next(self) -> SMTPResponse | None:
        """The first whole reply of what was heard; of several lines all but the last have a hyphen after the code."""
        words, start = [], 0
        while (end := self._heard.find(b"\n", start)) >= 0:
            line, start = self._heard[start:end], end + 1
            if not line[:3].isdigit():
                raise SMTPException(f"This is no reply: {bytes(line[:200]).decode('utf-8', 'replace')!r}")
            words.append(line[4:].strip())
            if line[3:4] != b"-":
                del self._heard[:start]
                return SMTPResponse(int(line[:3]), b"\n".join(words).decode("utf-8", "surrogateescape"))
        return None
