"""May we speak to this machine, and what do we leave on it?

Twilio's answering machine detection (AMD) says who answered. Only a machine whose greeting has ended may be spoken to
(A2); `unknown` counts as a person, for a person must never hear a voicemail read out.
"""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

UNKNOWN = "unknown"
FAX = "fax"
GREETING = "machine_start"  # still greeting: words would be lost
AFTER_GREETING = frozenset({"machine_end_beep", "machine_end_silence", "machine_end_other"})
MACHINES = AFTER_GREETING | {GREETING, FAX}


def may_speak(answered_by: str | None) -> bool:
    """True when the greeting is over and the machine records."""
    return answered_by in AFTER_GREETING


def is_machine(answered_by: str | None) -> bool:
    """True for every machine, fax included; words we do not know count as a person."""
    return answered_by in MACHINES


def voicemail(words: str, language: str, recording: str = "") -> str:
    """What is left after the beep, spoken or played. The pause keeps the first syllable from falling into the beep."""
    response = VoiceResponse()
    response.pause(length=1)
    response.play(recording) if recording else response.say(words, language=language)
    response.hangup()
    return str(response)
