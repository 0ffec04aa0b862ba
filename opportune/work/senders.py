"""Who writes to this person, and through which account does it leave?

The colleague to whom the contact belongs, else the campaign's sender; only from addresses that an account of ours may
use, since others would fail the readers' checks. The account follows from the From address.
"""

from __future__ import annotations

import re
from functools import lru_cache

from channels.accounts import Account
from opportune.rules.campaign import Sender
from opportune.store import models as m
from opportune.work.world import World

FROM = re.compile(rb"From:(?:[^\r\n]|\r\n[ \t])*?<?([^\s<>]+@[^\s<>]+?)>?\r\n")


def speaking_for(world: World, sender: Sender, name: str | None, email: str | None, phone: str | None) -> Sender:
    """The owner (name, email, phone) in the place of the campaign's sender, if their address is one of ours."""
    if not name or not email or not _ours(world, email, sender):
        return sender
    return sender.model_copy(update={"name": name, "email": email, "phone": phone or sender.phone})


def _ours(world: World, address: str, sender: Sender) -> bool:
    domain = address.rpartition("@")[2].lower()
    known = {sender.email.rpartition("@")[2].lower(), world.settings.mail_domain.lower()}
    return domain in known or any(account.takes(address) for account in world.accounts)


def domain_of(world: World, address: str) -> str:
    """The domain of envelope and Message-ID: From's own where an account names it, so that the readers' checks see
    one domain everywhere."""
    own = address.rpartition("@")[2].lower()
    if any(account.takes(address) for account in world.accounts):
        return own
    return world.settings.mail_domain or own


def from_of(words: m.PreparedMessage) -> str:
    """The From address in the bytes that are about to leave; of a mail without one its envelope's."""
    content = words.content
    head = content.find(b"\r\n\r\n") + 2
    start = end = content.find(b"\nFrom:", 0, head) + 1
    while (end := content.find(b"\r\n", end, head) + 2) > 1 and content[end : end + 1] in (b" ", b"\t"):
        pass  # a field goes on where the next line is indented
    return _address(content[start:end]) or (words.sender or "").lower()


@lru_cache(maxsize=1024)  # a few senders write everything
def _address(field: bytes) -> str:
    found = FROM.match(field)
    return found[1].decode("ascii", "replace").lower() if found else ""


def account_of(world: World, address: str) -> Account:
    """By address, then by domain, then the first that names none, then the first."""
    accounts = world.accounts
    if len(accounts) == 1:
        return accounts[0]
    best = max(accounts, key=lambda account: account.takes(address))
    if best.takes(address):
        return best
    return next((account for account in accounts if not account.senders), accounts[0])
