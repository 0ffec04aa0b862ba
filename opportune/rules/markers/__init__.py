"""How does a person like to be contacted, going by their own words (A9)?

What is said in passing is a marker: weaker than an answer to a question of ours, stronger than a habit. Who wants both
ways, or neither, has no preference; whether "don't call" also forbids something is asked elsewhere (E1).
"""

from __future__ import annotations

from collections.abc import Iterator

from opportune.rules.facts import Channel, Preference
from opportune.rules.markers import en, ro, ru
from opportune.rules.markers.phrases import Found, Phrases, found, plain, quote

LANGUAGES = (en.PHRASES, ru.PHRASES, ro.PHRASES)
OTHER = {Channel.CALL: Channel.EMAIL, Channel.EMAIL: Channel.CALL}
HINT, WISH, FIRM_WISH = 1, 2, 3  # "don't call" and "always in meetings"; "email me"; "better email me"

Sign = tuple[int, int, Channel, Found]  # strength, where, channel, phrase


def preference_in(text: str) -> Preference | None:
    """What a text says of its writer's wishes, whatever the language; the caller has taken off what it quotes."""
    written, small = plain(text)
    signs = list(_signs(small))
    clearest = max(signs, key=lambda sign: sign[:2], default=None)  # of equals the last word
    if clearest is None:
        return None
    strength, _, channel, place = clearest
    both = any(sign[0] == strength and sign[2] is not channel for sign in signs)
    return None if both else Preference(channel, quote(written, place), "marker")


def promise_to_call(text: str) -> str | None:
    """The words of who promises to call us; a promise that is not kept leans to email (A9)."""
    written, small = plain(text)
    promises = (each for said in spoken(small) for each in found(said.will_call, small))
    return next((quote(written, each) for each in promises), None)


def spoken(small: str) -> Iterator[Phrases]:
    """The languages in which anything of this kind can be in the text."""
    return (each for each in LANGUAGES if each.stems.search(small))


def is_asked(place: Found, said: Phrases) -> bool:
    """Is it a request, and neither denied, another person's, a thing of the past nor mere politeness?"""
    return _is_wish(place, said) and not said.negation.search(place.before) and not said.if_need_be.search(place.after)


def _is_wish(place: Found, said: Phrases) -> bool:
    return not said.not_theirs.search(place.before)


def _signs(small: str) -> Iterator[Sign]:
    for said in spoken(small):
        for channel in Channel:
            yield from _wishes(said, channel, small)
            for place in found(said.refuses[channel], small):
                if not said.not_meant.search(place.before) and not said.only_now.search(place.after):
                    yield HINT, place.start, OTHER[channel], place
        for place in found(said.away, small):
            yield HINT, place.start, Channel.EMAIL, place


def _wishes(said: Phrases, channel: Channel, small: str) -> Iterator[Sign]:
    for place in found(said.wants[channel], small):
        if is_asked(place, said):
            around = place.before[-40:] + small[place.start : place.end] + place.after[:40]
            yield FIRM_WISH if said.rather.search(around) else WISH, place.start, channel, place
        elif said.negation.search(place.before) and _is_wish(place, said) and not said.only_now.search(place.after):
            yield HINT, place.start, OTHER[channel], place
