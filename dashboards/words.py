"""How do we say it on screen? The house's words become those of a marketer, instants become local times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from opportune.rules.facts import Instant, Reason
from opportune.rules.reasons import sentence

CHANNELS = {"call": "Call", "email": "Email"}
SINGLE = {"call": "a call", "call_auto": "an automated call", "voicemail": "a voicemail", "email": "an email"}
FIRST = {"call": "Call first", "email": "Email first"}
MARKS = {"call": "●", "email": "◆"}
STAGES = {
    "decided": "Decided",
    "attempted": "Attempted",
    "reached": "Reached",
    "conversation": "Conversation",
    "goal": "Goal met",
}
GOALS = {
    "meeting": "Meeting",
    "conference": "Conference call",
    "trial": "Product trial",
    "clarification": "Clarification",
    "feedback": "Feedback",
    "recommendation": "Recommendation",
    "inform": "Inform",
}
STATUSES = {"executive": "Executive", "manager": "Manager", "staff": "Staff", "unknown": "Unknown"}
VERDICTS = {"act": "Contact", "wait": "Not yet", "held": "Waiting for data", "never": "No contact"}
STATES = {
    "planned": "planned",
    "claimed": "about to leave",
    "sending": "leaving",
    "sent": "sent",
    "uncertain": "not sure whether it left",
    "assumed_sent": "treated as sent",
    "not_sent": "did not leave, may be tried again",
    "failed": "could not be delivered",
    "cancelled": "cancelled before it left",
    "expired": "its moment passed, nothing left",
    "delivered": "delivered",
    "ringing": "ringing",
    "answered": "answered",
    "completed": "call ended",
    "no_answer": "nobody picked up",
    "busy": "line was busy",
    "voicemail_left": "voicemail left",
    "bounced": "mail came back",
    "complained": "reader complained",
    "cancel_requested": "asked the carrier to cancel",
}
RESULTS = {
    "interested": "interested",
    "not_interested": "not interested",
    "meeting_booked": "meeting booked",
    "talked": "talked",
    "secretary": "reached the secretary",
    "call_back": "asked to be called back",
    "email_please": "asked for an email",
    "busy": "line was busy",
    "no_answer": "nobody picked up",
    "voicemail_left": "voicemail left",
    "machine": "answering machine",
    "no_such_number": "number does not exist",
    "wrong_person": "wrong person",
    "do_not_call": "asked not to be called",
    "declined": "call declined",
    "cancelled": "cancelled",
    "failed": "call failed",
    "replied": "replied",
}
TOLD = {
    "status": "the carrier told how the call goes",
    "words": "the carrier fetched what to say",
    "after": "the carrier told that the words were spoken",
    "keys": "a key was pressed",
    "reply": "a reply came",
    "auto_reply": "an automatic reply came",
    "bounce": "the mail came back",
    "notice": "a mail server told how delivery goes",
    "complaint": "the reader reported it as spam",
    "clicked": "a link in it was followed",
}
OUTCOMES = {
    "goal_met": "Goal met",
    "reply": "Replied",
    "meeting_kept": "Meeting kept",
    "opt_out": "Asked not to be contacted",
    "lost": "Lost for now",
    "disqualified": "Disqualified",
}
#: Reasons that only tell the moment of what was chosen already, and what its talk is for.
TIMING = frozenset(
    {"mail_slot", "cold_hour", "call_hour", "executive_hour", "other_part", "voicemail"}
    | {"aim_interest", "aim_meeting", "aim_terms"}
)
KINDS = {
    "approach": "planned contact",
    "follow_up": "follow-up",
    "nurture": "new offer after a no",
    "correction": "correction",
    "callback": "promised callback",
    "requested": "just asked for",
}


def plain(word: str | None) -> str:
    """A word we have no better one for."""
    return (word or "").replace("_", " ")


def say(words: dict[str, str], word: str | None) -> str:
    return words.get(word or "", plain(word))


def because(stored: dict[str, Any]) -> str:
    """The sentence of a stored reason; one of older rules, whose sentence is gone, is named by its code."""
    try:
        return sentence(Reason(stored["code"], stored["rule"], stored["values"]))
    except KeyError:
        return f"{plain(stored['code'])}."


def main_reason(verdict: str, reasons: list[dict[str, Any]]) -> str:
    """The one sentence that a row has room for: of a contact the choice of channel, of a refusal its last word."""
    chosen = [reason for reason in reasons if reason["code"] not in TIMING] if verdict == "act" else []
    last = (chosen or reasons)[-1:]
    return because(last[0]) if last else ""


def changed(change: dict[str, Any]) -> str:
    """What would have had to be otherwise."""
    fact, value = change["fact"], str(change["value"])
    if fact == "preference":
        return f"Had they asked for {say(SINGLE, value)}"
    if fact.startswith("consent_"):
        return f"With their recorded yes to {say(SINGLE, fact.removeprefix('consent_'))}"
    if fact == "missed_call":
        return "After a missed call"
    if fact == "shape":
        return "Had a colleague called first"
    words = {"status": STATUSES, "goal": GOALS}.get(fact, {})
    return f"Had the {plain(fact)} been “{say(words, value).lower()}”"


def number(n: int) -> str:
    return f"{n:,}"


def people(n: int) -> str:
    return f"{number(n)} {'person' if n == 1 else 'people'}"


def size(n: int) -> str:
    """How many a share speaks of; never broken over two lines."""
    return f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{number(n)}"


def percent(share: float, places: int = 1) -> str:
    return f"{100 * share:.{places}f} %"


def points(difference: float) -> str:
    """Percentage points with their sign: +2.1, −0.4, 0.0."""
    text = f"{100 * difference:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def day(at: Instant) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%-d %b %Y}"


def utc(at: Instant) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%a %-d %b %Y, %H:%M} UTC"


def short(at: Instant, zone: str = "UTC") -> str:
    return f"{datetime.fromtimestamp(at, ZoneInfo(zone)):%a %-d %b, %H:%M}"


def local(at: Instant, zones: Iterable[str]) -> str:
    """The person's own time: "Wed 18 Nov, 03:46 or 02:46" while their zone is not certain."""
    days: dict[str, dict[str, None]] = {}
    for zone in zones:
        date, time = short(at, zone).split(", ")
        days.setdefault(date, {})[time] = None
    said = [f"{date}, {' or '.join(times)}" for date, times in days.items()]
    return " or ".join(said) or f"{short(at)} UTC (their time zone is unknown)"


def place(zones: list[str]) -> str:
    """'Europe/Chisinau', or how many zones are possible."""
    if not zones:
        return "time zone unknown"
    return zones[0].replace("_", " ") if len(zones) == 1 else f"{len(zones)} possible time zones"


def decided(verdict: str, channel: str | None, held: str | None) -> str:
    """One short phrase for what was decided."""
    if verdict == "act":
        return say(CHANNELS, channel)
    return f"Waiting: {held}" if verdict == "held" and held else say(VERDICTS, verdict)
