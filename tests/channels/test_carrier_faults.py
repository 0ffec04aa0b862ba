"""What goes wrong at the carrier on purpose, and what does it keep when it is killed?"""

from __future__ import annotations

import time

import pytest
import requests
from support_carrier import ACCOUNT, TOKEN, application, practice

from channels.base import Accepted, Refused
from channels.voice import say_and_hang_up

MONDAY = 1783330200  # 2026-07-06 09:30 UTC
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"
PERSON, OURS = "+15555575012", "+15555550199"


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("carrier") / "log.sqlite", "--patience", "0.3") as running:
        running.ask("/_sim/clock", {"now": MONDAY})
        yield running


@pytest.fixture(scope="module")
def server():
    with application() as running:
        yield running


@pytest.fixture
def app(server):
    server.events.clear()
    server.documents = {}
    return server


def http(carrier, path, **fields):
    answer = requests.post(carrier.url + path, data=fields, auth=(ACCOUNT, TOKEN), timeout=20)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("to", "caller", "code"),
    [
        ("+15555550014", OURS, 21214),  # cannot be reached
        ("+15555550015", OURS, 21215),  # not a country for us
        ("+15555550016", OURS, 21216),  # blocked
        ("+15555550017", OURS, 21217),  # no number
        (PERSON, "+15555550210", 21210),  # our number is not verified
        (PERSON, "+15555550212", 21212),  # our number is none
    ],
)
def test_the_ending_of_a_number_says_how_it_is_refused(carrier, to, caller, code):
    answered, body = http(carrier, f"{CALLS}.json", To=to, From=caller, Url="http://127.0.0.1:1/")
    assert (answered, body["status"], body["code"]) == (400, 400, code)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert body.keys() == {"code", "message", "more_info", "status"}
    assert not carrier.carrier.find(to, 0)


def test_a_registered_number_is_called_whatever_its_ending(carrier, app):
    carrier.ask("/_sim/callees", {"+15555560014": "busy"})
    assert isinstance(carrier.carrier.place(app.order("+15555560014")), Accepted)
    carrier.settle()


def test_any_refusal_can_be_ordered(carrier, app):
    carrier.ask("/_sim/faults", {"to": PERSON, "fault": "refuse", "code": 22005})
    answer = carrier.carrier.place(app.order(PERSON))
    assert isinstance(answer, Refused)
    assert answer.code == "22005"


@pytest.mark.parametrize(
    "more",
    [
        {"ApplicationSid": "AP0"},  # is there at Twilio, not here
        {"AsyncAmd": "true"},
        {"Colour": "red"},  # is nowhere
        {"Url": "", "Twiml": f"<Response><Say>{'a' * 4000}</Say></Response>"},
    ],
)
def test_what_would_be_ignored_is_refused(carrier, more):
    order = {"To": PERSON, "From": OURS, "Url": "http://127.0.0.1:1/"} | more
    assert http(carrier, f"{CALLS}.json", **order)[1]["code"] == 20001
    listed = requests.get(f"{carrier.url}{CALLS}.json?EndTime=2026", auth=(ACCOUNT, TOKEN), timeout=20)
    assert listed.json()["code"] == 20001


def test_reports_come_before_the_answer(carrier, app):
    carrier.ask("/_sim/faults", {"to": PERSON, "fault": "before_201"})
    answer = carrier.carrier.place(app.order(PERSON))
    early = [event.status for event in app.statuses(answer.provider_id)]
    assert early[:1] == ["ringing"]
    carrier.settle()


def test_who_answers_too_slowly_is_not_waited_for(carrier, app):
    app.documents["/voice"] = (1, say_and_hang_up("Too late.", "en-US"))
    sid = carrier.call(app.order(PERSON))
    sorry = next(event for path, event in app.events if path == "/sorry")
    assert (sorry.raw["ErrorCode"], sorry.raw["ErrorUrl"]) == ("11200", f"{app.url}/voice")
    assert [event["words"] for event in carrier.log(sid) if event["kind"] == "say"] == ["Thank you."]


def test_the_order_may_bring_its_words_along(carrier, app):
    words = {"To": PERSON, "From": OURS, "Twiml": "<Response><Say>Hello at once.</Say></Response>"}
    sid = http(carrier, f"{CALLS}.json", **words)[1]["sid"]
    carrier.settle()
    assert [event["words"] for event in carrier.log(sid) if event["kind"] == "say"] == ["Hello at once."]


@pytest.mark.parametrize("how", ["Url", "Twiml"])
def test_a_running_call_is_led_elsewhere(carrier, app, how):
    carrier.ask("/_sim/callees", {"+15555576000": "phone"})
    sid = carrier.carrier.place(app.order("+15555576000")).provider_id
    until(lambda: carrier.ask("/_sim/phone"))
    assert http(carrier, f"{CALLS}/{sid}.json", Url=f"{app.url}/after")[1]["code"] == 21220  # it only rings
    carrier.ask(f"/_sim/phone/{sid}/answer", {})
    until(lambda: carrier.ask("/_sim/phone")[0]["asking"])
    elsewhere = {"Url": f"{app.url}/after"} if how == "Url" else {"Twiml": say_and_hang_up("Thank you.", "en-US")}
    assert http(carrier, f"{CALLS}/{sid}.json", **elsewhere)[0] == 200
    until(lambda: carrier.carrier.fetch(sid).status == "completed")
    assert carrier.ask(f"/_sim/phone/{sid}")["heard"][-1] == "Thank you."
    assert http(carrier, f"{CALLS}/{sid}.json", Url=f"{app.url}/after")[1]["code"] == 21220  # it is over


def until(condition):
    for _ in range(500):
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen within five seconds")


def test_what_was_promised_survives_a_kill(tmp_path, app):
    with practice(tmp_path / "log", "--cps", "0.05", "--real-time", "1") as carrier:
        running, queued = (carrier.carrier.place(app.order(to)).provider_id for to in (PERSON, "+15555570008"))
        until(lambda: carrier.carrier.fetch(running).status == "ringing")
        until(lambda: app.statuses(running))
        assert carrier.log(running)  # whoever reads the log sees what is written
        last = carrier.carrier.place(app.order("+15555580008")).provider_id  # a promise at once
        carrier.process.kill()
    app.events.clear()
    with practice(tmp_path / "log") as again:
        again.settle()
        assert again.carrier.fetch(running).status == "failed"  # nobody was told: the application has to ask
        assert {again.carrier.fetch(sid).status for sid in (queued, last)} == {"busy"}  # it was their turn
        assert [event.status for event in app.statuses(queued)] == ["ringing", "busy"]
        assert not app.statuses(running)
        kinds = [event["kind"] for event in again.log(running)]
        assert kinds[0] == "created"  # the log goes on where it was


@pytest.mark.parametrize(
    "message",
    [
        {"to": "*", "fault": "refuse"},  # with which code?
        {"to": "*", "fault": "late_201", "code": 20429},
        {"to": "*", "fault": "refuse", "code": 12},
    ],
)
def test_a_refusal_needs_its_code(carrier, message):
    assert requests.post(f"{carrier.url}/_sim/faults", json=message, timeout=20).status_code == 400
