"""How does a call leave, and what does Twilio know of it?

The carrier of `channels.carrier`, Twilio's SDK behind it. A call is asked for once, with a timeout and without
retries: a second ring is worse than a missed one. What may have been placed is `Unknown`, never a failure.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from channels.base import Accepted, Answer, CallOrder, CallState, Refused, Unknown
from channels.carrier import CarrierUnreachable
from channels.twilio_errors import meaning
from channels.voice_events import VoiceEvent, call_result, parse_event, valid_signature
from channels.voice_words import announce, connect, hang_up, say_and_hang_up
from opportune import faults
from opportune.rules.facts import Instant

__all__ = [
    "PRACTICE_ACCOUNT",
    "CarrierUnreachable",
    "Twilio",
    "VoiceEvent",
    "announce",
    "call_result",
    "connect",
    "hang_up",
    "parse_event",
    "say_and_hang_up",
    "valid_signature",
]

PRACTICE_ACCOUNT = "ACpractice"  # how the accounts of the stand-in begin: never a real one
EVENTS = ["ringing", "completed"]  # the 201 names the call, and when somebody answers we are asked for words
CONNECTIONS = 64  # at least as many as calls may be asked for at once
EXTENSION = "wwww{}#"  # two seconds for the switchboard to pick up
PAGE = 200
WAITING = ("queued", "ringing")  # the call list knows no start time of these


class _Http(TwilioHttpClient):  # type: ignore[misc]  # the SDK is untyped
    """Twilio's HTTP client with one pool for all threads; `base` sends it to the stand-in on loopback."""

    def __init__(self, timeout: float, base: str | None) -> None:
        super().__init__(timeout=timeout)
        self.base = _loopback(base) if base else None
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0))
        self.session.trust_env = self.base is None  # no proxy stands between us and loopback

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Response:
        if self.base:
            url = urlunsplit((*self.base, *urlsplit(url)[2:]))
        return super().request(method, url, *args, **options)


def _loopback(base: str) -> tuple[str, str]:
    """Scheme and host of the stand-in; anything but loopback is refused, so practice never leaves this machine."""
    parts = urlsplit(base)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local or parts.scheme != "http" or parts.username or parts.path not in ("", "/"):
        raise ValueError(f"OPPORTUNE_TWILIO_URL is {base!r}: give http://127.0.0.1:PORT, or leave it empty for Twilio.")
    return parts.scheme, parts.netloc


class Twilio:
    """The carrier at Twilio, or at the stand-in on loopback."""

    def __init__(
        self, account: str, token: str, base_url: str | None = None, timeout: float = 10, old_token: str = ""
    ) -> None:
        if account.startswith(PRACTICE_ACCOUNT) and not base_url:
            raise ValueError(
                f"{PRACTICE_ACCOUNT}… is an account of the stand-in: set OPPORTUNE_TWILIO_URL to its address."
            )
        self._account, self._tokens = account, (token, old_token)
        self._http = _Http(timeout, base_url)
        client = Client(account, token, http_client=self._http)
        self._calls = client.api.v2010.accounts(account).calls

    def place(self, order: CallOrder) -> Answer:
        """Ask once for one call."""
        faults.point("call.request")
        try:
            call = self._calls.create(**_parameters(order))
        except (TwilioRestException, TwilioServiceException) as error:
            return _refusal(error)
        except requests.RequestException as error:
            return _no_answer(error)
        except (TwilioException, ValueError, AttributeError) as error:  # an answer, but not one we can read
            return Unknown(f"Twilio's answer cannot be read: {error}", phase="request")
        faults.point("call.requested")
        if not call.sid:
            return Unknown("Twilio's answer names no call", phase="request")
        return Accepted(call.sid, str(call.status), _queue_seconds(call))

    def cancel(self, sid: str) -> bool:
        """Stop a call that nobody answered yet. False: it is not known to be stopped. What a <Dial> rings cannot be
        canceled: while it rings on, it is ended."""
        status = self._update(sid, "canceled")
        return (self._update(sid, "completed") if status in WAITING else status) == "canceled"

    def end(self, sid: str) -> bool:
        """Hang up, whatever the call is doing. False: it is not known to be over."""
        return self._update(sid, "completed") in ("completed", "canceled")

    def parse_webhook(self, url: str, body: bytes, signature: str, idempotency: str = "") -> VoiceEvent | None:
        """A signature of the present token or, during rotation, of the one before."""
        if not valid_signature(self._tokens, url, body, signature):
            return None
        event = parse_event(body, idempotency)
        return event if event.raw.get("AccountSid") == self._account else None

    def close(self) -> None:
        self._http.session.close()

    def _update(self, sid: str, status: str) -> str | None:
        try:
            call = _told(lambda: self._calls(sid).update(status=status))
        except CarrierUnreachable:
            return None
        return str(call.status) if call else None

    def fetch(self, sid: str) -> CallState | None:
        """The call's state; None when the carrier knows no such call. Raises CarrierUnreachable."""
        call = _told(self._calls(sid).fetch)
        return _state(call) if call else None

    def find(self, to: str, since: Instant) -> list[CallState]:
        """Every call to this number started or still waiting since then, oldest first. Raises CarrierUnreachable."""
        to, moment = to.partition(";")[0], datetime.fromtimestamp(since, UTC)
        found = self._list(to=to, start_time_after=moment)
        for status in WAITING:
            found += [call for call in self._list(to=to, status=status) if (call.date_created or moment) >= moment]
        calls = {call.sid: call for call in found}.values()
        return [_state(call) for call in sorted(calls, key=lambda call: (call.date_created or moment, call.sid))]

    def _list(self, **filters: Any) -> list[Any]:
        return _told(lambda: self._calls.list(page_size=PAGE, **filters)) or []


def _parameters(order: CallOrder) -> dict[str, Any]:
    """All that we rely on is asked for, whatever Twilio's own defaults are today."""
    to, _, extension = order.to.partition(";ext=")
    keys = {"send_digits": EXTENSION.format(extension)} if extension else {}
    return {
        "to": to,
        "from_": order.caller,
        "url": order.url,
        "fallback_url": order.fallback_url,
        "status_callback": order.status_url,
        "status_callback_event": EVENTS if order.detect else ["completed"],
        "timeout": order.ring_seconds,
        "time_limit": order.time_limit,
        **(keys or _detection(order)),  # Twilio listens for no machine where keys are pressed
    }


def _detection(order: CallOrder) -> dict[str, Any]:
    if not order.detect:
        return {}
    numbers = order.detection.parameters() if order.detection else {}
    return {"machine_detection": "DetectMessageEnd" if order.voicemail else "Enable", **numbers}


def _refusal(error: TwilioRestException | TwilioServiceException) -> Answer:
    """4xx means nothing was placed; 5xx and 408 may come after the phone began to ring."""
    if error.status >= 500 or error.status < 400 or error.status == 408:
        return Unknown(f"HTTP {error.status}: {_words(error)}", phase="request")
    code = error.status if error.status == 429 else int(error.code or error.status)
    row = meaning(code)
    told = f"{_words(error)} {row.remedy}".strip()
    return Refused(str(error.code or code), told, row.permanent, row.scope, "request", row.name)


def _words(error: TwilioRestException | TwilioServiceException) -> str:
    return str(getattr(error, "msg", "") or getattr(error, "detail", "") or getattr(error, "title", ""))


def _no_answer(error: requests.RequestException) -> Answer:
    """No connection: definitely not placed. A drop or a timeout after that: the phone may be ringing."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, NewConnectionError | ConnectTimeoutError):
        told = f"Twilio cannot be reached: {cause}"
        return Refused("connect", told, permanent=False, scope="sender", phase="connect", meaning="unreachable")
    return Unknown(f"{type(error).__name__}: {error}", phase="request")


def _told(ask: Callable[[], Any]) -> Any:
    """The carrier's answer, None for "no such call"; all else is CarrierUnreachable."""
    try:
        return ask()
    except (TwilioRestException, TwilioServiceException) as error:
        if error.status == 404:
            return None
        raise CarrierUnreachable(f"HTTP {error.status}: {_words(error)}") from error
    except (TwilioException, requests.RequestException, ValueError) as error:
        raise CarrierUnreachable(f"{type(error).__name__}: {error}") from error


def _state(call: Any) -> CallState:
    return CallState(
        sid=call.sid,
        status=call.status,
        to=call.to,
        caller=call._from,
        started_at=int(call.start_time.timestamp()) if call.start_time else None,
        duration=int(call.duration) if call.duration else None,
        answered_by=call.answered_by or None,
        queue_seconds=_queue_seconds(call),
        created_at=int(call.date_created.timestamp()) if call.date_created else None,
    )


def _queue_seconds(call: Any) -> float:
    """Twilio says milliseconds, and sometimes nothing."""
    return float(call.queue_time or 0) / 1000
