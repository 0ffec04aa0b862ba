"""Are two phones joined, reported on and parted as Twilio would, whoever hangs up first?"""

from __future__ import annotations

import time

import pytest
from support_carrier import CALLER, application, practice

MONDAY = 1783330200  # 2026-07-06 09:30 UTC
OPERATOR, PROSPECT = "+15555571000", "+15555572012"
BRIEFING = '<Response><Gather numDigits="1" action="/accept"><Say>Ann Lee, Acme.</Say></Gather></Response>'
DIAL = (
    '<Response><Dial answerOnBridge="true" action="/after" timeout="25" timeLimit="600" callerId="+15555550199">'
    '<Number url="/whisper" statusCallback="/child" statusCallbackEvent="initiated ringing answered completed">'
    f"{PROSPECT}</Number></Dial></Response>"
)
WHISPER = "<Response><Say>This is Bo from Opportune.</Say></Response>"
OVER = "<Response><Hangup/></Response>"


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
    server.events.clear()
    server.documents = {
        "/voice": BRIEFING, "/accept": DIAL, "/whisper": WHISPER, "/after": OVER, "/child": "", "/next": OVER,
    }  # fmt: skip
    yield server
    assert server.forged == 0  # also the child's webhooks are signed as the SDK's validator wants it


def bridge(carrier, app, operator="operator:accepts", prospect="human"):
    """A colleague is rung, accepts, and the prospect is dialled; the colleague's SID."""
    carrier.ask("/_sim/callees", {OPERATOR: operator, PROSPECT: prospect})
    return carrier.call(app.order(OPERATOR))


def heard(app, path):
    return [event for at, event in app.events if at == path]


def test_the_other_phone_has_reports_and_words_of_its_own(carrier, app):
    sid = bridge(carrier, app)
    reports, whisper, after = heard(app, "/child"), heard(app, "/whisper"), heard(app, "/after")
    child = reports[0].sid
    assert [event.status for event in reports] == ["initiated", "ringing", "in-progress", "completed"]
    assert [event.sequence for event in reports] == [0, 1, 2, 3]
    assert {(event.sid, event.to, event.caller) for event in [*reports, *whisper]} == {(child, PROSPECT, CALLER)}
    assert {event.raw["ParentCallSid"] for event in [*reports, *whisper]} == {sid}
    assert [event.sid for event in after] == [sid]
    told = {"DialCallSid": child, "DialCallStatus": "completed", "DialBridged": "true"}
    assert told.items() <= after[0].raw.items()
    assert after[0].dial_duration == reports[-1].duration >= 60
    assert [event["words"] for event in carrier.log(child) if event["kind"] == "say"] == ["This is Bo from Opportune."]


def test_a_child_leg_is_fetched_and_found_by_its_number(carrier, app):
    carrier.ask("/_sim/clock", {"now": MONDAY + 3600})
    sid = bridge(carrier, app)
    carrier.ask("/_sim/clock", {"now": MONDAY})
    child = heard(app, "/child")[0].sid
    found = carrier.carrier.find(PROSPECT, MONDAY + 3600)
    assert [call.sid for call in found] == [child]
    assert carrier.carrier._calls(child).fetch().parent_call_sid == sid
    assert [call.sid for call in carrier.carrier._calls.list(parent_call_sid=sid)] == [child]
    assert carrier.carrier._calls(child).fetch().direction == "outbound-dial"


@pytest.mark.parametrize(
    ("prospect", "status", "sip", "bridged"),
    [
        ("busy", "busy", 486, "false"),
        ("no-answer", "no-answer", 487, "false"),
        ("nonexistent", "failed", 404, "false"),
        ("declines", "busy", 603, "false"),
        ("machine", "completed", 200, "true"),  # the colleague hears it
    ],
)
def test_the_colleague_stays_on_the_line_whatever_the_other_phone_does(carrier, app, prospect, status, sip, bridged):
    app.documents["/after"] = "<Response><Say>Next.</Say></Response>"
    sid = bridge(carrier, app, prospect=prospect)
    last, after = heard(app, "/child")[-1], heard(app, "/after")[0]
    assert (last.status, last.sip_code) == (status, sip)
    assert (after.dial_status, after.raw["DialBridged"]) == (status, bridged)
    assert "Next." in [event["words"] for event in carrier.log(sid) if event["kind"] == "say"]


def test_what_is_no_number_is_not_dialled(carrier, app):
    app.documents["/accept"] = DIAL.replace(PROSPECT, "020 7946 0999")
    sid = bridge(carrier, app)
    assert heard(app, "/after")[0].dial_status == "failed"
    assert [event["code"] for event in carrier.log(sid) if event["kind"] == "error"] == [13224]


def test_whoever_hangs_up_on_the_whisper_is_not_joined(carrier, app):
    app.documents["/whisper"] = '<Response><Gather numDigits="1"><Say>Press 1.</Say></Gather></Response>'
    bridge(carrier, app)  # a person without a key to press
    after = heard(app, "/after")[0]
    assert (after.dial_status, after.raw["DialBridged"]) == ("completed", "false")


def test_a_colleague_who_hangs_up_while_it_rings_takes_the_other_phone_along(carrier, app):
    sid = bridge(carrier, app, operator="operator:hangs-up")
    assert [event.status for event in heard(app, "/child")] == ["initiated", "ringing", "canceled"]
    assert [(event.sid, event.dial_status) for event in heard(app, "/after")] == [(sid, "canceled")]
    assert carrier.carrier.fetch(sid).status == "completed"


@pytest.mark.parametrize(
    ("script", "status", "asked"),
    [
        ("operator:ignores", "no-answer", []),
        ("operator:busy", "busy", []),
        ("operator:declines", "completed", ["2"]),
        ("operator:pauses", "completed", ["3"]),
    ],
)
def test_a_colleague_who_does_not_accept(carrier, app, script, status, asked):
    app.documents["/accept"] = BRIEFING
    sid = bridge(carrier, app, operator=script)
    assert carrier.carrier.fetch(sid).status == status
    assert [event.digits for event in heard(app, "/accept")] == asked


def test_a_colleague_goes_on_with_the_next_until_fifty(carrier, app):
    app.documents["/after"] = "<Response><Redirect>/voice</Redirect></Response>"
    sid = bridge(carrier, app, prospect="busy")
    assert len(heard(app, "/after")) == 50
    assert {event.sid for event in heard(app, "/after")} == {sid}
    assert len({event.sid for event in heard(app, "/child")}) == 50


def test_a_colleague_hangs_up_on_a_silent_line(carrier, app):
    app.documents["/after"] = '<Response><Pause length="20"/><Redirect>/after</Redirect></Response>'
    bridge(carrier, app, prospect="busy")
    assert 3 <= len(heard(app, "/after")) <= 5


def test_with_hangup_on_star_a_colleague_leaves_a_machine_and_stays(carrier, app):
    app.documents["/accept"] = DIAL.replace("<Dial ", '<Dial hangupOnStar="true" ')
    app.documents["/after"] = "<Response><Say>Next.</Say></Response>"
    sid = bridge(carrier, app, prospect="machine")
    assert heard(app, "/after")[0].dial_duration < 15
    assert [event["digits"] for event in carrier.log(sid) if event["kind"] == "keys"] == ["1", "*"]


def test_the_time_limit_of_the_talk_parts_them_and_the_colleague_goes_on(carrier, app):
    app.documents["/accept"] = DIAL.replace('timeLimit="600"', 'timeLimit="45"')
    sid = bridge(carrier, app)
    assert heard(app, "/after")[0].dial_duration == heard(app, "/child")[-1].duration == 45
    assert heard(app, "/after")[0].sid == sid


def test_words_in_a_whisper_that_twilio_forbids_are_an_error(carrier, app):
    app.documents["/whisper"] = DIAL
    bridge(carrier, app)
    child = heard(app, "/child")[0].sid
    assert [event["code"] for event in carrier.log(child) if event["kind"] == "error"] == [12200]


@pytest.mark.parametrize(("fault", "sequence"), [("reverse_callbacks", [3, 2, 1, 0]), ("lose_callbacks", [])])
def test_reports_of_the_other_phone_go_wrong_too(carrier, app, fault, sequence):
    carrier.ask("/_sim/faults", {"to": PROSPECT, "fault": fault})
    bridge(carrier, app)
    assert [event.sequence for event in heard(app, "/child")] == sequence


def until(condition):
    for _ in range(500):
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen within five seconds")


@pytest.mark.parametrize("ended", ["colleague", "prospect"])
def test_either_leg_can_be_ended_by_the_api(tmp_path, app, ended):
    """A ringing child counts as in progress: it is ended, not cancelled, as Twilio's documentation has it."""
    with practice(tmp_path / "log", "--real-time", "0.02") as carrier:
        carrier.ask("/_sim/callees", {OPERATOR: "operator:accepts", PROSPECT: "no-answer"})
        sid = carrier.carrier.place(app.order(OPERATOR)).provider_id
        child = until(lambda: heard(app, "/child") and heard(app, "/child")[0].sid)
        assert carrier.carrier._calls(child).update(status="canceled").status == "ringing"
        assert carrier.carrier.end(sid if ended == "colleague" else child)
        carrier.settle()
        assert heard(app, "/child")[-1].status == "canceled"
        assert [event.dial_status for event in heard(app, "/after")] == ["canceled"]
        assert carrier.carrier.fetch(sid).status == "completed"
