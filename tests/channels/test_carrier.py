"""Does the practice carrier lead each callee's conversation as Twilio would, over real HTTP and the real SDK?"""

from __future__ import annotations

import sqlite3

import pytest
from support_carrier import OPERATOR, application, practice

from channels.voice import call_result, say_and_hang_up
from opportune.rules.facts import CallResult

MONDAY = 1783330200  # 2026-07-06 09:30 UTC


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("carrier") / "log.sqlite", "--seed", "7") as running:
        running.ask("/_sim/clock", {"now": MONDAY})
        yield running


@pytest.fixture(scope="module")
def server():
    with application() as running:
        yield running


@pytest.fixture
def app(server):
    server.documents = {}
    yield server
    assert server.forged == 0  # every webhook was signed as the SDK's validator wants it


HELLO = "Hello. Press 1 to talk, 2 for an email, 9 to stop."
TIP = "A tip for you."


@pytest.mark.parametrize(
    ("ending", "status", "sip", "answered_by", "pressed", "heard"),
    [
        ("0012", "completed", 200, "human", "", [HELLO]),  # listens, hangs up
        ("9876", "completed", 200, "human", "", [HELLO]),  # a number without a script: the same
        ("0001", "completed", 200, "human", "1", [HELLO, "One moment.", "Thank you."]),  # wants to talk
        ("0002", "completed", 200, "human", "2", [HELLO, "Done."]),  # wants an email
        ("0009", "completed", 200, "human", "9", [HELLO, "Done."]),  # wants no more
        ("0003", "completed", 200, "human", "1", [HELLO, "One moment.", "Thank you."]),  # the secretary
        ("0011", "completed", 200, "human", "1", [HELLO, "One moment.", "Thank you."]),  # presses twice, acts once
        ("0006", "completed", 200, "machine_end_beep", "", [TIP]),  # voicemail
        ("0007", "completed", 200, "machine_end_silence", "", [TIP]),  # voicemail without a beep
        ("0008", "busy", 486, None, "", []),
        ("0010", "no-answer", 487, None, "", []),
        ("0005", "busy", 603, None, "", []),  # declines
        ("0004", "failed", 404, None, "", []),  # does not exist
    ],
)
def test_every_script_ends_as_it_should(carrier, app, ending, status, sip, answered_by, pressed, heard):
    sid = carrier.call(app.order(f"+1555555{ending}"))
    last = app.statuses(sid)[-1]
    assert (last.status, last.sip_code, last.answered_by) == (status, sip, answered_by)
    log = carrier.log(sid)
    assert [event["words"] for event in log if event["kind"] == "say"] == heard
    assert "".join(event["digits"] for event in log if event["kind"] == "keys") == pressed
    state = carrier.carrier.fetch(sid)
    assert (state.status, state.answered_by, state.duration) == (status, answered_by, last.duration)
    assert not [event for event in log if event["kind"] == "error"]


@pytest.mark.parametrize(
    ("ending", "answered_by"),
    [("0006", "machine_start"), ("0007", "unknown"), ("0012", "human")],
)
def test_without_a_voicemail_the_detection_answers_at_once(carrier, app, ending, answered_by):
    sid = carrier.call(app.order(f"+1555555{ending}", voicemail=False))
    asked = [event for path, event in app.events if path == "/voice" and event.sid == sid]
    assert [event.answered_by for event in asked] == [answered_by]


def test_progress_is_reported_in_order_with_numbers_and_the_virtual_time(carrier, app):
    sid = carrier.call(app.order("+15555550012"))
    reports = app.statuses(sid)
    assert [event.status for event in reports] == ["ringing", "completed"]  # what we ask to be told
    assert [event.sequence for event in reports] == [1, 3]  # of all four
    assert len({event.event_key for event in reports}) == 2
    rang, over = (event.occurred_at for event in reports)
    assert rang == MONDAY
    assert over - rang > reports[-1].duration == carrier.carrier.fetch(sid).duration
    assert reports[-1].raw["CallbackSource"] == "call-progress-events"


def test_whoever_presses_1_is_put_through_and_a_secretary_talks_briefly(carrier, app):
    talks = {}
    for ending in ("0001", "0003"):
        sid = carrier.call(app.order(f"+1555556{ending}"))
        after = [event for path, event in app.events if path == "/after" and event.sid == sid]
        assert [(event.dial_status, event.raw["DialBridged"]) for event in after] == [("completed", "true")]
        child = carrier.carrier.fetch(after[0].raw["DialCallSid"])
        assert (child.to, child.status, child.duration) == (OPERATOR, "completed", after[0].dial_duration)
        created = carrier.log(child.sid)[0]
        assert (created["kind"], created["parent"]) == ("created", sid)
        talks[ending] = after[0].dial_duration
        last = app.statuses(sid)[-1]
        assert last.duration > after[0].dial_duration
        assert call_result("completed", "human", "1", after[0].dial_duration, 200, False) is CallResult.TALKED
    assert talks["0003"] <= 30 < 60 <= talks["0001"]


def test_an_operator_who_is_busy_is_heard_of(carrier, app):
    carrier.ask("/_sim/callees", {OPERATOR: "busy"})
    sid = carrier.call(app.order("+15555570001"))
    carrier.ask("/_sim/callees", {OPERATOR: "human"})
    after = next(event for path, event in app.events if path == "/after" and event.sid == sid)
    assert (after.dial_status, after.dial_duration, after.raw["DialBridged"]) == ("busy", None, "false")


def test_a_machine_that_is_asked_for_a_key_answers_with_silence(carrier, app):
    app.documents["/voice"] = app.words("/voice", type("Human", (), {"answered_by": "human"}))
    sid = carrier.call(app.order("+15555560006"))
    assert [event.digits for path, event in app.events if path == "/keys" and event.sid == sid] == [""]


def test_a_call_is_cut_off_at_its_time_limit(carrier, app):
    sid = carrier.call(app.order("+15555580001", time_limit=30))
    assert carrier.carrier.fetch(sid).duration == 30
    assert [event["kind"] for event in carrier.log(sid)].count("time_limit") == 1


def test_a_phone_that_would_be_answered_too_late_is_not_answered(carrier, app):
    assert carrier.carrier.fetch(carrier.call(app.order("+15555590006", ring_seconds=10))).status == "no-answer"


DOCUMENTS = {
    "play": ('<Response><Play>http://x/tip.mp3</Play><Pause length="3"/></Response>', ["▶ http://x/tip.mp3"], None),
    "redirect": ("<Response><Redirect>/after</Redirect></Response>", ["Thank you."], None),
    "record": ('<Response><Record action="/after" maxLength="5"/></Response>', ["Thank you."], None),
    "verb": ("<Response><Say>Hi.</Say><Shout>Hi.</Shout></Response>", [], 12200),
    "attribute": ('<Response><Say loudly="yes">Hi.</Say></Response>', [], 12200),
    "place": ("<Response><Number>+1555</Number></Response>", [], 12200),
    "root": ("<Answer/>", [], 12200),
    "no XML": ("Hello", ["Thank you."], 12100),  # the fallback speaks
    "loop": ("<Response><Redirect>/voice</Redirect></Response>", [], 12200),
    "hang up": ("<Response><Hangup/><Say>Never.</Say></Response>", [], None),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_followed_to_the_letter_or_recorded_as_errors(carrier, app, name):
    document, heard, code = DOCUMENTS[name]
    app.documents["/voice"] = document
    sid = carrier.call(app.order("+15555560012"))
    log = carrier.log(sid)
    assert [event["words"] for event in log if event["kind"] in ("say", "play")] == heard
    assert [event["code"] for event in log if event["kind"] == "error"] == ([code] if code else [])
    assert carrier.carrier.fetch(sid).status == "completed"


def test_a_failing_webhook_leads_to_the_fallback(carrier, app):
    app.documents["/voice"] = 503
    sid = carrier.call(app.order("+15555570012"))
    sorry = next(event for path, event in app.events if path == "/sorry" and event.sid == sid)
    assert sorry.raw["ErrorCode"] == "11200"
    assert [event["words"] for event in carrier.log(sid) if event["kind"] == "say"] == ["Thank you."]


def test_a_webhook_that_cannot_be_reached_leads_to_the_fallback_too(carrier, app):
    app.documents["/voice"] = "<Response><Redirect>http://127.0.0.1:1/gone</Redirect></Response>"
    sid = carrier.call(app.order("+15555580012"))
    assert [event["code"] for event in carrier.log(sid) if event["kind"] == "error"] == [11205]
    assert [event["words"] for event in carrier.log(sid) if event["kind"] == "say"] == ["Thank you."]


def test_a_failing_status_webhook_harms_nobody(carrier, app):
    app.documents["/status"] = 500
    sid = carrier.call(app.order("+15555590012"))
    assert {event["code"] for event in carrier.log(sid) if event["kind"] == "error"} == {15003}
    assert carrier.carrier.fetch(sid).status == "completed"


def test_what_was_seen_is_counted_shown_and_kept(tmp_path, server):
    server.documents = {}
    with practice(tmp_path / "log.sqlite") as carrier:
        for ending in ("0006", "0007", "0001", "0008"):
            carrier.call(server.order(f"+1555555{ending}"))
        server.documents["/voice"] = say_and_hang_up("Hello?", "en-US")  # into the greeting: no voicemail
        carrier.call(server.order("+15555550006", voicemail=False))
        stats = carrier.ask("/_sim/stats")
        page = carrier.carrier._http.session.get(carrier.url).text
        carrier.call(server.order("+15555550012"))  # just before the end
    scripts = {"busy": 1, "machine": 2, "machine-silent": 1, "presses:1": 1}
    assert stats == {"calls": 5, "voicemails": 2, "child_legs": 1, "people": 6, "errors": 0, "by_script": scripts}
    assert "practice" in page
    assert TIP in page
    assert "http://" not in page.replace(carrier.url, "")
    assert "https://" not in page
    with practice(tmp_path / "log.sqlite") as again:  # a restarted carrier still knows its calls
        assert again.ask("/_sim/stats") == stats | {"calls": 6, "people": 7, "by_script": scripts | {"human": 1}}
    with sqlite3.connect(tmp_path / "log.sqlite") as log:
        assert log.execute("SELECT count(*) FROM call").fetchone() == (7,)
    log.close()
