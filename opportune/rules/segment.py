"""Which group of people does a marketer mean (E6)? Typed conditions, never a line of SQL.

One frozen model is validator and JSON Schema. Within a condition everything must hold; of a list of values one.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from opportune.rules.document import read_as
from opportune.rules.facts import CallKind, CallResult, Familiarity, Stage
from opportune.rules.parts import Audience, Line, Name, Part
from opportune.rules.problems import Problem, Wrong

MOST = 20  # conditions of one kind: more than this nobody keeps in mind
Size = Literal["1-9", "10-49", "50-249", "250+"]
Days = Annotated[int, Field(ge=1, le=3650)]


class Condition(Audience):
    """What must hold, all of it. `segment` (of an audience, too): the people of another segment."""

    business: bool | None = None
    languages: tuple[Name, ...] = ()
    industries: tuple[Line, ...] = ()
    sizes: tuple[Size, ...] = ()
    stages: tuple[Stage, ...] = ()  # C3
    familiarity: tuple[Familiarity, ...] = ()  # C2
    kinds: tuple[CallKind, ...] = ()  # C1
    last_call: tuple[CallResult, ...] = ()
    consents: tuple[Literal["call", "call_auto", "voicemail", "email"], ...] = Field(
        (), description="A yes to advertising that holds today, for each of these channels."
    )
    contacted_within_days: Days | None = None
    answered_within_days: Days | None = None
    fit_from: float | None = Field(None, ge=0, le=1)  # B15
    fit_below: float | None = Field(None, ge=0, le=1)

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if not self.model_dump(exclude_defaults=True):
            raise Wrong("condition_empty")
        return self


Conditions = Annotated[tuple[Condition, ...], Field(max_length=MOST)]


class Segment(Part):
    """All of `all` hold, at least one of `any` (if there are some), and none of `none`."""

    key: Name
    name: Line
    all: Conditions = ()
    any: Conditions = ()
    none: Conditions = ()

    @model_validator(mode="after")
    def _says_something(self) -> Segment:
        if not self.conditions:
            raise Wrong("segment_empty")
        return self

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (*self.all, *self.any, *self.none)

    @property
    def named(self) -> frozenset[str]:
        """The other segments that it speaks of."""
        return frozenset(each.segment for each in self.conditions if each.segment)


def read(text: str, file: str, language: str = "en") -> tuple[Segment | None, list[Problem]]:
    """The segment of this text, or None and what is wrong with it."""
    return read_as(Segment, text, file, language)


def schema() -> dict[str, Any]:
    """JSON Schema, for editors."""
    return Segment.model_json_schema()
