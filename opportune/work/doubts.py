"""What is odd about a post, and what becomes of it? It is kept, nothing follows from it, and a colleague looks at it.

Programs fill in forms too. A person who was quicker than we thought loses nothing: their words are here, and one
command lets follow what would have followed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.store import audit
from opportune.store import models as m
from opportune.work.world import World

#: Mark -> what it says. Whoever has one of these is neither written to nor called until somebody looked.
HOLD = {
    "fast": "sent sooner after the page was shown than a person can type",
    "old": "the page it came from was shown more than a day before",
    "foreign": "what proves that it came from our page is not from us, or of another form",
    "again": "one shown page was sent many times",
    "no_page": "it did not come from our page, and this form asks for that",
    "no_proof": "the visitor's browser did not solve the puzzle that this form asks for",
}
#: Only said, nothing is held up by it.
TOLD = {"disposable": "the address is of a service for throw-away mail"}
SPAM = "spam"


class NotWaiting(ValueError):
    """There is no such lead, or nobody needs to look at it."""


def marked(marks: Sequence[str]) -> dict[str, Any]:
    """The columns of a lead that say so."""
    return {"marks": ",".join(marks) or None, "held": any(each in HOLD for each in marks)}


def is_disposable(email: str) -> bool:
    """Of a service that gives a mailbox to anybody for minutes, by its domain or one above it."""
    parts = email.rpartition("@")[2].lower().split(".")
    return any(".".join(parts[at:]) in _disposable() for at in range(len(parts) - 1))


@lru_cache
def _disposable() -> frozenset[str]:
    text = resources.files("opportune.work").joinpath("disposable.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)["domains"])


def waiting(world: World) -> list[dict[str, Any]]:
    """Who waits for a look, the oldest first, with what is odd about each."""
    query = select(m.Lead).where(m.Lead.handled_at.is_(None), m.Lead.held).order_by(m.Lead.id)
    with world.db.read() as session:
        return [_told(lead) for lead in session.scalars(query) if SPAM not in _marks(lead)]


def _told(lead: m.Lead) -> dict[str, Any]:
    why = [(HOLD | TOLD)[each] for each in _marks(lead) if each in HOLD | TOLD]
    words = {name: text for name, text in lead.fields.items() if name not in ("advertiser", "shown")}
    return {"lead": lead.public_id, "form": lead.form, "received_at": lead.received_at, "why": why, "ip": lead.ip,
            "fields": words}  # fmt: skip


def _marks(lead: m.Lead) -> list[str]:
    return (lead.marks or "").split(",")


def genuine(world: World, public_id: str, *, by: str) -> m.Lead:
    """A person after all, also where somebody had said spam: what would have followed follows now.

    Raises:
        NotWaiting: no lead of that id waits.
    """
    with world.db.write() as session:
        lead = _waits(session, public_id)
        lead.held = False
        _note(session, world, lead, "lead is genuine", by)
    return lead


def spam(world: World, public_id: str, *, by: str, why: str = "") -> m.Lead:
    """A program, or a joke: nothing follows from it, and it is deleted when its time is over (retention).

    Raises:
        NotWaiting: no lead of that id waits.
    """
    with world.db.write() as session:
        lead = _waits(session, public_id)
        if SPAM in _marks(lead):
            raise NotWaiting(f"lead {public_id!r} is put aside already")
        lead.marks = ",".join(filter(None, [*_marks(lead), SPAM]))
        _note(session, world, lead, "lead is spam", by, why)
    return lead


def _waits(session: Session, public_id: str) -> m.Lead:
    mine = (m.Lead.public_id == public_id, m.Lead.held, m.Lead.handled_at.is_(None))
    lead = session.scalar(select(m.Lead).where(*mine).with_for_update())
    if lead is None:
        raise NotWaiting(f"no lead {public_id!r} waits for a look: see `opportune lead waiting`")
    return lead


def _note(session: Session, world: World, lead: m.Lead, act: str, by: str, why: str = "") -> None:
    told = {"form": lead.form, "marks": lead.marks}
    audit.write(session, world.clock.now(), by, act, lead.public_id, why or None, told)
