"""Only what Twilio signed for our configured address is read; anything else is refused and changes nothing."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import func, select, text
from starlette.applications import Starlette
from support_web import browsing, signed_in
from support_world import add_person, make_world, move_clock, only, plan_everything, publish, touches
from twilio.request_validator import RequestValidator

from opportune.app import build
from opportune.store import ledger
from opportune.store import models as m
from opportune.web import desk, health, twilio, unsubscribe
from opportune.work import calls_held, gate, journal, replay

PUBLIC = "http://ours.example"


@pytest.fixture
def world(db, tmp_path):
    world = make_world(db, tmp_path)
    publish(world)
    add_person(world)
    plan_everything(world)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.channel, touch.state, touch.sending_at = "call", "sending", world.clock.now()
    return world


@pytest.fixture
def client(world):
    yield from browse(world)


def browse(world):
    routes = [route for room in (twilio, unsubscribe, desk, health) for route in room.routes(world)]
    with browsing(signed_in(Starlette(routes=routes))) as client:
        yield client


FIELDS = {"CallSid": "CA1", "CallStatus": "ringing", "SequenceNumber": "1", "AccountSid": "ACpractice0", "To": "+49 1"}


def post(client, path, fields, token="token", url=None):
    signature = RequestValidator(token).compute_signature((url or PUBLIC) + path, fields)
    return client.post(path, data=fields, headers={"X-Twilio-Signature": signature})


def rows(world):
    tables = (m.Touch, m.TouchEvent, m.ProviderEvent, m.Suppression)
    with world.db.read() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    return counts, only(world).state


def test_a_signed_report_is_taken(client, world):
    assert post(client, f"/voice/{only(world).token}/status", FIELDS).status_code == 204
    assert only(world).state == "ringing"


#: what is wrong with it -> how it is posted, and the answer
FORGERIES = {
    "no signature": (lambda c, p: c.post(p, data=FIELDS), 403),
    "another token": (lambda c, p: post(c, p, FIELDS, token="guessed"), 403),
    "signed for another address": (lambda c, p: post(c, p, FIELDS, url="http://evil.example"), 403),
    "another account": (lambda c, p: post(c, p, {**FIELDS, "AccountSid": "AC9"}), 403),
    "a field added after signing": (
        lambda c, p: c.post(
            p, data={**FIELDS, "Digits": "9"},
            headers={"X-Twilio-Signature": RequestValidator("token").compute_signature(PUBLIC + p, FIELDS)},
        ), 403),
    "a megabyte": (lambda c, p: c.post(p, content=b"a" * 1_000_000), 413),
    "without CallSid": (lambda c, p: post(c, p, {"AccountSid": "ACpractice0"}), 400),
    "by GET": (lambda c, p: c.get(p), 405),
}  # fmt: skip


@pytest.mark.parametrize("leaf", ["", "/keys", "/after", "/status", "/sorry"])
@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_forgery_is_refused_and_changes_nothing(client, world, forgery, leaf):
    before = rows(world)
    attempt, answer = FORGERIES[forgery]
    assert attempt(client, f"/voice/{only(world).token}{leaf}").status_code == answer
    assert rows(world) == before


def test_the_old_token_still_signs_during_rotation(db, tmp_path, world):
    both = make_world(db, tmp_path, twilio_token="new", twilio_token_old="token")
    for client in browse(both):
        assert post(client, f"/voice/{only(world).token}/status", FIELDS).status_code == 204


def test_only_the_configured_address_counts_whatever_proxies_say(client, world):
    path = f"/voice/{only(world).token}/status?p=%2F%7e&q=a+b&q="  # signed as it stands: nothing is decoded or sorted
    signature = RequestValidator("token").compute_signature(PUBLIC + path, FIELDS)
    lies = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    headers = {"X-Twilio-Signature": signature, **lies}
    assert client.post(path, data=FIELDS, headers=headers).status_code == 204
    evil = RequestValidator("token").compute_signature("https://evil.example" + path, FIELDS)
    assert client.post(path, data=FIELDS, headers={**headers, "X-Twilio-Signature": evil}).status_code == 403


def test_a_megabyte_is_refused_before_it_is_sent(client, world):
    """By its announced length; one that announces nothing, as soon as it is longer than we read."""
    host, port = client.base_url.host, client.base_url.port
    path, first = f"/voice/{only(world).token}/status", b"a" * 70_000
    announced = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode()
    chunked = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    for sent in (announced, chunked + b"%x\r\n" % len(first) + first + b"\r\n"):
        with socket.create_connection((host, port), timeout=10) as line:
            line.sendall(sent)
            assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_what_is_no_form_post_of_a_call_is_refused(client, world):
    path, before = f"/voice/{only(world).token}/status", rows(world)
    assert client.post(path, json=FIELDS).status_code == 403
    assert post(client, path, {f"f{n}": "1" for n in range(3_000)} | FIELDS).status_code == 403  # signed, all of them
    assert post(client, path, {**FIELDS, "CallSid": "CA" + "1" * 300}).status_code == 400
    assert rows(world) == before


#: What Twilio may well send that is odd, all of it signed: nothing of it breaks or is lost.
ODD = [
    {"From": "030 1234", "CallerName": "<script>alert(1)</script>"},  # a local number, a name with a script
    {"CallerName": "a\0b", "To": "\0"},  # NUL, which PostgreSQL cannot keep
    {"SipResponseCode": "9" * 40, "CallDuration": "9" * 40, "Timestamp": "soon"},  # no number of seconds, no moment
    {"AnsweredBy": "human" * 100},  # longer than its column
    {"CallerName": "\ud7ff 🎉 \u202e"},  # letters of no alphabet, and one that turns the text around
]


def test_what_is_odd_but_signed_is_kept_as_it_came(client, world):
    for number, more in enumerate(ODD):
        fields = FIELDS | more | {"SequenceNumber": str(number)}
        assert post(client, f"/voice/{only(world).token}/status", fields).status_code == 204, more
        with world.db.read() as session:
            event = session.scalars(select(m.ProviderEvent).order_by(m.ProviderEvent.id.desc())).first()
        assert event.payload == {name: text.replace("\0", "") for name, text in fields.items()}
        assert event.applied_at is not None
    assert only(world).state == "ringing"


def test_a_report_replayed_an_hour_later_changes_nothing(client, world):
    path = f"/voice/{only(world).token}"
    post(client, f"{path}/status", FIELDS)
    over = {**FIELDS, "CallStatus": "no-answer", "SequenceNumber": "3"}
    post(client, f"{path}/status", over)
    move_clock(world, world.clock.now() + 3600)
    before = [(touch.state, touch.result, touch.rank) for touch in touches(world)]
    for fields in (FIELDS, over):
        assert post(client, f"{path}/status", fields).status_code == 204
    assert "<Say" not in post(client, path, {**FIELDS, "CallStatus": "in-progress"}).text
    assert [(touch.state, touch.result, touch.rank) for touch in touches(world)] == before


def test_words_for_a_closed_call_are_a_hang_up(client, world):
    with world.db.write() as session:
        session.scalars(select(m.Touch)).one().state = "no_answer"
    asked = {**FIELDS, "CallStatus": "in-progress", "AnsweredBy": "human"}
    for path in (f"/voice/{only(world).token}", "/voice/nobody"):
        answer = post(client, path, asked)
        assert (answer.status_code, "<Say" in answer.text, "<Hangup" in answer.text) == (200, False, True)


FAILED = {**FIELDS, "CallStatus": "in-progress", "ErrorCode": "11200", "ErrorUrl": "https://ours.example/voice/x"}


def test_when_our_words_fail_the_callee_hears_sorry_in_their_language_and_we_hear_why(client, world):
    with world.db.write() as session:
        session.scalars(select(m.Contact)).one().language = "de"
    answer = post(client, f"/voice/{only(world).token}/sorry", FAILED)
    assert 'language="de-DE">Es tut uns leid' in answer.text
    with world.db.read() as session:
        told = session.scalars(select(m.Audit.why).where(m.Audit.act == calls_held.TOLD)).one()
        assert "11200 https://ours.example/voice/x" in told
        assert any(told in (event.why or "") for event in session.scalars(select(m.TouchEvent)))
    over = {**FIELDS, "CallStatus": "completed", "SequenceNumber": "4", "AnsweredBy": "human"}
    post(client, f"/voice/{only(world).token}/status", over)
    assert touches(world)[0].result == "failed", "our failure is not their no"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_sorry_needs_no_database(client, world):
    path = f"/voice/{only(world).token}/sorry"
    next_one = add_person(world, 2, phone="+493023125001")
    plan_everything(world)
    world.db.close()
    with world.db.write() as session:
        session.execute(text("ALTER TABLE provider_event RENAME TO gone"))
    answer = post(client, path, {**FAILED, "To": "+493023125001"})
    assert (answer.status_code, "Es tut uns leid" in answer.text) == (200, True)
    assert "<Say" not in post(client, path, {**FAILED, "AnsweredBy": "machine_end_beep", "To": "03 1"}).text
    assert "I am sorry" in post(client, path, {**FAILED, "To": "03 1"}).text
    post(client, path, {**FAILED, "Digits": "9", "To": "+493023125001"})
    with world.db.write() as session:
        session.execute(text("ALTER TABLE gone RENAME TO provider_event"))
    move_clock(world, only(world, contact_id=next_one).due_at)
    assert through_the_gate(world, next_one) == ("planned", []), "the key holds before anybody applied it"
    replay.abandoned(world)  # what the live loop does each second
    assert not journal.waiting(world), "whoever did not say no is contacted again"
    move_clock(world, only(world, contact_id=next_one).due_at)
    assert through_the_gate(world, next_one) == ("cancelled", [])


def through_the_gate(world, person):
    """What becomes of the touch that is due, and what leaves."""
    now, touch = world.clock.now(), touches(world, contact_id=person)[0]
    with world.db.write() as session:
        going = gate.pass_through(world, session, ledger.claim(session, touch.channel, now, "test", limit=5), now)
    return touches(world, contact_id=person)[0].state, going


def test_a_no_that_comes_while_others_are_applied_waits_for_its_own_turn(world, monkeypatch):
    journal.wait(world, "1" * 64)
    whole = replay.journal.read
    monkeypatch.setattr(replay.journal, "read", lambda world: journal.wait(world, "2" * 64) or whole(world))
    replay.abandoned(world)
    assert [name[:1] for name in journal.waiting(world)] == ["2"]


def test_a_no_that_could_not_be_applied_goes_on_waiting(world, monkeypatch):
    journal.wait(world, "1" * 64)
    with monkeypatch.context() as patched:
        patched.setattr(replay, "_people", lambda *_: 1 / 0)
        replay.abandoned(world)  # what else waits is applied, and the page starts
    assert journal.waiting(world)


def test_a_report_of_an_unknown_call_is_told_so(client):
    assert post(client, "/voice/0000/status", FIELDS).status_code == 404


def test_a_link_scanner_that_follows_unsubscribe_changes_nothing(client, world):
    before = rows(world)
    assert "button" in client.get(f"/u/{only(world).token}").text
    assert rows(world) == before


def test_one_click_unsubscribes_from_every_channel_at_once(client, world):
    with world.db.write() as session:
        session.scalars(select(m.Touch)).one().state = "planned"
    answer = client.post(f"/u/{only(world).token}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert only(world).state == "cancelled"
    journal = (world.settings.home / "opt-outs.jsonl").read_text()
    assert '"reason": "unsubscribed"' in journal


def test_a_wrong_unsubscribe_token_gets_the_same_answer_and_does_nothing(client, world):
    before = rows(world)
    right, wrong = (client.post(f"/u/{token}") for token in (only(world).token, "0" * 32))
    assert right.text == wrong.text
    assert rows(world) != before


def test_the_desk_takes_a_call_result_but_not_from_another_site(client, world):
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.state, touch.result, touch.sent_at, touch.talk_seconds = "completed", "talked", 1, 90
    path = f"/desk/{only(world).token}"
    assert "Person 1" in client.get("/desk").text
    assert client.post(path, data={"result": "nonsense"}).status_code == 422
    evil = {"Origin": "http://evil.example"}
    assert client.post(path, data={"result": "meeting_booked"}, headers=evil).status_code == 403
    assert client.post(path, data={"result": "meeting_booked"}, headers={"Origin": "http://["}).status_code == 403
    assert client.post(path, content=b"note=" + b"a" * 100_000).status_code == 413
    assert client.post(path, data={"result": "meeting_booked"}).status_code == 303
    assert only(world).result == "meeting_booked"


def test_health_says_what_is_still_starting(client, world):
    world.settings.home.mkdir(exist_ok=True)
    (world.settings.home / "up.json").write_text('{"board": "ready", "worker": "starting"}')
    assert client.get("/health").json()["parts"]["worker"] == "starting"
    assert "Still starting: worker" in client.get("/health", headers={"Accept": "text/html"}).text


def test_a_name_that_is_not_ours_is_refused(world):
    """DNS rebinding: another site's name that points at us reads nothing."""
    with browsing(build(world, with_board=False)) as client:
        assert client.get("/health").status_code == 200
        assert client.get("/health", headers={"Host": "evil.example"}).status_code == 400
