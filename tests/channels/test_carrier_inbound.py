"""Does a call that comes in ask our voice address, and go as the caller goes?"""

from __future__ import annotations

import pytest
import requests
from support_carrier import application, practice

MONDAY = 1783330200  # 2026-07-06 09:30 UTC
OURS, CALLER = "+15555550199", "+15555573000"
KEYS = (
    '<Response><Gather numDigits="1" action="/keys" actionOnEmptyResult="true"><Say>Press 1.</Say></Gather></Response>'
)
GOODBYE = "<Response><Say>Goodbye.</Say></Response>"
ON_BRIDGE = '<Response><Dial answerOnBridge="true" action="/after"><Number>+15555574000</Number></Dial></Response>'


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("carrier") / "log.sqlite", "--seed", "7") as running:
        running.ask("/_sim/clock", {"now": MONDAY})
        yield running


@pytest.fixture(scope="module")
def server(carrier):
    with application() as running:
        urls = {"voice_url": "/voice", "fallback_url": "/sorry", "status_url": "/status"}
        carrier.ask("/_sim/numbers", {OURS: {name: running.url + path for name, path in urls.items()}})
        yield running


@pytest.fixture
def app(server):
    server.events.clear()
    server.documents = {"/voice": KEYS, "/keys": GOODBYE, "/after": GOODBYE}
    yield server
    assert server.forged == 0


def dial(carrier, script, **more):
    sid = carrier.ask("/_sim/inbound", {"from": CALLER, "to": OURS, "script": script, **more})["sid"]
    carrier.settle()
    return sid


def asked(app):
    return [(path, event.status) for path, event in app.events]


@pytest.mark.parametrize(
    ("script", "pressed"),
    [("presses:1", "1"), ("waits", ""), ("waits:12", "1"), ("human", None)],
)
def test_a_caller_hears_us_and_presses_keys(carrier, app, script, pressed):
    sid = dial(carrier, script, caller_name="LEE & CO <script>")
    first, last = app.events[0][1], app.events[-1][1]
    assert (first.sid, first.status, first.to, first.caller) == (sid, "ringing", OURS, CALLER)
    assert (first.raw["Direction"], first.raw["CallerName"]) == ("inbound", "LEE & CO <script>")
    assert [event.digits for path, event in app.events if path == "/keys"] == ([] if pressed is None else [pressed])
    assert (app.events[-1][0], last.status) == ("/status", "completed")
    assert [path for path, _ in app.events].count("/status") == 1  # only the end, as for any number of Twilio's
    found = carrier.carrier._calls(sid).fetch()
    assert (found.direction, found.caller_name, found.status) == ("inbound", "LEE & CO <script>", "completed")


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_rejected_call_was_never_answered(carrier, app, reason, status):
    app.documents["/voice"] = f'<Response><Reject reason="{reason}"/></Response>'
    sid = dial(carrier, "human")
    assert asked(app) == [("/voice", "ringing"), ("/status", status)]
    assert carrier.carrier.fetch(sid).duration is None


def test_a_call_that_was_answered_cannot_be_rejected(carrier, app):
    app.documents["/voice"] = "<Response><Say>Hello.</Say><Reject/></Response>"
    log = carrier.log(dial(carrier, "human"))
    assert [event["code"] for event in log if event["kind"] == "error"] == [12200]


@pytest.mark.parametrize(("operator", "status"), [("human", "in-progress"), ("busy", "ringing")])
def test_with_answer_on_bridge_the_caller_hears_ringing_until_somebody_is_there(carrier, app, operator, status):
    app.documents["/voice"] = ON_BRIDGE
    carrier.ask("/_sim/callees", {"+15555574000": operator})
    sid = dial(carrier, "human")
    after = next(event for path, event in app.events if path == "/after")
    assert after.status == status
    assert carrier.carrier.fetch(sid).status == "completed"  # the words after the Dial are heard in any case


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("inbound", {"from": CALLER, "to": "+15555559999"}),  # a number nobody told of
        ("inbound", {"to": OURS}),
        ("inbound", {"from": CALLER, "to": OURS, "script": "busy"}),  # cannot speak
        ("inbound", {"from": CALLER, "to": OURS, "colour": "red"}),
        ("inbound", ["x"]),
        ("numbers", {OURS: {"voice_url": "https://example.org/"}}),  # practice stays here
        ("numbers", {OURS: {"status_url": "http://127.0.0.1:1/"}}),
    ],
)
def test_a_wrong_call_says_what_is_wrong(carrier, app, path, message):
    answer = requests.post(f"{carrier.url}/_sim/{path}", json=message, timeout=20)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
