"""How does a date come into somebody's calendar? As a file of RFC 5545, which every calendar reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

KIND = "text/calendar"


@dataclass(frozen=True, slots=True)
class Event:
    """`uid` stays the same for the same person and event, so that a second file changes the first."""

    uid: str
    title: str
    starts: int
    minutes: int
    link: str
    stamp: int  # when it was said


def ics(event: Event) -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Opportune//Forms//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"DTSTAMP:{_moment(event.stamp)}",
        f"DTSTART:{_moment(event.starts)}",
        f"DTEND:{_moment(event.starts + event.minutes * 60)}",
        f"SUMMARY:{_text(event.title)}",
        f"LOCATION:{_text(event.link)}",
        f"URL:{event.link}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(map(_folded, lines))


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    """Escaped (3.3.11); a line break could begin another property."""
    plain = " ".join(words.split())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> bytes:
    """At most 75 bytes a line, never within a character (3.1)."""
    pieces, piece = [], b""
    for character in line:
        coded = character.encode()
        if len(piece) + len(coded) > 75:
            pieces.append(piece)
            piece = b" "
        piece += coded
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
