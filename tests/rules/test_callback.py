"""Is a request to be called found in free text, with number, name and time (C4)?"""

from __future__ import annotations

import pytest

from opportune.rules.callback import callback_in
from opportune.rules.markers.phrases import plain
from opportune.rules.said_time import SOON, moment_of, time_in

NOTHING = None  # no request
GB, US, RU, RO, DE, NONE = "GB", "US", "RU", "RO", "DE", None

#: text, country -> number, name, when, hour
ENGLISH = [
    ("call me back on 8 (499) 123-45-67, Eugene", RU, "+74991234567", "Eugene", None, None),
    ("Please call me back at 020 7946 0123.", GB, "+442079460123", None, None, None),
    ("Call me on +44 (0)20 7946 0123, Ann Lee. Thanks", DE, "+442079460123", "Ann Lee", None, None),
    ("Please give me a call after 5pm", US, None, None, "after 5pm", 17),
    ("Could you call me tomorrow morning?", GB, None, None, "tomorrow morning", 9),
    ("Call me back at 3", GB, None, None, "at 3", 15),
    ("Call me back after 8", GB, None, None, "after 8", None),  # in the morning or in the evening?
    (
        "My name is Bob Stone. Please ring me on 020 7946 0123 ext. 12 on Monday at 10.",
        GB,
        "+442079460123",
        "Bob Stone",
        "Monday at 10",
        10,
    ),
    ("020 7946 0999 is our switchboard; please call me back on 020 7946 0123", GB, "+442079460123", None, None, None),
    ("My number is 020 7946 0123, please call me back", GB, "+442079460123", None, None, None),
    (
        "Please call me back.\n\nRegards,\nEugene\nfax: 020 7946 0999\ntel: 020 7946 0123",
        GB,
        "+442079460123",
        "Eugene",
        None,
        None,
    ),
    ("Call back requested: 020 7946 0123 (Ann)", GB, "+442079460123", "Ann", None, None),
    ("I would like a call, thanks", GB, None, None, None, None),
    ("Please call me back on 12345", GB, None, None, None, None),  # no such number: the known one is used
    ("Call me back on 020 7946 0123", NONE, None, None, None, None),  # nobody knows in which country
    ("You can reach me at +1 212 555 0123, this is Zoë", NONE, "+12125550123", "Zoë", None, None),
    ("please call me back on +972 3 123 4567, דוד לוי", NONE, "+97231234567", "דוד לוי", None, None),
    ("Call me back on +44 20 7946 0123, Anna 🦄", NONE, "+442079460123", "Anna 🦄", None, None),
    # the number of an earlier sentence, the time of this one
    ("My number is 020 7946 0123. Call me back at 10", GB, "+442079460123", None, "at 10", 10),
    ("+44 20 7946 0123 is my number, call me back", NONE, "+442079460123", None, None, None),  # right at the start
    ("Fax: 020 7946 0999, please call me back", GB, None, None, None, None),
    ("Office 020 7946 0999, mobile 020 7946 0123: call me back", GB, "+442079460123", None, None, None),  # the last
    ("You can reach me at +1 212 555 0123, not at +44 20 7946 0123", NONE, "+12125550123", None, None, None),
    # the digits of a number are no time of day
    ("Hello there. Please call me back at 8 (499) 123-45-67", RU, "+74991234567", None, None, None),
    ("Hello there. Call me back after 5pm, Eugene", GB, None, "Eugene", "after 5pm", 17),
    ("Call me back. We open at 10.", GB, None, None, None, None),  # a time of another sentence
    (f"Call me back {'please ' * 30}at 10. Thanks", GB, None, None, None, None),  # too far away to belong to it
    (f"Call me back. {'word ' * 60}My name is Bob", GB, None, None, None, None),
    (f"Call me back. {'word ' * 60}\nRegards,\nBob", GB, None, None, None, None),
    # near the number, however far from the request
    (
        f"Call me back, {'please ' * 15}on 020 7946 0123, {'as agreed ' * 8}my name is Ann",
        GB,
        "+442079460123",
        "Ann",
        None,
        None,
    ),
    (
        "Call me back on 020 7946 0123, Ann Maria Lee Stone Brown",
        GB,
        "+442079460123",
        "Ann Maria Lee Stone",
        None,
        None,
    ),
    ("Call me back on 020 7946 0123, Ann from sales", GB, "+442079460123", "Ann", None, None),
    # no request
    ("My number is 020 7946 0123", GB, NOTHING),
    ("Best regards\nBob\n020 7946 0123", GB, NOTHING),
    ("I called you back on 020 7946 0123", GB, NOTHING),
    ("Don't call me back on 020 7946 0123", GB, NOTHING),
    ("Call me if you have any questions: 020 7946 0123", GB, NOTHING),
    ("I'll call you back on 020 7946 0123", GB, NOTHING),
    ("I prefer phone calls", GB, NOTHING),
]

RUSSIAN = [
    ("Перезвоните мне на 8 (499) 123-45-67, Евгений", RU, "+74991234567", "Евгений", None, None),
    ("перезвоните на 8 499 123 45 67", RU, "+74991234567", None, None, None),
    (
        "Меня зовут Ольга Петрова, прошу перезвонить по номеру +7 499 123-45-67",
        RU,
        "+74991234567",
        "Ольга Петрова",
        None,
        None,
    ),
    ("Позвоните мне завтра утром", RU, None, None, "завтра утром", 9),
    ("Позвоните, пожалуйста, после 15 на 8(499)1234567", RU, "+74991234567", None, "после 15", 15),
    ("Жду звонка сегодня в 5 вечера", RU, None, None, "сегодня в 5 вечера", 17),
    ("Наберите меня в понедельник в 10:30", RU, None, None, "понедельник в 10:30", 10),
    ("Наберите меня в 8", RU, None, None, "в 8", None),  # утра или вечера?
    ("Можете мне перезвонить? 8 499 123-45-67 доб. 12, спросить Семёна", RU, "+74991234567", "Семёна", None, None),
    (
        "Свяжитесь со мной по телефону 8 499 123-45-67. С уважением,\nИван Сидоров",
        RU,
        "+74991234567",
        "Иван Сидоров",
        None,
        None,
    ),
    ("Офис 8 499 765-43-21, но перезвоните мне на 8 499 123-45-67", RU, "+74991234567", None, None, None),
    ("Нужен обратный звонок", RU, None, None, None, None),
    ("Звоните мне на +373 22 123 456", NONE, "+37322123456", None, None, None),
    ("Пусть ваш менеджер перезвонит после обеда", RU, None, None, "после обеда", 14),
    ("Перезвоните послезавтра", RU, None, None, "послезавтра", None),
    ("Перезвоните, 8 499 123-45-67 факс 8 499 765-43-21", RU, "+74991234567", None, None, None),
    # no request
    ("Мой номер 8 499 123-45-67", RU, NOTHING),
    ("С уважением,\nЕвгений\n8 499 123-45-67", RU, NOTHING),
    ("Я вам перезвоню с номера 8 499 123-45-67", RU, NOTHING),
    ("Не звоните мне на 8 499 123-45-67", RU, NOTHING),
    ("Звоните, если будут вопросы: 8 499 123-45-67", RU, NOTHING),
    ("Вы звонили мне с номера 8 499 123-45-67", RU, NOTHING),
]

ROMANIAN = [
    ("Sunați-mă la 0722 123 456, Andrei", RO, "+40722123456", "Andrei", None, None),
    ("sunati-ma la 0722123456", RO, "+40722123456", None, None, None),
    ("Vă rog să mă sunați mâine după ora 15", RO, None, None, "mâine după ora 15", 15),
    ("Mă puteți suna la 0722 123 456? Mă numesc Ștefan Țurcan", RO, "+40722123456", "Ștefan Țurcan", None, None),
    ("Aștept un telefon luni la 10", RO, None, None, "luni la 10", 10),
    ("Reveniți cu un telefon, vă rog. Mulțumesc, Ioana", RO, None, "Ioana", None, None),
    ("Aș dori să fiu sunată după-amiaza", RO, None, None, "după-amiaza", 14),
    ("Dați-mi un telefon la 7", RO, None, None, "la 7", None),  # dimineața sau seara?
    ("Dați-mi un telefon mâine seară la 7", RO, None, None, "mâine seară la 7", 19),
    ("Birou: 021 312 34 56. Sunați-mă pe mobil 0722 123 456", RO, "+40722123456", None, None, None),
    ("Numărul meu este 0722 123 456, sunați-mă", RO, "+40722123456", None, None, None),
    ("Sunaţi-mă la +373 22 123 456, Vasile", NONE, "+37322123456", "Vasile", None, None),
    ("Contactați-mă telefonic azi", RO, None, None, "azi", None),
    ("Suna-ma inapoi maine dimineata", RO, None, None, "maine dimineata", 9),
    ("Sunați-mă la 12", RO, None, None, "la 12", 12),
    # no request
    ("Numărul meu este 0722 123 456", RO, NOTHING),
    ("Cu stimă,\nAndrei\n0722 123 456", RO, NOTHING),
    ("Vă sun eu de la 0722 123 456", RO, NOTHING),
    ("Nu mă sunați la 0722 123 456", RO, NOTHING),
    ("Sunați-mă dacă aveți întrebări: 0722 123 456", RO, NOTHING),
    ("M-ați sunat de pe 0722 123 456", RO, NOTHING),
]


@pytest.mark.parametrize("row", ENGLISH + RUSSIAN + ROMANIAN, ids=lambda row: row[0][:60])
def test_a_request_is_found_with_number_name_and_time(row):
    text, country, *expected = row
    found = callback_in(text, country)
    told = [found.number, found.name, found.when, found.at and found.at.hour] if found else [NOTHING]
    assert told == expected


def test_an_extension_is_kept_apart():
    assert callback_in("Call me back on 020 7946 0123 ext. 12", GB).extension == "12"
    assert callback_in("Перезвоните: 8 499 123-45-67 доб. 12", RU).extension == "12"


def test_the_request_that_names_a_number_counts():
    found = callback_in("Please call me back. " + "So much for that. " * 20 + "Call me back on 020 7946 0123!", GB)
    assert (found.number, found.evidence) == ("+442079460123", "Call me back on 020 7946 0123!")


def test_of_very_many_requests_the_first_are_read():
    """Reading numbers is slow, and nobody asks so often."""
    number = "x" * 200 + " Call me back on 020 7946 0123"
    assert callback_in("Call me back. " * 19 + number, GB).number == "+442079460123"
    assert callback_in("Call me back. " * 20 + number, GB).number is None


TUESDAY = 1_772_542_800  # 3 March 2026, 13:00 in London, 15:00 in Bucharest
HOUR, DAY = 3600, 86400
LONDON, BUCHAREST = "Europe/London", "Europe/Bucharest"

#: what was said, zones -> seconds from now; None: not clear enough
MOMENTS = [
    ("call me back", (LONDON,), SOON),
    ("as soon as possible", (LONDON,), SOON),
    ("today", (LONDON,), SOON),
    ("after 5pm", (LONDON,), 4 * HOUR),
    ("at 5", (LONDON,), 4 * HOUR),
    ("at 5", (LONDON, BUCHAREST), 4 * HOUR),  # the later of two clocks
    ("after 10", (LONDON,), SOON),  # it is after ten already
    ("at 10", (LONDON,), 21 * HOUR),  # gone today
    ("before 5pm", (LONDON,), SOON),
    ("after 7", (LONDON,), None),
    ("at 8", (LONDON,), None),
    ("at 8 in the morning", (LONDON,), 19 * HOUR),
    ("at 08:00", (LONDON,), 19 * HOUR),
    ("at 8:30", (LONDON,), None),  # as people say it of mornings and evenings
    ("at 0:30", (LONDON,), None),
    ("at 9", (LONDON,), 20 * HOUR),  # nobody means the evening
    ("tomorrow at 1", (LONDON,), 24 * HOUR),
    ("at 13:00", (LONDON,), 0),  # right now
    ("5pm", (LONDON,), 4 * HOUR),
    ("tomorrow 10 am", (LONDON,), 21 * HOUR),
    ("tomorrow at 12 pm", (LONDON,), 23 * HOUR),  # noon
    ("завтра в 15 дня", (LONDON,), 26 * HOUR),
    ("after 5 minutes", (LONDON,), SOON),
    ("tomorrow", (LONDON,), 20 * HOUR),  # from nine
    ("tomorrow before 5pm", (LONDON,), 20 * HOUR),
    ("tomorrow afternoon", (LONDON,), 25 * HOUR),
    ("the day after tomorrow at noon", (LONDON,), 47 * HOUR),
    ("on Friday at 11", (LONDON,), 2 * DAY + 22 * HOUR),
    ("on Monday at 11", (LONDON,), 5 * DAY + 22 * HOUR),  # in the coming week
    ("on Tuesday at 11", (LONDON,), 6 * DAY + 22 * HOUR),  # gone today: in a week
    ("on Tuesday at 15:30", (LONDON,), 2 * HOUR + 1800),
    ("this evening", (LONDON,), 4 * HOUR),
    ("завтра в 3 часа дня", (LONDON,), 26 * HOUR),
    ("послезавтра после обеда", (LONDON,), 49 * HOUR),
    ("mâine după ora 15", (BUCHAREST,), DAY),
    ("vineri dimineața", (BUCHAREST,), 2 * DAY + 18 * HOUR),
    ("tomorrow", (), SOON),  # no zone is known: whoever decides holds it
    ("in 5 minutes", (LONDON,), SOON),
    ("we are 12 people", (LONDON,), SOON),
]


@pytest.mark.parametrize(("said", "zones", "seconds"), MOMENTS)
def test_when_a_callback_is_promised(said, zones, seconds):
    moment = moment_of(time_in(plain(said)[1]), zones, TUESDAY)
    assert (moment - TUESDAY if moment else None) == seconds
