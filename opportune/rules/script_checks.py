"""What is wrong with words that a person will hear (A10, B3, B5, B6, B16, E1)? Looks at finished words only.

A script speaks by itself (`announce`), is left on a machine (`voicemail`), is an outline that a colleague looks at
while speaking (`outline`), or answers a key (`answer`). Phone manners are told by marks in four languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from opportune.rules.letter_checks import HOLE

Kind = Literal["announce", "voicemail", "outline", "answer"]
Finding = tuple[str, str, dict[str, Any]]  # words near it, code, values

LETTERS_A_SECOND = 14  # of a calm voice
TO_THE_POINT = 15  # seconds until the value is said (B6)
MOST_SECONDS: dict[Kind, int] = {"announce": 45, "voicemail": 30, "outline": 60, "answer": 15}
MOST_LETTERS = 4096  # that one <Say> takes

SENTENCE = re.compile(r"(?<=[.!?…])\s+")
QUESTION = re.compile(r"[?？؟]")
#: A10: no apology for disturbing; whether it is convenient may be asked.
APOLOGY = re.compile(
    r"sorry (?:to|for|if)|apologi[sz]e|excuse me for|hope i'?m not|"
    r"entschuldig\w+|verzeih\w+|tut mir leid|störe?n? (?:sie|ihre)|"
    r"scuz[aăe]\w*|ierta\w+|deranj\w*|"
    r"извин\w+|прости\w*|прошу прощения|беспоко\w+|отвлека\w+",
    re.IGNORECASE,
)
#: A10: ask before putting somebody on hold.
HOLD = re.compile(
    r"please hold\b|\bhold (?:on|the line)|stay on the line|bleiben sie (?:bitte )?(?:dran|am apparat)|"
    r"rămâneți (?:pe fir|la telefon)|оставайтесь на (?:линии|связи)|не кладите трубку",
    re.IGNORECASE,
)
#: B3: a voicemail asks for nothing.
CALL_US = re.compile(
    r"call (?:me|us) back|ring (?:me|us) back|get back to (?:me|us)|rufen sie (?:mich|uns|bitte)? ?.{0,12}zurück|"
    r"sunați-(?:mă|ne)|reveniți cu un telefon|перезвони\w*|свяжитесь с нами",
    re.IGNORECASE,
)
#: E1: the key that ends it for good, in the first sentence.
NINE = re.compile(r"\b9\b|\bnine\b|\bneun\b|\bnouă\b|\bдевять\b|\bдевятку\b", re.IGNORECASE)


class Script(NamedTuple):
    """The words that this person would hear."""

    contact: str
    kind: Kind
    words: str
    context: Mapping[str, Any]

    @property
    def first(self) -> str:
        return SENTENCE.split(self.words.strip(), maxsplit=1)[0]


def seconds(words: str) -> int:
    """How long a calm voice takes for this."""
    return 1 + len(words) // LETTERS_A_SECOND


def as_heard(script: Script) -> Iterator[Finding]:
    """What this person would find wrong."""
    if not script.words.strip():
        yield "", "says_nothing", {}
        return
    yield from _manners(script)
    yield from _length(script)
    found = HOLE.search(script.words)
    if found and not script.context["person"]["name"]:
        yield found[0], "hole", {"words": found[0].strip()}
    yield from {"announce": _announce, "voicemail": _voicemail, "outline": _outline, "answer": _nothing}[script.kind](
        script
    )


def _nothing(_script: Script) -> Iterator[Finding]:
    return iter(())


def _manners(script: Script) -> Iterator[Finding]:
    """A10. That nobody is free may be regretted: it is an answer."""
    apology = APOLOGY.search(script.words)
    if apology and script.kind != "answer":
        yield apology[0], "apologises", {"words": apology[0]}
    for hold in HOLD.finditer(script.words):
        if not QUESTION.search(script.words[: hold.end() + 60]):
            yield hold[0], "holds_unasked", {"words": hold[0]}


def _length(script: Script) -> Iterator[Finding]:
    most, lasts = MOST_SECONDS[script.kind], seconds(script.words)
    if len(script.words) > MOST_LETTERS or lasts > most:
        yield "", "speaks_long", {"seconds": lasts, "most": most}


def _introduced(script: Script) -> Iterator[Finding]:
    """B6: "Hello X, this is Y from Z", first of all."""
    sender = script.context["sender"]
    if not all(sender[name] in script.first for name in ("name", "company")):
        yield script.first[:40], "not_introduced", {}


def _announce(script: Script) -> Iterator[Finding]:
    yield from _introduced(script)
    if not NINE.search(script.first):
        yield script.first[:40], "no_way_out_first", {}
    for key in ("1", "2"):
        if not re.search(rf"\b{key}\b", script.words):
            yield "", "key_untold", {"key": key}
    yield from _to_the_point(script)


def _to_the_point(script: Script) -> Iterator[Finding]:
    """B6: the value within fifteen seconds."""
    offer = script.context["campaign"]["offer"]
    value = script.words.find(offer[:40]) if offer else -1
    if value < 0:
        yield "", "no_value", {}
    elif seconds(script.words[:value]) > TO_THE_POINT:
        late = {"seconds": seconds(script.words[:value]), "most": TO_THE_POINT}
        yield offer[:40], "value_late", late


def _voicemail(script: Script) -> Iterator[Finding]:
    yield from _introduced(script)
    wish = QUESTION.search(script.words) or CALL_US.search(script.words)
    if wish:
        yield wish[0], "voicemail_asks", {"words": wish[0]}
    if script.context["sender"]["phone"] not in script.words:
        yield "", "voicemail_without_number", {}
    if not any(script.context["campaign"][each] in script.words for each in ("name", "offer")):
        yield "", "voicemail_gives_nothing", {}


def _outline(script: Script) -> Iterator[Finding]:
    """B16: something specific about them, and open questions; the rest is the colleague's."""
    person = script.context["person"]
    known = [person[name] for name in ("company", "title") if person[name]]
    if known and not any(each in script.words for each in known):
        yield "", "outline_without_fact", {}
    if not QUESTION.search(script.words):
        yield "", "outline_without_question", {}
