"""May others reach us yet, and where does a link of ours lead?"""

from __future__ import annotations

import ipaddress

from opportune.settings import Settings
from opportune.store import users
from opportune.store.db import Database


def closed(settings: Settings, db: Database) -> str | None:
    """Why we do not listen there, and what to do; None when we may."""
    if only_here(settings.host):
        return None
    at = f"OPPORTUNE_HOST={settings.host} can be reached by others"
    if settings.practice:
        return f"{at}, and practice stays on this machine: set OPPORTUNE_HOST=127.0.0.1"
    if not users.anybody(db):
        first = "opportune user add YOU@EXAMPLE.COM --role admin"
        return f"{at}, and nobody has an account yet. First run: {first} (it prints a link for the password)"
    return None


def only_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def here(settings: Settings) -> str:
    """Our address as this machine sees it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def links(settings: Settings, token: str) -> list[str]:
    """Where a link to choose a password opens: under the public address, and on this machine."""
    bases = [settings.public_url.rstrip("/"), here(settings)]
    return [f"{base}/login/link/{token}" for base in dict.fromkeys(bases)]
