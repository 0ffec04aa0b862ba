"""What did the practice run do? Counted by those who received it, held against the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from opportune.rehearsal.standins import Standins
from opportune.store import models as m
from opportune.store.board import permissions
from opportune.store.violations import count
from opportune.work import rollup_check
from opportune.work.world import World

NEVER_LEFT = ("not_sent", "failed", "cancelled", "expired", "planned", "claimed")


@dataclass(frozen=True, slots=True)
class Report:
    """`figures` is what `make demo DEMO="--exit --json"` prints; `differences` names what does not add up."""

    figures: dict[str, Any]
    differences: list[str]


def report(world: World, standins: Standins, leads: int) -> Report:
    """`leads`: how many the visitors posted and saw acknowledged."""
    mails = standins.ask(f"{standins.mailbox}/_sim/stats")
    calls = standins.ask(f"{standins.carrier}/_sim/stats")
    seen = {
        "emails_sent": mails["mails"],
        "calls_placed": calls["people"],  # however often a colleague was rung
        "voicemails": calls["voicemails"],
        "leads_captured": leads,
    }
    ledger = _ledger(world)
    differences = [
        f"{name}: {seen[name]} seen, {ledger[name]} in the ledger" for name in seen if seen[name] != ledger[name]
    ]
    violations = count(world.db, world.law.all())
    violations["duplicate"] += mails["duplicates"] + calls.get("duplicates", 0)
    permissions.renew(world.db, world.clock.now(), violations)  # the board shows what a night would have found
    rollup_check.check(world.db, world.clock.now())
    figures = {**_people(world), **seen, **_follow_ups(world), "violations": violations}
    order = ("contacts", "waiting", "decisions", *seen, "followups", "uncertain", "violations")
    return Report({name: figures[name] for name in order}, differences)


def _ledger(world: World) -> dict[str, int]:
    t = m.Touch
    with world.db.read() as session:

        def touches(*where: Any) -> int:
            return session.scalar(select(func.count()).select_from(t).where(*where)) or 0

        return {
            "emails_sent": touches(t.channel == "email", t.sent_at.is_not(None)),
            "calls_placed": touches(t.channel == "call", t.provider_id.is_not(None)),
            "voicemails": touches(t.said == "voicemail"),
            "leads_captured": session.scalar(select(func.count()).select_from(m.Lead)) or 0,
        }


def _people(world: World) -> dict[str, Any]:
    """Contacts of the lists, without those whom only a form brought."""
    listed = select(func.count()).select_from(m.Contact).outerjoin(m.Source, m.Source.id == m.Contact.source_id)
    listed = listed.where(
        m.Source.kind.in_(("import", "bought")) | m.Source.id.is_(None), m.Contact.merged_into.is_(None)
    )
    with world.db.read() as session:
        by_channel = select(m.Decision.channel, func.count()).group_by(m.Decision.channel)
        chosen = dict(session.execute(by_channel).tuples().all())
        waiting = session.scalar(select(func.count()).select_from(m.Contact).where(m.Contact.held.is_not(None)))
        contacts = session.scalar(listed)
    decisions = {"call": chosen.get("call", 0), "email": chosen.get("email", 0), "none": chosen.get(None, 0)}
    return {"contacts": contacts or 0, "waiting": waiting or 0, "decisions": decisions}


def _follow_ups(world: World) -> dict[str, int]:
    """Touches that an earlier touch's outcome caused, and those of which nobody knows whether they left."""
    caused = (m.Touch.caused_by.is_not(None), m.Touch.sending_at.is_not(None), m.Touch.state.not_in(NEVER_LEFT))
    doubtful = m.Touch.state.in_(("uncertain", "assumed_sent"))
    with world.db.read() as session:
        followups = session.scalar(select(func.count()).select_from(m.Touch).where(*caused))
        uncertain = session.scalar(select(func.count()).select_from(m.Touch).where(doubtful))
    return {"followups": followups or 0, "uncertain": uncertain or 0}
