"""Which minutes of a week are open for calls and for mails of a campaign at a place?

Law ∩ the campaign's hours ∩ working days: what remains is a `Timetable`, in local minutes.
"""

from __future__ import annotations

from functools import lru_cache

from opportune.rules.campaign import Campaign, Minutes, minutes
from opportune.rules.consent import LawRow, Week
from opportune.rules.facts import Instant, Person, Status
from opportune.rules.openings import Timetable, Zones, common, merged, scarce
from opportune.rules.zones import NO_HOLIDAYS, Calendar, local_day

NOON = 12 * 60


@lru_cache(maxsize=4096)
def _timetable(law: Week, spans: tuple[str, ...], calendar: Calendar, cold: bool, working_days: bool) -> Timetable:
    """Law ∩ the campaign's spans; never Monday morning when cold (A1); businesses on working days only, a Saturday
    that a decree makes one (then as on a Friday) included."""
    week: list[tuple[Minutes, ...]] = []
    for day, lawful in enumerate(law):
        wanted = [minutes(span) for span in spans] or [(0, 24 * 60)]
        if cold and day == 0:
            wanted = [(max(first, NOON), last) for first, last in wanted]
        week.append(() if working_days and day > 4 else tuple(merged(common(list(lawful), wanted))))
    return Timetable(tuple(week), calendar, week[4] if working_days else None)


def calendar_of(law: LawRow) -> Calendar:
    return Calendar(law.calendar or law.place, law.days_off, law.days_worked)


def closed_on(law: LawRow) -> Calendar:
    """The days off on which the law of the place closes calls, also promised ones and those to consumers."""
    return Calendar(law.closed_on, law.days_off, law.days_worked) if law.closed_on else NO_HOLIDAYS


def call_table(
    person: Person, campaign: Campaign, law: LawRow, cold: bool, promised: bool, automated: bool
) -> Timetable:
    lawful = law.hours(automated)
    if promised:
        return _timetable(lawful, (), closed_on(law), False, False)
    spans: tuple[str, ...] = (campaign.calls.hours,)
    if person.status is Status.EXECUTIVE:
        spans = (campaign.calls.executives, campaign.calls.hours)
    calendar = calendar_of(law) if person.business else closed_on(law)
    return _timetable(lawful, spans, calendar, cold, person.business)


def common_for_calls(
    person: Person, campaign: Campaign, law: LawRow, now: Instant, cold: bool, automated: bool
) -> int | None:
    """Minutes a day in which every zone of the person is open, where that is too few to plan a call with."""
    table = call_table(person, campaign, law, cold, False, automated)
    return scarce(person.zones, table, local_day(person.zones[0], now))


@lru_cache(maxsize=4096)
def mail_table(hours: str, calendar: Calendar) -> Timetable:
    return Timetable(((minutes(hours),),) * 5 + ((), ()), calendar)


def common_for_mails(zones: Zones, hours: str, now: Instant, law: LawRow) -> int | None:
    """The same for mails, within these hours of working days."""
    return scarce(zones, mail_table(hours, calendar_of(law)), local_day(zones[0], now))
