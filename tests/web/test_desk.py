"""A colleague reads whom they speak with before the first word (B10), and goes on and off duty with a button."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from support_web import browsing, signed_in
from support_world import add_person, make_world, move_clock, plan_everything, publish, touches

from channels.base import Accepted
from opportune.store import models as m
from opportune.store.users import User
from opportune.web import desk
from opportune.work import operator_first, operators

ANNA = "+442079460301"


class Carrier:
    def place(self, _order):
        return Accepted("CA1")


@pytest.fixture
def world(db, tmp_path):
    """Anna's phone rings for Maria."""
    world = make_world(db, tmp_path)
    world.__dict__["carrier"] = Carrier()
    publish(world)
    add_person(world, name="Maria <script>", title='CFO & "owner"')
    plan_everything(world)
    now = touches(world)[0].due_at
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.channel, touch.kind, touch.automated, touch.template = "call", "approach", False, "announce"
        person = session.scalars(select(m.Contact)).one()
        firm = m.Company(name="Firm <b>", facts={"size": "40 people", "place": "Kiel"}, created_at=1)
        session.add(firm)
        session.flush()
        person.company_id, person.notes = firm.id, "travels & rests"
    move_clock(world, now)
    operators.add(world, "Anna <i>", ANNA)
    return world


@pytest.fixture
def client(world):
    with browsing(signed_in(Starlette(routes=desk.routes(world)))) as client:
        yield client


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_duty_is_a_button_and_the_reason_is_shown(client, world):
    assert "off duty: not yet on" in client.get("/desk/now").text
    evil = {"Origin": "http://evil.example"}
    assert client.post("/desk/duty", data={"who": "1", "duty": "on"}, headers=evil).status_code == 403
    assert client.post("/desk/duty", data={"who": "99", "duty": "on"}).status_code == 404
    assert client.post("/desk/duty", data={"who": "1", "duty": "on", "talks": "2"}).headers["location"] == (
        "/desk/now?talks=2"
    )
    assert operators.waiting(world)["colleagues_on_duty"] == 1
    client.post("/desk/duty", data={"who": "1", "duty": "off"})
    assert "off duty: said so at the desk" in client.get("/desk/now").text


def test_whoever_rings_is_told_of_in_full_and_escaped(client, world):
    """B6, B10, B16"""
    operators.on_duty(world, ANNA)
    assert operator_first.ring(world).rung == 1
    shown = client.get("/desk/now").text
    for told in ("Anna &lt;i&gt;", "their phone rings", "Maria &lt;script&gt;", "CFO &amp; &quot;owner&quot;",
                 "Firm &lt;b&gt;", "size: 40 people", "travels &amp; rests", "cold call", "Anna Keller"):  # fmt: skip
        assert told in shown
    assert "<script>" not in shown
    assert client.get("/desk/now").headers["refresh"] == "3"
    held = client.get("/desk/now?still=1")
    assert "refresh" not in held.headers, "whoever reads slowly can hold it"
    assert "Renew by itself again" in held.text


def test_what_somebody_types_is_not_lost_when_the_page_looks_again(client, world):
    """Only the frame looks again, and it tells of a talk that came meanwhile."""
    outer = client.get("/desk")
    assert "refresh" not in outer.text
    assert 'src="/desk/now?talks=0"' in outer.text
    assert "frame-src 'self'" in outer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in client.get("/desk/now").headers["content-security-policy"]
    assert "A new talk waits" not in client.get("/desk/now?talks=0").text
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.state, touch.result, touch.sent_at, touch.talk_seconds = "completed", "talked", 1, 90
    assert "A new talk waits" in client.get("/desk/now?talks=0").text
    assert "A new talk waits" not in client.get("/desk/now?talks=nonsense").text


def asks_for_a_call(world, who: int) -> None:
    with world.db.write() as session:
        session.add(m.Remark(contact_id=who, kind="callback", source="reply", words="call me", at=world.clock.now()))


def test_who_was_called_by_hand_waits_no_longer_until_they_ask_again(client, world):
    who = add_person(world)
    asks_for_a_call(world, who)
    assert "call me" in client.get("/desk").text
    assert client.post(f"/desk/wishes/{who}").headers["location"] == "/desk"
    assert "call me" not in client.get("/desk").text
    for nobody in (who, 2**70):
        assert client.post(f"/desk/wishes/{nobody}").status_code == 404
    move_clock(world, world.clock.now() + 60)
    asks_for_a_call(world, who)
    assert "call me" in client.get("/desk").text


def test_an_operator_settles_no_wish_of_everybody(world):
    asks_for_a_call(world, who := add_person(world))
    app = Starlette(routes=desk.routes(world))
    with browsing(signed_in(app, User(2, "Olga", "o@ours.example", "operator", 7))) as olga:
        assert olga.post(f"/desk/wishes/{who}").status_code == 404
