"""Do these words ask us to stop, and with what?

A "stop" heard wrongly costs one contact, a missed one is an offence: so doubt means stop. Beyond doubt are "don't stop"
and "not before ten". Who refuses one way and names another ("don't call, write instead") closes only that way, and so
does a bare "don't call me": nothing in it speaks against a letter. A bare "don't write" ends everything, as
"unsubscribe" does, and "unsubscribe me, that is better" too: where no way is named, all are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from channels import stop_times as times
from channels import stop_words as said
from channels.written import new_words

Refusal = Literal["everything", "call", "email"]

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
PLAIN = str.maketrans("ăâîșşțţё’", "aaissttе'")
NAMED = 60  # characters after a refusal in which it names its channel


def refusal(text: str) -> Refusal | None:
    """What somebody does not want any more. Sentence by sentence; quoted parts are not theirs."""
    own = new_words(text).lower().translate(PLAIN)
    sentences = [each.strip() for each in SENTENCE_END.split(own)]
    elsewhere = any(said.OTHER_WAY.search(each) for each in sentences)
    found = {_refused(each, elsewhere) for each in sentences} - {None}
    return "everything" if len(found) > 1 else next(iter(found), None)


def wants_to_stop(text: str) -> bool:
    """Does somebody ask to be left alone, altogether?"""
    return refusal(text) == "everything"


def _refused(sentence: str, elsewhere: bool) -> Refusal | None:
    """`elsewhere`: another sentence names another way to reach them."""
    meant = _without_hours(said.DENIED.sub(" … ", sentence))
    asked = said.ASKED.search(meant) is not None
    refused = list(_refusals(meant))
    if not refused or (not asked and _put_off(meant, refused)):
        return None
    channels = {each for _, named in refused for each in named}
    if len(channels) > 1 or not all(named for _, named in refused):
        return "everything"
    rather = said.RATHER.search(meant) is not None
    if channels == {"call"}:
        return "call" if rather or elsewhere or not asked else "everything"
    return "email" if elsewhere or (rather and _names_a_way(meant, refused)) else "everything"


def _without_hours(sentence: str) -> str:
    """Who wants no calls before noon may want them after."""

    def heard(hit: re.Match[str]) -> str:
        return " … " if times.HOUR.search(_up_to_the_reason(sentence, hit)) else hit[0]

    return said.UNWANTED.sub(heard, sentence)


def _put_off(sentence: str, refused: list[tuple[str, set[str]]]) -> bool:
    """A reason follows a refusal: "I'm asking you not to call before noon" is none."""
    at = min(sentence.index(words) for words, _ in refused)
    told = times.PAST.sub("", sentence[:at] + times.WHY.sub("", sentence[at:]))
    return bool(times.TIMED.search(told)) and not times.FOR_GOOD.search(sentence)


def _refusals(sentence: str) -> Iterator[tuple[str, set[str]]]:
    """The words of each refusal, and the channels it names."""
    for form, channel in ((said.LETTERS, "email"), (said.CALLS, "call")):
        yield from ((hit[0], {channel}) for hit in form.finditer(sentence))
    for form in (said.ASKED, said.CONTACT):
        for hit in form.finditer(sentence):
            words = _up_to_the_reason(sentence, hit)
            yield words, _channels(words)


def _up_to_the_reason(sentence: str, hit: re.Match[str]) -> str:
    """A refusal with what it names: "stop calling me", without the ", email me instead" that follows."""
    end = said.NAMED_UNTIL.search(sentence, hit.end(), hit.end() + NAMED)
    return sentence[hit.start() : end.start() if end else hit.end() + NAMED]


def _channels(words: str) -> set[str]:
    ways = (("call", said.CALL_WORDS), ("email", said.MAIL_WORDS))
    return {channel for channel, form in ways if form.search(words)}


def _names_a_way(sentence: str, refused: list[tuple[str, set[str]]]) -> bool:
    """Who would rather not be written to and names nothing else wants no call either."""
    for words in {words for words, _ in refused}:
        sentence = sentence.replace(words, " ")
    return bool(_channels(sentence) or said.OTHER_WORDS.search(sentence))
