"""Is this TwiML, and only TwiML we understand?

Strict on purpose: Twilio only warns about a verb or attribute it does not know, so a typing error would go unseen
until a person hears it.
"""

from __future__ import annotations

from xml.etree import ElementTree

_WEB = {"action", "method"}
#: Element: the attributes it may have, and the elements it may hold.
GRAMMAR: dict[str, tuple[set[str], set[str]]] = {
    "Response": (set(), {"Say", "Play", "Pause", "Gather", "Dial", "Record", "Redirect", "Hangup", "Reject"}),
    "Say": ({"language", "voice", "loop"}, set()),
    "Play": ({"loop", "digits"}, set()),
    "Pause": ({"length"}, set()),
    "Gather": (
        _WEB | {"input", "numDigits", "timeout", "actionOnEmptyResult", "finishOnKey", "language"},
        {"Say", "Play", "Pause"},
    ),
    "Dial": (_WEB | {"callerId", "timeout", "timeLimit", "answerOnBridge", "hangupOnStar", "record"}, {"Number"}),
    "Number": (
        {"sendDigits", "url", "method", "statusCallback", "statusCallbackMethod", "statusCallbackEvent"},
        set(),
    ),
    "Record": (_WEB | {"maxLength", "timeout", "playBeep", "finishOnKey", "trim"}, set()),
    "Redirect": ({"method"}, set()),
    "Hangup": (set(), set()),
    "Reject": ({"reason"}, set()),
}


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
    for child in element:
        if child.tag not in children:
            raise BadTwiml(12200, f"<{child.tag}> has no place in <{element.tag}>")
        _check(child)
