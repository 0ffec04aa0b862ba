"""What does a call say, as TwiML?

One function per situation of a call; the words come in finished (templates), the markup comes from Twilio's SDK.
"""

from __future__ import annotations

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

KEY_WAIT = 5  # seconds to press a key after the words
OPERATOR_RING = 20  # seconds an operator's phone rings before the callee hears that nobody is free
BRIEFED_WAIT = 10  # seconds in which a colleague decides


def announce(words: str, language: str, keys_url: str, recording: str = "") -> str:
    """Speak, or play what a person recorded, then wait for one key. Silence is an answer too: `keys_url` hears of it
    with empty Digits."""
    gather = Gather(num_digits=1, timeout=KEY_WAIT, action=keys_url, method="POST", action_on_empty_result=True)
    gather.play(recording) if recording else gather.say(words, language=language)
    response = VoiceResponse()
    response.append(gather)
    return str(response)


def connect(words: str, operator: str, caller: str, after_url: str, time_limit: int, language: str = "en-US") -> str:
    """Announce the operator, then bridge; `after_url` learns how the talk went. No dead air: ring until bridged."""
    response = VoiceResponse()
    response.say(words, language=language)
    dial = Dial(
        action=after_url,
        method="POST",
        caller_id=caller,
        timeout=OPERATOR_RING,
        time_limit=time_limit,
        answer_on_bridge=True,
    )
    dial.number(operator)
    response.append(dial)
    return str(response)


def say_and_hang_up(words: str, language: str) -> str:
    """Last words."""
    response = VoiceResponse()
    response.say(words, language=language)
    response.hangup()
    return str(response)


def hang_up() -> str:
    """Silence: for a machine that may not be spoken to, or a call that should not have been answered."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def briefing(words: str, language: str, accept_url: str) -> str:
    """Tell a colleague whom they would speak with, and wait for a key; `accept_url` hears of silence too."""
    gather = Gather(num_digits=1, timeout=BRIEFED_WAIT, action=accept_url, method="POST", action_on_empty_result=True)
    gather.say(words, language=language)
    response = VoiceResponse()
    response.append(gather)
    return str(response)


def bridge(number: str, caller: str, own: str, theirs: str, ring_seconds: int, time_limit: int) -> str:
    """Dial the person for the colleague who accepted; `own` and `theirs` are the addresses of the colleague's leg and
    of the person's. Both hear each other from the first word: the line is ringing until it is bridged."""
    dial = Dial(
        action=f"{own}/after",
        method="POST",
        caller_id=caller,
        timeout=ring_seconds,
        time_limit=time_limit,
        answer_on_bridge=True,
        hangup_on_star=True,  # an answering machine: the colleague leaves it and goes on with the next one
    )
    dial.number(
        number,
        url=f"{theirs}/whisper",
        method="POST",
        status_callback=f"{theirs}/status",
        status_callback_method="POST",
        status_callback_event="initiated ringing completed",  # the first names the leg; the whisper tells who answers
    )
    response = VoiceResponse()
    response.append(dial)
    return str(response)


def wait(next_url: str, seconds: int = 0, words: str = "", language: str = "en-US") -> str:
    """The colleague stays on the line: a word, some silence, and we are asked again."""
    response = VoiceResponse()
    if words:
        response.say(words, language=language)
    if seconds:
        response.pause(length=seconds)
    response.redirect(next_url, method="POST")
    return str(response)


def go_ahead() -> str:
    """Nothing to say to the person before they are bridged."""
    return str(VoiceResponse())
