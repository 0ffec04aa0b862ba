"""What is a form made of: what it asks, in which words, how it looks, and what its kind needs (A12)?"""

from __future__ import annotations

import datetime
import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from opportune.rules import formula
from opportune.rules.facts import Instant
from opportune.rules.parts import Line, Name, Part
from opportune.rules.problems import Wrong


class FormKind(StrEnum):
    """A12, and a callback on top (C4). A bought list is an import, no form."""

    CALLBACK = "callback"
    CHAT = "chat"
    ORDER = "order"
    REGISTRATION = "registration"
    MATERIAL = "material"
    REVIEW = "review"
    CALCULATOR = "calculator"
    CONTEST = "contest"
    COUPON = "coupon"
    WEBINAR = "webinar"
    NEWSLETTER = "newsletter"


def _colour(text: str) -> str:
    """Nothing else may come into our style sheet."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise Wrong("colour_form", value=text[:60])
    return text.lower()


def moment(text: str) -> Instant:
    """`2027-09-15T15:00+02:00`; without the offset nobody knows when that is."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise Wrong("moment_form", value=text[:60]) from error
    if found.tzinfo is None:
        raise Wrong("moment_form", value=text[:60])
    return int(found.timestamp())


def _moment(text: str) -> str:
    moment(text)
    return text


def _link(text: str) -> str:
    if not re.fullmatch(r"https://[^\s\"'<>\\]{3,400}", text):
        raise Wrong("link_form", value=text[:60])
    return text


def _file(text: str) -> str:
    """A name only: a path could lead out of the folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._()-]{0,99}", text):
        raise Wrong("file_form", value=text[:60])
    return text


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{2,12}", text):
        raise Wrong("prefix_form", value=text[:60])
    return text


Colour = Annotated[str, AfterValidator(_colour)]
Moment = Annotated[str, AfterValidator(_moment)]
Link = Annotated[str, AfterValidator(_link)]
FileName = Annotated[str, AfterValidator(_file)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Prose = Annotated[str, Field(min_length=1, max_length=1000)]

FieldKind = Literal["text", "email", "tel", "textarea", "number", "select", "datetime-local"]
#: What these fields are wherever they stand: kind, autocomplete, longest.
STANDARD: dict[str, tuple[FieldKind, str, int]] = {
    "name": ("text", "name", 200),
    "email": ("email", "email", 200),
    "phone": ("tel", "tel", 40),
    "company": ("text", "organization", 200),
    "message": ("textarea", "off", 2000),
}
ADDRESSES = {"email": "email", "phone": "tel"}
RESERVED = frozenset(
    {"zone", "country", "language", "page", "t", "key", "answer_by", "advertiser", "website_2", "ticket", "proof"}
)


class FormField(Part):
    """One thing that is asked. Of the standard ones (name, email, phone, company, message) the name is enough."""

    name: Name
    kind: FieldKind | None = None
    required: bool = False
    autocomplete: Name | None = None
    longest: int | None = Field(None, ge=1, le=5000)
    least: float | None = Field(None, allow_inf_nan=False, description="Of a number.")
    most: float | None = Field(None, allow_inf_nan=False, description="Of a number.")
    choices: Annotated[tuple[Line, ...], Field(max_length=50)] = ()

    @property
    def asks(self) -> FieldKind:
        return self.kind or (STANDARD[self.name][0] if self.name in STANDARD else "text")

    @model_validator(mode="after")
    def _can_be_asked(self) -> FormField:
        if self.name in RESERVED or self.name.startswith("consent_"):
            raise Wrong("field_reserved", at=("name",), field=self.name)
        if (self.asks in ADDRESSES.values() or self.name in ADDRESSES) and ADDRESSES.get(self.name) != self.asks:
            raise Wrong("field_kind", at=("kind",) if self.kind else ("name",), field=self.name)
        if (self.asks == "select") != bool(self.choices):
            raise Wrong("field_choices", field=self.name)
        if self.least is not None and self.most is not None and self.least > self.most:
            raise Wrong("field_range", at=("most",), field=self.name)
        return self


class FormWords(Part):
    """All that a visitor reads, in one language. `labels`: field -> words, and `field.choice` -> words; standard fields
    have theirs already."""

    title: Line
    intro: Prose
    button: Line
    thanks: Prose
    labels: dict[Line, Line] = Field(default_factory=dict)
    hints: dict[Line, Line] = Field(default_factory=dict)
    result: Prose | None = Field(None, description="Of a calculator: a sentence with {result}.")
    closed: Prose | None = Field(None, description="What stands there when it is over.")


class FormLanguages(Part):
    """Every language of the visitors, complete."""

    en: FormWords
    ru: FormWords
    ro: FormWords


class Theme(Part):
    """How it fits the site. Values only, never CSS."""

    accent: Colour = "#4252c9"
    radius: int = Field(8, ge=0, le=24, description="Of the corners, in pixels.")
    font: Literal["system", "inherit", "serif"] = Field("system", description="inherit: that of the page around it.")
    scheme: Literal["auto", "light", "dark"] = "auto"


class Material(Part):
    """A file of the folder `templates/files`."""

    file: FileName


class Calculator(Part):
    """`formula`: + - * / min max round over the number fields."""

    formula: Annotated[str, AfterValidator(formula.checked)]
    decimals: int = Field(0, ge=0, le=4)


class Coupon(Part):
    """So many codes, each for one person and good once."""

    prefix: Prefix
    count: int = Field(ge=1, le=1_000_000)
    expires: Moment


class Webinar(Part):
    starts: Moment
    minutes: int = Field(60, ge=5, le=600)
    link: Link


class Hook(Part):
    """How the signed webhook of another form fills this one in: our field -> theirs, with dots into what is nested."""

    fields: Annotated[dict[Line, Line], Field(min_length=1, max_length=60)]


class Contest(Part):
    ends: Moment
    terms: Link
