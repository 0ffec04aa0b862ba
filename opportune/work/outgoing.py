"""What do other systems have to hear? Written down in the very transaction that made it true: never told, never lost.

What is told of leaves later (`webhooks.deliver`), at least once; the `id` in it is the same each time.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.store.once import insert_new
from opportune.work.world import World

LEAD, GOAL, OPT_OUT, OUTCOME = "lead.taken", "goal.met", "contact.opted_out", "contact.outcome"
EVENTS = {
    LEAD: "a form was filled in",
    GOAL: "the goal of a campaign is met, say a meeting is booked",
    OPT_OUT: "somebody wants no more, on one channel or on all",
    OUTCOME: "a talk ended, with its result",
}
Listening = list[tuple[int, list[str]]]


def tell(
    world: World, session: Session, event: str, key: str, contact: m.Contact | None, now: Instant, **data: Any
) -> None:
    """`key` names the fact: told of twice it is one."""
    asked = [id for id, events in _listening(world, session, now) if event in events]
    if not asked:
        return
    there = select(m.Webhook.id).where(m.Webhook.id.in_(asked)).order_by(m.Webhook.id)
    # One may have been removed since we looked, and nobody's no may fail for that.
    hearers = session.scalars(there.with_for_update(read=True, key_share=True)).all()
    body = {"id": key, "event": event, "at": datetime.fromtimestamp(now, UTC).isoformat(), **data}
    if contact is not None:
        body["contact"] = {name: getattr(contact, name) for name in ("id", "name", "email", "phone")}
    same = {
        "event": event, "event_key": key[:200], "contact_id": contact.id if contact else None, "state": "waiting",
        "body": json.dumps(body, ensure_ascii=False, default=str), "tries": 0, "due_at": now, "created_at": now,
    }  # fmt: skip
    if hearers:
        insert_new(session, m.WebhookDelivery, [{"webhook_id": id, **same} for id in hearers])


def _listening(world: World, session: Session, now: Instant) -> Listening:
    """Looked up once a second, since every lead asks; a new one hears from the next second on."""
    looked: dict[Instant, Listening] = world.extras.setdefault("webhooks", {})  # type: ignore[assignment]
    if now not in looked:
        query = select(m.Webhook.id, m.Webhook.events).where(m.Webhook.active)
        looked.clear()
        looked[now] = [(id, events) for id, events in session.execute(query).tuples()]
    return looked[now]


def of_lead(world: World, session: Session, lead: m.Lead, contact: m.Contact, now: Instant) -> None:
    words = {name: text for name, text in lead.fields.items() if name not in ("advertiser", "shown")}
    told = {"lead": lead.public_id, "form": lead.form, "answer_by": lead.answer_by, "fields": words, "page": lead.page}
    tell(world, session, LEAD, f"lead:{lead.public_id}", contact, now, **told)


def of_outcome(
    world: World, session: Session, event: str, enrolment: m.Enrolment, touch_id: int | None, result: str, now: Instant
) -> None:
    contact = session.get_one(m.Contact, enrolment.contact_id)
    campaign = session.get_one(m.Campaign, enrolment.campaign_id).key
    key = f"{event}:{enrolment.id}:{touch_id or 0}:{result}:{now}"
    tell(world, session, event, key, contact, now, campaign=campaign, result=result)


def of_opt_out(
    world: World, session: Session, contact: m.Contact, channel: str | None, reason: str, now: Instant
) -> None:
    key = f"{OPT_OUT}:{contact.id}:{channel or 'all'}:{now}"
    tell(world, session, OPT_OUT, key, contact, now, channel=channel or "all", reason=reason)
