"""Does the carrier interface say Accepted, Refused or Unknown as the wire deserves, and read Twilio's webhooks?"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree

import pytest
from twilio.request_validator import RequestValidator

from channels.base import Accepted, CallOrder, Refused, Unknown
from channels.twilio_errors import ERRORS, meaning
from channels.voice import (
    Carrier,
    CarrierUnreachable,
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

ACCOUNT, TOKEN = "ACpractice".ljust(34, "0"), "practice-token"
ORDER = CallOrder("+15555550100", "+15555550199", "http://p/voice/7", "http://p/status/7", "http://p/sorry")
URL = "https://example.org/voice/7?token=a%2Fb"


class Twilio(ThreadingHTTPServer):
    """Answers every request with `answer` (status and body), or does what it says instead; keeps what was asked."""

    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.forms = (201, {"sid": "CA1", "status": "queued", "queue_time": "1500"}), []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.forms.append(parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if self.server.answer == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return self.connection.close()
        if self.server.answer == "silence":
            return time.sleep(1)
        status, body = self.server.answer
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return self.wfile.write(content)

    do_GET = do_POST

    def log_message(self, *_):
        pass


@pytest.fixture
def twilio():
    server = Twilio()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def carrier(twilio):
    carrier = Carrier(ACCOUNT, TOKEN, twilio.url)
    yield carrier
    carrier.close()


@pytest.fixture
def hasty(twilio):
    """A carrier that soon gives up."""
    carrier = Carrier(ACCOUNT, TOKEN, twilio.url, timeout=0.3)
    yield carrier
    carrier.close()


def test_an_accepted_call_carries_its_sid_and_how_long_it_is_queued(carrier):
    assert carrier.place(ORDER) == Accepted("CA1", "queued", 1.5)


@pytest.mark.parametrize(("voicemail_allowed", "detection"), [(True, "DetectMessageEnd"), (False, "Enable")])
def test_the_order_asks_for_all_that_we_must_hear(carrier, twilio, voicemail_allowed, detection):
    carrier.place(
        CallOrder("+15555550100", "+15555550199", "http://p/v", "http://p/s", "http://p/f", voicemail_allowed)
    )
    assert twilio.forms == [
        {
            "To": ["+15555550100"],
            "From": ["+15555550199"],
            "Url": ["http://p/v"],
            "FallbackUrl": ["http://p/f"],
            "StatusCallback": ["http://p/s"],
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
            "Timeout": ["25"],
            "TimeLimit": ["900"],
            "MachineDetection": [detection],
        }
    ]


def refusal(code, status):
    return status, {"code": code, "message": "No.", "more_info": "", "status": status}


@pytest.mark.parametrize(
    ("answer", "permanent", "scope"),
    [
        (refusal(21211, 400), True, "address"),  # the number is invalid
        (refusal(21214, 400), False, "address"),  # it cannot be reached today
        (refusal(21216, 403), True, "address"),  # Twilio blocks it
        (refusal(20003, 401), False, "sender"),  # our token is wrong: nobody's number is to blame
        (refusal(21210, 400), False, "sender"),  # our caller id is not verified
        (refusal(21215, 400), False, "sender"),  # the country is switched off
        (refusal(20429, 429), False, "sender"),  # too fast
        ((429, "slow down"), False, "sender"),  # too fast, said by a proxy without Twilio's body
        (refusal(21205, 400), True, "message"),  # our bug
        (refusal(99999, 400), True, "message"),  # a code without a row
    ],
)
def test_a_refusal_was_definitely_not_placed_and_says_whose_fault_it_is(carrier, twilio, answer, permanent, scope):
    twilio.answer = answer
    refused = carrier.place(ORDER)
    assert isinstance(refused, Refused)
    assert (refused.permanent, refused.scope, refused.phase) == (permanent, scope, "request")


def test_every_row_says_what_to_do_and_only_the_person_or_a_bug_is_for_ever():
    assert all(row.remedy.endswith(".") for row in ERRORS.values())
    assert not any(row.permanent for row in ERRORS.values() if row.scope == "sender")
    assert "12345" in meaning(12345).remedy


@pytest.mark.parametrize(
    "answer",
    [
        "reset",  # the request was written, then the connection was reset
        "silence",  # the request was written, no answer within the timeout
        (500, "oops"),  # Twilio may have placed it before it failed
        (503, {"code": 20503, "message": "Unavailable", "status": 503}),  # the same
        (408, "too slow"),  # the same
        (302, ""),  # something between us answered
        (201, "not JSON"),  # placed, but we cannot read the SID
        (201, {}),  # placed, but it is not named
        (201, [1]),  # the same
    ],
)
def test_what_may_be_ringing_is_unknown_and_is_asked_for_once(hasty, twilio, answer):
    twilio.answer = answer
    assert isinstance(hasty.place(ORDER), Unknown)
    assert len(twilio.forms) == 1


def test_nobody_listens_so_nothing_was_placed():
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    carrier = Carrier(ACCOUNT, TOKEN, url)
    answer = carrier.place(ORDER)
    assert isinstance(answer, Refused)
    assert (answer.phase, answer.permanent) == ("connect", False)
    with pytest.raises(CarrierUnreachable):
        carrier.fetch("CA1")
    assert not carrier.cancel("CA1")
    carrier.close()


@pytest.mark.parametrize("answer", [(500, "oops"), (200, "no JSON"), "silence", "reset", (401, {"code": 20003})])
def test_an_unusable_answer_is_not_the_same_as_no_such_call(hasty, twilio, answer):
    twilio.answer = answer
    with pytest.raises(CarrierUnreachable):
        hasty.fetch("CA1")
    with pytest.raises(CarrierUnreachable):
        hasty.find("+15555550100", 0)


def test_a_call_unknown_to_the_carrier_is_none(carrier, twilio):
    twilio.answer = refusal(20404, 404)
    assert carrier.fetch("CA1") is None
    assert not carrier.end("CA1")


def test_many_threads_share_one_carrier(carrier, twilio):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: carrier.place(ORDER), range(40)))
    assert answers == [Accepted("CA1", "queued", 1.5)] * 40
    assert len(twilio.forms) == 40


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",  # another machine
        "http://127.0.0.1@example.org",  # looks like loopback, is not
        "http://127.0.0.1.example.org",  # the same
        "http://192.168.0.7:80",  # the next room
        "ftp://127.0.0.1",  # no HTTP
        "http://127.0.0.1/path",  # the path would be lost
        "127.0.0.1:8080",  # no scheme
    ],
)
def test_another_address_than_twilios_must_be_on_this_machine(url):
    with pytest.raises(ValueError, match="OPPORTUNE_TWILIO_URL"):
        Carrier(ACCOUNT, TOKEN, url)


def test_a_practice_account_never_speaks_to_twilio():
    with pytest.raises(ValueError, match="OPPORTUNE_TWILIO_URL"):
        Carrier(ACCOUNT, TOKEN)


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
