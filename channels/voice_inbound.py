"""What does somebody hear who calls us, as TwiML? One function per situation; the words come in finished."""

from __future__ import annotations

from twilio.twiml.voice_response import Dial, Enqueue, Gather, VoiceResponse

ASKED = 1  # seconds of silence after the greeting: a key may be pressed, nobody has to
CHOICE = 4  # seconds to choose between a call back and a message
HOLD = 10  # seconds of silence on the line, after which we look again who is free
RING = 20  # seconds a colleague's phone rings, then the next one's (B9)
PAUSED = 5  # seconds without a word end a message
LINE = "line"  # the one queue there is (D1)


def greet(words: str, language: str, keys_url: str) -> str:
    """Say who we are; whoever presses nothing is put through all the same."""
    return _gather(words, language, keys_url, ASKED)


def offer(words: str, language: str, keys_url: str) -> str:
    """A call back or a message? Silence means a message."""
    return _gather(words, language, keys_url, CHOICE)


def _gather(words: str, language: str, keys_url: str, wait: int) -> str:
    gather = Gather(num_digits=1, timeout=wait, action=keys_url, method="POST", action_on_empty_result=True)
    gather.say(words, language=language)
    return _document(gather)


def through(words: str, language: str, colleague: str, caller: str, after_url: str, brief_url: str, limit: int) -> str:
    """To a colleague, who hears at `brief_url` who calls before they are joined (B9). The caller hears it ring."""
    response = VoiceResponse()
    if words:
        response.say(words, language=language)
    dial = Dial(
        action=after_url, method="POST", caller_id=caller, timeout=RING, time_limit=limit, answer_on_bridge=True
    )
    dial.number(colleague, url=brief_url, method="POST")
    response.append(dial)
    return str(response)


def queue(after_url: str, wait_url: str) -> str:
    """Everybody is talking: `wait_url` says what is heard meanwhile, again and again."""
    return _document(Enqueue(LINE, action=after_url, method="POST", wait_url=wait_url, wait_url_method="POST"))


def hold(words: str, language: str, keys_url: str) -> str:
    """On hold. A key pressed is told; after the silence the queue asks again."""
    gather = Gather(num_digits=1, timeout=HOLD, action=keys_url, method="POST")
    gather.say(words, language=language)
    return _document(gather)


def leave_queue() -> str:
    """The call goes on at the address that the queue was given."""
    response = VoiceResponse()
    response.leave()
    return str(response)


def wait_on() -> str:
    """Nothing to say: the queue asks again."""
    return str(VoiceResponse())


def record(words: str, language: str, left_url: str, longest: int, text_url: str = "") -> str:
    """After the tone, at most `longest` seconds. `text_url` hears what was understood of it, where that is wanted."""
    response = VoiceResponse()
    response.say(words, language=language)
    written = {"transcribe": True, "transcribe_callback": text_url} if text_url else {}
    response.record(
        action=left_url, method="POST", max_length=longest, timeout=PAUSED, play_beep=True, finish_on_key="#", **written
    )
    return str(response)


def brief(words: str, language: str) -> str:
    """To the colleague alone."""
    response = VoiceResponse()
    response.say(words, language=language)
    return str(response)


def _document(verb: Gather | Enqueue) -> str:
    response = VoiceResponse()
    response.append(verb)
    return str(response)
