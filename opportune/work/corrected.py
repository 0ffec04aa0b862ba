"""Something wrong went out: who got it? Exactly those get one mail that sets it right."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import template_lint
from opportune.work.template_names import mail_templates
from opportune.work.versions import NotAllowed, audit, named
from opportune.work.world import World

IN_TIME = 7 * DAY


def correct(
    world: World, key: str, *, template: str, since: Instant, until: Instant | None = None, by: str
) -> dict[str, int]:
    """Plan one mail for each person whose touch of this campaign left in that span. Said twice it is planned once.

    `not_sure` counts those of whom we do not know yet whether it left: say it again once that is settled.

    Raises:
        NotAllowed: no such campaign or template, or the template has an error.
    """
    known = mail_templates(world.settings.templates)
    if template not in known:
        raise NotAllowed(f"there is no mail template {template!r}; there are: {', '.join(known)}")
    for problem in template_lint.lint(world.settings.templates, [template], language=world.settings.language):
        if problem.severity == "error":  # no approval looked at it
            raise NotAllowed(f"{problem.file}:{problem.line}: {problem.message}: {problem.remedy}")
    now = world.clock.now()
    with world.db.write() as session:
        row = named(session, key, lock=True)  # two colleagues at once plan it once
        span = (m.Touch.campaign_id == row.id, m.Touch.sending_at >= since, m.Touch.sending_at < (until or now + 1))
        got = [touch for touch in _left(session, *span) if touch.state not in ("uncertain", "sending")]
        not_sure = len(_left(session, *span)) - len(got)
        rows = [each for touch in got if (each := _row(world, session, touch, template, since, now))]
        ledger.plan(session, rows, now, by, f"corrects what left since {since}")
        audit(session, now, by, "corrected", row, template, since=since, planned=len(rows))
    return {"planned": len(rows), "left_out": len(got) - len(rows), "not_sure": not_sure}


def _left(session: Session, *span: Any) -> list[m.Touch]:
    """One touch of each person: the latest, to whose thread the correction belongs."""
    left = (m.Touch.state.in_(ledger.LEFT), m.Touch.kind.not_in(("requested", "correction")))
    latest = select(func.max(m.Touch.id)).where(*span, *left).group_by(m.Touch.contact_id)
    return list(session.scalars(select(m.Touch).where(m.Touch.id.in_(latest)).order_by(m.Touch.id)))


def _row(
    world: World, session: Session, touch: m.Touch, template: str, since: Instant, now: Instant
) -> dict[str, Any] | None:
    """None: no address left, or planned already."""
    named_so = hashlib.sha256(f"{template} {since}".encode()).hexdigest()[:12]
    key = f"correction:{touch.campaign_id}:{touch.contact_id}:{named_so}:1"
    contact = session.get_one(m.Contact, touch.contact_id)
    if not contact.email or session.scalar(select(m.Touch.id).where(m.Touch.key == key)):
        return None
    step = select(func.max(m.Touch.step)).where(m.Touch.enrolment_id == touch.enrolment_id)
    same = ("campaign_id", "contact_id", "enrolment_id", "rules_version")
    return {name: getattr(touch, name) for name in same} | {
        "key": key,
        "token": world.signer.touch_token(key),
        "caused_by": touch.id,
        "step": (session.scalar(step) or 0) + 1,
        "attempt": 1,
        "channel": "email",
        "kind": "correction",
        "template": template,
        "automated": False,
        "voicemail": False,
        "due_at": now,
        "not_after": now + IN_TIME,
    }
