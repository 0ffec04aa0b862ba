"""What do we say to a colleague on the phone, before and between calls? Short: a briefing lasts under fifteen seconds.

`why_…`: what brings this call about; a promise comes before an introduction, an introduction before an interest (B12).
"""

from __future__ import annotations

from typing import Final

SAID: Final = {
    "en": {
        "why_callback": "They asked us to call back.",
        "why_asked": "They asked for contact.",
        "why_referral": "Introduced by {by}.",
        "why_customer": "A customer of ours.",
        "why_hot": "They said they want to buy.",
        "why_warm": "They showed interest.",
        "why_again": "We have tried before: {last}.",
        "why_cold": "A cold call.",
        "company": "{title} at {company}",
        "keys": "1 call, 2 next, 3 pause.",
        "gone": "This call is no longer needed.",
        "later": "Not now: their hours or our limits say wait.",
        "busy": "The line is busy.",
        "no-answer": "No answer.",
        "failed": "They could not be reached.",
        "canceled": "The call was taken back.",
        "paused": "You are off duty now. Goodbye.",
        "nobody": "Nobody else waits just now. We ring you when somebody does. Goodbye.",
    },
    "de": {
        "why_callback": "Um Rückruf wurde gebeten.",
        "why_asked": "Um Kontakt wurde gebeten.",
        "why_referral": "Empfohlen von {by}.",
        "why_customer": "Kunde von uns.",
        "why_hot": "Möchte kaufen.",
        "why_warm": "Hat Interesse gezeigt.",
        "why_again": "Wir haben es schon versucht.",
        "why_cold": "Kaltanruf.",
        "company": "{title} bei {company}",
        "keys": "1 anrufen, 2 weiter, 3 Pause.",
        "gone": "Dieser Anruf ist nicht mehr nötig.",
        "later": "Jetzt nicht: Zeiten oder Grenzen sagen warten.",
        "busy": "Besetzt.",
        "no-answer": "Niemand nimmt ab.",
        "failed": "Nicht erreichbar.",
        "canceled": "Der Anruf wurde zurückgenommen.",
        "paused": "Sie haben jetzt Pause. Auf Wiederhören.",
        "nobody": "Gerade wartet niemand. Wir rufen Sie an, wenn jemand wartet. Auf Wiederhören.",
    },
    "ro": {
        "why_callback": "A cerut să fie sunat.",
        "why_asked": "A cerut să fie contactat.",
        "why_referral": "Recomandat de {by}.",
        "why_customer": "Este clientul nostru.",
        "why_hot": "A spus că vrea să cumpere.",
        "why_warm": "A arătat interes.",
        "why_again": "Am mai încercat: {last}.",
        "why_cold": "Un apel rece.",
        "company": "{title} la {company}",
        "keys": "1 sună, 2 următorul, 3 pauză.",
        "gone": "Acest apel nu mai este necesar.",
        "later": "Nu acum: orele lor sau limitele noastre cer să așteptăm.",
        "busy": "Ocupat.",
        "no-answer": "Nu răspunde.",
        "failed": "Nu a putut fi contactat.",
        "canceled": "Apelul a fost retras.",
        "paused": "Sunteți în pauză. La revedere.",
        "nobody": "Nu mai așteaptă nimeni acum. Vă sunăm când așteaptă cineva. La revedere.",
    },
    "ru": {
        "why_callback": "Просили перезвонить.",
        "why_asked": "Просили связаться.",
        "why_referral": "Рекомендация: {by}.",
        "why_customer": "Это наш клиент.",
        "why_hot": "Хотят купить.",
        "why_warm": "Проявили интерес.",
        "why_again": "Уже пробовали: {last}.",
        "why_cold": "Холодный звонок.",
        "company": "{title}, {company}",
        "keys": "1 звонить, 2 следующий, 3 пауза.",
        "gone": "Этот звонок больше не нужен.",
        "later": "Не сейчас: часы или наши ограничения велят подождать.",
        "busy": "Занято.",
        "no-answer": "Не отвечают.",
        "failed": "Дозвониться не удалось.",
        "canceled": "Звонок отменён.",
        "paused": "Вы на паузе. До свидания.",
        "nobody": "Сейчас больше никто не ждёт. Позвоним, когда будет кто-то. До свидания.",
    },
}


def said(language: str, key: str, **values: object) -> str:
    """In the colleague's language; one that we do not speak reads English."""
    return SAID.get(language[:2], SAID["en"])[key].format_map(values)
