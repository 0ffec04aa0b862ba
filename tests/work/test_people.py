"""Are the many ways of writing an address, a name, a title and a place one?"""

from __future__ import annotations

import pytest

from channels.addresses import normal_email, normal_phone
from opportune.rules.facts import Interest, Status
from opportune.work import people, places


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("020 7946 0123", "GB", "+442079460123"),  # as written at home
        ("+44 (0)20 7946 0123", None, "+442079460123"),  # the zero is only for callers inside
        ("0044 20 7946 0123", "DE", "+442079460123"),  # dialled out of another country
        ("442079460123", "GB", "+442079460123"),  # a spreadsheet ate the plus
        ("(212) 555-0123 x12", "US", "+12125550123"),  # an extension
        ("212.555.0123 / 212.555.0124", "US", "+12125550123"),  # two numbers: the first
        ("8 (495) 123-45-67", "RU", "+74951234567"),  # the Russian trunk prefix
        ("tel:+12125550123", None, "+12125550123"),
        ("2125550123", None, None),  # local, and nobody says of which country: not guessed
        ("4.42079E+11", "GB", None),  # what a spreadsheet makes of a number
        ("12-34", "US", None),
        ("n/a", "US", None),
    ],
)
def test_a_number_has_one_spelling(text, country, number):
    assert normal_phone(text, country) == number


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Bob <Bob@Acme.example>", "bob@acme.example"),
        ("mailto:bob@acme.example;", "bob@acme.example"),
        ("bob@bücher.example", "bob@xn--bcher-kva.example"),  # mail servers want the xn-- form
        ("bob@@acme.example", None),
        ("bob@acme.example, eve@acme.example", None),  # two: which one?
        ("bob@acme.example\r\nBcc: all@acme.example", None),  # header injection
    ],
)
def test_a_mail_address_has_one_spelling(text, address):
    assert normal_email(text) == address


@pytest.mark.parametrize(
    ("text", "code"), [("Deutschland", "DE"), ("U.K.", "GB"), ("Россия", "RU"), ("in", "IN"), ("Atlantis", None)]
)
def test_a_country_has_many_names(text, code):
    assert places.country_code(text) == code


def test_every_zone_of_our_table_is_known():
    tables = [places.zones_of_country(code) for code in ("US", "CA", "AU", "BR", "MX", "RU")]
    assert all(places.zone_name(zone) == zone for zones in tables for zone in zones)
    assert places.zone_name("europe/berlin") == "Europe/Berlin"
    assert places.zone_name("Mars/Olympus") is None


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("CEO", Status.EXECUTIVE),
        ("Geschäftsführerin", Status.EXECUTIVE),
        ("Генеральный директор", Status.EXECUTIVE),
        ("Director general", Status.EXECUTIVE),
        ("Assistant to the CEO", Status.STAFF),  # whoever guards the door is not who sits behind it
        ("Head of Sales", Status.MANAGER),
        ("Vertriebsleiter", Status.MANAGER),
        ("Начальник отдела", Status.MANAGER),
        ("Engineer", Status.STAFF),
        ("", Status.UNKNOWN),
    ],
)
def test_the_title_tells_the_status(title, status):
    """A7, A8."""
    assert people.status_of(title) == status


def test_a_stated_status_counts_more_than_the_title():
    assert people.status_of("Engineer", "C-Level") == Status.EXECUTIVE


def test_names_are_one_whatever_case_order_and_accents():
    assert people.clean_name("ȘERBAN,  Ionuț") == "Ionuț Șerban"
    assert people.name_key("Dr. Ionuț Șerban") == people.name_key("serban IONUT")
    assert people.name_key("Ana Stan") != people.name_key("Dan Stan")


def test_words_of_interest_language_and_business():
    assert people.interest_of("горячий") is Interest.HOT
    assert people.interest_of("lukewarm") is None
    assert people.language_of("Deutsch", "US") == "de"
    assert people.language_of("", "MD") == "ro"
    assert people.is_business("", "ann@acme.example")
    assert not people.is_business("", "ann@gmail.com")
