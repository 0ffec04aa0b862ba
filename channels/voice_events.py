"""Is this webhook Twilio's, what does it report, and how did the call end?

A signature proves origin, not freshness: webhooks come twice, late and out of order, so every event carries a key
under which it is stored once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

from channels.voicemail import is_machine
from opportune.rules.facts import CallResult, Instant

MOST_FIELDS = 200
LONGEST_SID = 64
LONGEST_WORD = 64  # of what becomes a column
MOST_DIGITS = 9  # of a number of seconds or a code: more would not fit a column


class _Fields(dict[str, list[str]]):
    """Form fields with repeats, as the validator reads them: a field may occur twice, blank ones count."""

    def __init__(self, raw_body: bytes) -> None:
        super().__init__()
        text = raw_body.decode("ascii")
        for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS):
            self.setdefault(name, []).append(value)

    def getlist(self, name: str) -> list[str]:
        return self[name]

    def items_once(self) -> Iterator[tuple[str, str]]:
        return ((name, values[0]) for name, values in self.items())


def valid_signature(tokens: Sequence[str], url: str, raw_body: bytes, signature: str) -> bool:
    """True when one of our tokens (primary first, then the one being rotated out) signed this form post.

    `url` is the configured public URL plus raw path and query, never what the request's own headers claim.
    An empty token never counts: anybody could sign with it.
    """
    try:
        fields = _Fields(raw_body)
    except ValueError:  # not ASCII, or far too many fields: no webhook of Twilio's
        return False
    return any(RequestValidator(token).validate(url, fields, signature) for token in tokens if token)


@dataclass(frozen=True, slots=True)
class VoiceEvent:
    """One webhook in our words. `occurred_at` is the carrier's own time, where it gave one."""

    sid: str
    status: str
    event_key: str
    answered_by: str | None = None
    digits: str | None = None
    duration: int | None = None
    dial_status: str | None = None
    dial_duration: int | None = None
    error_code: int | None = None
    sip_code: int | None = None
    sequence: int | None = None
    occurred_at: Instant | None = None
    to: str = ""
    caller: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)


def parse_event(raw_body: bytes, idempotency_token: str = "") -> VoiceEvent:
    """Read one webhook; `idempotency_token` is its I-Twilio-Idempotency-Token header, the same in every retry."""
    raw = {_storable(name): _storable(value) for name, value in _Fields(raw_body).items_once()}
    if not 0 < len(raw.get("CallSid", "")) <= LONGEST_SID:
        raise ValueError(f"A voice webhook needs the field CallSid, at most {LONGEST_SID} letters; this one has none.")
    return VoiceEvent(
        sid=raw["CallSid"],
        status=raw.get("CallStatus", ""),
        event_key=_event_key(raw, raw_body, idempotency_token),
        answered_by=raw.get("AnsweredBy", "")[:LONGEST_WORD] or None,
        digits=raw.get("Digits"),  # empty: asked and nothing pressed; None: nobody asked
        duration=_number(raw.get("CallDuration")),
        dial_status=raw.get("DialCallStatus", "")[:LONGEST_WORD] or None,
        dial_duration=_number(raw.get("DialCallDuration")),
        error_code=_number(raw.get("ErrorCode")),
        sip_code=_number(raw.get("SipResponseCode") or raw.get("DialSipResponseCode")),
        sequence=_number(raw.get("SequenceNumber")),
        occurred_at=_instant(raw.get("Timestamp")),
        to=raw.get("To", ""),
        caller=raw.get("From", ""),
        raw=raw,
    )


def _event_key(raw: Mapping[str, str], raw_body: bytes, token: str) -> str:
    """Progress reports are numbered per call and source; other webhooks are told apart by token or content."""
    if raw.get("SequenceNumber"):
        return f"{raw['CallSid']}:{raw.get('CallbackSource', '')}:{raw['SequenceNumber']}"
    return f"{raw['CallSid']}:{token or hashlib.sha256(raw_body).hexdigest()[:32]}"


def _number(text: str | None) -> int | None:
    return int(text[:MOST_DIGITS]) if text and text.isascii() and text.isdigit() else None


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL; the signature was checked over the text as it came."""
    return text.replace("\0", "")


def _instant(text: str | None) -> Instant | None:
    """RFC 2822 to epoch; Twilio always means UTC, also where the zone reads -0000."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


#: A5: what the far network said when no talk came about.
_SIP = {
    404: CallResult.NO_SUCH_NUMBER,
    484: CallResult.NO_SUCH_NUMBER,
    604: CallResult.NO_SUCH_NUMBER,
    603: CallResult.DECLINED,
    607: CallResult.DECLINED,
}
_NOT_ANSWERED = {
    "busy": CallResult.BUSY,
    "no-answer": CallResult.NO_ANSWER,
    "canceled": CallResult.CANCELLED,
    "failed": CallResult.FAILED,
}
_ANSWERED = frozenset({"in-progress", "completed"})


def call_result(
    status: str,
    answered_by: str | None,
    digits: str | None,
    talked_seconds: int,
    sip_code: int | None,
    left_voicemail: bool,
) -> CallResult:
    """E2: how the call ended. `talked_seconds`: with an operator; "completed" alone does not mean a talk."""
    if digits == "9":  # an opt-out counts whatever else happened (E1)
        return CallResult.DO_NOT_CALL
    if status in _NOT_ANSWERED:
        unanswered = _NOT_ANSWERED[status]
        return unanswered if unanswered is CallResult.CANCELLED else _SIP.get(sip_code or 0, unanswered)
    if status not in _ANSWERED:
        raise ValueError(f"call_result needs a call that was answered or is over; {status!r} is neither.")
    if left_voicemail:
        return CallResult.VOICEMAIL
    if is_machine(answered_by):
        return CallResult.MACHINE
    return _key_result(digits, talked_seconds)


def _key_result(digits: str | None, talked_seconds: int) -> CallResult:
    """What a person chose. Pressed 1 and nobody was free: we owe a call back (C4)."""
    if talked_seconds > 0:
        return CallResult.TALKED
    if digits == "1":
        return CallResult.CALL_BACK
    return CallResult.EMAIL_PLEASE if digits == "2" else CallResult.DECLINED
