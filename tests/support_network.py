"""Can a test reach the world? No: loopback and unix sockets only. (Processes that a test starts are not covered.)"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

_allowed: set[str] = set()  # besides loopback: names, and the addresses that were found under them


class NoNetwork(AssertionError):
    """Not an OSError on purpose: what handles a refused connection must not swallow this."""


def _allow(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost") or name in _allowed:
        return
    try:
        if ipaddress.ip_address(str(name)).is_loopback:
            return
    except ValueError:
        pass
    raise NoNetwork(f"a test wanted to reach {name!r}; use a stand-in on 127.0.0.1")


def block() -> None:
    """From now on connecting, sending datagrams and looking up names outside this machine raise NoNetwork."""
    for verb in ("connect", "connect_ex", "sendto"):
        _guard(verb)
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        _allow(host)
        found = look_up(host, *args, **options)
        if host in _allowed:
            _allowed.update(str(each[4][0]) for each in found)
        return found

    socket.getaddrinfo = getaddrinfo


def allow(name: str) -> None:
    """From now on this one may be reached: for tests against a real account, which somebody gave us on purpose."""
    _allowed.add(name)


def _guard(verb: str) -> None:
    original = getattr(socket.socket, verb)

    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family != socket.AF_UNIX:
            _allow(args[-1][0])
        return original(self, *args)

    setattr(socket.socket, verb, guarded)
