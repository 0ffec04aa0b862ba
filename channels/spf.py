"""Who may send for a domain, by its SPF record (RFC 7208), and is the record one that receivers can use?

The record and all it includes are walked as a receiver walks them, but to the end: which networks it names, how many
questions it costs, and what would make receivers give up on it ("permerror": as if there were none).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from channels.dns import Dns, NoSuchName

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4
RECORD = re.compile(r"v=spf1(?: +|$)", re.I)
TERM = re.compile(r"([+?~-]?)(all|include|ip4|ip6|a|mx|ptr|exists)(?:([:/])(.*))?", re.I)
MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.I)

Network = IPv4Network | IPv6Network


class Broken(ValueError):
    """Receivers treat the record as if it were not there; the sentence says why."""


@dataclass
class Policy:
    """What the record says. `rest`: the qualifier of `all` ("-", "~", "?", "+"), empty where the record says none."""

    record: str
    lookups: int = 0
    rest: str = ""
    included: set[str] = field(default_factory=set)
    networks: list[Network] = field(default_factory=list)

    def covers(self, address: str) -> bool:
        return any(ip_address(address) in network for network in self.networks)


def records(dns: Dns, domain: str) -> tuple[str, ...]:
    return tuple(text for text in dns.texts(domain) if RECORD.match(text))


def read(dns: Dns, domain: str) -> Policy | None:
    """None: there is no record.

    Raises:
        Broken: there are two, or a receiver would give up on it.
        CouldNotAsk: the DNS did not answer.
    """
    found = records(dns, domain)
    if not found:
        return None
    policy = Policy(_only(found, domain))
    _walk(dns, _Place(domain.lower()), policy.record, policy)
    if policy.lookups > MOST_LOOKUPS:
        raise Broken(
            f"it costs {policy.lookups} lookups, receivers stop after {MOST_LOOKUPS}: drop includes not in use"
        )
    return policy


def _only(found: tuple[str, ...], domain: str) -> str:
    if len(found) > 1:
        raise Broken(f"{domain} has {len(found)} SPF records, only one may stand: put their terms into one")
    return found[0]


@dataclass(frozen=True)
class _Place:
    """Where the walk stands. `decides`: an `all` here is the whole record's (not one of an include)."""

    domain: str
    path: tuple[str, ...] = ()
    decides: bool = True

    def into(self, name: str, *, decides: bool) -> _Place:
        return _Place(name.lower().rstrip("."), (*self.path, self.domain), self.decides and decides)


def _walk(dns: Dns, place: _Place, record: str, policy: Policy) -> None:
    if place.domain in place.path:
        raise Broken(f"its includes go round in a circle: {' > '.join((*place.path, place.domain))}")
    for term in record.split()[1:]:
        if found := TERM.fullmatch(term):
            _take(dns, place, policy, *found.groups(default=""))
        elif not (modifier := MODIFIER.fullmatch(term)):
            raise Broken(f"{term!r} in the record of {place.domain} is not understood")
        elif modifier[1].lower() == "redirect" and not re.search(r"\ball\b", record, re.I):
            _follow(dns, place.into(modifier[2], decides=True), policy)


def _take(dns: Dns, place: _Place, policy: Policy, sign: str, kind: str, mark: str, value: str) -> None:
    kind = kind.lower()
    if kind == "all":
        policy.rest = (sign or "+") if place.decides else policy.rest
    elif kind in ("ip4", "ip6"):
        policy.networks.append(_network(value, place.domain))
    elif kind == "include":
        policy.included.add(value.lower().rstrip("."))
        _follow(dns, place.into(value, decides=False), policy)
    else:
        policy.lookups += 1
        if kind in ("a", "mx") and "%" not in value:
            host, _, bits = value.partition("/") if mark == ":" else (place.domain, "", value if mark == "/" else "")
            policy.networks += _hosts(dns, host, bits, mx=kind == "mx")


def _follow(dns: Dns, place: _Place, policy: Policy) -> None:
    """Another domain's record counts as part of this one."""
    policy.lookups += 1
    if policy.lookups > 3 * MOST_LOOKUPS or "%" in place.domain:  # far too many; or a macro that only a mail can fill
        return
    try:
        found = records(dns, place.domain)
    except NoSuchName:
        found = ()
    if not found:
        raise Broken(f"it points to {place.domain}, which has no SPF record")
    _walk(dns, place, _only(found, place.domain), policy)


def _hosts(dns: Dns, host: str, bits: str, *, mx: bool) -> list[Network]:
    try:
        names = [name for name in dns.mail_servers(host) if name != "."] if mx else [host]
        found = [address for name in names for address in dns.addresses(name)]
    except NoSuchName:
        return []
    wide = bits.partition("/")[0]
    return [_network(f"{each}/{wide}" if wide and ":" not in each else each, host) for each in found]


def _network(words: str, domain: str) -> Network:
    try:
        return ip_network(words, strict=False)
    except ValueError:
        raise Broken(f"{words!r} in the record of {domain} is no network") from None
