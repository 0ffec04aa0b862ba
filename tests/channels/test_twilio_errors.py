"""What does each code of Twilio's mean for us? One row per code."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException

from channels import twilio_errors
from channels.base import Refused
from channels.voice import _refusal

ERRORS = [
    # code, scope, for ever, what we do
    (429, "sender", False, "slow"),  # too many requests at once, said without Twilio's own code
    (10004, "sender", False, "slow"),  # concurrent calls
    (11200, "message", False, "tell"),  # our webhook failed
    (11205, "message", False, "tell"),  # our webhook could not be reached
    (11750, "message", False, "tell"),  # our words were too long
    (12100, "message", False, "tell"),  # our words were no document
    (12200, "message", False, "tell"),  # our words break the schema
    (13223, "sender", False, "tell"),  # <Dial>: the colleague's number
    (13224, "address", False, "tomorrow"),  # no carrier can deliver
    (13225, "sender", False, "rest"),  # <Dial>: our caller id
    (13226, "sender", False, "park"),  # <Dial>: the country
    (13227, "sender", False, "park"),  # geo permission off
    (20003, "sender", False, "stop"),  # our token is wrong
    (20404, "message", True, "tell"),  # no such call
    (20429, "sender", False, "slow"),  # too many REST requests
    (21201, "message", True, "tell"),  # To is missing
    (21205, "message", True, "tell"),  # the address of our words is not valid
    (21210, "sender", False, "rest"),  # our number is not verified
    (21211, "address", True, "wrong"),  # the number is invalid
    (21212, "sender", False, "rest"),  # our number is invalid
    (21213, "message", True, "tell"),  # From is missing
    (21214, "address", False, "tomorrow"),  # the number cannot be reached
    (21215, "sender", False, "park"),  # geo permission off
    (21216, "address", True, "tell"),  # blocked by Twilio
    (21217, "address", True, "wrong"),  # the number is invalid
    (21219, "sender", False, "stop"),  # trial account
    (21608, "sender", False, "stop"),  # trial account
    (21610, "message", True, "tell"),  # opted out of messages: no code of calls
    (22005, "sender", False, "slow"),  # Twilio's queue is full
    (32001, "sender", False, "tell"),  # calls per second of a trunk
    (32011, "sender", False, "tell"),  # our SIP endpoint
    (32219, "sender", False, "tell"),  # redirected
    (32224, "sender", False, "tell"),  # a forwarded call was blocked
    (86008, "sender", False, "slow"),  # concurrent calls
]
SIP = [
    # code, whose fault, what we do
    (403, "address", "none"),  # refused
    (404, "address", "wrong"),  # no such number (E7)
    (408, "address", "none"),  # nobody
    (480, "address", "none"),  # nobody
    (484, "address", "wrong"),  # incomplete number
    (486, "address", "none"),  # busy
    (487, "address", "none"),  # nobody
    (603, "address", "none"),  # declined
    (604, "address", "wrong"),  # exists nowhere
    (607, "address", "never"),  # unwanted (E1)
    (608, "sender", "blame"),  # blocked by analytics: our number's reputation (E11)
]


@pytest.mark.parametrize(("code", "scope", "permanent", "reaction"), ERRORS)
def test_an_error(code, scope, permanent, reaction):
    status = 429 if code in (429, 20429) else 400
    answer = _refusal(TwilioRestException(status, "/Calls", "No.", code))
    assert isinstance(answer, Refused)
    assert (answer.scope, answer.permanent, twilio_errors.reaction(answer.meaning)) == (scope, permanent, reaction)
    assert answer.detail.startswith("No. ")
    assert answer.detail.endswith(".")  # the remedy


@pytest.mark.parametrize(("code", "scope", "reaction"), SIP)
def test_what_the_far_network_says(code, scope, reaction):
    meaning = twilio_errors.sip(code)
    assert (meaning.scope, meaning.reaction) == (scope, reaction)


def test_every_row_of_the_table_is_above():
    table = twilio_errors.table()
    assert sorted(table.errors) == [code for code, *_ in ERRORS]
    assert sorted(table.sip) == [code for code, *_ in SIP]
    assert set(table.named.values()) == {*table.errors.values(), *table.sip.values()}


def test_only_the_number_or_a_bug_is_for_ever_and_each_row_says_what_to_do():
    rows = twilio_errors.table().named.values()
    assert not [row.name for row in rows if row.permanent and row.scope == "sender"]
    assert all(row.remedy.endswith(".") for row in rows)


def test_a_code_without_a_row_was_still_not_placed_and_is_told():
    row = twilio_errors.meaning(12345)
    assert (row.permanent, row.reaction, "12345" in row.remedy) == (True, "tell", True)
    assert twilio_errors.sip(None) is twilio_errors.sip(200) is None
