"""What can a channel answer, and what does it know of a message?

A channel sends one message to one person and answers with exactly one of three values. It never retries and never
touches a table: what the answer means for the touch is the ledger's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from channels.detection import Detection


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. `provider_id` is Twilio's CallSid or the mail server's queue id."""

    provider_id: str
    detail: str = ""
    queue_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """Definitely not sent. `permanent`: never try this address again; else another attempt may follow.

    `code` is the provider's own (``550 5.1.1``, ``21211``); `scope` says what the refusal is about: the *address*,
    our *sender* (domain, caller id, account: the person is not to blame), or the *message* (our bug).
    `phase` is how far we came (``connect``, ``mail``, ``rcpt``, ``data``, ``body``; ``request`` for calls).
    `meaning` of a mail server's refusal: a name of `smtp_codes.toml`, or ``unreachable``; of a call's: a name of
    `twilio_errors.toml`.
    """

    code: str
    detail: str
    permanent: bool
    scope: str = "address"
    phase: str = ""
    meaning: str = field(default="", compare=False)

    @property
    def told(self) -> str:
        """Code and words, of which servers begin each line with the code once more."""
        enhanced = self.code.rpartition(" ")[2]
        words = self.detail.replace(f"{enhanced} ", "") if "." in enhanced else self.detail
        return f"{self.code} {words}".strip()


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have left: the request or the final dot was written and no answer came. Never sent again blindly."""

    detail: str
    phase: str = ""


Answer = Accepted | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one recipient: envelope and finished bytes (CRLF lines, headers included)."""

    sender: str
    recipient: str
    content: bytes
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class CallOrder:
    """One call to one number (E.164, perhaps with ``;ext=123``). Addresses are ours, below the configured public URL;
    times in seconds.

    `voicemail`: an answering machine may be spoken to, so its greeting is waited for (DetectMessageEnd); otherwise a
    machine is hung up on at once (Enable). Not `detect`: a colleague listens, nobody waits in silence for a verdict.
    """

    to: str
    caller: str
    url: str
    status_url: str
    fallback_url: str
    voicemail: bool = False
    detect: bool = True
    detection: Detection | None = None  # None: as Twilio has it
    ring_seconds: int = 25
    time_limit: int = 900


@dataclass(frozen=True, slots=True)
class CallState:
    """What the carrier says of a call: its words for `status`, times as UTC epoch seconds. It may start long after it
    was asked for (`created_at`)."""

    sid: str
    status: str
    to: str
    caller: str
    started_at: int | None = None
    duration: int | None = None
    answered_by: str | None = None
    queue_seconds: float = 0.0
    created_at: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail that came back to us. `uid` is the mailbox's cursor ("uidvalidity:uid"), unique and growing."""

    uid: str
    raw: bytes = field(repr=False)
