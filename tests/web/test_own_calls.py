"""An operator reads of the people of their own calls and of nobody else's, and who looked at whom is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from support_web import ADMIN, browsing, signed_in
from support_world import add_person, make_world, move_clock, plan_everything, publish

from opportune.rules.facts import HOUR
from opportune.store import models as m
from opportune.store.users import User
from opportune.web import desk, desk_inbound
from opportune.work import looked, operators
from opportune.work.world import World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NAMES = ("Maria", "Igor")  # Maria spoke with Anna, Igor with Boris
OTHERS = "Wished Wanda"  # asked by a form to be called: nobody's yet


@pytest.fixture
def world(db, tmp_path) -> World:
    world = make_world(db, tmp_path)
    publish(world, shape="operator_first")
    for number, name in enumerate(NAMES, 1):
        add_person(world, number, name=name)
    plan_everything(world)
    colleagues = [operators.add(world, name, f"+44207946030{n}").id for n, name in enumerate(("Anna", "Boris"), 1)]
    with world.db.write() as session:
        touches = session.scalars(select(m.Touch).order_by(m.Touch.contact_id)).all()
        for touch, colleague in zip(touches, colleagues, strict=True):
            took_the_call(session, touch, colleague)
            called_us(session, touch.contact_id, colleague)
    wish(world)
    return world


def took_the_call(session, touch, colleague) -> None:
    touch.channel, touch.state, touch.result = "call", "completed", "talked"
    touch.sent_at, touch.talk_seconds, touch.token = 1, 90, f"token{touch.contact_id}"
    over = {"accepted_at": 1, "over_at": 2, "created_at": 1, "moved_at": 2}
    session.add(m.OperatorCall(operator_id=colleague, touch_id=touch.id, token=f"leg{touch.id}", state="over", **over))
    booked = {"campaign_id": touch.campaign_id, "enrolment_id": touch.enrolment_id, "contact_id": touch.contact_id}
    session.add(m.Outcome(**booked, touch_id=touch.id, kind="goal_met", at=touch.due_at))


def called_us(session, contact, colleague) -> None:
    said = {"caller": "+4930", "called": "+44", "people": 1, "kind": "repeat", "language": "en", "rings": 0}
    whose = {"sid": f"CA{contact}", "contact_id": contact, "operator_id": colleague}
    session.add(m.InboundCall(**said, **whose, at=1, state="talked", due_at=1, number=f"+493023125{contact:04d}"))


def wish(world: World) -> None:
    person = add_person(world, 3, name=OTHERS)
    with world.db.write() as session:
        session.add(m.Remark(contact_id=person, kind="callback", at=1, source="reply", words="call me"))


def operator(id: int | None) -> User:
    return User(7, "Anna", "anna@ours.example", "operator", id)


@contextmanager
def at_desk(world: World, user: User) -> Iterator[httpx.Client]:
    routes = [*desk.routes(world), *desk_inbound.routes(world)]
    with browsing(signed_in(Starlette(routes=routes), user)) as client:
        yield client


@pytest.mark.parametrize(
    ("user", "seen"),
    [
        (operator(1), {"Maria"}),
        (operator(2), {"Igor"}),
        (operator(None), set()),  # tied to no colleague
        (User(8, "Lea", "lea@ours.example", "team_lead"), {*NAMES, OTHERS}),
        (ADMIN, {*NAMES, OTHERS}),
    ],
    ids=["Anna", "Boris", "nobody", "team lead", "admin"],
)
def test_the_desk_shows_each_whom_they_may_see(world, user, seen):
    with at_desk(world, user) as client:
        shown = client.get("/desk").text
    assert {name for name in (*NAMES, OTHERS) if name in shown} == seen
    assert ("We do not know which colleague you are" in shown) is (user == operator(None))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/desk/token2", {"result": "interested"}),
        ("/desk/inbound/2", {"note": "done"}),
        ("/desk/meetings/2", {"word": "kept"}),
        ("/desk/duty", {"who": "2", "duty": "on"}),
    ],
)
def test_nobody_acts_on_the_calls_of_another_one(world, path, data):
    with at_desk(world, operator(1)) as client:
        assert client.post(path, data=data).status_code == 404
        assert client.post(path.replace("2", "1"), data={**data, **({"who": "1"} if "who" in data else {})}).is_redirect
    with world.db.read() as session:
        assert session.get(m.Operator, 2).on_duty_since is None
        assert session.get(m.InboundCall, 2).handled_at is None
        assert session.scalar(select(m.Touch.result).where(m.Touch.token == "token2")) == "talked"


def test_an_operator_sees_their_own_line_only(world):
    with at_desk(world, operator(1)) as client:
        shown = client.get("/desk/now").text
    assert ("Anna" in shown, "Boris" in shown) == (True, False)


def history(world: World) -> list[tuple[str, str, str]]:
    with world.db.read() as session:
        rows = session.scalars(select(m.Audit).where(m.Audit.act == looked.ACT).order_by(m.Audit.id))
        return [(row.who, row.subject, row.why) for row in rows]


def test_who_looked_at_whom_is_kept_once_an_hour(world):
    with at_desk(world, operator(1)) as client:
        for _ in range(3):
            client.get("/desk")
        assert history(world) == [("anna@ours.example", "contact 1", "desk")]
        move_clock(world, world.clock.now() + HOUR)
        client.get("/desk")
    with at_desk(world, ADMIN) as client:
        client.get("/desk")
    assert [(who, whom) for who, whom, _ in history(world)] == [
        ("anna@ours.example", "contact 1"), ("anna@ours.example", "contact 1"),
        *(("ada@ours.example", f"contact {number}") for number in (1, 2, 3)),
    ]  # fmt: skip


def test_who_did_what_was_owed_is_named(world):
    with at_desk(world, operator(1)) as client:
        client.post("/desk/inbound/1", data={"note": "told the price"})
    with world.db.read() as session:
        assert session.get(m.InboundCall, 1).handled_by == "anna@ours.example"
