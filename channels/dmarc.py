"""What does a domain ask of receivers (DMARC), and with which other domains does it count as one?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.dns import Dns, NoSuchName

RECORD = re.compile(r"v=DMARC1\s*(;|$)")
POLICIES = ("none", "quarantine", "reject")
DEEPEST = 5  # parents asked at most, as receivers do


class Broken(ValueError):
    """Receivers ignore the record; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The record that counts for a domain; `at`: where it stands (the domain itself or one above it)."""

    at: str
    record: str
    policy: str
    strict_spf: bool
    strict_dkim: bool
    reports: str


def tags(record: str) -> dict[str, str]:
    """`a=b; c=d` as DKIM and DMARC write it; of a repeated tag the first."""
    pairs = (part.partition("=") for part in record.split(";"))
    found: dict[str, str] = {}
    for name, _, value in pairs:
        found.setdefault(name.strip().lower(), value.strip())
    return found


def read(dns: Dns, domain: str) -> Policy | None:
    """Of the domain, else of the nearest one above it that has one.

    Raises:
        Broken: there are two, or it names no policy.
        CouldNotAsk: the DNS did not answer.
    """
    for name in _upwards(domain):
        found = _records(dns, name)
        if len(found) > 1:
            raise Broken(f"_dmarc.{name} has {len(found)} DMARC records, only one may stand: delete the others")
        if found:
            return _policy(name, found[0], inherited=name != domain.lower())
    return None


def one_house(dns: Dns, one: str, other: str, *, strict: bool) -> bool:
    """Are they aligned? Strictly: the same name. Else below the same highest domain that has a DMARC record."""
    if strict or one.lower() == other.lower():
        return one.lower() == other.lower()
    return _house(dns, one) == _house(dns, other)


def _house(dns: Dns, domain: str) -> str:
    having = [name for name in _upwards(domain) if _records(dns, name)]
    return having[-1] if having else domain.lower()


def _records(dns: Dns, name: str) -> list[str]:
    try:
        return [text for text in dns.texts(f"_dmarc.{name}") if RECORD.match(text)]
    except NoSuchName:
        return []


def _upwards(domain: str) -> list[str]:
    """`a.firm.example`, `firm.example`; never a top-level domain alone."""
    labels = domain.lower().rstrip(".").split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))][:DEEPEST]


def _policy(name: str, record: str, *, inherited: bool) -> Policy:
    given = tags(record)
    policy = given.get("sp", given.get("p", "")) if inherited else given.get("p", "")
    if policy.lower() not in POLICIES:
        raise Broken(
            f"the record at _dmarc.{name} says p={policy or '(nothing)'}; it must be one of {', '.join(POLICIES)}"
        )
    strict_spf, strict_dkim = (given.get(tag, "r").lower() == "s" for tag in ("aspf", "adkim"))
    return Policy(name, record, policy.lower(), strict_spf, strict_dkim, given.get("rua", ""))
