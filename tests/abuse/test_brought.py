"""Whatever carriers, sites and letters bring from strangers: does it stay words, and does it stop nobody?"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from email.header import Header
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import pytest
from abuse.asking import DESK, Answer, Bones, ask
from abuse.corpora import CRLF, SQL, XSS
from sqlalchemy import func, select
from starlette.applications import Starlette
from support_mailed import mailed
from support_web import signed_in
from support_world import make_world, only
from twilio.request_validator import RequestValidator

from channels.base import Incoming
from opportune.store import models as m
from opportune.store.db import Database
from opportune.web import desk, forms, visits, voice_inbound
from opportune.work import inbox, leads
from opportune.work.inbound_words import PATH
from opportune.work.world import World

FORM = b"application/x-www-form-urlencoded"
SITE = "https://shop.example"
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid")
TWIML = {"response", "say", "gather", "dial", "pause", "record", "redirect", "hangup", "queue", "enqueue"}


class House(NamedTuple):
    world: World
    app: Starlette
    token: str  # of the mail that Ana got


@pytest.fixture(scope="module")
def house(sqlite_template, tmp_path_factory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("brought")
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, folder / 'abuse.db')}", durable=False)
    world = make_world(db, folder, sites=(SITE,), forms_per_minute=0, form_per_minute=0, forms_per_person=0)
    mailed(world)
    routes = [route for room in (forms, visits, voice_inbound, desk) for route in room.routes(world)]
    yield House(world, signed_in(Starlette(routes=routes)), only(world).token)
    world.close()


def count(world: World, table: type[m.Base], *where: object) -> int:
    with world.db.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def stays_words(answer: Answer) -> Bones:
    shown = Bones(answer.body.decode())
    assert {tag for tag, _ in shown.found} <= DESK
    assert [each for each in shown.found if any(name.startswith("on") for name in each[1])] == []
    assert [link for link in shown.links if "script:" in link.lower()] == []
    return shown


def signed(fields: dict[str, str]) -> dict[str, bytes]:
    seal = RequestValidator("token").compute_signature(f"http://ours.example{PATH}", fields)
    return {"content-type": FORM, "x-twilio-signature": seal.encode()}


def test_a_caller_s_name_is_words(house):
    """`CallerName` is what the caller's own network says: anybody can have it say anything."""
    evils = [*XSS, *CRLF[::5], *SQL[::5]]

    async def all_of() -> None:
        for number, evil in enumerate(evils):
            fields = {"CallSid": f"CA{number}", "CallStatus": "ringing", "AccountSid": "ACpractice0", "To": "+4930999",
                      "From": f"+4915112{number:06d}", "CallerName": evil, "FromCity": evil}  # fmt: skip
            answer = await ask(house.app, "POST", PATH, b"", urlencode(fields).encode(), signed(fields))
            assert answer.status == 200, evil
            assert {tag for tag, _ in Bones(answer.body.decode()).found} <= TWIML, evil
        with house.world.db.write() as session:
            for call in session.scalars(select(m.InboundCall)):
                call.state, call.due_at = "missed", house.world.clock.now()
        shown = stays_words(await ask(house.app, "GET", "/desk"))
        assert len(shown.found) > 200  # fifty of them at once

    asyncio.run(all_of())
    assert count(house.world, m.InboundCall) == len(evils)
    assert count(house.world, m.InboundCall, m.InboundCall.caller_name.is_not(None)) >= len(evils) - 5


def test_what_a_site_tells_of_a_visit_and_of_where_somebody_came_from_is_words(house):
    """UTM parameters reach us in the address of the page, and `visit.js` posts what it likes."""
    evils = [*XSS, *CRLF[::5], *SQL[::3]]  # 300 visits a minute from one place are the limit
    before = count(house.world, m.Lead)

    async def all_of() -> None:
        for number, evil in enumerate(evils):
            raw = quote(evil).encode()
            told = urlencode(dict.fromkeys(("visit", "pages", "seconds", *UTM), evil)).encode()
            headers = {"content-type": FORM, "origin": SITE.encode(), "referer": raw}
            answer = await ask(house.app, "POST", "/visits", told, told, headers)
            assert (answer.status, answer.body) == (204, b""), evil
            if number % 2:
                await came(number, evil)
        stays_words(await ask(house.app, "GET", "/desk"))

    async def came(number: int, evil: str) -> None:
        given = {"name": "Ana", "email": f"utm{number}@acme.example", "consent_email": "yes",
                 "page": f"{SITE}/?" + "&".join(f"{name}={evil}" for name in UTM)}  # fmt: skip
        query = urlencode(dict.fromkeys(UTM, evil)).encode()
        headers = {"content-type": b"application/json", "referer": quote(evil).encode()}
        answer = await ask(house.app, "POST", "/forms/newsletter", query, json.dumps(given).encode(), headers)
        assert answer.status in (201, 422), evil
        assert all(not set(b"\r\n\0") & set(value) for _, value in answer.headers)

    asyncio.run(all_of())
    leads.understand_waiting(house.world)
    assert count(house.world, m.MailVisit) == 0
    assert count(house.world, m.Lead) - before >= len(evils) // 2 * 0.9
    assert count(house.world, m.Lead, m.Lead.handled_at.is_(None)) == 0


def letter(house: House, number: int, evil: str, *, bounce: bool) -> Incoming:
    """Evil wherever a letter has room for it; encoded words carry line ends into headers."""
    plain = evil.replace("\r", " ").replace("\n", " ")
    report, sender = evil, f"{Header(evil, 'utf-8').encode(maxlinelen=10**6)} <person1@firm.example>"
    if bounce:
        report, sender = f"<person1@firm.example>: 550 5.1.1 {evil}", "MAILER-DAEMON@firm.example"
    lines = [f"From: {sender}", f"To: reply+{house.token}@ours.example", f"Subject: Re: {plain}",
             f"Message-ID: <{number}@firm.example>", f"X-Mailer: {plain}", *["Return-Path: <>"] * bounce,
             "Content-Type: text/plain; charset=utf-8", "", report, ""]  # fmt: skip
    return Incoming(f"7:{number}", "\r\n".join(lines).encode("utf-8", "replace"))


@pytest.mark.parametrize("bounce", [False, True])
def test_what_letters_say_is_words_and_stops_no_mailbox(house, bounce):
    evils = [*XSS, *CRLF[::5], *SQL[::5]][bounce::2]
    world = house.world
    before = count(world, m.ProviderEvent)
    for number, evil in enumerate(evils):
        inbox._take_in(world, "box", letter(house, 10_000 * bounce + number, evil, bounce=bounce))
    assert count(world, m.ProviderEvent) - before == len(evils)
    assert count(world, m.ProviderEvent, m.ProviderEvent.applied_at.is_(None)) == 0
    stays_words(asyncio.run(ask(house.app, "GET", "/desk")))
