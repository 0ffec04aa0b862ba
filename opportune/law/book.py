"""Which law binds this person on this day? The strictest of every place that the address and the number point to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from opportune.law.decrees import Decrees, moved_in
from opportune.law.numbers import PREFIX, place_of
from opportune.law.sheet import Consent, Sheet, on
from opportune.rules.campaign import minutes
from opportune.rules.consent import FOREVER, KINDS, LawRow, Week
from opportune.rules.facts import DAY, HOUR, Instant
from opportune.rules.strictest import narrower, strictest
from opportune.rules.zones import known, local_day

ELSEWHERE = "ROW"  # rest of the world
CALLS = ("call", "call_auto", "voicemail")
BIND_CALLS = ("hours", "auto_hours", "holidays", "caps", "refusal")  # a guess here is a guess about every call
WEST, EAST = 12 * HOUR, 14 * HOUR  # the clocks furthest from UTC

Placed = tuple[str, str]  # the row's place, and whose public holidays count
Zones = tuple[str, ...]
State = Literal["signed", "changed", "blocked", "unsigned"]


@dataclass(frozen=True, slots=True)
class Signature:
    """Somebody answers for a row as it was (`digest`), whatever its confidence."""

    digest: str
    who: str
    at: Instant
    note: str


class LawBook:
    """All rows by place, with the signatures laid over them. `newest`: id of the last signature that was read."""

    def __init__(
        self,
        sheets: Mapping[str, Sheet],
        signatures: Mapping[str, Signature] | None = None,
        newest: int = 0,
        decrees: Decrees | None = None,
    ) -> None:
        self.sheets = sheets
        self.decrees = decrees or {}
        self.signatures = signatures or {}
        self.newest = newest
        self._changes = sorted({day for sheet in sheets.values() for day in sheet.changes})
        self._found: dict[tuple[str | None, str | None, str, tuple[int, ...]], LawRow] = {}
        self._joined: dict[tuple[tuple[Placed, ...], tuple[int, ...]], LawRow] = {}

    def signed(self, signatures: Mapping[str, Signature], newest: int) -> LawBook:
        """The same rows under these signatures."""
        return LawBook(self.sheets, signatures, newest, self.decrees)

    def holds(self, place: str) -> bool:
        """Whether the place's signature was given for the row as it is now."""
        given = self.signatures.get(place)
        return given is not None and given.digest == self.sheets[place].digest

    def state(self, place: str) -> State:
        """What may be said of the place's row: `changed` is signed, but for another text than it has now."""
        sheet = self.sheets[place]
        if sheet.verified_by or self.holds(place):
            return "signed"
        return "changed" if place in self.signatures else "blocked" if sheet.blocked else "unsigned"

    def row(
        self,
        country: str | None,
        region: str | None = None,
        phone: str | None = None,
        zones: Zones = (),
        now: Instant | None = None,
    ) -> LawRow:
        """The law of the region, else of the country, else of the rest of the world; the strictest, where the number
        points elsewhere, or where it changes in the night and `zones` lie on both sides. Without `now`: the newest."""
        eras = self._eras(zones, now)
        key = (country, region, (phone or "")[:PREFIX], eras)
        if key not in self._found:
            self._found[key] = self._join(self.places(country, region, phone), eras)
        return self._found[key]

    def places(self, country: str | None, region: str | None, phone: str | None) -> tuple[Placed, ...]:
        """Every place that applies, the stated one first. A country adds nothing to a subdivision of its own."""
        stated = "-".join(filter(None, ((country or "").upper(), (region or "").upper() if country else "")))
        by_number = (place_of(phone) if phone else None) or ""
        found = dict.fromkeys(place for place in (stated, by_number) if place) or {"": None}
        return tuple(
            (self._nearest(place), place)
            for place in found
            if not any(other.startswith(place + "-") for other in found)
        )

    def _nearest(self, place: str) -> str:
        return next(p for p in (place, place.partition("-")[0], ELSEWHERE) if p in self.sheets)

    def _eras(self, zones: Zones, now: Instant | None) -> tuple[int, ...]:
        """Between which of the days that change some law `now` lies: one era, unless somebody's clocks differ."""
        if now is None:
            return (len(self._changes),)
        west, east = (bisect_right(self._changes, (now + shift) // DAY) for shift in (-WEST, EAST))
        if west == east:
            return (west,)
        days = [local_day(zone, now) for zone in zones if known(zone)] or [now // DAY]
        return tuple(sorted({bisect_right(self._changes, day) for day in days}))

    def _join(self, places: tuple[Placed, ...], eras: tuple[int, ...]) -> LawRow:
        if (places, eras) not in self._joined:  # the same object for everybody under the same law
            rows = [self.of(place, era, calendar) for place, calendar in places for era in eras]
            self._joined[places, eras] = strictest(rows)
        return self._joined[places, eras]

    def of(self, place: str, era: int | None = None, calendar: str | None = None) -> LawRow:
        """One place's row in an era (without one: the newest), with the holidays of `calendar`."""
        sheet, calendar = self.sheets[place], place if calendar is None else calendar
        era = len(self._changes) if era is None else era
        row = self._stated(place, sheet, era, calendar)
        country = place.partition("-")[0]
        if country != place and country in self.sheets:  # it can only narrow its country
            wider = self._stated(country, self.sheets[country], era, calendar)
            row = replace(narrower(row, wider), doubtful=row.doubtful)
        return row

    def all(self) -> Iterator[LawRow]:
        """Every row of every era, for whoever looks back at what was lawful when."""
        for place, sheet in self.sheets.items():
            days = {0, *sheet.changes, *self._country(place).changes}
            yield from (self.of(place, bisect_right(self._changes, day)) for day in sorted(days))

    def _country(self, place: str) -> Sheet:
        return self.sheets.get(place.partition("-")[0], self.sheets[place])

    def _stated(self, place: str, sheet: Sheet, era: int, calendar: str) -> LawRow:
        day = self._changes[era - 1] if era else 0
        consents: dict[str, Consent] = {kind: on(getattr(sheet, kind), day) for kind in KINDS}
        closed = on(sheet.holidays, day).closed
        by_hand = self.signatures[place].who if self.holds(place) else ""
        moved = moved_in(self.decrees, calendar)
        return LawRow(
            place=place,
            name=sheet.name,
            basis={(kind, who): getattr(consent, who) for kind, consent in consents.items() for who in ("b2b", "b2c")},
            windows=_week(sheet, "hours", day) or (),
            auto_windows=_week(sheet, "auto_hours", day),
            calendar=calendar,
            closed_on={"none": "", "national": calendar.partition("-")[0], "regional": calendar}[closed],
            days_off=moved.off,
            days_worked=moved.worked,
            caps=on(sheet.caps, day).calls,
            refusal_days=on(sheet.refusal, day).days,
            doubtful=frozenset() if by_hand else _doubtful(sheet, day),
            blocked=sheet.blocked,
            verified_by=by_hand or sheet.verified_by,
            since=max((change for change in sheet.changes if change <= day), default=0),
            until=min((change for change in sheet.changes if change > day), default=FOREVER),
        )


def _week(sheet: Sheet, key: str, day: int) -> Week | None:
    versions = getattr(sheet, key)
    return tuple(tuple(map(minutes, each)) for each in on(versions, day).week) if versions else None


def _doubtful(sheet: Sheet, day: int) -> frozenset[str]:
    """The kinds that rest on a guess."""
    guessed = {key for key, versions in sheet.values.items() if on(versions, day).confidence == "L"}
    return frozenset(guessed & set(KINDS)) | (frozenset(CALLS) if guessed & set(BIND_CALLS) else frozenset())
