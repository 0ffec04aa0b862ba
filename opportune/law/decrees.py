"""Which days did a decree make free, or make working days, beside what the pinned holiday lists know?

Governments move days off from year to year: a Monday before a feast is free, and the Saturday before it is worked. Rows
are data in `decrees.toml`; a file of one's own (`OPPORTUNE_HOLIDAYS`) adds to them and has the last word on its days.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from opportune.rules.zones import EPOCH
from opportune.settings import SettingError

SHIPPED = Path(__file__).with_name("decrees.toml")


class DecreeError(SettingError):
    """A file of decrees that cannot be read: names file, decree and key."""


class _Decree(BaseModel):
    """`off`: nobody works, whatever day it is. `worked`: a working day, whatever the list says of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    place: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
    off: tuple[datetime.date, ...] = ()
    worked: tuple[datetime.date, ...] = ()
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _says_something_once(self) -> _Decree:
        both = set(self.off) & set(self.worked)
        if both:
            raise ValueError(f"{min(both)} is both off and worked: take it out of one of them")
        if not self.off and not self.worked:
            raise ValueError("names no day: list them under off or worked, as 2027-05-10")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    decree: tuple[_Decree, ...] = ()


class Moved(NamedTuple):
    """Days since 1970."""

    off: frozenset[int] = frozenset()
    worked: frozenset[int] = frozenset()

    def then(self, later: Moved) -> Moved:
        """Of two decrees about one day the later one counts."""
        return Moved((self.off - later.worked) | later.off, (self.worked - later.off) | later.worked)


Decrees = Mapping[str, Moved]  # by place: "RU", "RU-TA"


def read(extra: Iterable[Path] = ()) -> Decrees:
    """The shipped decrees and those of `extra` files."""
    found: dict[str, Moved] = {}
    for file in (SHIPPED, *extra):
        for decree in _file(file).decree:
            days = Moved(*(frozenset(day.toordinal() - EPOCH for day in each) for each in (decree.off, decree.worked)))
            found[decree.place] = found.get(decree.place, Moved()).then(days)
    return found


def moved_in(decrees: Decrees, calendar: str) -> Moved:
    """What was moved in the country, and in the region "RU-TA"."""
    country = decrees.get(calendar.partition("-")[0], Moved())
    return country.then(decrees.get(calendar, Moved())) if "-" in calendar else country


def _file(path: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise DecreeError(f"{path}: {where}: {first['msg']}") from problem
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise DecreeError(f"{path}: {problem}. Mend the file or take it out of OPPORTUNE_HOLIDAYS.") from problem
