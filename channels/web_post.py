"""How do we tell another system over https, without anybody leading us into our own network?

The name is looked up once, every address it has must be public, and exactly that address is connected to: a name that
means something else a moment later (DNS rebinding) changes nothing. Redirects are not followed, proxies not asked.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

SECONDS = 10.0
LONGEST = 30.0  # for all of it: who says one letter at a time would hold up what others are told
#: In these an address of the old kind hides, which may be one of ours.
TUNNELS = [ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")]
#: Not for the world, though older Pythons call them global: one cloud answers its machines' secrets at 192.0.0.192.
KEPT = [ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "fec0::/10", "3fff::/20")]
Resolve = Callable[[str, int], Sequence[str]]


class NotAllowed(ValueError):
    """We do not go there; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`told`: 2xx. `gone`: they say that they never want to hear of it again. `words`: status, or what went wrong."""

    told: bool
    words: str
    gone: bool = False


def checked(url: str, *, private: bool = False) -> SplitResult:
    """`private`: to try things out, also http and our own network.

    Raises:
        NotAllowed: this is no address that we tell anything to.
    """
    if re.search(r"[\x00-\x20\x7f\\]", url) or len(url) > 500:
        raise NotAllowed("write the address without spaces, control characters and backslashes, 500 signs at most")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
        host.encode("idna" if ":" not in host else "ascii")
    except (ValueError, UnicodeError) as error:
        raise NotAllowed("this is no web address: write it like https://crm.example/hook") from error
    if parts.scheme not in (("https", "http") if private else ("https",)):
        raise NotAllowed("webhooks go by https: write it like https://crm.example/hook")
    if not host or parts.username is not None or parts.password is not None or port == 0:
        raise NotAllowed("name a host, and no user or password: the signature shows who we are")
    return parts


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False, resolve: Resolve | None = None
) -> Answer:
    """One try. Whatever comes of it is an answer."""
    try:
        parts = checked(url, private=private)
        where = address(parts, private=private, resolve=resolve or resolved)
        return _post(parts, where, body, headers)
    except (NotAllowed, OSError, UnicodeError, httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer(False, (str(error) or type(error).__name__)[:200])


def address(parts: SplitResult, *, private: bool, resolve: Resolve) -> str:
    """The one we connect to."""
    found = list(resolve(parts.hostname or "", _port(parts)))
    for each in found:
        if not (private or is_public(each)):
            raise NotAllowed(
                f"{parts.hostname} is an address of a private network ({each}): webhooks go to public ones"
            )
    if not found:
        raise NotAllowed(f"{parts.hostname} has no address")
    return found[0]


def is_public(text: str) -> bool:
    try:
        found: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif any(found in each for each in TUNNELS):
            return False
    if any(found in each for each in KEPT if each.version == found.version):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def resolved(host: str, port: int) -> list[str]:
    """As the system knows it; also 0x7f.1 and the like, which are numbers in disguise."""
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _post(parts: SplitResult, where: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    host = (parts.hostname or "").encode("idna" if ":" not in (parts.hostname or "") else "ascii").decode()
    literal = f"[{where}]" if ":" in where else where
    target = f"{parts.scheme}://{literal}:{_port(parts)}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    named = {**headers, "Host": f"[{host}]" if ":" in host else host if parts.port is None else f"{host}:{parts.port}"}
    with (
        _cut_off() as trace,
        httpx.Client(trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
        client.stream(
            "POST", target, content=body, headers=named, extensions={"sni_hostname": host, "trace": trace}
        ) as answer,
    ):  # what they say besides the status is nothing to us
        good = 200 <= answer.status_code < 300
        return Answer(good, str(answer.status_code), gone=answer.status_code == 410)


@contextmanager
def _cut_off() -> Iterator[Callable[[str, Mapping[str, Any]], None]]:
    """After `LONGEST` nobody listens any more, whatever they are saying. Yields what hears of the connection."""
    lines: list[socket.socket] = []

    def trace(what: str, told: Mapping[str, Any]) -> None:
        if what in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            lines.append(told["return_value"].get_extra_info("socket"))

    def cut() -> None:
        for line in lines:
            with suppress(OSError):  # over already, or now beneath an encrypted one
                line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(LONGEST, cut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    finally:
        timer.cancel()


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
