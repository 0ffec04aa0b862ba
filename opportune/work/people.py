"""Who is this person, once the many ways of writing a name, a title and a word are one?"""

from __future__ import annotations

import re

from opportune.rules.facts import Interest, Status
from opportune.work.places import key


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SALUTATIONS = _words("mr mrs ms miss dr prof herr frau dipling ing sir dl dna doamna domnul mme m г гн гжа господин")
FREE_MAIL = _words(
    "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com aol.com gmx.de gmx.net web.de"
    " t-online.de mail.ru yandex.ru bk.ru list.ru inbox.ru rambler.ru proton.me protonmail.com orange.fr free.fr"
    " laposte.net wanadoo.fr btinternet.com rediffmail.com freemail.example"
)
SHARED_BOX = _words("info office contact sales hello kontakt mail admin reception support vanzari zakaz")

#: A7, A8: how high somebody stands, by words of the title; the first line that fits counts.
STANDING = (
    (
        Status.STAFF,
        r"assistant|assistenz|assistent\w*|secretary|sekret\w+|секретар\w*|помощник\w*|ассистент\w*|asistent\w*"
        r"|intern|praktikant\w*",
    ),
    (
        Status.EXECUTIVE,
        r"c[efoimtr]o|chief|chair\w*|president|vice president|vp|svp|evp|owner|founder|co-?founder|partner|principal"
        r"|managing director|director general|general manager|director|executive director"
        r"|geschäftsführ\w+|vorstand\w*|inhaber\w*|prokurist\w*|gf|gérant\w*|président\w*|directeur\w*|directrice\w*"
        r"|proprietar\w*|administrator general|fondator\w*|preşedinte\w*|președinte\w*"
        r"|генеральный\w*|генеральная|директор\w*|гендиректор\w*|владелец|собственник|основател\w*|президент\w*|учредител\w*",
    ),
    (
        Status.MANAGER,
        r"head|manager\w*|lead|team lead|supervisor|leiter\w*|\w+leiter\w*|leitung|chef\w*|responsable"
        r"|şef\w*|șef\w*|sef|coordonator\w*|начальник\w*|руководител\w*|менеджер\w*|заведующ\w*|управляющ\w*",
    ),
)
PATTERNS = [(status, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for status, words in STANDING]
STATED = {
    Status.EXECUTIVE: "executive exec c-level topmanagement руководство geschäftsleitung conducere",
    Status.MANAGER: "manager management middle менеджер leitung",
    Status.STAFF: "staff employee mitarbeiter сотрудник angajat specialist",
}
INTERESTS = {
    Interest.COLD: "cold kalt rece холодный новый new",
    Interest.WARM: "warm interested cald тёплый теплый interessiert",
    Interest.HOT: "hot heiß heiss fierbinte горячий",
}
LANGUAGES = {
    "de": "german deutsch немецкий germana",
    "ro": "romanian română romana rumänisch румынский",
    "ru": "russian русский russisch rusa",
    "fr": "french français französisch французский franceza",
    "en": "english englisch английский engleza",
}


JOINERS = "\u200c\u200d"  # within Persian and Indian names, and emoji: unseen, yet part of the word


def clean(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in text).split())


def clean_name(text: str) -> str:
    """`SMITH, Bob` -> `Bob Smith`."""
    last, comma, first = clean(text).partition(",")
    name = f"{first.strip()} {last.strip()}" if comma else last
    all_small = name.islower()
    return " ".join(word.title() if all_small or (word.isupper() and len(word) > 2) else word for word in name.split())


def name_key(name: str) -> str:
    """Two spellings of one name give the same key: no case, accent, order or salutation."""
    words = (key(word) for word in re.split(r"[\s,]+", name))
    return " ".join(sorted(word for word in words if word and word not in SALUTATIONS))


def status_of(title: str, stated: str = "") -> Status:
    """A7, A8. What the list states counts more than what the title lets us think."""
    for status, words in STATED.items():
        if stated and key(stated) in map(key, words.split()):
            return status
    for status, pattern in PATTERNS:
        if pattern.search(title):
            return status
    return Status.STAFF if title.strip() else Status.UNKNOWN


def interest_of(text: str) -> Interest | None:
    """B1; None when the word is unknown."""
    return next((interest for interest, words in INTERESTS.items() if key(text) in map(key, words.split())), None)


def language_of(text: str, country: str | None) -> str:
    """Two letters; without a word of the list the main language of the country, where we have templates for it."""
    by_name = next((code for code, words in LANGUAGES.items() if key(text) in map(key, words.split())), None)
    by_code = re.fullmatch(r"([a-z]{2})([-_].*)?", text.strip().lower())
    by_country = {"DE": "de", "AT": "de", "RO": "ro", "MD": "ro"}.get(country or "", "en")
    return by_name or (by_code[1] if by_code else by_country)


def is_business(company: str, email: str | None) -> bool:
    """Who has neither a company nor a company's mail domain is a private person: the stricter law applies."""
    domain = (email or "").rpartition("@")[2]
    return bool(company) or bool(domain and domain not in FREE_MAIL)


def is_shared_box(email: str) -> bool:
    """`info@…`: several people may stand behind it, so it does not make two rows one person."""
    return email.partition("@")[0] in SHARED_BOX
