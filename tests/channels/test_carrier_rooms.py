"""Do legs that nobody dialled together find each other: in a queue, in a conference, and on a recording?"""

from __future__ import annotations

import time

import pytest
from support_carrier import application, practice

MONDAY = 1783330200  # 2026-07-06 09:30 UTC
OURS, CALLER, COLLEAGUE = "+15555550199", "+15555573000", "+15555571000"
ENQUEUE = '<Response><Enqueue action="/left" waitUrl="/wait">hotline</Enqueue></Response>'
WAIT = "<Response><Say>You are next.</Say></Response>"
TAKE = '<Response><Dial action="/after" timeout="20"><Queue url="/notice">hotline</Queue></Dial></Response>'
WORDS = "<Response><Say>Goodbye.</Say></Response>"


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("carrier") / "log.sqlite", "--seed", "7") as running:
        running.ask("/_sim/callees", {COLLEAGUE: "operator:accepts"})
        yield running


@pytest.fixture(scope="module")
def server(carrier):
    with application() as running:
        carrier.ask("/_sim/numbers", {"*": {"voice_url": f"{running.url}/in", "status_url": f"{running.url}/status"}})
        yield running


@pytest.fixture
def app(server, carrier):
    server.events.clear()
    server.documents = {"/in": ENQUEUE, "/wait": WAIT, "/voice": TAKE, "/notice": WAIT, "/left": WORDS, "/after": WORDS}
    carrier.ask("/_sim/clock", {"now": MONDAY})
    yield server
    assert server.forged == 0
    carrier.ask("/_sim/clock", {"now": MONDAY + 86400})  # whoever waits still gives up
    carrier.settle()


def dial(carrier, script="human", caller=CALLER, **more):
    sid = carrier.ask("/_sim/inbound", {"from": caller, "to": OURS, "script": script, **more})["sid"]
    carrier.settle()
    return sid


def heard(app, path):
    return [event for at, event in app.events if at == path]


def words(carrier, sid):
    return [event["words"] for event in carrier.log(sid) if event["kind"] == "say"]


def test_a_caller_waits_until_a_colleague_takes_the_call(carrier, app):
    sid = dial(carrier)
    assert carrier.carrier.fetch(sid).status == "in-progress"
    wait = heard(app, "/wait")[0].raw
    assert (wait["QueuePosition"], wait["CurrentQueueSize"], wait["QueueTime"]) == ("1", "1", "0")
    carrier.ask("/_sim/clock", {"now": MONDAY + 60})
    carrier.settle()
    assert len(heard(app, "/wait")) > 2  # over and over
    taker = carrier.call(app.order(COLLEAGUE))
    notice, left, after = heard(app, "/notice")[0], heard(app, "/left")[0], heard(app, "/after")[0]
    assert (notice.sid, notice.raw["DequeingCallSid"]) == (sid, taker)
    assert (left.sid, left.raw["QueueResult"], left.status) == (sid, "bridged", "completed")
    assert 60 <= int(left.raw["QueueTime"]) <= 90
    assert (after.sid, after.dial_status, after.raw["DialCallSid"]) == (taker, "completed", sid)
    assert after.dial_duration >= 60
    assert words(carrier, sid)[-1] == "You are next."
    assert words(carrier, taker) == ["Goodbye."]


def test_who_waits_for_what_comes_after_hears_it(carrier, app):
    app.documents["/left"] = "<Response><Gather><Say>How was it?</Say></Gather><Say>Goodbye.</Say></Response>"
    sid = dial(carrier, "waits")
    carrier.call(app.order(COLLEAGUE))
    assert heard(app, "/left")[0].status == "in-progress"
    assert words(carrier, sid)[-1] == "Goodbye."


def test_a_caller_loses_patience(carrier, app):
    sid = dial(carrier, "impatient")
    carrier.ask("/_sim/clock", {"now": MONDAY + 60})
    carrier.settle()
    assert [event.raw["QueueResult"] for event in heard(app, "/left")] == ["hangup"]
    assert 15 <= carrier.carrier.fetch(sid).duration <= 41


def test_a_key_leads_out_of_the_queue(carrier, app):
    app.documents["/wait"] = '<Response><Gather numDigits="1" action="/out"><Say>Press 2.</Say></Gather></Response>'
    app.documents["/out"] = "<Response><Leave/></Response>"
    sid = dial(carrier, "presses:2")
    assert [event.raw["QueueResult"] for event in heard(app, "/left")] == ["leave"]
    assert words(carrier, sid)[-1] == "Goodbye."


def test_the_first_is_served_first(carrier, app):
    sids = [dial(carrier, caller=f"+1555557300{number}") for number in range(3)]
    for _ in sids:
        carrier.call(app.order(COLLEAGUE))
    assert [event.raw["DialCallSid"] for event in heard(app, "/after")] == sids


def test_a_colleague_waits_for_a_caller_but_not_for_ever(carrier, app):
    carrier.call(app.order(COLLEAGUE))
    assert heard(app, "/after") == []
    dial(carrier)
    carrier.settle()
    carrier.call(app.order(COLLEAGUE))
    carrier.ask("/_sim/clock", {"now": MONDAY + 120})
    carrier.settle()
    assert [event.dial_status for event in heard(app, "/after")] == ["completed", "no-answer"]


def test_two_colleagues_do_not_take_the_same_caller(carrier, app):
    takers = [carrier.call(app.order(COLLEAGUE)) for _ in range(2)]
    sid = dial(carrier)
    carrier.ask("/_sim/clock", {"now": MONDAY + 120})
    carrier.settle()
    after = {event.sid: event.dial_status for event in heard(app, "/after")}
    assert after == dict(zip(takers, ["completed", "no-answer"], strict=True))
    assert [event.raw["DialCallSid"] for event in heard(app, "/after") if event.dial_duration] == [sid]


def test_a_queue_that_nobody_opened_cannot_be_dialled(carrier, app):
    app.documents["/voice"] = TAKE.replace("hotline", "nowhere")
    carrier.call(app.order(COLLEAGUE))
    assert heard(app, "/after")[0].dial_status == "failed"


def test_a_call_that_waits_is_ended_by_the_api(carrier, app):
    sid = dial(carrier)
    assert carrier.carrier.end(sid)
    carrier.settle()
    assert [event.raw["QueueResult"] for event in heard(app, "/left")] == ["hangup"]


ROOM = (
    '<Response><Dial action="/after"><Conference startConferenceOnEnter="{starts}" endConferenceOnExit="{ends}" '
    'waitUrl="/wait" statusCallback="/room" statusCallbackEvent="start end join leave">room {name}</Conference>'
    "</Dial></Response>"
)


def conference(app, name, ends="true"):
    app.documents["/in"] = ROOM.format(starts="false", ends="false", name=name)
    app.documents["/voice"] = ROOM.format(starts="true", ends=ends, name=name)
    app.documents["/room"] = ""


def test_a_conference_begins_with_who_may_begin_it_and_is_told(carrier, app):
    conference(app, "a")
    sid = dial(carrier)
    assert [event.raw["StatusCallbackEvent"] for event in heard(app, "/room")] == ["participant-join"]
    assert words(carrier, sid) == ["You are next."]  # the waitUrl, for who is early
    colleague = carrier.call(app.order(COLLEAGUE))
    told = [(event.raw["StatusCallbackEvent"], event.sid) for event in heard(app, "/room")]
    assert told == [
        ("participant-join", sid),
        ("participant-join", colleague),
        ("conference-start", colleague),
        ("participant-leave", sid),  # has talked enough
        ("participant-leave", colleague),  # is alone
        ("conference-end", colleague),
    ]
    assert [event.raw["SequenceNumber"] for event in heard(app, "/room")] == ["1", "2", "3", "4", "5", "6"]
    assert carrier.carrier.fetch(sid).duration >= 60
    assert {event.dial_status for event in heard(app, "/after")} == {"answered"}


def test_a_conference_ends_for_all_with_who_ends_it(carrier, app):
    conference(app, "b")
    app.documents["/in"] = ROOM.format(starts="true", ends="true", name="b")
    first, second = dial(carrier, "secretary"), None
    second = dial(carrier, caller="+15555573001")
    carrier.settle()
    assert heard(app, "/room")[-1].raw["Reason"] == "participant-with-end-conference-on-exit-left"
    assert carrier.carrier.fetch(first).duration <= carrier.carrier.fetch(second).duration
    assert words(carrier, second)[-1] == "Goodbye."


def test_with_a_person_at_the_page_nobody_leaves_before_their_time(carrier, app):
    conference(app, "c", ends="false")
    sid = dial(carrier, "phone")
    other = dial(carrier, caller="+15555573002")
    app.documents["/in"] = app.documents["/voice"]
    third = dial(carrier, "secretary", caller="+15555573003")
    assert {carrier.carrier.fetch(one).status for one in (sid, other, third)} == {"in-progress"}
    carrier.ask("/_sim/clock", {"now": MONDAY + 40})
    carrier.settle()
    assert 10 <= carrier.carrier.fetch(third).duration <= 32
    assert carrier.carrier.fetch(other).status == "in-progress"
    carrier.ask(f"/_sim/phone/{sid}/hangup", {})
    until(lambda: carrier.carrier.fetch(other).status == "completed")


RECORD = (
    '<Response><Record action="/left" maxLength="60" recordingStatusCallback="/kept" transcribe="true" '
    'transcribeCallback="/read"/></Response>'
)


@pytest.mark.parametrize(("script", "digits"), [("waits", ""), ("leaves-word", "hangup")])
def test_words_after_the_tone_become_a_recording_without_a_sound(carrier, app, script, digits):
    app.documents |= {"/in": RECORD, "/kept": "", "/read": ""}
    sid = dial(carrier, script, words="Call me back on 8 499 123 45 67, Eugene.")
    left, kept, read = (heard(app, path)[0].raw for path in ("/left", "/kept", "/read"))
    assert (left["Digits"], left["RecordingDuration"]) == (digits, "3")
    assert left["RecordingUrl"].startswith(carrier.url)
    assert {left["RecordingSid"], kept["RecordingSid"], read["RecordingSid"]} == {left["RecordingSid"]}
    assert (kept["RecordingStatus"], kept["RecordingSource"]) == ("completed", "RecordVerb")
    assert (read["TranscriptionStatus"], read["TranscriptionText"]) == (
        "completed",
        "Call me back on 8 499 123 45 67, Eugene.",
    )
    assert [event["kind"] for event in carrier.log(sid)].count("record") == 1


def test_without_words_the_transcription_fails_rather_than_invents_some(carrier, app):
    app.documents |= {"/in": RECORD, "/kept": "", "/read": ""}
    dial(carrier, "leaves-word")
    read = heard(app, "/read")[0].raw
    assert (read["TranscriptionStatus"], read["TranscriptionText"]) == ("failed", "")


def test_a_talk_is_recorded_where_the_document_says_so(carrier, app):
    app.documents["/in"] = (
        '<Response><Dial action="/after" record="record-from-answer-dual" recordingStatusCallback="/kept">'
        "<Number>+15555574000</Number></Dial></Response>"
    )
    app.documents["/kept"] = ""
    dial(carrier)
    after, kept = heard(app, "/after")[0].raw, heard(app, "/kept")[0].raw
    assert (kept["RecordingChannels"], kept["RecordingSource"]) == ("2", "DialVerb")
    assert after["RecordingDuration"] == after["DialCallDuration"]


def until(condition):
    for _ in range(500):
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen within five seconds")


def test_a_person_at_the_page_leaves_word_and_waits_in_the_queue(carrier, app):
    app.documents |= {"/in": RECORD, "/kept": "", "/read": ""}
    sid = dial(carrier, "phone")
    assert until(lambda: carrier.ask("/_sim/phone")[0]["recording"])
    carrier.ask(f"/_sim/phone/{sid}/press", {"keys": "#"})
    until(lambda: carrier.carrier.fetch(sid).status == "completed")
    assert heard(app, "/left")[0].digits == "#"
    app.documents["/in"] = ENQUEUE
    sid = dial(carrier, "phone")
    carrier.call(app.order(COLLEAGUE))
    assert until(lambda: heard(app, "/notice"))
    carrier.ask(f"/_sim/phone/{sid}/hangup", {})
    until(lambda: heard(app, "/after"))
    carrier.settle()
    assert heard(app, "/left")[-1].raw["QueueResult"] == "bridged"
