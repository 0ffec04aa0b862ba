"""What do our site forms ask, and is an answer complete?

The ways to win a contact that are forms (A12), made from documents: those of `examples/forms` are built in. Each asks
which channel the answer should take (A18). Consent to advertising is asked apart for each channel, is never ticked in
advance, and names the advertiser (E1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from opportune.rules.form_document import FormDocument, read
from opportune.rules.form_parts import STANDARD, FormField
from opportune.rules.words import form_en, form_ro, form_ru
from opportune.settings import ROOT

TRAP = "website_2"  # honeypot: people do not see it, programs fill it in
BUILT_IN = ROOT / "examples" / "forms"
WORDS = {"en": form_en, "ru": form_ru, "ro": form_ro}


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is the HTML input type, or textarea or select; `choices`: value and words."""

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    autocomplete: str = "off"
    longest: int = 200
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Form:
    """A document in the language of the visitor. `version`: hash of its text."""

    document: FormDocument
    version: str
    language: str = "en"

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return tuple(_field(each, self) for each in self.document.fields)

    @property
    def key(self) -> str:
        return self.document.key

    @property
    def kind(self) -> str:
        return self.document.kind.value

    @property
    def title(self) -> str:
        return self.document.in_language(self.language).title

    @property
    def intro(self) -> str:
        return self.document.in_language(self.language).intro

    @property
    def button(self) -> str:
        return self.document.in_language(self.language).button

    @property
    def thanks(self) -> str:
        return self.document.in_language(self.language).thanks

    @property
    def asks_for_contact(self) -> bool:
        return self.document.raises_hand

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(each.value for each in self.document.answer_by)

    @property
    def consents(self) -> tuple[str, ...]:
        return self.document.consents

    @property
    def consent_required(self) -> str:
        return self.document.consent_required or ""

    def in_language(self, language: str) -> Form:
        language = language[:2].lower()
        return Form(self.document, self.version, language if language in WORDS else "en")

    def says(self, what: str, **values: object) -> str:
        """What every form says by itself."""
        sentence: str = WORDS[self.language].SAID[what]
        return sentence.format_map(values)


def _field(given: FormField, form: Form) -> Field:
    words, own = form.document.in_language(form.language), WORDS[form.language]
    _, autocomplete, longest = STANDARD.get(given.name, (None, "off", 200))
    return Field(
        given.name,
        words.labels.get(given.name) or own.LABELS[given.name],
        given.asks,
        given.required,
        given.autocomplete or autocomplete,
        given.longest or longest,
        words.hints.get(given.name) or own.HINTS.get(given.name, ""),
        tuple((each, words.labels.get(f"{given.name}.{each}", each)) for each in given.choices),
        given.least,
        given.most,
    )


def version_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class _BuiltIn(Mapping[str, Form]):
    """Read when first asked for: most commands never look at a form."""

    def __getitem__(self, key: str) -> Form:
        if key not in self._keys:
            raise KeyError(key)
        return _built_in(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    @cached_property
    def _keys(self) -> tuple[str, ...]:
        return tuple(sorted(each.stem for each in BUILT_IN.glob("*.yaml")))


@lru_cache
def _built_in(key: str) -> Form:
    text = (BUILT_IN / f"{key}.yaml").read_text("utf-8")
    document, problems = read(text, f"{key}.yaml")
    if document is None:
        raise ValueError(f"{problems[0].file}:{problems[0].line}: {problems[0].message}")
    return Form(document, version_of(text))


FORMS = _BuiltIn()


def consent_wording(channel: str, advertiser: str, language: str = "en") -> str:
    """The words beside the box, which are the proof later."""
    words: str = WORDS[language].CONSENTS[channel]
    return words.format(advertiser=advertiser)
