"""What does one value of a law row say, in sentences?"""

from __future__ import annotations

from datetime import date

from opportune.law import sheet as s

BASES = {"opt_in": "only with a recorded yes", "opt_out": "until they say no", "forbidden": "forbidden"}
KINDS = {"call": "Calls", "call_auto": "Automated calls", "voicemail": "Voicemail", "email": "Email"}
CLOSED = {
    "none": "Public holidays do not close calls.",
    "national": "No calls on the country's public holidays.",
    "regional": "No calls on public holidays, those of the region included.",
}
AGREE = {"one": "one side's consent is enough", "all": "everybody on the line agrees first"}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def sentences(key: str, value: s.Value) -> list[str]:
    """Usually one; hours are a line for each stretch of days."""
    lines = week(value) if isinstance(value, s.CallHours) else [_sentence(key, value)]
    head = _when(value) + ("Automated calls: " if key == "auto_hours" else "")
    return [head + line for line in lines]


def _when(value: s.Value) -> str:
    if value.effective_from and value.effective_to:
        return f"{_day(value.effective_from)} to {_day(value.effective_to)}: "
    if value.effective_from:
        return f"From {_day(value.effective_from)}: "
    return f"Until {_day(value.effective_to)}: " if value.effective_to else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def week(hours: s.CallHours) -> list[str]:
    """`Mon-Fri  09:00-20:00`."""
    lines, first = [], 0
    for day in range(1, 8):
        if day == 7 or hours.week[day] != hours.week[first]:
            name = DAYS[first] if day == first + 1 else f"{DAYS[first]}-{DAYS[day - 1]}"
            lines.append(f"{name:<8} {', '.join(hours.week[first]) or 'closed'}")
            first = day
    return lines


def _sentence(key: str, value: s.Value) -> str:
    match value:
        case s.Consent():
            return _consent(KINDS[key], value)
        case s.Holidays():
            return CLOSED[value.closed]
        case s.Caps():
            most = " and ".join(f"{n} in {'24 hours' if days == 1 else f'{days} days'}" for n, days in value.calls)
            return f"Calls to one person: at most {most}." if most else "No set number of calls."
        case s.Refusal():
            return f"After a “not interested”: {f'{value.days} days of silence' if value.days else 'nothing set'}."
        case s.DoNotCall():
            scrub = f", compared at most {value.scrub_days} days before a call" if value.scrub_days else ""
            return f"Do-not-call register: {value.name}{scrub}."
        case s.Say():
            return f"To be said or shown: {'; '.join(value.points)}."
        case s.OptOut():
            days = f"within {value.days}{' working' * value.working} days" if value.days else "at once"
            return f"By law a no takes effect {days}; ours takes effect at once."
        case s.Recording():
            return f"Recording a call: {AGREE[value.consent]}."
        case s.Records():
            return f"To be kept: {value.keep}{f', for {value.years} years' if value.years else ''}."
        case _:
            raise TypeError(f"no sentence for {key}")


def _consent(what: str, value: s.Consent) -> str:
    both = BASES[value.b2b] if value.b2b == value.b2c else ""
    told = f"{what}: {both or f'to businesses {BASES[value.b2b]}, to consumers {BASES[value.b2c]}'}."
    return told + (" Sole traders count as consumers: import them as such." if value.sole_traders == "b2c" else "")
