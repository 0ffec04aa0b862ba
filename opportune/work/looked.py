"""Who looked at whom? Kept for everybody whose name, number or words a page showed.

Once an hour for each reader and person: a desk that asks again every three seconds says nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from opportune.rules.facts import HOUR, Instant
from opportune.store import audit
from opportune.store import models as m
from opportune.store.db import Database

ACT = "looked"
AGAIN_AFTER = HOUR


def at(db: Database, now: Instant, who: str, where: str, people: Iterable[int | None]) -> None:
    """`where`: the page. Written before the answer leaves: what cannot be noted is not shown."""
    wanted = {audit.person(id) for id in people if id is not None}
    if not wanted:
        return
    lately = (m.Audit.act == ACT, m.Audit.who == who, m.Audit.at > now - AGAIN_AFTER, m.Audit.subject.in_(wanted))
    with db.read() as session:
        wanted -= set(session.scalars(select(m.Audit.subject).where(*lately)))
    if wanted:
        with db.write() as session:
            for person in sorted(wanted):
                audit.write(session, now, who, ACT, person, where)
