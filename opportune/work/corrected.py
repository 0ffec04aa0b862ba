"""Something wrong went out: whom did it reach? Exactly those get one mail that sets it right."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, func, or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import template_lint
from opportune.work.template_names import mail_templates
from opportune.work.versions import NotAllowed, audit, named
from opportune.work.world import World

IN_TIME = 7 * DAY
_CALL, _MAIL = m.Touch.channel == "call", m.Touch.channel == "email"
_HEARD = or_(m.Touch.said != "sorry", m.Touch.talk_seconds > 0)  # "sorry": they picked up, and we had no words
#: It reached them: a correction of what nobody got would be the first they hear of it.
GOT = or_(and_(_MAIL, m.Touch.state.in_(("sent", "delivered", "complained"))), and_(_CALL, _HEARD))
#: It may have, or a call of ours may be about to speak.
DOUBTFUL = or_(
    m.Touch.state.in_(("sending", "uncertain", "assumed_sent")),
    and_(_CALL, m.Touch.state.in_(("sent", "ringing", "answered", "cancel_requested"))),
)


def correct(
    world: World, key: str, *, template: str, since: Instant, until: Instant | None = None, by: str
) -> dict[str, int]:
    """Plan one mail for each person whom a touch of this campaign reached in that span. Said twice, by whomever and
    with whatever moments, it is planned once.

    `not_sure` counts those of whom we do not know whether it reached them: say it again once that is settled.

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
        when = (m.Touch.sending_at >= since, m.Touch.sending_at < (until or now + 1))
        span = and_(m.Touch.campaign_id == row.id, m.Touch.kind.not_in(("requested", "correction")), *when)
        got, done = _latest(session, span), _corrected(session, template, span)
        rows = [each for t in got if t.contact_id not in done and (each := _row(world, session, t, template, now))]
        ledger.plan(session, rows, now, by, f"corrects what left since {since}")
        audit(session, now, by, "corrected", row, template, since=since, planned=len(rows))
        not_sure = session.scalar(select(func.count(_doubtful(span).c.contact_id))) or 0
    return {"planned": len(rows), "left_out": len(got) - len(rows), "not_sure": not_sure}


def _latest(session: Session, span: ColumnElement[bool]) -> list[m.Touch]:
    """One touch of each person: the last that reached them, to whose thread the correction belongs."""
    latest = select(func.max(m.Touch.id)).where(span, GOT).group_by(m.Touch.contact_id)
    return list(session.scalars(select(m.Touch).where(m.Touch.id.in_(latest)).order_by(m.Touch.id)))


def _doubtful(span: ColumnElement[bool]) -> Subquery:
    """Whom none reached as far as we know, and one may have."""
    reached = select(m.Touch.contact_id).where(span, GOT)
    return select(m.Touch.contact_id).where(span, DOUBTFUL, m.Touch.contact_id.not_in(reached)).distinct().subquery()


def _corrected(session: Session, template: str, span: ColumnElement[bool]) -> set[int]:
    """Who has this correction already, of whichever of these touches."""
    wrong = select(m.Touch.id).where(span)
    done = (m.Touch.kind == "correction", m.Touch.template == template, m.Touch.caused_by.in_(wrong))
    return set(session.scalars(select(m.Touch.contact_id).where(*done)))


def _row(world: World, session: Session, touch: m.Touch, template: str, now: Instant) -> dict[str, Any] | None:
    """None: no address left."""
    if not session.get_one(m.Contact, touch.contact_id).email:
        return None
    words = hashlib.sha256(template.encode()).hexdigest()[:12]
    key = f"correction:{touch.id}:{words}:1"  # once for each touch, by the table's own rule
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
