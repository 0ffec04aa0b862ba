"""Is this TwiML, and only TwiML we understand?

Strict on purpose: Twilio only warns about a verb or attribute it does not know, so a typing error would go unseen
until a person hears it.
"""

from __future__ import annotations

from xml.etree import ElementTree

_WEB = {"action", "method"}
_STATUS = {"statusCallback", "statusCallbackMethod", "statusCallbackEvent"}
_RECORDED = {"recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent", "trim"}
_SPEECH = {"Say", "Play", "Pause"}
#: Element: the attributes it may have, and the elements it may hold.
GRAMMAR: dict[str, tuple[set[str], set[str]]] = {
    "Response": (
        set(),
        _SPEECH | {"Gather", "Dial", "Enqueue", "Leave", "Record", "Redirect", "Hangup", "Reject"},
    ),
    "Say": ({"language", "voice", "loop"}, set()),
    "Play": ({"loop", "digits"}, set()),
    "Pause": ({"length"}, set()),
    "Gather": (_WEB | {"input", "numDigits", "timeout", "actionOnEmptyResult", "finishOnKey", "language"}, _SPEECH),
    "Dial": (
        _WEB | _RECORDED | {"callerId", "timeout", "timeLimit", "answerOnBridge", "hangupOnStar", "record"},
        {"Number", "Queue", "Conference"},
    ),
    "Number": (_STATUS | {"sendDigits", "url", "method"}, set()),
    "Queue": ({"url", "method"}, set()),
    "Conference": (
        _STATUS
        | {"startConferenceOnEnter", "endConferenceOnExit", "waitUrl", "waitMethod", "muted", "beep", "coach"}
        | {"maxParticipants", "participantLabel"},
        set(),
    ),
    "Enqueue": (_WEB | {"waitUrl", "waitUrlMethod"}, set()),
    "Leave": (set(), set()),
    "Record": (
        _WEB | _RECORDED | {"maxLength", "timeout", "playBeep", "finishOnKey", "transcribe", "transcribeCallback"},
        set(),
    ),
    "Redirect": ({"method"}, set()),
    "Hangup": (set(), set()),
    "Reject": ({"reason"}, set()),
}
_FLAG, _EVENTS = {"true", "false"}, {"initiated", "ringing", "answered", "completed"}
_MEETING = {"start", "end", "join", "leave", "mute", "hold"}
_POST = {"POST"}
_RECORD = {"do-not-record", "record-from-answer", "record-from-ringing"}
#: What an attribute may say, where it is not free text; only POST is played here.
VALUES: dict[str, set[str]] = {
    **dict.fromkeys(("actionOnEmptyResult", "answerOnBridge", "hangupOnStar", "playBeep", "transcribe"), _FLAG),
    **dict.fromkeys(("startConferenceOnEnter", "endConferenceOnExit", "muted"), _FLAG),
    **dict.fromkeys(("method", "statusCallbackMethod", "waitMethod", "waitUrlMethod"), _POST),
    "recordingStatusCallbackMethod": _POST,
    "record": _RECORD | {f"{way}-dual" for way in _RECORD},
    "reason": {"busy", "rejected"},
    "input": {"dtmf"},
}
NUMBERS = {"length", "numDigits", "timeLimit", "maxLength", "maxParticipants", "loop"}


class BadTwiml(Exception):
    """12100: no XML; 12200: XML, but no TwiML that we know."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def read(text: str) -> ElementTree.Element:
    """The document, checked to the last attribute."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise BadTwiml(12100, f"no XML: {error}: {text[:80]!r}") from None
    if root.tag != "Response":
        raise BadTwiml(12200, f"the root is <{root.tag}>, not <Response>")
    _check(root)
    return root


def _check(element: ElementTree.Element) -> None:
    attributes, children = GRAMMAR[element.tag]
    if unknown := element.attrib.keys() - attributes:
        raise BadTwiml(12200, f"<{element.tag}> has no attribute {', '.join(sorted(unknown))}")
    for name, value in element.attrib.items():
        if not _possible(element.tag, name, value):
            raise BadTwiml(12200, f"<{element.tag} {name}={value!r}> is not possible")
    if element.tag == "Dial" and len(element) > 1:
        raise BadTwiml(12200, "<Dial> with several at once is not played here")
    for child in element:
        if child.tag not in children:
            raise BadTwiml(12200, f"<{child.tag}> has no place in <{element.tag}>")
        _check(child)


def _possible(tag: str, name: str, value: str) -> bool:
    if name == "statusCallbackEvent":
        return set(value.split()) <= (_MEETING if tag == "Conference" else _EVENTS)
    if name == "timeout":
        return value.isdigit() or value == "auto"
    return value.isdigit() if name in NUMBERS else value in VALUES.get(name, {value})
