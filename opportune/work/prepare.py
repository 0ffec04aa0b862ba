"""Which words will leave? Rendered and stored ahead of the mark, without claiming: preparing promises nothing.

The bytes are kept until they left; their hash goes into the touch at the point of no return.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import message
from opportune.rules.campaign import Campaign, Sender
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work import cases, words
from opportune.work.world import World

BATCH = 200


def mails(world: World, until: Instant, limit: int = 2_000) -> int:
    """Prepare mail that is due until then, at most `limit`; returns how many were made ready."""
    ready = select(m.PreparedMessage.touch_id)
    query = (
        select(m.Touch.id)
        .where(m.Touch.state == "planned", m.Touch.channel == "email", m.Touch.due_at <= until)
        .where(m.Touch.id.not_in(ready))
        .order_by(m.Touch.due_at, m.Touch.contact_id)
        .limit(limit)
    )
    with world.db.read() as session:
        ids = list(session.scalars(query))
    for start in range(0, len(ids), BATCH):
        with world.db.write() as session:
            for touch in session.scalars(select(m.Touch).where(m.Touch.id.in_(ids[start : start + BATCH]))):
                with suppress(ValueError):  # the gate says so, and holds only this one back
                    prepared(world, session, touch, world.clock.now(), None)
    return len(ids)


def ready(session: Session, touches: list[int]) -> dict[int, m.PreparedMessage]:
    """What was prepared ahead for these touches."""
    rows = session.scalars(select(m.PreparedMessage).where(m.PreparedMessage.touch_id.in_(touches)))
    return {row.touch_id: row for row in rows}


def prepared(
    world: World, session: Session, touch: m.Touch, now: Instant, row: m.PreparedMessage | None
) -> m.PreparedMessage:
    """The words of this touch: `row`, or made now when nobody did before or the address has changed since."""
    contact = session.get_one(m.Contact, touch.contact_id)
    address = contact.email if touch.channel == "email" else contact.phone
    if row is not None and row.recipient == address:
        return row
    if row is not None:
        session.delete(row)
        session.flush()
    make = _mail if touch.channel == "email" else _call
    row = make(world, session, touch, contact, now)
    session.add(row)
    return row


def _mail(world: World, session: Session, touch: m.Touch, contact: m.Contact, now: Instant) -> m.PreparedMessage:
    sender = sender_of(world, session, touch)
    root = world.settings.templates
    subject, text, html = words.render_mail(touch.template, context(world, session, touch), root)
    domain = world.settings.mail_domain or sender.email.rpartition("@")[2]
    earlier = _thread(session, touch)
    letter = message.Letter(
        sender=sender.email,
        sender_name=f"{sender.name}, {sender.company}",
        recipient=contact.email or "",
        recipient_name=contact.name,
        subject=subject,
        text=text,
        html=html,
        message_id=f"<{touch.token}@{domain}>",
        reply_to=message.tagged(world.settings.mail_reply_to or sender.email, touch.token),
        unsubscribe=(_link(world, f"u/{touch.token}"),),
        in_reply_to=earlier[-1] if earlier else "",
        references=tuple(earlier),
        touch=touch.token,
    )
    content = message.build(letter, max(now, touch.due_at))
    bounce = message.tagged(f"bounce@{domain}", touch.token)
    return _row(touch, bounce, contact.email, subject, content, now)


def _call(world: World, session: Session, touch: m.Touch, contact: m.Contact, now: Instant) -> m.PreparedMessage:
    spoken = speech(world, session, touch, touch.template)
    return _row(touch, world.settings.twilio_caller, contact.phone, None, spoken.encode(), now)


def speech(world: World, session: Session, touch: m.Touch, template: str) -> str:
    """What is said on the phone, in the person's language."""
    return words.render_voice(template, context(world, session, touch), world.settings.templates)


def _row(
    touch: m.Touch, sender: str, recipient: str | None, subject: str | None, content: bytes, now: Instant
) -> m.PreparedMessage:
    return m.PreparedMessage(
        touch_id=touch.id,
        sender=sender,
        recipient=recipient,
        subject=subject,
        content=content,
        hash=hashlib.sha256(content).hexdigest(),
        prepared_at=now,
    )


def _thread(session: Session, touch: m.Touch) -> list[str]:
    """Message-IDs of our earlier mails to this person in this campaign, oldest first (A11)."""
    if touch.enrolment_id is None or touch.step == 1:
        return []
    where = (m.Touch.enrolment_id == touch.enrolment_id, m.Touch.message_id.is_not(None), m.Touch.sent_at.is_not(None))
    return [id for id in session.scalars(select(m.Touch.message_id).where(*where).order_by(m.Touch.sent_at)) if id]


def context(world: World, session: Session, touch: m.Touch) -> dict[str, Any]:
    """What a template may say: plain values, never rows."""
    contact = session.get_one(m.Contact, touch.contact_id)
    company = session.get(m.Company, contact.company_id) if contact.company_id else None
    campaign = document(world, session, touch)
    cause = session.get(m.Touch, touch.caused_by) if touch.caused_by else None
    return {
        "person": {
            "name": contact.name,
            "first_name": contact.name.split()[0] if contact.name else "",
            "company": company.name if company else "",
            "title": contact.title or "",
            "language": contact.language,
        },
        "sender": sender_of(world, session, touch).model_dump(),
        "campaign": _campaign_words(campaign),
        "links": {
            "book": _link(world, f"forms/booking?t={touch.token}"),
            "unsubscribe": _link(world, f"u/{touch.token}"),
            "form": _link(world, "forms/callback"),
        },
        "cause": cause.result if cause is not None and cause.channel == "call" else None,
        "step": touch.step,
    }


def _campaign_words(campaign: Campaign | None) -> dict[str, str]:
    """Its reason too (A13): a reminder to a past customer reads otherwise than a first word to a stranger."""
    names = ("name", "goal", "reason", "offer", "advertiser")
    if campaign is None:
        return dict.fromkeys(names, "") | {"goal": "inform"}
    return {name: str(getattr(campaign, name)) for name in names}


def document(world: World, session: Session, touch: m.Touch) -> Campaign | None:
    """The campaign of this touch; for requested mail the newest live one, whose sender answers."""
    if touch.enrolment_id is not None:
        version: int | None = session.get_one(m.Enrolment, touch.enrolment_id).version_id
    else:
        live = select(m.Campaign.version_id).where(m.Campaign.state == "live").order_by(m.Campaign.id)
        version = session.scalar(live)
    return cases.campaign_of(world, session, version) if version else None


def sender_of(world: World, session: Session, touch: m.Touch) -> Sender:
    """Who speaks. Without any campaign: the house itself, from the settings."""
    campaign = document(world, session, touch)
    if campaign is not None:
        return campaign.sender
    s = world.settings
    domain = s.mail_domain or "localhost.example"
    return Sender(
        name="The team",
        company=domain,
        email=s.mail_sender or f"hello@{domain}",
        phone=s.twilio_caller or "+10000000000",
        postal_address=domain,
    )


def _link(world: World, path: str) -> str:
    return f"{world.settings.public_url.rstrip('/')}/{path}"
