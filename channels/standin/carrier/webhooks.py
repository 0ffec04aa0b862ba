"""How does the carrier ask and tell the application?

Form posts, signed as Twilio signs them: HMAC-SHA1 over the address and the sorted fields. Only to loopback: practice
never speaks to another machine.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from urllib.parse import urlencode, urlsplit

import aiohttp
from yarl import URL

from channels.standin.carrier.calls import Call

PATIENCE = 15  # seconds, as Twilio waits
CONNECTIONS = 16
KEEP = 4  # seconds an idle connection is kept: less than a server does, so a drop is never mistaken for a failure


class WebhookFailed(Exception):
    """11200: a bad answer or none in time; 11205: no connection."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def is_loopback(url: str) -> bool:
    """True for http(s) to this machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def sign(token: str, url: str, fields: dict[str, str]) -> str:
    """The X-Twilio-Signature of a form post."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Webhooks:
    """The carrier's HTTP client."""

    def __init__(self, token: str, patience: float = PATIENCE) -> None:
        # aiohttp, which Twilio's SDK brings along: a webhook costs a third of what it costs through httpx
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEEP)
        timeout = aiohttp.ClientTimeout(sock_connect=patience, sock_read=patience)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        self._token = token

    async def post(self, call: Call, url: str, fields: dict[str, str]) -> str:
        """Post and give back the answer's text."""
        if not is_loopback(url):
            raise WebhookFailed(11205, f"{url} is not on this machine; practice stays here")
        call.posts += 1
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(self._token, url, fields),
            "I-Twilio-Idempotency-Token": f"{call.sid}-{call.posts}",
        }
        try:
            address = URL(url, encoded=True)  # the very characters that were signed
            body = urlencode(fields).encode()
            async with self._session.post(address, data=body, headers=headers, allow_redirects=False) as response:
                text = await response.text()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, ValueError) as error:
            raise WebhookFailed(11205, f"{url} cannot be reached: {error}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise WebhookFailed(11200, f"{url} did not answer: {type(error).__name__}") from None
        if not 200 <= response.status < 300:
            raise WebhookFailed(11200, f"{url} answered HTTP {response.status}")
        return text

    async def close(self) -> None:
        """Let the connections go."""
        await self._session.close()
