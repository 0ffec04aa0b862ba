"""Does the practice carrier refuse, queue, cancel and fail as Twilio does, and is a rehearsal repeatable?"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from support_carrier import ACCOUNT, PROGRAM, TOKEN, application, practice

from channels.base import Accepted, Refused, Unknown
from channels.voice import Twilio

MONDAY = 1783330200
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("carrier") / "log.sqlite") as running:
        running.ask("/_sim/clock", {"now": MONDAY})
        yield running


@pytest.fixture(scope="module")
def app():
    with application() as running:
        yield running


def http(carrier, method, path, password=TOKEN, **fields):
    answer = requests.request(method, carrier.url + path, data=fields, auth=(ACCOUNT, password), timeout=20)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"To": ""}, 400, 21201),
        ({"From": ""}, 400, 21213),
        ({"To": "12"}, 400, 21211),
        ({"Url": ""}, 400, 21205),
        ({"Url": "https://example.org/voice"}, 400, 21205),  # practice speaks to this machine only
        ({"StatusCallback": "http://192.168.0.1/"}, 400, 21205),  # the same
        ({"Timeout": "soon"}, 400, 20001),
        ({"password": "wrong"}, 401, 20003),
    ],
)
def test_a_bad_order_is_refused_in_twilios_words(carrier, change, status, code):
    order = {"To": "+15555550012", "From": "+15555550199", "Url": "http://127.0.0.1:1/"} | change
    answered, body = http(carrier, "POST", f"{CALLS}.json", **order)
    assert (answered, body["status"], body["code"]) == (status, status, code)
    assert body.keys() == {"code", "message", "more_info", "status"}


def test_what_does_not_exist_is_20404(carrier):
    assert http(carrier, "GET", f"{CALLS}/CAnone.json")[1]["code"] == 20404
    assert http(carrier, "POST", f"{CALLS}/CAnone.json", Status="canceled")[1]["code"] == 20404


def test_another_account_is_not_let_in(carrier, app):
    with_other = Twilio("ACpracticeOther", TOKEN, carrier.url)
    answer = with_other.place(app.order("+15555550012"))
    with_other.close()
    assert isinstance(answer, Refused)
    assert (answer.code, answer.scope) == ("20003", "sender")
    assert http(carrier, "GET", "/2010-04-01/Accounts/ACpracticeOther/Calls.json")[0] == 401


def test_the_call_list_is_filtered_and_paged(carrier, app):
    for moment in (MONDAY, MONDAY + 60, MONDAY + 120):
        carrier.ask("/_sim/clock", {"now": moment})
        carrier.call(app.order("+15555551112"))
    carrier.ask("/_sim/clock", {"now": MONDAY})
    found = carrier.carrier.find("+15555551112", MONDAY + 60)
    assert [(call.created_at - MONDAY, call.started_at - MONDAY) for call in found] == [(60, 60), (120, 120)]
    assert carrier.carrier.find("+15555551113", 0) == []
    page = http(carrier, "GET", f"{CALLS}.json?To=%2B15555551112&PageSize=2")[1]
    second = http(carrier, "GET", page["next_page_uri"])[1]
    assert (len(page["calls"]), len(second["calls"]), second["next_page_uri"]) == (2, 1, None)


def test_a_late_answer_is_unknown_and_the_call_is_found(carrier, app):
    carrier.ask("/_sim/faults", {"to": "+15555552212", "fault": "late_201", "times": 1, "seconds": 3})
    hasty = Twilio(ACCOUNT, TOKEN, carrier.url, timeout=0.5)
    answer = hasty.place(app.order("+15555552212"))
    hasty.close()
    assert isinstance(answer, Unknown)
    carrier.settle()
    assert [call.status for call in carrier.carrier.find("+15555552212", MONDAY)] == ["completed"]
    assert isinstance(carrier.carrier.place(app.order("+15555552212")), Accepted)  # once only


@pytest.mark.parametrize(
    ("fault", "answer", "calls"),
    [
        ("error_500_after", Unknown, 1),  # placed, then the answer was lost
        ("error_429", Refused, 0),  # too fast: nothing was placed
    ],
)
def test_a_failed_answer_says_no_more_than_it_knows(carrier, app, fault, answer, calls):
    to = f"+1555555{3300 + calls}"
    carrier.ask("/_sim/faults", {"to": to, "fault": fault})
    assert isinstance(carrier.carrier.place(app.order(to)), answer)
    carrier.settle()
    assert len(carrier.carrier.find(to, MONDAY)) == calls


@pytest.mark.parametrize(
    ("fault", "sequence"),
    [
        ("duplicate_callbacks", [1, 1, 3, 3]),
        ("reverse_callbacks", [3, 1]),
        ("lose_callbacks", []),
    ],
)
def test_progress_reports_come_twice_backwards_or_never(carrier, app, fault, sequence):
    carrier.ask("/_sim/faults", {"to": "*", "fault": fault, "times": 1})
    sid = carrier.call(app.order("+15555554412"))
    assert [event.sequence for event in app.statuses(sid)] == sequence
    assert carrier.carrier.fetch(sid).status == "completed"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("faults", {"to": "*", "fault": "earthquake"}),
        ("faults", {"fault": "late_201"}),
        ("callees", {"+15555550000": "sings"}),
        ("callees", {"+15555550000": {"human": 0}}),
        ("callees", ["+15555550000"]),
        ("clock", {"tomorrow": True}),
    ],
)
def test_a_wrong_order_to_the_stand_in_says_what_is_wrong(carrier, path, message):
    answer = requests.post(f"{carrier.url}/_sim/{path}", json=message, timeout=20)
    assert answer.status_code == 400
    assert f"/_sim/{path} cannot use this" in answer.json()["error"]


def test_the_log_is_read_on_from_where_one_stopped(carrier, app):
    sid = carrier.call(app.order("+15555556612"))
    last = carrier.log(sid)[-3]["id"]
    assert [event["id"] for event in carrier.ask(f"/_sim/log?after={last}")] == [last + 1, last + 2]
    assert len(carrier.ask("/_sim/log?limit=1")) == 1
    assert requests.get(f"{carrier.url}/_sim/log?after=yesterday", timeout=20).status_code == 400


def test_with_a_limit_calls_wait_their_turn_and_can_be_taken_back(tmp_path, app):
    with practice(tmp_path / "log", "--cps", "0.05", "--real-time", "1") as carrier:
        carrier.ask("/_sim/clock", {"now": MONDAY})
        first, second = (carrier.carrier.place(app.order("+15555550012")) for _ in range(2))
        assert (first.queue_seconds, second.queue_seconds) == (0, 20)
        assert carrier.carrier.fetch(second.provider_id).started_at is None
        found = {call.sid for call in carrier.carrier.find("+15555550012", 0)}
        assert found == {first.provider_id, second.provider_id}  # the waiting one has no start time, and is found
        assert carrier.carrier.cancel(second.provider_id)
        assert not carrier.carrier.cancel(second.provider_id)  # it is over
        assert carrier.carrier.end(first.provider_id)
        carrier.settle()
        assert [event.status for event in app.statuses(second.provider_id)] == ["canceled"]


def test_a_call_in_progress_is_not_cancelled_but_ended(tmp_path, app):
    with practice(tmp_path / "log", "--real-time", "0.1") as carrier:
        sid = carrier.carrier.place(app.order("+15555550001")).provider_id
        while carrier.carrier.fetch(sid).status != "in-progress":
            time.sleep(0.05)
        assert not carrier.carrier.cancel(sid)
        assert carrier.carrier.end(sid)
        carrier.settle()
        assert carrier.carrier.fetch(sid).status == "completed"


def rehearse(log, app, seed, numbers):
    """What happens at every number on a Monday morning, whatever the order of the calls."""
    weights = {"human": 3, "machine": 3, "presses:1": 2, "busy": 1, "no-answer": 1}
    with practice(log, "--seed", str(seed)) as carrier:
        carrier.ask("/_sim/clock", {"now": MONDAY})
        carrier.ask("/_sim/callees", dict.fromkeys(numbers, weights))
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda number: carrier.carrier.place(app.order(number)), numbers))
        carrier.settle()
        states = [carrier.carrier.fetch(answer.provider_id) for answer in answers]
        assert len(carrier.ask("/_sim/stats")["by_script"]) == len(weights)
    return sorted(states, key=lambda state: state.to)


def test_one_seed_repeats_exactly_and_another_differs(tmp_path, app):
    numbers = [f"+1555555{5000 + number}" for number in range(40)]
    once = rehearse(tmp_path / "a", app, 1, numbers)
    assert rehearse(tmp_path / "b", app, 1, numbers[::-1]) == once
    assert rehearse(tmp_path / "c", app, 2, numbers) != once


def test_the_clock_runs_with_an_offset(tmp_path):
    with practice(tmp_path / "log") as carrier:
        before = int(time.time())
        assert before + 86400 <= carrier.ask("/_sim/clock", {"offset": 86400})["now"] <= int(time.time()) + 86400


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--host", "0.0.0.0"),  # everybody could call
        ("--host", "192.168.0.1"),  # the next room could
        ("--account", "AC" + "0123456789abcdef" * 2),  # looks real
        ("--token", "0123456789abcdef" * 2),  # looks real
    ],
)
def test_it_does_not_start_where_practice_could_be_mistaken_for_the_real_thing(tmp_path, option, value):
    command = [*PROGRAM, "--log", str(tmp_path / "log"), option, value]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert option in ended.stderr
    assert not (tmp_path / "log").exists()


def test_it_ends_with_the_program_that_started_it(tmp_path):
    parent = f"""
import json, subprocess
child = subprocess.Popen({[*PROGRAM, "--log", str(tmp_path / "log")]!r}, stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
input()
"""
    starter = subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    child = int(starter.stdout.readline())
    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    for _ in range(200):
        if not _lives(child):
            break
        time.sleep(0.1)
    assert not _lives(child)


def _lives(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
