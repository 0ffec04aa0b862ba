"""Is Twilio as we believe it to be? What only a live account can confirm.

`OPPORTUNE_LIVE_TWILIO_TEST_ACCOUNT`, `…_TEST_TOKEN`: the account's test credentials: nothing is dialled, nothing costs.
`…_ACCOUNT`, `…_TOKEN`, `…_CALLER`: a real account and a number of its own. `…_ANSWERS`: a number that picks up by
itself, best another one of the account whose voice URL speaks for a minute. `…_PUBLIC_URL`: an address that leads to
port 8099 of this machine. Six short calls, a few cents.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from support_live import Account, given, listening, wait_for

from channels import voice_words
from channels.base import Accepted, CallOrder, Refused
from channels.twilio_errors import meaning
from channels.voice import Twilio

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
PORT = 8099
FINE, INVALID, NO_ROUTE, GEO, BLOCKED = (f"+1500555000{digit}" for digit in (6, 1, 2, 3, 4))  # Twilio's magic numbers
KINDS = {"human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown"}
WORDS = voice_words.say_and_hang_up("This is a test of our own number.", "en-US")
SOON = 5  # seconds that two clocks may differ


# ---- test credentials: nobody is called


@pytest.fixture(scope="module")
def pretended() -> Twilio:
    return Twilio(*given("TEST_ACCOUNT", "TEST_TOKEN"))


def order(to: str, caller: str = FINE) -> CallOrder:
    return CallOrder(to, caller, *(f"https://ours.example/voice/live{leaf}" for leaf in ("", "/status", "/sorry")))


def test_an_order_as_we_write_it_is_taken(pretended: Twilio) -> None:
    """A2: every parameter of ours, and that the client needs no other."""
    answer = pretended.place(order("+14108675310"))
    assert isinstance(answer, Accepted), answer
    assert answer.provider_id.startswith("CA")


@pytest.mark.parametrize(
    ("to", "caller", "codes"),
    [
        (INVALID, FINE, ("21211", "21217")),  # no number at all: which of the two codes comes is not documented
        (NO_ROUTE, FINE, ("21214",)),
        (GEO, FINE, ("21215",)),
        (BLOCKED, FINE, ("21216",)),
        ("+14108675310", INVALID, ("21212",)),
        ("+14108675310", "+14108675309", ("21210",)),  # not ours
    ],
)
def test_refusals_carry_the_codes_of_our_table(pretended: Twilio, to: str, caller: str, codes: tuple[str, ...]) -> None:
    answer = pretended.place(order(to, caller))
    assert isinstance(answer, Refused), answer
    assert answer.code in codes
    row = meaning(int(answer.code))
    assert (answer.scope, answer.permanent) == (row.scope, row.permanent) != ("message", True)


def test_a_wrong_token_is_our_trouble_and_not_the_numbers(pretended: Twilio) -> None:
    [account] = given("TEST_ACCOUNT")
    answer = Twilio(account, "0" * 32).place(order("+14108675310"))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.scope, answer.permanent) == ("20003", "sender", False)


# ---- a real account: short calls to a number that answers by itself


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    sid, token, caller, answers, public = given("ACCOUNT", "TOKEN", "CALLER", "ANSWERS", "PUBLIC_URL")
    with listening(public, PORT) as ears:
        yield Account(sid, token, caller, answers, ears)


@pytest.fixture(scope="module")
def call(account: Account) -> dict[str, object]:
    """One call that listened for a machine, heard its words and is over; the answer to its creation."""
    created = account.place(WORDS, "/words?a=%2F&b=%C3%A9#rc=1&rp=all", MachineDetection="Enable")
    account.ended(str(created["sid"]))
    return created


def test_the_answer_tells_how_long_the_call_waits(call: dict[str, object]) -> None:
    """A6: without queue_time nobody knows whether a call will be dialled after its window."""
    assert int(str(call["queue_time"])) >= 0
    assert call["status"] == "queued"
    assert call["start_time"] is None


def test_every_webhook_is_signed_for_the_address_without_its_fragment(
    account: Account, call: dict[str, object]
) -> None:
    """A3, A4: the words were asked for at an address with #rc=1, percent-encoding and a query."""
    heard = account.ears.of(str(call["sid"]))
    assert [each.path for each in heard if each.path.startswith("/words")] == ["/words?a=%2F&b=%C3%A9"]
    assert [each.path for each in heard if not account.ears.signed(each, account.token)] == []
    assert not account.ears.signed(heard[0], "0" * 32)


def test_reports_are_numbered_told_apart_and_dated(account: Account, call: dict[str, object]) -> None:
    reports = [each.event for each in account.ears.of(str(call["sid"]), "/status")]
    assert {each.status for each in reports} >= {"initiated", "ringing", "in-progress", "completed"}
    assert len({each.sequence for each in reports} - {None}) == len(reports)
    assert {each.raw.get("CallbackSource") for each in reports} == {"call-progress-events"}
    assert all(abs((each.occurred_at or 0) - time.time()) < 600 for each in reports)
    assert all(each.headers.get("i-twilio-idempotency-token") for each in account.ears.of(str(call["sid"])))


def test_whoever_answered_is_named_in_words_we_know(account: Account, call: dict[str, object]) -> None:
    asked = [each.event for each in account.ears.of(str(call["sid"]), "/words")]
    assert {each.answered_by for each in asked} <= KINDS


def test_a_call_is_found_by_its_number_while_it_waits_and_afterwards(account: Account) -> None:
    """A6: what a timeout left in doubt is looked for; the list knows no start of a call that did not begin."""
    since = int(time.time()) - SOON
    waiting = str(account.place(WORDS)["sid"])
    assert waiting in {each.sid for each in account.carrier.find(account.answers, since)}
    account.ended(waiting)
    assert wait_for(lambda: waiting in {each.sid for each in account.carrier.find(account.answers, since)})


def test_a_call_that_rings_is_cancelled_and_a_call_that_never_was_is_none(account: Account) -> None:
    sid = str(account.place(WORDS)["sid"])
    assert account.carrier.cancel(sid) or account.carrier.end(sid)
    assert {each.event.status for each in account.ended(sid)} & {"canceled", "completed"}
    assert account.carrier.fetch("CA" + "0" * 32) is None


def test_a_bridge_shows_its_leg_in_the_list_and_in_the_reports(account: Account) -> None:
    """The person whom a colleague's line dials is a call of its own, which our ledger binds."""
    own, theirs = f"{account.ears.public}/own", f"{account.ears.public}/theirs"
    account.ears.documents |= {"/own/after": voice_words.hang_up(), "/theirs/whisper": "<Response/>"}
    twiml = voice_words.bridge(account.answers, account.caller, own, theirs, ring_seconds=20, time_limit=15)
    parent = str(account.place(twiml)["sid"])
    account.ended(parent)
    [after] = [each.event for each in account.ears.of(parent, "/own/after")]
    listed = account.ask("GET", "Calls.json", ParentCallSid=parent).json()["calls"]
    assert [(leg["sid"], leg["direction"]) for leg in listed] == [(after.raw["DialCallSid"], "outbound-dial")]
    reports = [each.event for each in account.ears.of(after.raw["DialCallSid"])]
    assert {each.raw.get("ParentCallSid") for each in reports} == {parent}
    assert {each.status for each in reports} >= {"ringing", "completed"}
    assert after.dial_status in ("completed", "answered")


def test_words_that_cannot_be_had_are_asked_for_at_the_fallback(account: Account) -> None:
    """Otherwise the callee hears Twilio's own application error."""
    account.ears.documents["/sorry"] = voice_words.hang_up()
    sid = str(account.place("broken", "/broken", FallbackUrl=f"{account.ears.public}/sorry")["sid"])
    account.ended(sid)
    [fallback] = account.ears.of(sid, "/sorry")
    assert fallback.event.raw["ErrorCode"] == "11200"
    assert account.ears.signed(fallback, account.token)
