"""Is what many visitors post at once stored at once, and understood as soon as nobody waits, in its order?"""

from __future__ import annotations

import asyncio
import json
import time

from abuse.asking import ask
from sqlalchemy import func, select
from starlette.applications import Starlette
from support_world import make_world

from opportune.store import models as m
from opportune.web import forms

ANA = {"name": "Ana Stan", "email": "ana@acme.example", "answer_by": "email"}


def test_a_crowd_is_stored_and_understood_afterwards_the_newest_words_last(db, tmp_path):
    world = make_world(db, tmp_path)
    app = Starlette(routes=forms.routes(world))

    async def crowd() -> list[int]:
        posts = [ANA | {"phone": f"+4420794601{number:02d}"} for number in range(24)]
        asked = [
            ask(app, "POST", "/forms/callback", b"", json.dumps(each).encode(), {"content-type": b"application/json"})
            for each in posts
        ]
        return [answer.status for answer in await asyncio.gather(*asked)]

    def count(*where) -> int:
        with db.read() as session:
            return session.scalar(select(func.count(m.Lead.id)).where(*where)) or 0

    assert asyncio.run(crowd()) == [201] * 24
    assert count() == 24
    until = time.monotonic() + 60
    while count(m.Lead.handled_at.is_(None)) and time.monotonic() < until:
        time.sleep(0.02)
    assert count(m.Lead.handled_at.is_(None)) == 0
    with db.read() as session:
        [contact] = session.scalars(select(m.Contact))
        last = session.scalars(select(m.Lead).order_by(m.Lead.id.desc())).first()
        assert (last.contact_id, last.fields["phone"]) == (contact.id, contact.phone)
    world.close()
