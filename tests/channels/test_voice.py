"""Does the carrier interface say Accepted, Refused or Unknown as the wire deserves?"""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from support_wire import Wire
from twilio.request_validator import RequestValidator

from channels import detection
from channels.base import Accepted, CallOrder, Refused, Unknown
from channels.voice import CarrierUnreachable, Twilio

ACCOUNT, TOKEN = "ACpractice".ljust(34, "0"), "practice-token"
ORDER = CallOrder("+15555550100", "+15555550199", "http://p/voice/7", "http://p/status/7", "http://p/sorry")


@pytest.fixture
def twilio():
    server = Wire()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def carrier(twilio):
    carrier = Twilio(ACCOUNT, TOKEN, twilio.url)
    yield carrier
    carrier.close()


@pytest.fixture
def hasty(twilio):
    """A carrier that soon gives up."""
    carrier = Twilio(ACCOUNT, TOKEN, twilio.url, timeout=0.3)
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
            "StatusCallbackEvent": ["ringing", "completed"],
            "Timeout": ["25"],
            "TimeLimit": ["900"],
            "MachineDetection": [detection],
        }
    ]


PERSON = detection.of(detection.read(), "DE", "person")
LISTENED = {
    # what is listened for, of an order with these words
    "a colleague listens": ({"detect": False}, {"StatusCallbackEvent": ["completed"]}),
    "an extension is dialled": ({"to": "+15555550100;ext=42"}, {"SendDigits": ["wwww42#"], "To": ["+15555550100"]}),
    "as Twilio has it": ({}, {"MachineDetection": ["Enable"]}),
    "by our table": (
        {"detection": PERSON},
        {
            "MachineDetection": ["Enable"],
            "MachineDetectionTimeout": ["10"],
            "MachineDetectionSpeechThreshold": ["2400"],
            "MachineDetectionSpeechEndThreshold": ["1200"],
            "MachineDetectionSilenceTimeout": ["3000"],
        },
    ),
}


@pytest.mark.parametrize("case", LISTENED)
def test_nobody_waits_longer_for_a_verdict_than_somebody_needs_it(carrier, twilio, case):
    order, expected = LISTENED[case]
    carrier.place(replace(ORDER, **order))
    asked = {name: twilio.forms[0][name] for name in twilio.forms[0] if name in expected or "Machine" in name}
    assert asked == expected


def test_a_place_may_listen_otherwise(tmp_path):
    mine = tmp_path / "detection.toml"
    mine.write_text("[JP.voicemail]\nspeech_threshold = 3100\n")
    table = detection.read(mine)
    assert detection.of(table, "JP", "voicemail").speech_threshold == 3100
    assert detection.of(table, "DE", "voicemail") == detection.of(detection.read(), None, "voicemail")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[JP.voicemail]\ntimeout = 60", "timeout = 60: give a whole number from 3 to 59"),  # Twilio would refuse it
        ("[JP.voicemail]\nsilence_timeout = 'long'", "give a whole number from 2000 to 10000"),
        ("[JP.voicemail]\npatience = 3", "give one of timeout, speech_threshold"),  # no such number
        ("[JP.fax]\ntimeout = 5", "give one of voicemail, person"),  # nobody is listened for like that
    ],
)
def test_numbers_that_twilio_would_not_take_are_named(tmp_path, line, told):
    mine = tmp_path / "detection.toml"
    mine.write_text(line)
    with pytest.raises(ValueError, match=told):
        detection.read(mine)


HOOK = "http://p/voice/7/status"


@pytest.mark.parametrize(
    ("signed_with", "account", "known"),
    [
        (TOKEN, ACCOUNT, True),
        ("the token before", ACCOUNT, True),  # rotation: Twilio still signs with the old one
        ("a guess", ACCOUNT, False),
        ("", ACCOUNT, False),  # no old token is set: an empty one is nobody's
        (TOKEN, "ACpracticeOther", False),  # signed, but of another account
    ],
)
def test_a_webhook_of_our_account_is_an_event_and_of_nobody_else(twilio, signed_with, account, known):
    carrier = Twilio(ACCOUNT, TOKEN, twilio.url, old_token="the token before" if signed_with else "")
    fields = {"CallSid": "CA1", "CallStatus": "ringing", "AccountSid": account}
    signature = RequestValidator(signed_with).compute_signature(HOOK, fields)
    event = carrier.parse_webhook(HOOK, urlencode(fields).encode(), signature)
    assert (event.sid if event else None) == ("CA1" if known else None)
    carrier.close()


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
        (refusal(99999, 429), False, "sender"),  # too fast, with a code without a row
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
    carrier = Twilio(ACCOUNT, TOKEN, url)
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
        "http://me:secret@127.0.0.1",  # credentials do not belong there
        "http://127.0.0.1.example.org",  # the same
        "http://192.168.0.7:80",  # the next room
        "ftp://127.0.0.1",  # no HTTP
        "http://127.0.0.1/path",  # the path would be lost
        "127.0.0.1:8080",  # no scheme
    ],
)
def test_another_address_than_twilios_must_be_on_this_machine(url):
    with pytest.raises(ValueError, match="OPPORTUNE_TWILIO_URL"):
        Twilio(ACCOUNT, TOKEN, url)


def test_a_practice_account_never_speaks_to_twilio():
    with pytest.raises(ValueError, match="OPPORTUNE_TWILIO_URL"):
        Twilio(ACCOUNT, TOKEN)
