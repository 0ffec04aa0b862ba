"""Do our requests, and the practice carrier's answers, fit Twilio's own description of its API?"""

from __future__ import annotations

import json
import time
from urllib.parse import urlsplit

import pytest
import requests
from support_carrier import ACCOUNT, TOKEN, application, practice
from support_twilio_api import operation, operations, wrong_answer, wrong_request

from channels.base import CallOrder
from channels.detection import Detection

REAL = "AC" + "0" * 32  # the practice account is none of Twilio's on purpose
MONDAY = 1783330200
OURS, PERSON, CALLER, COLLEAGUE = "+15555550199", "+15555575012", "+15555573000", "+15555571000"
ROOM = (
    '<Response><Dial><Conference startConferenceOnEnter="{starts}" participantLabel="{label}">room</Conference>'
    "</Dial></Response>"
)


class Wire:
    """Every request and answer that went over it."""

    def __init__(self, url):
        self.url, self.seen = url, []

    def record(self, answer, *_args, **_more):
        """A hook of `requests`."""
        asked = answer.request
        body = asked.body.decode() if isinstance(asked.body, bytes) else asked.body
        self.seen.append((asked.method, asked.url, body, answer.status_code, answer.text.replace(ACCOUNT, REAL)))

    def ask(self, method, path, **fields):
        path = f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/{path}"
        answer = requests.request(
            method, path, data=fields or None, auth=(ACCOUNT, TOKEN), hooks={"response": self.record}, timeout=20
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("carrier") / "log.sqlite") as running:
        running.ask("/_sim/clock", {"now": MONDAY})
        yield running


@pytest.fixture
def wire(carrier):
    return Wire(carrier.url)


@pytest.fixture(scope="module")
def app(carrier):
    with application() as running:
        carrier.ask("/_sim/numbers", {"*": {"voice_url": f"{running.url}/in"}})
        yield running


def complaints(wire):
    return [
        each
        for method, url, body, status, text in wire.seen
        for each in wrong_request(method, url, body) + wrong_answer(method, url, status, text)
    ]


DETECTION = Detection(timeout=20, speech_threshold=2000, speech_end_threshold=1000, silence_timeout=4000)
ORDERS = {
    "with a voicemail": {"voicemail": True},
    "without": {"voicemail": False},
    "for a colleague": {"detect": False},
    "with numbers for the detection": {"detection": DETECTION},
    "with an extension": {"to": f"{PERSON};ext=1234"},
}


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_that_we_send_is_one_that_twilio_knows(carrier, app, wire, order):
    hooks = carrier.carrier._http.session.hooks["response"]
    hooks[:] = [wire.record]
    fields = {"to": PERSON, "caller": OURS, "url": f"{app.url}/voice", "status_url": f"{app.url}/status"}
    answer = carrier.carrier.place(CallOrder(**fields | {"fallback_url": f"{app.url}/sorry"} | ORDERS[order]))
    carrier.settle()
    carrier.carrier.fetch(answer.provider_id)
    assert carrier.carrier.find(PERSON, MONDAY - 60)
    hooks.clear()
    assert {url.rpartition("/")[2].partition("?")[0] for _, url, *_ in wire.seen} >= {"Calls.json"}
    assert complaints(wire) == []


def test_ending_a_call_is_asked_for_as_twilio_knows_it(carrier, app, wire):
    hooks = carrier.carrier._http.session.hooks["response"]
    hooks[:] = [wire.record]
    carrier.ask("/_sim/callees", {PERSON: "phone"})
    for end in (carrier.carrier.cancel, carrier.carrier.end):
        sid = carrier.carrier.place(app.order(PERSON)).provider_id
        assert end(sid)
    carrier.ask("/_sim/callees", {PERSON: "human"})
    hooks.clear()
    assert complaints(wire) == []


def test_queues_conferences_and_recordings_look_as_twilio_shows_them(carrier, app, wire):
    """Every operation that the practice carrier has and our own code does not ask for."""
    carrier.ask("/_sim/callees", {COLLEAGUE: "phone"})
    wire.ask("POST", "Queues.json", FriendlyName="support", MaxSize=5)
    app.documents["/in"] = "<Response><Enqueue>hotline</Enqueue></Response>"
    waiting = [incoming(carrier, "human") for _ in range(2)]
    app.documents["/in"] = '<Response><Record action="/after"/></Response>'
    incoming(carrier, "human")
    app.documents["/in"] = ROOM.format(starts="false", label="caller")
    incoming(carrier, "waits")
    carrier.settle()
    queue = next(each for each in wire.ask("GET", "Queues.json")["queues"] if each["friendly_name"] == "hotline")
    wire.ask("GET", f"Queues/{queue['sid']}.json")
    assert [each["call_sid"] for each in members(wire, queue)] == waiting
    wire.ask("POST", f"Queues/{queue['sid']}/Members/Front.json", Url=f"{app.url}/after")
    until(lambda: len(members(wire, queue)) == 1)
    [recording] = wire.ask("GET", "Recordings.json")["recordings"]
    wire.ask("GET", f"Recordings/{recording['sid']}.json")
    wire.ask("DELETE", f"Recordings/{recording['sid']}.json")
    [room] = wire.ask("GET", "Conferences.json?FriendlyName=room")["conferences"]
    path = f"Conferences/{room['sid']}"
    [one] = wire.ask("GET", f"{path}/Participants.json")["participants"]
    assert one["label"] == "caller"
    wire.ask("GET", f"{path}/Participants/caller.json")
    assert wire.ask("POST", f"{path}/Participants/{one['call_sid']}.json", Muted="true")["muted"] is True
    wire.ask("DELETE", f"{path}/Participants/{one['call_sid']}.json")
    until(lambda: wire.ask("GET", f"{path}.json")["status"] == "completed")
    wire.ask("POST", f"{path}.json", Status="completed")
    assert complaints(wire) == []
    asked = {operation(method, urlsplit(url).path)[0] for method, url, *_ in wire.seen}
    assert asked == {name for name, *_ in operations() if "Calls" not in name}


def incoming(carrier, script):
    sid = carrier.ask("/_sim/inbound", {"from": CALLER, "to": OURS, "script": script})["sid"]
    carrier.settle()
    return sid


def members(wire, queue):
    return wire.ask("GET", f"Queues/{queue['sid']}/Members.json")["queue_members"]


def until(condition):
    for _ in range(500):
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen within five seconds")


CALL = f"http://127.0.0.1/2010-04-01/Accounts/{REAL}/Calls.json"
GOOD = "To=%2B15555575012&From=%2B15555550199&Url=http%3A%2F%2F127.0.0.1%2F"


@pytest.mark.parametrize(
    ("body", "complains"),
    [
        (GOOD, False),
        (f"{GOOD}&StatusCallbackEvent=ringing&StatusCallbackEvent=answered", False),  # a list is sent as repeats
        (f"{GOOD}&Colour=red", True),  # not described
        (f"{GOOD}&Timeout=soon", True),  # no number
        (f"{GOOD}&Method=PUT", True),  # not in the list
        (f"{GOOD}&Timeout=5&Timeout=6", True),  # which?
        (GOOD.replace("To=", "Two="), True),  # required
        (GOOD.replace("%2B15555575012", "020 7946 0999"), True),  # no number as Twilio writes them
        (GOOD.replace("http%3A%2F%2F", ""), True),  # no address
    ],
)
def test_the_check_itself_sees_what_is_wrong(body, complains):
    assert bool(wrong_request("POST", CALL, body)) is complains


@pytest.mark.parametrize(
    ("change", "complains"),
    [
        ({}, False),
        ({"status": "lost"}, True),
        ({"queue_time": 12}, True),
        ({"mood": "calm"}, True),
        ({"sid": "CA1"}, True),
        ({"uri": ...}, True),  # left out
    ],
)
def test_the_check_sees_what_is_wrong_in_an_answer_too(carrier, app, wire, change, complains):
    sid = carrier.call(app.order(PERSON))
    found = wire.ask("GET", f"Calls/{sid}.json") | {"account_sid": REAL} | change
    text = json.dumps({name: value for name, value in found.items() if value is not ...})
    assert bool(wrong_answer("GET", CALL.replace(".json", f"/{sid}.json"), 200, text)) is complains
