"""May this domain send mail that providers take? Asked of the DNS and of our mail server before a campaign goes live.

What Gmail, Yahoo and Microsoft require of whoever sends much is asked of everybody: SPF, DKIM and DMARC that agree with
the From address, a name for the sending address, a mailbox for what comes back, TLS. Each finding that is not good says
what to publish, ready to paste.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from channels.dns import CouldNotAsk, Dns, NoSuchName
from channels.greeting import Security, greet

State = Literal["good", "unwise", "missing", "unasked"]
Greet = Callable[[str, int, Security], str]

#: Whose senders no address of the mail server tells: their own SPF record does.
PROVIDERS = {
    "gmail.com": "_spf.google.com",
    "google.com": "_spf.google.com",
    "office365.com": "spf.protection.outlook.com",
    "outlook.com": "spf.protection.outlook.com",
    "amazonaws.com": "amazonses.com",
    "sendgrid.net": "sendgrid.net",
    "mailgun.org": "mailgun.org",
    "postmarkapp.com": "spf.mtasv.net",
    "mailjet.com": "spf.mailjet.com",
    "brevo.com": "spf.brevo.com",
    "yandex.ru": "_spf.yandex.net",
    "mail.ru": "_spf.mail.ru",
    "fastmail.com": "spf.messagingengine.com",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the DNS, as a zone file has it."""

    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        value = " ".join(f'"{self.value[at : at + 255]}"' for at in range(0, len(self.value), 255))
        return f"{self.name}. IN {self.kind} {value if self.kind == 'TXT' else self.value}"


@dataclass(frozen=True, slots=True)
class Finding:
    """`missing`: providers refuse such mail. `unwise`: they take it, with less trust. `unasked`: nobody answered."""

    what: str
    state: State
    says: str
    remedy: str = ""
    publish: Record | None = None


@dataclass(frozen=True)
class Sender:
    """Who sends, and how. `envelope`: the domain that bounces come back to, the one SPF is asked of."""

    domain: str
    envelope: str = ""
    reply_domain: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    security: Security = "starttls"
    selector: str = ""
    dkim_domain: str = ""
    dkim_record: str = ""  # of the key that we sign with; empty: the mail server signs
    sends_from: tuple[str, ...] = ()  # addresses that mail leaves from, where the operator knows them
    dns: Dns = field(default_factory=Dns, compare=False)
    greet: Greet = field(default=greet, compare=False)

    @property
    def provider(self) -> str:
        """What the SPF record must include for this mail server; empty: its addresses are its own."""
        host = self.smtp_host.lower().rstrip(".")
        return next((name for end, name in PROVIDERS.items() if host == end or host.endswith(f".{end}")), "")

    def addresses(self) -> tuple[str, ...]:
        """The addresses that mail leaves from, as far as can be seen from here."""
        if self.sends_from or self.smtp_host in ("", "localhost"):
            return self.sends_from
        return tuple(each for each in self.dns.addresses(self.smtp_host) if not at_home(each))


Check = Callable[[Sender], list[Finding]]


def passed(findings: list[Finding]) -> bool:
    return not any(finding.state in ("missing", "unasked") for finding in findings)


def examine(sender: Sender, checks: tuple[tuple[str, Check], ...]) -> list[Finding]:
    """Everything looked at, good and bad. A domain that does not exist has nothing else to look at."""
    there = _asked("domain", _exists, sender)
    if any(finding.state == "missing" for finding in there):
        return there
    return there + [finding for what, check in checks for finding in _asked(what, check, sender)]


def _asked(what: str, check: Check, sender: Sender) -> list[Finding]:
    try:
        return check(sender)
    except CouldNotAsk as silent:
        return [Finding(what, "unasked", f"could not ask: {silent}", "try again; is the name server reachable?")]
    except NoSuchName as name:
        return [Finding(what, "missing", f"{name} does not exist in the DNS", "check how it is written")]


def _exists(sender: Sender) -> list[Finding]:
    sender.dns.texts(sender.domain)
    return [Finding("domain", "good", f"{sender.domain} exists")]


def at_home(address: str) -> bool:
    """An address of this machine or of the house: mail leaves to the world from another one."""
    ip = ipaddress.ip_address(address)
    return (
        ip.is_loopback or ip.is_link_local or any(ip in network for network in _HOUSE if ip.version == network.version)
    )


_HOUSE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
