"""Are Twilio's webhooks read and believed rightly, does every call get its result, and are the documents right?"""

from __future__ import annotations

from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from twilio.request_validator import RequestValidator

from channels.voice import (
    announce,
    call_result,
    connect,
    hang_up,
    parse_event,
    say_and_hang_up,
    valid_signature,
)
from channels.voicemail import is_machine, may_speak, voicemail
from opportune.rules.facts import CallResult

URL = "https://example.org/voice/7?token=a%2Fb"


def signed(token, url, fields):
    return RequestValidator(token).compute_signature(url, dict(fields))


def test_a_webhook_is_believed_when_one_of_our_tokens_signed_it():
    fields = {"CallSid": "CA1", "Digits": "", "CallerName": " Zoë & Sons "}  # blanks and spaces take part
    body = urlencode(fields).encode()
    assert valid_signature(["new"], URL, body, signed("new", URL, fields))
    assert valid_signature(["new", "old"], URL, body, signed("old", URL, fields))  # rotation
    assert not valid_signature(["new", "old"], URL, body, signed("older", URL, fields))
    assert not valid_signature(["new"], URL, body + b"&Digits=9", signed("new", URL, fields))
    assert not valid_signature(["new"], URL.replace("7", "8"), body, signed("new", URL, fields))
    assert not valid_signature([""], URL, body, signed("", URL, fields))  # an unset token would be anybody's
    assert not valid_signature([], URL, body, "")
    assert not valid_signature(["new"], URL, b"\xff\xfe=1", "x")
    assert not valid_signature(["new"], URL, b"a=1&" * 1000, "x")


def test_a_progress_report_is_read_field_by_field():
    fields = {"CallSid": "CA1", "CallStatus": "completed", "AnsweredBy": "human", "CallDuration": "61"}
    fields |= {"SipResponseCode": "200", "SequenceNumber": "3", "CallbackSource": "call-progress-events"}
    fields |= {"Timestamp": "Mon, 06 Jul 2026 09:30:00 +0000", "To": "+1555", "From": "+1666"}
    event = parse_event(urlencode(fields).encode())
    assert (event.sid, event.status, event.answered_by, event.duration) == ("CA1", "completed", "human", 61)
    assert (event.sip_code, event.sequence, event.occurred_at) == (200, 3, 1783330200)
    assert (event.to, event.caller, event.digits, event.dial_status) == ("+1555", "+1666", None, None)
    assert event.event_key == "CA1:call-progress-events:3"
    assert event.raw == fields


def test_silence_after_a_question_is_not_the_same_as_no_question():
    assert parse_event(b"CallSid=CA1&Digits=").digits == ""
    assert parse_event(b"CallSid=CA1").digits is None


def test_a_webhook_twice_has_one_key_and_two_webhooks_have_two():
    one, two = b"CallSid=CA1&Digits=1", b"CallSid=CA1&Digits=2"
    assert parse_event(one).event_key == parse_event(one).event_key != parse_event(two).event_key
    assert parse_event(one, "t1").event_key == parse_event(two, "t1").event_key != parse_event(one, "t2").event_key


@pytest.mark.parametrize("body", [b"", b"CallStatus=completed", b"CallSid=", b"\xff"])
def test_a_webhook_without_a_call_is_an_error(body):
    with pytest.raises(ValueError, match=r"CallSid|ascii"):
        parse_event(body)


def test_nonsense_in_a_field_is_no_reason_to_lose_the_event():
    event = parse_event(b"CallSid=CA1&Timestamp=yesterday&CallDuration=long&SequenceNumber=-1")
    assert (event.occurred_at, event.duration, event.sequence) == (None, None, None)


R = CallResult


@pytest.mark.parametrize(
    ("status", "answered_by", "digits", "talked", "sip", "left", "result"),
    [
        ("busy", None, None, 0, 486, False, R.BUSY),  # engaged
        ("busy", None, None, 0, 603, False, R.DECLINED),  # pressed the red button
        ("failed", None, None, 0, 607, False, R.DECLINED),  # rejected as unwanted
        ("no-answer", None, None, 0, 487, False, R.NO_ANSWER),  # rang out
        ("no-answer", None, None, 0, None, False, R.NO_ANSWER),  # the same, without a code
        ("failed", None, None, 0, 404, False, R.NO_SUCH_NUMBER),  # E7: to be cleaned out
        ("failed", None, None, 0, 484, False, R.NO_SUCH_NUMBER),  # incomplete number
        ("failed", None, None, 0, 604, False, R.NO_SUCH_NUMBER),  # exists nowhere
        ("failed", None, None, 0, 503, False, R.FAILED),  # the network's fault
        ("canceled", None, None, 0, 487, False, R.CANCELLED),  # we took it back
        ("canceled", None, None, 0, 404, False, R.CANCELLED),  # taken back before the number mattered
        ("completed", "machine_end_beep", None, 0, 200, True, R.VOICEMAIL),  # A2
        ("completed", "machine_end_beep", None, 0, 200, False, R.MACHINE),  # no voicemail on this step
        ("completed", "machine_start", None, 0, 200, False, R.MACHINE),  # hung up on
        ("completed", "fax", None, 0, 200, False, R.MACHINE),  # nobody there either
        ("completed", "human", "1", 95, 200, False, R.TALKED),  # put through
        ("completed", "human", "1", 0, 200, False, R.CALL_BACK),  # wanted to talk, nobody was free (C4)
        ("completed", "human", "2", 0, 200, False, R.EMAIL_PLEASE),  # A9
        ("completed", "human", "9", 0, 200, False, R.DO_NOT_CALL),  # E1
        ("completed", "machine_start", "9", 0, 200, False, R.DO_NOT_CALL),  # detection erred, the opt-out counts
        ("in-progress", "human", "2", 0, None, False, R.EMAIL_PLEASE),  # asked while the call goes on
        ("completed", "human", None, 0, 200, False, R.DECLINED),  # listened and hung up
        ("completed", "human", "", 0, 200, False, R.DECLINED),  # was asked and pressed nothing
        ("completed", "human", "5", 0, 200, False, R.DECLINED),  # a key that means nothing
        ("completed", "unknown", None, 0, 200, False, R.DECLINED),  # unknown counts as a person
        ("completed", "martian", "1", 30, 200, False, R.TALKED),  # a word Twilio adds one day, too
        ("completed", None, "1", 30, 200, False, R.TALKED),  # no detection was asked for
    ],
)
def test_e2_status_answerer_key_and_talk_make_the_result(status, answered_by, digits, talked, sip, left, result):
    assert call_result(status, answered_by, digits, talked, sip, left) is result


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", ""])
def test_a_call_that_is_not_over_has_no_result(status):
    with pytest.raises(ValueError, match="call_result needs"):
        call_result(status, None, None, 0, None, False)


@pytest.mark.parametrize(
    ("answered_by", "speak", "machine"),
    [
        ("machine_end_beep", True, True),  # after the beep
        ("machine_end_silence", True, True),  # no beep, but the greeting is over
        ("machine_end_other", True, True),  # the same
        ("machine_start", False, True),  # words would be lost in the greeting
        ("fax", False, True),
        ("human", False, False),
        ("unknown", False, False),  # a person must never hear a voicemail
        (None, False, False),
    ],
)
def test_a2_only_a_machine_whose_greeting_is_over_is_spoken_to(answered_by, speak, machine):
    assert (may_speak(answered_by), is_machine(answered_by)) == (speak, machine)


def shape(twiml):
    """Tags and attributes in document order."""
    return [(element.tag, element.attrib) for element in ElementTree.fromstring(twiml).iter()][1:]


def test_the_announcement_waits_for_one_key_and_hears_silence_too():
    gather, say = shape(announce("Rock & <roll>", "en-GB", "https://p/keys?a=1&b=2"))
    assert gather[1] == {
        "action": "https://p/keys?a=1&b=2",
        "actionOnEmptyResult": "true",
        "method": "POST",
        "numDigits": "1",
        "timeout": "5",
    }
    assert say == ("Say", {"language": "en-GB"})
    assert "Rock &amp; &lt;roll&gt;" in announce("Rock & <roll>", "en-GB", "x")


def test_the_other_documents_are_as_short_as_they_can_be():
    say, dial, number = shape(connect("One moment.", "+1555", "+1666", "/after", 600))
    assert (say[0], number) == ("Say", ("Number", {}))
    assert dial[1] == {
        "action": "/after",
        "answerOnBridge": "true",
        "callerId": "+1666",
        "method": "POST",
        "timeLimit": "600",
        "timeout": "20",
    }
    assert [tag for tag, _ in shape(say_and_hang_up("Bye.", "en-US"))] == ["Say", "Hangup"]
    assert [tag for tag, _ in shape(voicemail("Tip.", "en-US"))] == ["Pause", "Say", "Hangup"]
    assert [tag for tag, _ in shape(hang_up())] == ["Hangup"]
