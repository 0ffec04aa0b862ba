"""Calls between our whole application and the carrier of practice, over HTTP and signed: what must never go wrong."""

from __future__ import annotations

import time
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import func, select
from support_carrier import ACCOUNT, CALLER, TOKEN, practice
from support_server import serving
from support_web import signed_in
from support_world import add_person, at, make_world, move_clock, plan_everything, publish, touches

from channels.voice import Twilio
from opportune.app import build
from opportune.rehearsal.server import free_socket
from opportune.store import addresses
from opportune.store import inbound as store
from opportune.store import models as m
from opportune.work import calls_held, dispatch, operators, reconcile

KIM, LOU = "+442079460301", "+442079460302"
HOURS = {"house_zone": "Europe/Berlin", "house_name": "Brightdesk", "opening_hours": "Mon-Fri 08:00-18:00"}
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Between:
    """Between the carrier and us: keeps reports for later, or lets a page of ours fail."""

    def __init__(self, app):
        self.app, self.holds, self.held, self.broken = app, False, [], ()

    async def __call__(self, scope, receive, send):
        path = scope.get("path", "")
        if path.endswith(self.broken):
            await _answer(send, 500)
        elif self.holds and path.endswith("/status"):
            message = await receive()
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.held.append((path, headers, message["body"]))
            await _answer(send, 204)
        else:
            await self.app(scope, receive, send)


async def _answer(send, status):
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body"})


@contextmanager
def house(db, tmp_path, *options, patience=10.0):
    """Our application at a carrier of practice; `patience`: seconds we wait for its answers."""
    ours = free_socket()
    address = f"http://127.0.0.1:{ours.getsockname()[1]}"
    with practice(tmp_path / "log", "--account", ACCOUNT, "--token", TOKEN, *options) as carrier:
        at_carrier = {"twilio_url": carrier.url, "twilio_account": ACCOUNT, "twilio_token": TOKEN}
        world = make_world(
            db, tmp_path, calls_per_second=30, twilio_caller=CALLER, public_url=address, **at_carrier, **HOURS
        )
        world.carrier = Twilio(ACCOUNT, TOKEN, carrier.url, timeout=patience)
        between = Between(signed_in(build(world, with_board=False)))  # the desk too
        with serving(between, ours, log_level="critical"):
            yield world, carrier, between
        world.carrier.close()


def to_be_called(world, carrier, *scripts, phones=()):
    """One person for each script, whose announced call is due now."""
    publish(world)
    for number, _ in enumerate(scripts, start=1):
        person(world, number, phones[number - 1] if phones else f"+4930231250{number:02d}")
    plan_everything(world)
    now = touches(world)[0].due_at
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch)):
            touch.channel, touch.kind, touch.automated, touch.template = "call", "approach", True, "announce"
            touch.due_at = now
    move_clock(world, now)
    carrier.ask("/_sim/clock", {"now": now})
    carrier.ask("/_sim/callees", {f"+4930231250{number:02d}": acts for number, acts in enumerate(scripts, start=1)})


def person(world, number, phone):
    id = add_person(world, number, phone=phone)
    with world.db.write() as session:
        contact = session.get_one(m.Contact, id)
        addresses.add(session, [addresses.address(contact, "phone", phone, phone)])
    return id


def call_of(world, contact=1):
    return next(touch for touch in touches(world, contact_id=contact) if touch.channel == "call" and touch.sending_at)


def test_one_ring_and_one_result_with_a_late_201_and_every_report_reversed_and_doubled(db, tmp_path):
    with house(db, tmp_path, patience=0.3) as (world, carrier, between):
        to_be_called(world, carrier, "presses:2")
        carrier.ask("/_sim/faults", {"to": "*", "fault": "late_201", "seconds": 1})
        between.holds = True
        assert dispatch.calls(world).uncertain == 1, "the 201 did not come in time"
        carrier.settle()
        assert len(between.held) == 2
        between.holds = False
        for path, headers, body in reversed(between.held):
            for _ in range(2):
                told = httpx.post(f"{world.settings.public_url}{path}", content=body, headers=headers, trust_env=False)
                assert told.status_code == 204
        assert (call_of(world).state, call_of(world).result) == ("completed", "email_please")
        assert reconcile.uncertain(world) == 0
        assert dispatch.calls(world).claimed == 0
        assert carrier.ask("/_sim/stats")["calls"] == 1, "one ring"
        with world.db.read() as session:
            ends = (m.TouchEvent.touch_id == call_of(world).id, m.TouchEvent.now == "completed")
            moved = select(func.count(m.TouchEvent.id)).where(*ends, m.TouchEvent.was != "completed")
            assert session.scalar(moved) == 1, "one result"
        followed = [touch for touch in touches(world) if touch.caused_by == call_of(world).id]
        assert [touch.channel for touch in followed] == ["email"]


def test_pressing_nine_cancels_what_is_queued_for_that_person_and_for_that_number(db, tmp_path):
    """Before the carrier even hears our confirmation; each call waits a minute for its turn."""
    with house(db, tmp_path, "--cps", "0.0166", "--real-time", "0.05") as (world, carrier, _):
        to_be_called(world, carrier, "waits:9", "human", phones=("+493023125001", "+493023125001"))
        first, second = touches(world)
        with world.db.write() as session:
            mine = session.get_one(m.Touch, second.id)
            same = {name: getattr(mine, name) for name in m.Touch.__table__.columns.keys() if name != "id"}  # noqa: SIM118
            mine_too = {"contact_id": 1, "enrolment_id": first.enrolment_id, "kind": "callback", "step": 2}
            session.add(m.Touch(**same | mine_too | {"key": "x:1:2:1", "token": "another-call-to-ana"}))
        sent = dispatch.calls(world)
        assert sent.sent == 3
        began = time.monotonic()
        while not [touch for touch in touches(world) if touch.pressed == "9"] and time.monotonic() < began + 20:
            time.sleep(0.02)
        talked = next(touch for touch in touches(world) if touch.pressed == "9")  # whichever the carrier took first
        carrier.settle()
        log = carrier.ask("/_sim/log?after=0")
        rung = {event["sid"] for event in log if event.get("status") == "ringing"}
        assert rung == {talked.provider_id}
        confirmed = next(event["id"] for event in log if "will not contact you again" in event.get("words", ""))
        canceled = [event["id"] for event in log if event.get("status") == "canceled"]
        assert len(canceled) == 2
        assert max(canceled) < confirmed
        assert [touch.state for touch in touches(world) if touch.id != talked.id] == ["cancelled", "cancelled"]


def test_when_our_words_fail_the_callee_hears_sorry_we_read_why_and_a_nine_holds(db, tmp_path):
    with house(db, tmp_path) as (world, carrier, between):
        to_be_called(world, carrier, "presses:9", "presses:2")
        between.broken = ("/keys", touches(world, contact_id=2)[0].token)
        dispatch.calls(world)
        carrier.settle()
        for each in (call_of(world, 1), call_of(world, 2)):
            heard = [event["words"] for event in carrier.log(each.provider_id) if event["kind"] == "say"]
            assert heard[-1].startswith("I am sorry, something went wrong on our side.")
        with world.db.read() as session:
            why = session.scalars(select(m.Audit.why).where(m.Audit.act == calls_held.TOLD)).all()
        assert all(each.startswith("11200 http://127.0.0.1") for each in why)
        assert [call_of(world, id).result for id in (1, 2)] == ["do_not_call", "failed"], "the second never heard us"


@contextmanager
def reception(db, tmp_path, **callees):
    """Ana, whom we know, can call us on a Tuesday at two; Kim and Lou are on duty."""
    with house(db, tmp_path) as (world, carrier, _):
        publish(world)
        person(world, 1, "+493023125001")
        plan_everything(world)
        now = move_clock(world, at("2026-03-03 14:00"))
        carrier.ask("/_sim/clock", {"now": now})
        ours = f"{world.settings.public_url}/voice/inbound"
        urls = {"voice_url": ours, "fallback_url": f"{ours}/sorry", "status_url": f"{ours}/status"}
        carrier.ask("/_sim/numbers", {"*": urls})
        for name, phone in (("Kim", KIM), ("Lou", LOU)):
            operators.add(world, name, phone)
            operators.on_duty(world, name)
        carrier.ask("/_sim/callees", {KIM: "operator:accepts", LOU: "operator:accepts"} | callees)
        yield world, carrier


def dial(carrier, acts, caller="+493023125001", **more):
    sid = carrier.ask("/_sim/inbound", {"from": caller, "to": CALLER, "script": acts, **more})["sid"]
    carrier.settle()
    return sid, [event["words"] for event in carrier.log(sid) if event["kind"] == "say"]


def inbound(world, sid):
    with world.db.read() as session:
        return session.scalars(select(m.InboundCall).where(m.InboundCall.sid == sid)).one()


def test_a_caller_talks_with_a_colleague_who_was_told_who_it_is(db, tmp_path):
    with reception(db, tmp_path) as (world, carrier):
        sid, heard = dial(carrier, "waits", caller_name="<script>alert(1)</script>")
        assert heard[0] == "Brightdesk, hello. To never hear from us again, press nine."
        assert (inbound(world, sid).state, inbound(world, sid).over_at is None) == ("talked", False)
        assert inbound(world, sid).talk_seconds > 0
        said = [event["words"] for event in carrier.ask("/_sim/log?after=0") if event["kind"] == "say"]
        assert "A call comes in: Person 1, first call." in said
        desk = httpx.get(f"{world.settings.public_url}/desk", trust_env=False).text
        assert "Person 1" in desk
        assert "<script>" not in desk
        assert carrier.ask("/_sim/stats")["errors"] == 0
        done = f"{world.settings.public_url}/desk/inbound/{inbound(world, sid).id}"
        assert httpx.post(done, data={"note": "sent prices"}, trust_env=False).status_code == 303
        assert httpx.post(done, data={}, trust_env=False).status_code == 404
        assert store.open_calls(world.db) == []


def test_who_finds_nobody_leaves_a_message_or_is_promised_a_call(db, tmp_path):
    with reception(db, tmp_path, **{KIM: "operator:ignores", LOU: "operator:busy"}) as (world, carrier):
        for name in ("Kim", "Lou"):
            operators.off_duty(world, name)
        message, heard = dial(carrier, "leaves-word", caller="+493023125999")
        assert any("Bitte sagen Sie nach dem Ton" in words for words in heard)
        assert inbound(world, message).state == "voicemail"
        assert inbound(world, message).recording_seconds > 0
        promised, heard = dial(carrier, "waits:01")
        assert "We call you back at 2:10 PM." in heard[-1]
        assert inbound(world, promised).promised_at == at("2026-03-03 14:10")
        assert [touch.kind for touch in touches(world, state="planned")] == ["callback"]
        assert carrier.ask("/_sim/stats")["errors"] == 0


def test_while_all_are_talking_a_caller_waits_and_is_not_lost(db, tmp_path):
    with reception(db, tmp_path) as (world, carrier):
        with world.db.write() as session:
            for colleague in session.scalars(select(m.Operator)).all():
                taken = {"state": "accepted", "created_at": 1, "moved_at": 1, "waits": 0, "token": f"{colleague.id}"}
                session.add(m.OperatorCall(operator_id=colleague.id, **taken))
        sid, _ = dial(carrier, "impatient")
        carrier.ask("/_sim/clock", {"now": world.clock.now() + 60})
        carrier.settle()
        heard = [event["words"] for event in carrier.log(sid) if event["kind"] == "say"]
        assert any("press one and we call you back" in words for words in heard)
        assert inbound(world, sid).state == "missed"
        assert [owed.number for owed in store.open_calls(world.db)] == ["+493023125001"]
        assert carrier.ask("/_sim/stats")["errors"] == 0
