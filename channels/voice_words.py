"""What does a call say, as TwiML?

One function per situation of a call; the words come in finished (templates), the markup comes from Twilio's SDK.
"""

from __future__ import annotations

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

KEY_WAIT = 5  # seconds to press a key after the words
OPERATOR_RING = 20  # seconds an operator's phone rings before the callee hears that nobody is free


def announce(words: str, language: str, keys_url: str) -> str:
    """Speak, then wait for one key. Silence is an answer too: `keys_url` hears of it with empty Digits."""
    gather = Gather(num_digits=1, timeout=KEY_WAIT, action=keys_url, method="POST", action_on_empty_result=True)
    gather.say(words, language=language)
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
