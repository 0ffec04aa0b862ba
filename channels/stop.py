"""Do these words ask us to stop?

A "stop" heard wrongly costs one contact, a missed one is an offence: so doubt means stop. Beyond doubt are "don't stop"
and "don't call, write instead", which is a preference (A9).
"""

from __future__ import annotations

import re

from channels.written import new_words

ASKS = (
    # English
    r"\bunsubscri",
    r"\bopt(ing)?[ -]?out\b",
    r"\b(remove|delete) (me|us|my)\b",
    r"\btake (me|us|my \w+) off\b",
    r"^\W*(please,? )?stop(,? (it|now|this|that|all|please|thanks|thank you))*\W*$",
    r"\bstop (e-?mail|mail|writ|send|contact|call|messag|spam|bother)",
    r"^(please,? )?(do not|don't|never) (ever )?(e-?mail|mail|contact|write|call|message|send|bother)\b",
    r"\b(do not|don't|never) (ever )?(e-?mail|mail|contact|write|call|message|send|bother) (to )?(me|us)\b",
    r"\b(do not|don't|no longer) (want|wish) (to (receive|get|hear)|any|your|more)\b",
    r"\bno more (e-?mail|mail|call|letter|message)s?\b",
    # Russian
    r"\bне (надо |нужно )?(мне |нам )?(больше )?(мне |нам )?(пишите|писать|звоните|звонить|присыла|беспоко)",
    r"\bотпи(шите|ска|сать|шусь)",
    r"\b(удалите|уберите|вычеркните|исключите) (меня|нас|мой|мою|мои|наш|этот|адрес|номер)",
    r"\b(хватит|прекратите|перестаньте) (мне |нам )?(писать|звонить|слать|присыла|спам|рассыл)",
    r"^\W*стоп\W*$",
    # Romanian
    r"\bdezabon",
    r"\bnu[ -]?(îmi|imi|mi|ne|mă|ma)?[ -]?mai (scrie|trimite|suna|sunați|contacta)",
    # German, French
    r"\b(abmelden|abbestellen|austragen)\b",
    r"\b(désabonn|desabonn|désinscri|desinscri)",
)
NOT_AT_ALL = (
    r"\b(do not|don't|never|won't|will not|not) (want (you )?to |going to )?(stop|unsubscri|opt|remove|delete)",
    r"\bне (надо |нужно |хочу |буду )?(меня )?(отпи|удал|убир|прекра|перест)",
    r"\bnu (vreau |doresc )?(să )?(mă )?dezabon",
)
RATHER = (
    r"\b(instead|rather|better|лучше|mai bine|lieber|plutôt)\b",
    r"[,;:–—-] *(but |please |just )*(e-?mail|write|call|phone|ring) (to )?(me|us)\b",
    r"[,;:–—-] *(а |но |просто )?(пишите|напишите|позвоните|звоните)\b",
)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
ASKED, DENIED, PREFERRED = (re.compile("|".join(forms), re.I) for forms in (ASKS, NOT_AT_ALL, RATHER))


def wants_to_stop(text: str) -> bool:
    """Does somebody ask to be left alone? Sentence by sentence; quoted parts are not theirs."""
    own = new_words(text).replace("’", "'")
    sentences = (each.strip() for each in SENTENCE_END.split(own))
    return any(ASKED.search(each) and not (DENIED.search(each) or PREFERRED.search(each)) for each in sentences)
