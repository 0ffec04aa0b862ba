"""What does a marketer decide when setting up a form? One model is validator, JSON Schema and page (A12, A18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from opportune.rules import formula
from opportune.rules.document import read_as
from opportune.rules.facts import Channel, Goal, Instant
from opportune.rules.form_parts import (
    STANDARD,
    Calculator,
    Contest,
    Coupon,
    FormField,
    FormKind,
    FormLanguages,
    FormWords,
    Hook,
    Material,
    Theme,
    Webinar,
    moment,
)
from opportune.rules.parts import Line, Name, Part
from opportune.rules.problems import Problem, Wrong

LANGUAGES = ("en", "ru", "ro")
#: What only these kinds have, and must have.
PARTS = {
    "material": FormKind.MATERIAL,
    "calculator": FormKind.CALCULATOR,
    "coupon": FormKind.COUPON,
    "webinar": FormKind.WEBINAR,
    "contest": FormKind.CONTEST,
}
#: B1: what filling it in says of somebody, where the document says nothing else.
SIGNALS = {FormKind.MATERIAL: "downloaded", FormKind.REGISTRATION: "registered", FormKind.CALLBACK: "chat"}
RAISED = (FormKind.CALLBACK, FormKind.CHAT, FormKind.ORDER)
Consent = Literal["call", "call_auto", "email"]


class FormDocument(Part):
    """One form."""

    key: Name
    kind: FormKind
    advertiser: Line | None = Field(None, description="Whom the consents name; empty: who runs the first campaign.")
    fields: Annotated[tuple[FormField, ...], Field(min_length=1, max_length=30)]
    answer_by: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=2)] = (Channel.CALL, Channel.EMAIL)
    consents: Annotated[tuple[Consent, ...], Field(max_length=3)] = ("call", "call_auto", "email")
    consent_required: Consent | None = Field(None, description="Without this one the form makes no sense.")
    double_opt_in: Literal["law", "always"] = Field(
        "law", description="law: the consent waits for a click where the place asks for it; always: everywhere."
    )
    goal: Goal = Goal.INFORM
    signal: Name | None = Field(None, description="What it says of their interest; empty: what its kind says.")
    asks_for_contact: bool | None = Field(None, description="They raise a hand (C4); empty: as its kind does.")
    trust: Literal["low", "normal"] = Field("normal", description="low: fills gaps of people we know, changes nothing.")
    guard: Literal["open", "page", "proof"] = Field(
        "open",
        description="open: any page may send it; page: what is not from our page, or embedded, is kept and looked at; "
        "proof: so is what no browser has worked for.",
    )
    hook: Hook | None = None
    mail: Name | None = Field(None, description="Template of the mail that follows; empty: that of its kind.")
    theme: Theme = Theme()
    material: Material | None = None
    calculator: Calculator | None = None
    coupon: Coupon | None = None
    webinar: Webinar | None = None
    contest: Contest | None = None
    words: FormLanguages

    @property
    def says(self) -> str:
        """The kind of signal."""
        return self.signal or SIGNALS.get(self.kind, self.kind.value)

    @property
    def raises_hand(self) -> bool:
        return self.kind in RAISED if self.asks_for_contact is None else self.asks_for_contact

    @property
    def ends(self) -> Instant | None:
        """From when on nobody can take part any more."""
        last = self.webinar.starts if self.webinar else self.contest.ends if self.contest else None
        last = self.coupon.expires if self.coupon else last
        return moment(last) if last else None

    def in_language(self, language: str) -> FormWords:
        """English for whoever reads none of ours."""
        found: FormWords = getattr(self.words, language if language in LANGUAGES else "en")
        return found

    @model_validator(mode="after")
    def _holds_together(self) -> FormDocument:
        for check in (_kinds_part, _fields_and_answers, _consents, _calculates, _labels, _hook):
            check(self)
        return self


def read(text: str, file: str, language: str = "en") -> tuple[FormDocument | None, list[Problem]]:
    """The form of this text, or None and what is wrong with it."""
    return read_as(FormDocument, text, file, language)


def schema() -> dict[str, Any]:
    """JSON Schema, for editors."""
    return FormDocument.model_json_schema()


def _kinds_part(form: FormDocument) -> None:
    for part, kind in PARTS.items():
        given = getattr(form, part) is not None
        if given and form.kind != kind:
            raise Wrong("part_unused", at=(part,), part=part, kind=form.kind.value)
        if not given and form.kind == kind:
            raise Wrong("part_missing", at=("kind",), part=part)


def _fields_and_answers(form: FormDocument) -> None:
    names = [field.name for field in form.fields]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise Wrong("field_twice", at=("fields", index), field=name)
    for index, channel in enumerate(form.answer_by):
        needed = "phone" if channel is Channel.CALL else "email"
        if needed not in names:
            raise Wrong("answer_without_field", at=("answer_by", index), field=needed, channel=channel.value)
        if channel in form.answer_by[:index]:
            raise Wrong("channel_twice", at=("answer_by", index))


def _consents(form: FormDocument) -> None:
    if form.consent_required and form.consent_required not in form.consents:
        raise Wrong("consent_not_asked", at=("consent_required",), channel=form.consent_required)
    if len(set(form.consents)) < len(form.consents):
        raise Wrong("channel_twice", at=("consents",))
    names = {field.name for field in form.fields}
    for channel in form.consents:
        needed = "email" if channel == "email" else "phone"
        if needed not in names:
            raise Wrong("consent_without_field", at=("consents",), field=needed, channel=channel)


def _calculates(form: FormDocument) -> None:
    """Each name in the formula is a number that everybody has to give."""
    if form.calculator is None:
        return
    numbers = [field.name for field in form.fields if field.asks == "number" and field.required]
    for name in sorted(formula.names(form.calculator.formula) - set(numbers)):
        raise Wrong("formula_field", at=("calculator", "formula"), given=name, allowed=numbers or ["(none)"])
    for language in LANGUAGES:
        if "{result}" not in (form.in_language(language).result or ""):
            raise Wrong("result_missing", at=("words", language), tongue=language)


def _labels(form: FormDocument) -> None:
    """Every field has its words in every language, and every word has its field."""
    known = set(_speakable(form))
    for language in LANGUAGES:
        words = form.in_language(language)
        for field in form.fields:
            if field.name not in STANDARD and field.name not in words.labels:
                raise Wrong("label_missing", at=("words", language), field=field.name, tongue=language)
        for part, given in (("labels", words.labels), ("hints", words.hints)):
            for name in given:
                if name not in known:
                    raise Wrong("label_unknown", at=("words", language, part, name), given=name, allowed=sorted(known))


def _hook(form: FormDocument) -> None:
    """What another form says ends in a field that this one has."""
    known = {*(field.name for field in form.fields), *(f"consent_{each}" for each in form.consents)}
    known |= {"answer_by", "language", "country", "zone", "page"}
    for name in form.hook.fields if form.hook else ():
        if name not in known:
            raise Wrong("hook_unknown", at=("hook", "fields", name), given=name, allowed=sorted(known))


def _speakable(form: FormDocument) -> Iterator[str]:
    for field in form.fields:
        yield field.name
        yield from (f"{field.name}.{choice}" for choice in field.choices)
