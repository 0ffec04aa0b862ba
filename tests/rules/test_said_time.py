"""Is a call promised when a person said, and left to a person where that is not understood (C4)?"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from opportune.rules.markers.phrases import plain
from opportune.rules.said_time import SOON, moment_of, time_in

LONDON, BUCHAREST, AUCKLAND = "Europe/London", "Europe/Bucharest", "Pacific/Auckland"
TUESDAY = 1_772_542_800  # 3 March 2026, 13:00 in London, 15:00 in Bucharest
HOUR = 3600
DESK = None  # not clear enough to act on: a person at the desk sets the time

#: what was said -> seconds from now, local time in London, or the desk
ENGLISH = [
    ("call me back in an hour", HOUR),
    ("in 2 hours", 2 * HOUR),
    ("in 2h please", 2 * HOUR),
    ("in about three hours", 3 * HOUR),
    ("in half an hour", HOUR // 2),
    ("in an hour and a half", HOUR * 3 // 2),
    ("in a quarter of an hour", 900),
    ("in 90 minutes", 90 * 60),
    ("in a minute", SOON),  # never sooner than any other promise
    ("after two hours", 2 * HOUR),
    ("today in 2 hours", 2 * HOUR),
    ("in 3 days", "2026-03-06 09:00"),
    ("in 3 days at 15:00", "2026-03-06 15:00"),
    ("in a couple of days", "2026-03-05 09:00"),
    ("in a week", "2026-03-10 09:00"),
    ("in two weeks", "2026-03-17 09:00"),
    ("in two weeks after 3pm", "2026-03-17 15:00"),
    ("on Thursday in two weeks", "2026-03-19 09:00"),  # of that week
    ("in 6 weeks", "2026-04-14 09:00"),  # summer time has begun: still nine on their clock
    ("next week", "2026-03-09 09:00"),  # from its Monday on
    ("sometime next week in the afternoon", "2026-03-09 14:00"),
    ("next week at 11", "2026-03-09 11:00"),
    ("the following week", "2026-03-09 09:00"),
    ("Thursday next week at 15:00", "2026-03-12 15:00"),
    ("next week on Thursday after 3pm", "2026-03-12 15:00"),
    ("next Thursday", "2026-03-12 09:00"),  # the later of what it can mean: nobody is called before the time they named
    ("next Monday at 10", "2026-03-09 10:00"),
    ("next Tuesday at 10", "2026-03-10 10:00"),
    ("I'm busy today, call me next week", "2026-03-09 09:00"),
    ("on 12 March", "2026-03-12 09:00"),
    ("12 March 15:00", "2026-03-12 15:00"),
    ("March 12 at 3pm", "2026-03-12 15:00"),
    ("on the 12th of March after 3pm", "2026-03-12 15:00"),
    ("Thursday, 12 Mar, at 11", "2026-03-12 11:00"),
    ("Friday, 12 March", "2026-03-12 09:00"),  # the date counts
    ("Tuesday 3 March at 10", SOON),  # today, and gone
    ("12 March 2026 10:30", "2026-03-12 10:30"),
    ("May 12", "2026-05-12 09:00"),
    ("from 12 March", "2026-03-12 09:00"),
    ("from 12 March 2026, 15:00", "2026-03-12 15:00"),
    # said, and not understood
    ("next month", DESK),
    ("in a month", DESK),
    ("in April", DESK),
    ("early April", DESK),
    ("in May", DESK),
    ("next year", DESK),
    ("in a few days", DESK),
    ("in 2-3 weeks", DESK),
    ("in one or two weeks", DESK),
    ("in the next two weeks", DESK),
    ("over the next few days", DESK),
    ("in 5 business days", DESK),
    ("in a while", DESK),
    ("in 999 weeks", DESK),  # nobody remembers
    ("in 123456789012 weeks", DESK),
    ("later this week", DESK),
    ("call me later", DESK),
    ("late next week", DESK),
    ("at the end of next week", DESK),
    ("the week after next", DESK),
    ("a week from Thursday", DESK),
    ("not next week", DESK),
    ("after next week", DESK),
    ("after 12 March", DESK),
    ("12-14 March", DESK),
    ("on the 12th", DESK),
    ("on 12/03", DESK),  # of March or of December?
    ("on 12.03. at 15:00", DESK),
    ("on 2026-03-12", DESK),
    ("at the weekend", DESK),
    ("after the holidays", DESK),
    ("when I'm back", DESK),
    ("in an hour or next month", DESK),
    ("next month or in an hour", DESK),
    ("in an hour, at 5", DESK),  # which of them?
    ("tomorrow or in two weeks", DESK),
    ("next week at 8", DESK),  # in the morning or in the evening?
    ("on 31 April", DESK),
    ("on 12 March 2020", DESK),
    ("my order of 12 February has not come", DESK),  # gone by: nobody waits for next February
    # no time at all, or the time understood before
    ("in the office", SOON),
    ("on my mobile", SOON),
    ("we march on, call me", SOON),
    ("you may call me back", SOON),
    ("at 14.10", HOUR + 600),  # of the clock
    ("at 3 may work", 2 * HOUR),
    ("my name is April", SOON),
    ("greetings from Jan", SOON),
    ("next time ask for Ann", SOON),
    ("the next step is a call", SOON),
    ("I wrote two weeks ago", SOON),
    ("I was in 2 days ago", SOON),
    ("within an hour", SOON),
    ("in time", SOON),
    ("after hours of waiting", SOON),
    ("after 15h", 2 * HOUR),  # an hour of the day
    ("no later than 5pm", SOON),
    ("any time, 24/7", SOON),
    ("a week on Thursday", DESK),  # the one after
    ("in a meeting", SOON),
    ("in the morning", SOON),  # it is after nine already
    ("on the 3rd floor", SOON),
]

RUSSIAN = [
    ("перезвоните через час", HOUR),
    ("через полчаса", HOUR // 2),
    ("через полтора часа", HOUR * 3 // 2),
    ("через 2 часа", 2 * HOUR),
    ("через два часа", 2 * HOUR),
    ("через час с половиной", HOUR * 3 // 2),
    ("примерно через 40 минут", 40 * 60),
    ("через 5 минут", SOON),
    ("через 3 дня", "2026-03-06 09:00"),
    ("через пару дней", "2026-03-05 09:00"),
    ("через неделю", "2026-03-10 09:00"),
    ("через неделю в четверг", "2026-03-12 09:00"),
    ("через две недели в 15:00", "2026-03-17 15:00"),
    ("на следующей неделе", "2026-03-09 09:00"),
    ("на следующей неделе после обеда", "2026-03-09 14:00"),
    ("в четверг на следующей неделе в 15:00", "2026-03-12 15:00"),
    ("в следующий понедельник", "2026-03-09 09:00"),
    ("в следующую среду после 15", "2026-03-11 15:00"),
    ("на будущей неделе", "2026-03-09 09:00"),
    ("12 марта", "2026-03-12 09:00"),
    ("12-го марта в 15:00", "2026-03-12 15:00"),
    ("5 мая", "2026-05-05 09:00"),
    # said, and not understood
    ("через месяц", DESK),
    ("через год", DESK),
    ("через несколько дней", DESK),
    ("через 2-3 дня", DESK),
    ("через какое-то время", DESK),
    ("часа через два", DESK),
    ("в следующем месяце", DESK),
    ("в апреле", DESK),
    ("в мае", DESK),
    ("в конце недели", DESK),
    ("в начале следующей недели", DESK),
    ("после 12 марта", DESK),
    ("не на следующей неделе", DESK),
    ("12 числа", DESK),
    ("12.03 в 15:00", DESK),
    ("на той неделе", DESK),
    ("на днях", DESK),
    ("позже", DESK),
    ("летом", DESK),
    ("в выходные", DESK),
    ("после праздников", DESK),
    # no time at all, or the time understood before
    ("через секретаря", SOON),
    ("через сайт", SOON),
    ("в следующий раз спросите Анну", SOON),
    ("две недели назад писал", SOON),
    ("в течение часа", SOON),
    ("маме не звоните", SOON),
    ("меня зовут Марта", SOON),
    ("не позже 17", SOON),
    ("в 14.10", HOUR + 600),
    ("после 15 часов", 2 * HOUR),  # an hour of the day
]

ROMANIAN = [
    ("sunați-mă peste o oră", HOUR),
    ("peste o jumătate de oră", HOUR // 2),
    ("într-o oră", HOUR),
    ("peste o oră și jumătate", HOUR * 3 // 2),
    ("peste 2 ore", 2 * HOUR),
    ("peste 20 de minute", 20 * 60),
    ("în două ore", 2 * HOUR),
    ("peste trei zile", "2026-03-06 09:00"),
    ("peste o săptămână", "2026-03-10 09:00"),
    ("peste două săptămâni la 15", "2026-03-17 15:00"),
    ("săptămâna viitoare", "2026-03-09 09:00"),
    ("săptămâna viitoare după-amiaza", "2026-03-09 14:00"),
    ("joi săptămâna viitoare la ora 15", "2026-03-12 15:00"),
    ("lunea viitoare", "2026-03-09 09:00"),
    ("vinerea viitoare la 10", "2026-03-13 10:00"),
    ("săptămâna care vine", "2026-03-09 09:00"),
    ("pe 12 martie", "2026-03-12 09:00"),
    ("pe 12 martie la 15:00", "2026-03-12 15:00"),
    ("5 mai după ora 15", "2026-05-05 15:00"),
    # said, and not understood
    ("peste o lună", DESK),
    ("peste două luni", DESK),  # months, and no Mondays
    ("luna viitoare", DESK),
    ("anul viitor", DESK),
    ("peste câteva zile", DESK),
    ("în aprilie", DESK),
    ("în mai", DESK),
    ("pe 12", DESK),
    ("după 12 martie", DESK),
    ("mai târziu", DESK),
    ("la sfârșitul săptămânii", DESK),
    ("după sărbători", DESK),
    ("zilele următoare", DESK),
    # no time at all, or the time understood before
    ("data viitoare întrebați de Ana", SOON),
    ("pe viitor prin telefon", SOON),
    ("în cel mai scurt timp", SOON),
    ("în mai multe rânduri", SOON),
    ("după 15 mai bine", 2 * HOUR),
    ("nu mai târziu de ora 17", SOON),
    ("la 14.10", HOUR + 600),
    ("după ora 15", 2 * HOUR),
    ("peste drum", SOON),
]


def moment(said: str, zones: tuple[str, ...] = (LONDON,), now: int = TUESDAY) -> int | None:
    return moment_of(time_in(plain(said)[1]), zones, now)


def at(text: str, zone: str = LONDON) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(("said", "expected"), ENGLISH + RUSSIAN + ROMANIAN)
def test_a_call_is_promised_for_the_time_they_named_or_left_to_the_desk(said, expected):
    if isinstance(expected, str):
        expected = at(expected) - TUESDAY
    told = moment(said)
    assert (None if told is None else told - TUESDAY) == expected


#: what was said, zones, now in London -> local time there
ELSEWHERE = [
    ("next week", (BUCHAREST,), "2026-03-03 13:00", "2026-03-09 07:00"),  # nine there
    ("next week", (LONDON, BUCHAREST), "2026-03-03 13:00", "2026-03-09 09:00"),  # the later of two clocks
    ("next week", (AUCKLAND,), "2026-03-08 13:00", "2026-03-15 20:00"),  # Monday already there: the week after
    ("next Monday", (LONDON,), "2026-03-08 13:00", "2026-03-09 09:00"),  # said on a Sunday
    ("on 5 January at 11", (LONDON,), "2026-12-20 10:00", "2027-01-05 11:00"),  # of next year
    ("on 29 February at 11", (LONDON,), "2027-12-20 10:00", "2028-02-29 11:00"),  # this year has none
    ("12 March at 15:00", (LONDON,), "2026-03-12 10:00", "2026-03-12 15:00"),  # today
    ("in an hour", (), "2026-03-03 13:00", "2026-03-03 14:00"),  # needs no zone
    ("next week", (), "2026-03-03 13:00", DESK),  # no zone is known, and nobody waits so long for one
    ("in two weeks", (), "2026-03-03 13:00", DESK),
    ("12 March", (), "2026-03-03 13:00", DESK),
]


@pytest.mark.parametrize(("said", "zones", "now", "expected"), ELSEWHERE)
def test_the_day_is_the_persons(said, zones, now, expected):
    assert moment(said, zones, at(now)) == (expected and at(expected))


def test_the_words_for_the_time_are_kept_as_said():
    """The desk shows them, also where they are not understood."""
    for said in ("in two weeks at 15:00", "Thursday next week", "in a month", "next week or next month"):
        start, end = time_in(plain(said)[1]).said
        assert said[start:end] == said


#: what makes a careless expression go round and round
ENDLESS = [
    "in ", "in a ", "in 1 ", "in the next few ", "in 2-3", "1", "12.", "12/", "1-", "next ", "not on the ", "after ",
    "after the ", "12 march ", "march ", "march the 1", "через ", "через пару ", "до на ", "12-го ", "peste o ",
    "peste o jumatate de ", "mai ", "saptamana ", "pe data de ", "late ", "end of the ", " ", "in" + " " * 50,
]  # fmt: skip


@pytest.mark.parametrize("unit", ENDLESS)
def test_100000_characters_are_read_in_one_pass(unit):
    """No timing is asserted: what goes round and round would not end before the suite's time limit."""
    text = (unit * (100_000 // len(unit) + 1))[:100_000]
    said = time_in(text)
    assert said is None or 0 <= said.said[0] < said.said[1] <= len(text)
