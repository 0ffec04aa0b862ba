"""Which zones may a person live in: stated, then the address, then the number; nothing is guessed."""

from __future__ import annotations

import pytest

from opportune.work import places

ET, CT, MT, PT = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"


@pytest.mark.parametrize(
    ("place", "zones", "evidence"),
    [
        (("NP", None, None, None), ["Asia/Kathmandu"], "address"),  # a country with one clock
        (("DE", None, None, None), ["Europe/Berlin"], "address"),  # Büsingen keeps the same one
        (("DE", None, None, "+12125550123"), ["Europe/Berlin"], "address"),  # address before number
        (("US", "New York", None, None), [ET], "address"),
        (("US", "fl", None, None), [ET, CT], "address"),  # two clocks stay two
        (("US", "FL", "Pensacola", None), [CT], "address"),  # the city settles it
        (("US", "CA", None, "+12125550123"), [PT], "address"),
        (("RU", "Москва", None, "+79161234567"), ["Europe/Moscow"], "address"),
        (("RU", "Якутск", None, None), ["Asia/Yakutsk"], "address"),
        (("ES", None, None, None), ["Europe/Madrid", "Atlantic/Canary"], "address"),  # clocks an hour apart: both
        (("ES", None, None, "+34922123456"), ["Atlantic/Canary"], "number"),  # the number settles it
        (("US", None, None, None), [], ""),  # six clocks, and nothing tells which
        (("RU", None, None, None), [], ""),
        (("US", None, None, "+18085550123"), ["Pacific/Honolulu"], "number"),
        (("US", None, None, "+14165550123"), [], ""),  # a Canadian number says nothing of where in the US
        (("US", None, None, "+442079460123"), [], ""),
        (("US", None, None, "+17875550123"), ["America/Puerto_Rico"], "number"),  # but Puerto Rico is the US
        (("FR", None, None, "+262692123456"), ["Europe/Paris", "Indian/Reunion"], "address"),  # "France", from Réunion
        (("FR", "Paris", None, "+262692123456"), ["Europe/Paris"], "address"),
        (("FR", None, None, "+33612345678"), ["Europe/Paris"], "address"),
        ((None, None, None, "+262692123456"), ["Indian/Reunion"], "number"),  # and not Mayotte
        ((None, None, None, "+590690123456"), ["America/Guadeloupe"], "number"),
        ((None, None, None, "+9779841234567"), ["Asia/Kathmandu"], "number"),  # an old zone name in the prefix table
        ((None, None, None, None), [], ""),
    ],
)
def test_zones_come_from_evidence_and_are_never_guessed(place, zones, evidence):
    assert places.zones_of(*place) == (zones, evidence)


@pytest.mark.parametrize(
    ("phone", "zones"),
    [
        ("+18505550123", {ET, CT}),  # Tallahassee or Pensacola
        ("+14235550123", {ET, CT}),  # Chattanooga or its west
        ("+19315550123", {CT}),  # Tennessee's middle keeps one clock
        ("+12195550123", {ET, CT}),  # Gary
        ("+15745550123", {ET, CT}),
        ("+18125550123", {ET, CT}),
        ("+12705550123", {ET, CT}),
        ("+16065550123", {ET, CT}),
        ("+19065550123", {ET, CT}),
        ("+16895550123", {ET}),  # Orlando, which the table puts in Chicago's zone
        ("+13085550123", {CT, MT}),
        ("+16055550123", {CT, MT}),
        ("+17015550123", {CT, MT}),
        ("+16205550123", {CT, MT}),
        ("+14325550123", {CT, MT}),
        ("+19155550123", {MT}),  # El Paso
        ("+12085550123", {MT, PT}),
        ("+15415550123", {MT, PT}),
        ("+19285550123", {"America/Phoenix", MT}),  # the Navajo Nation
        ("+18075550123", {"America/Toronto", "America/Winnipeg"}),
        ("+17055550123", {"America/Toronto"}),
        ("+12505550123", {"America/Vancouver", "America/Edmonton"}),
        ("+17095550123", {"America/St_Johns", "America/Halifax"}),
        ("+18005550123", set()),  # toll-free
        ("+15005550123", set()),  # a personal number
        ("+448081570123", set()),
        ("+74951234567", {"Europe/Moscow"}),
        ("+74012123456", {"Europe/Kaliningrad"}),  # which the table takes for Bucharest
        ("+77011234567", {"Asia/Almaty"}),  # a mobile of Kazakhstan: one clock since 2024
        ("+447911123456", {"Europe/London"}),  # which the table puts on Guernsey
        ("+447400123456", {"Europe/London"}),
        ("+34612345678", {"Europe/Madrid", "Atlantic/Canary"}),
        ("+351912345678", {"Europe/Lisbon", "Atlantic/Azores"}),
        ("+628123456789", {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}),
        ("+81312345678", {"Asia/Tokyo"}),
    ],
)
def test_what_a_number_says(phone, zones):
    found, evidence = places.zones_of(None, None, None, phone)
    assert (set(found), evidence) == (zones, "number" if zones else "")


def test_a_russian_mobile_may_be_anywhere_in_russia_and_nowhere_else():
    zones, _ = places.zones_of("RU", None, None, "+79161234567")
    assert len(zones) == 11
    assert {"Europe/Kaliningrad", "Asia/Kamchatka"} <= set(zones)
    assert not {"Asia/Almaty", "Europe/Bucharest"} & set(zones)


def test_an_australian_mobile_keeps_every_clock_of_the_states():
    zones, evidence = places.zones_of("AU", None, None, "+61412345678")
    assert (len(zones), evidence) == (5, "number")
    assert {"Australia/Sydney", "Australia/Darwin", "Australia/Perth"} <= set(zones)


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+447911123456", "GB"),
        ("+441481712345", "GG"),
        ("+441534712345", "JE"),
        ("+77011234567", "KZ"),
        ("+88213123456", "001"),
    ],
)
def test_the_country_of_a_number(phone, country):
    assert places.country_of_number(phone) == country


@pytest.mark.parametrize(("prefix", "zones"), places._prefixes())
def test_every_line_of_the_overlay_names_known_zones_with_clocks_of_their_own(prefix, zones):
    assert all(places.zone_name(zone) == zone for zone in zones)
    assert len({places.clock(zone) for zone in zones}) == len(zones)
    assert prefix.startswith("+")
