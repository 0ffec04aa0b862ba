"""Can a person at a page be one of the callees: let it ring, decline, listen, press keys, talk and hang up?"""

from __future__ import annotations

import time

import pytest
import requests
from support_carrier import application, practice

MONDAY = 1783330200  # 2026-07-06 09:30 UTC
PERSON, COLLEAGUE = "+15555575000", "+15555570012"


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("carrier") / "log.sqlite", "--seed", "7") as running:
        running.ask("/_sim/callees", {PERSON: "phone", COLLEAGUE: "human"})
        yield running


@pytest.fixture(scope="module")
def server():
    with application() as running:
        yield running


@pytest.fixture
def app(server, carrier):
    server.events.clear()
    server.documents = {}
    carrier.ask("/_sim/clock", {"now": MONDAY})
    yield server
    assert server.forged == 0
    carrier.settle()
    assert carrier.ask("/_sim/phone") == []


def until(condition):
    for _ in range(500):
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen within five seconds")


def phone(carrier, **wanted):
    """The person's phone as soon as it shows this."""

    def shown():
        phones = carrier.ask(f"/_sim/phone?number=%2B{PERSON[1:]}")
        return next((each for each in phones if wanted.items() <= each.items()), None)

    return until(shown)


def do(carrier, sid, deed, **message):
    return carrier.ask(f"/_sim/phone/{sid}/{deed}", message)


def ended(carrier, sid):
    return until(lambda: carrier.carrier.fetch(sid).status in ("completed", "busy", "no-answer", "canceled"))


def test_it_rings_until_it_is_answered_and_waits_for_keys(carrier, app):
    sid = carrier.carrier.place(app.order(PERSON)).provider_id
    assert phone(carrier, status="ringing")["other"] == "+15555550199"
    carrier.settle()  # who waits for a person keeps nobody else waiting
    do(carrier, sid, "answer")
    hears = phone(carrier, asking=1)
    assert (hears["status"], hears["heard"]) == ("in-progress", ["Hello. Press 1 to talk, 2 for an email, 9 to stop."])
    do(carrier, sid, "press", keys="2")
    ended(carrier, sid)
    assert [event.digits for path, event in app.events if path == "/keys"] == ["2"]
    assert carrier.ask(f"/_sim/phone/{sid}")["heard"][-1] == "Done."


@pytest.mark.parametrize(
    ("deed", "status", "sip"),
    [("decline", "busy", 603), ("hangup", "busy", 603)],
)
def test_a_person_declines(carrier, app, deed, status, sip):
    sid = carrier.carrier.place(app.order(PERSON)).provider_id
    phone(carrier, status="ringing")
    do(carrier, sid, deed)
    ended(carrier, sid)
    carrier.settle()
    assert (app.statuses(sid)[-1].status, app.statuses(sid)[-1].sip_code) == (status, sip)


def test_nobody_answers_once_the_clock_has_passed_the_ringing(carrier, app):
    sid = carrier.carrier.place(app.order(PERSON, ring_seconds=20)).provider_id
    phone(carrier, status="ringing")
    carrier.ask("/_sim/clock", {"now": MONDAY + 19})
    assert phone(carrier, status="ringing")
    carrier.ask("/_sim/clock", {"now": MONDAY + 20})
    ended(carrier, sid)
    assert carrier.carrier.fetch(sid).status == "no-answer"


def test_silence_is_an_answer_once_its_time_has_passed(carrier, app):
    sid = carrier.carrier.place(app.order(PERSON)).provider_id
    phone(carrier, status="ringing")
    do(carrier, sid, "answer")
    phone(carrier, asking=1)
    carrier.ask("/_sim/clock", {"now": MONDAY + 60})
    ended(carrier, sid)
    assert [event.digits for path, event in app.events if path == "/keys"] == [""]


def test_a_person_talks_with_a_colleague_until_they_hang_up(carrier, app):
    sid = carrier.carrier.place(app.order(PERSON)).provider_id
    phone(carrier, status="ringing")
    do(carrier, sid, "answer")
    phone(carrier, asking=1)
    do(carrier, sid, "press", keys="1")
    phone(carrier, beside="in-progress")
    carrier.ask("/_sim/clock", {"now": MONDAY + 300})
    assert phone(carrier, beside="in-progress")
    do(carrier, sid, "hangup")
    ended(carrier, sid)
    after = until(lambda: next((event for path, event in app.events if path == "/after"), None))
    assert (after.dial_status, after.dial_duration > 200) == ("completed", True)


def test_with_a_running_clock_a_key_cuts_the_words_short(carrier, app):
    carrier.ask("/_sim/clock", {"offset": 0})
    sid = carrier.carrier.place(app.order(PERSON)).provider_id
    phone(carrier, status="ringing")
    do(carrier, sid, "answer")
    phone(carrier, asking=1)
    do(carrier, sid, "press", keys="1")  # four seconds of words are not waited for
    assert phone(carrier, pressed="1")["heard"][0].startswith("Hello.")
    do(carrier, sid, "hangup")
    ended(carrier, sid)
    assert carrier.carrier.fetch(sid).duration < 4


def test_both_sides_hang_up_in_the_same_instant(carrier, app):
    sid = carrier.carrier.place(app.order(PERSON)).provider_id
    phone(carrier, status="ringing")
    do(carrier, sid, "answer")
    phone(carrier, asking=1)
    do(carrier, sid, "hangup")
    carrier.carrier.end(sid)
    ended(carrier, sid)
    carrier.settle()
    assert [event.status for event in app.statuses(sid)].count("completed") == 1


@pytest.mark.parametrize(
    ("deed", "message", "status"),
    [("press", {"keys": "1"}, 400), ("press", {"keys": "A"}, 400), ("press", {}, 400), ("sing", {}, 404)],
)
def test_what_cannot_be_done_is_refused(carrier, app, deed, message, status):
    sid = carrier.carrier.place(app.order(PERSON)).provider_id
    phone(carrier, status="ringing")
    answer = requests.post(f"{carrier.url}/_sim/phone/{sid}/{deed}", json=message, timeout=20)
    do(carrier, sid, "decline")
    ended(carrier, sid)
    assert answer.status_code == status
    carrier.settle()
    assert requests.post(f"{carrier.url}/_sim/phone/{sid}/answer", json={}, timeout=20).status_code == 404
