"""What does the DNS say? Four kinds of questions, answered with plain words; no answer is never taken for "nothing"."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

import dns.exception
import dns.resolver
import dns.reversename

PATIENCE = 5.0  # seconds for one question, all servers and tries together


class NoSuchName(Exception):
    """The name does not exist at all (NXDOMAIN)."""


class CouldNotAsk(Exception):
    """Nobody answered, or not with an answer. It proves neither that a record is there nor that it is missing."""


@dataclass
class Dns:
    """Asks the machine's own resolver, or `server` ("192.0.2.1" or "192.0.2.1:5353"), say a zone's own server while an
    old answer is still remembered elsewhere. Each question is asked once."""

    server: str = ""
    patience: float = PATIENCE
    _known: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def texts(self, name: str) -> tuple[str, ...]:
        """TXT records, the strings of each put together."""
        return self._ask(name, "TXT")

    def mail_servers(self, name: str) -> tuple[str, ...]:
        """MX hosts, the preferred first; "." is a domain that takes no mail (RFC 7505)."""
        offered = sorted((int(words.split()[0]), words.split()[1]) for words in self._ask(name, "MX"))
        return tuple(host if host == "." else host.rstrip(".") for _, host in offered)

    def addresses(self, name: str) -> tuple[str, ...]:
        """A and AAAA; an address is its own answer."""
        if _is_address(name):
            return (name,)
        return self._ask(name, "A") + self._ask(name, "AAAA")

    def names_of(self, address: str) -> tuple[str, ...]:
        """PTR; no name is an answer here."""
        try:
            return self._ask(dns.reversename.from_address(address).to_text(), "PTR")
        except NoSuchName:
            return ()

    def _ask(self, name: str, kind: str) -> tuple[str, ...]:
        """Empty: the name exists, without such a record."""
        key = name.rstrip(".").lower(), kind
        if key not in self._known:
            self._known[key] = self._asked(key[0], kind)
        return self._known[key]

    def _asked(self, name: str, kind: str) -> tuple[str, ...]:
        try:
            answer = self._resolver().resolve(f"{name}.", kind, lifetime=self.patience)
        except dns.resolver.NXDOMAIN:
            raise NoSuchName(name) from None
        except dns.resolver.NoAnswer:
            return ()
        except (dns.exception.DNSException, OSError, ValueError) as trouble:  # ValueError: no name at all
            raise CouldNotAsk(f"{kind} of {name}: {type(trouble).__name__}") from trouble
        return tuple(_words(record, kind) for record in answer)

    def _resolver(self) -> dns.resolver.Resolver:
        if not self.server:
            return dns.resolver.Resolver()
        host, _, port = self.server.rpartition(":") if self.server.count(":") == 1 else (self.server, "", "53")
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [host], int(port)
        return resolver


def _words(record: object, kind: str) -> str:
    if kind == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    return str(record) if kind == "MX" else str(record).rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
