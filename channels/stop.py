"""Do these words ask us to stop, and with what?

A "stop" heard wrongly costs one contact, a missed one is an offence: so doubt means stop. Beyond doubt are "don't stop"
and "not before ten". Who refuses one way and names another ("don't call, write instead") closes only that way, and so
does a bare "don't call me": nothing in it speaks against a letter. A bare "don't write" ends everything, as
"unsubscribe" does.
"""

from __future__ import annotations

import re
from typing import Literal

from channels.written import new_words

Refusal = Literal["everything", "call", "email"]

ASKS = (
    # English
    r"\bunsubscri",
    r"\bopt(ing)?[ -]?out\b",
    r"\b(remove|delete) (me|us|my)\b",
    r"\btake (me|us|my \w+) off\b",
    r"^\W*(please,? )?stop(,? (it|now|this|that|all|please|thanks|thank you))*\W*$",
    r"\bstop (e-?mail|mail|writ|send|contact|call|messag|spam|bother)",
    r"\b(do not|don't|no longer) (want|wish) (to (receive|get|hear)|any|your|more)\b",
    # Russian
    r"\bотпи(шите|ска|сать|шусь)",
    r"\b(удалите|уберите|вычеркните|исключите) (меня|нас|мой|мою|мои|наш|этот|адрес|номер)",
    r"\b(хватит|прекратите|перестаньте) (мне |нам )?(писать|звонить|слать|присыла|спам|рассыл)",
    r"^\W*стоп\W*$",
    # Romanian
    r"\bdezabon",
    # German, French
    r"\b(abmelden|abbestellen|austragen)\b",
    r"\b(désabonn|desabonn|désinscri|desinscri)",
)
NOT = r"(do not|don't|never) (ever )?"
WRITE, CALL = r"(e-?mail|mail|contact|write|message|send|bother)", r"(call|phone|ring|telephone)"
NE = r"\bне (надо |нужно )?(мне |нам )?(больше )?(мне |нам )?"
NU = r"\bnu[ -]?(îmi|imi|mi|ne|mă|ma)?[ -]?mai "
NO_LETTERS = (
    rf"^\W*(please,? )?{NOT}{WRITE}\b",
    rf"\b{NOT}{WRITE} (to )?(me|us)\b",
    r"\bno more (e-?mail|mail|letter|message)s?\b",
    rf"{NE}(пишите|писать|присыла|беспоко)",
    rf"{NU}(scrie|trimite|contacta)",
)
NO_CALLS = (
    rf"^\W*(please,? )?{NOT}{CALL}\b",
    rf"\b{NOT}{CALL} (to )?(me|us)\b",
    r"\bno more (phone |sales )?calls?\b",
    rf"{NE}звон(ите|ить)",
    rf"{NU}suna",
    r"\bnu (mă|ma|ne) (mai )?suna",
)
NOT_AT_ALL = (
    r"\b(do not|don't|never|won't|will not|not) (want (you )?to |going to )?(stop|unsubscri|opt|remove|delete)",
    r"\bне (надо |нужно |хочу |буду )?(меня )?(отпи|удал|убир|прекра|перест)",
    r"\bnu (vreau |doresc )?(să )?(mă )?dezabon",
)
#: Not now, or not at that hour: how they like it, no refusal.
TIMED = (
    r"\b(before|after|until|till|between|earlier than|later than|during) (\d|noon|midday|lunch|office|working|business"
    r"|six|seven|eight|nine|ten|eleven|twelve|mon|tue|wed|thu|fri|sat|sun|next|tomorrow)",
    r"\b(so|too|this|that) (early|late)\b|\b(right now|at the moment|today|tonight|tomorrow|this week)\b",
    r"\b(at night|at (the )?weekends?|on (the )?weekends?|in the (morning|afternoon|evening)s?"
    r"|on (mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
    r"\b(до|после|раньше|позже|ранее|позднее) (\d|обеда|полудня|девяти|десяти|понедельника|завтра)",
    r"\bпо (утрам|вечерам|ночам|выходным|понедельникам|пятницам)\b|\b(утром|вечером|ночью|сейчас|сегодня|завтра)\b",
    r"\b(înainte de|inainte de|după|dupa|până la|pana la|până|pana) (\d|ora|prânz|pranz|amiaz|mâine|maine|luni)",
    r"\b(dimineața|dimineata|seara|noaptea|acum|azi|astăzi|astazi|mâine|maine)\b",
)
RATHER = (
    r"\b(instead|rather|better|лучше|mai bine|lieber|plutôt)\b",
    r"[,;:–—-] *(but |please |just )*(e-?mail|write|call|phone|ring)( to)? (me|us)\b",
    r"[,;:–—-] *(but |please |just )*(send|drop) (me|us)\b",
    r"[,;:–—-] *(but |please |just )*(e-?mail|write|call|phone)( please)?\W*$",
    r"[,;:–—-] *(а |но |просто )?(пишите|напишите|позвоните|звоните|присылайте|пришлите)\b",
    r"[,;:–—-] *(dar |ci |mai bine )?(scrie|trimite|suna)(ți|ti)?\b",
)
OTHER_WAY = (
    r"^\W*(please,? |just |but )*(e-?mail|write|call|phone|ring)( to)? (me|us)\b",
    r"^\W*(please,? |just |but )*send (me|us) (an? )?(e-?mail|mail)",
    r"^\W*(просто |лучше )*(пишите|напишите|позвоните|звоните)\b",
    r"^\W*(mai bine )?(scrie|suna)(ți|ti)?[ -]",
)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def _compiled(*forms: str) -> re.Pattern[str]:
    return re.compile("|".join(forms), re.I)


ASKED, LETTERS, CALLS, DENIED, THEN, PREFERRED, OTHER = (
    _compiled(*forms) for forms in (ASKS, NO_LETTERS, NO_CALLS, NOT_AT_ALL, TIMED, RATHER, OTHER_WAY)
)


def refusal(text: str) -> Refusal | None:
    """What somebody does not want any more. Sentence by sentence; quoted parts are not theirs."""
    own = new_words(text).replace("’", "'")
    sentences = [each.strip() for each in SENTENCE_END.split(own)]
    elsewhere = any(OTHER.search(each) for each in sentences)
    found = {_refused(each, elsewhere) for each in sentences} - {None}
    return "everything" if len(found) > 1 else next(iter(found), None)


def wants_to_stop(text: str) -> bool:
    """Does somebody ask to be left alone, altogether?"""
    return refusal(text) == "everything"


def _refused(sentence: str, elsewhere: bool) -> Refusal | None:
    """`elsewhere`: another sentence names another way to reach them."""
    letters, calls = LETTERS.search(sentence), CALLS.search(sentence)
    rather = PREFERRED.search(sentence)
    if DENIED.search(sentence):
        return None
    if ASKED.search(sentence):
        return None if rather else "everything"
    if THEN.search(sentence):
        return None
    if letters and not calls:
        return "email" if rather or elsewhere else "everything"
    return "call" if calls and not letters else "everything" if calls else None
