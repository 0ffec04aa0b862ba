"""What follows from a form? Answer what was asked at once, keep a promised callback, count a booked meeting (A12)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.forms import Form
from channels.stop import refusal
from opportune.rules.campaign import SERIOUS
from opportune.rules.facts import Instant
from opportune.rules.form_document import RAISED
from opportune.rules.form_parts import FormKind
from opportune.rules.markers.phrases import plain
from opportune.rules.said_alone import time_alone
from opportune.rules.said_time import moment_of
from opportune.store import models as m
from opportune.work import callbacks, form_life, lead_answers, operators, optout, plan, react, saidno
from opportune.work.preferences import Where
from opportune.work.world import World

_SERIOUS = [goal.value for goal in SERIOUS]


def leads_arrived(world: World, session: Session, taken: Sequence[tuple[m.Lead, m.Contact]], now: Instant) -> list[str]:
    """Runs in the transaction that understands these leads, of different people. Returns the CallSids to cancel after
    the commit."""
    for lead, contact in taken:
        _at_once(world, session, lead, contact, now)
    people = [contact for _, contact in taken]
    plan.facts_changed(world, session, [each.id for each in people], now)  # consents and preference came with the form
    sids = [sid for lead, contact in taken for sid in _refused(world, session, lead, contact, now)]
    saidno.mark(world, session, people, now)  # a new address may belong to somebody who said no
    return sids


def _at_once(world: World, session: Session, lead: m.Lead, contact: m.Contact, now: Instant) -> None:
    form = form_life.of_lead(session, lead)
    if form.key == "booking":
        _booked(world, session, lead, contact, now)
    by_call = lead.answer_by == "call" and form.document.kind in RAISED  # there an answer is all that is asked for
    if contact.email and not by_call:  # the file, the confirmation, the result: the page says that it is on its way
        lead_answers.by_mail(world, session, lead, contact, form, now)
    where = Where("form", lead.public_id, now)
    text = free_text(lead)
    if not callbacks.asked(world, session, contact, text, where) and _rings_soon(session, form, contact):
        # A message may be nothing but a time; in a chat it is a question, and a colleague is free to talk now.
        said = time_alone(plain(text)[1]) if form.document.kind is FormKind.CALLBACK else None
        if at := moment_of(said, tuple(contact.zones), now):  # else the desk lists them, and a person finds the time
            callbacks.promise(world, session, contact, at, now)


def _rings_soon(session: Session, form: Form, contact: m.Contact) -> bool:
    """C4; and who writes in the chat while a colleague is free to talk."""
    if form.document.kind is FormKind.CHAT:
        return contact.phone is not None and session.scalar(operators.rested(session).limit(1)) is not None
    return form.document.kind is FormKind.CALLBACK


def _refused(world: World, session: Session, lead: m.Lead, contact: m.Contact, now: Instant) -> list[str]:
    """A message may say no: it holds for the whole person."""
    said = refusal(free_text(lead))
    if not said:
        return []
    channel = None if said == "everything" else said
    no = {"reason": "form message", "evidence": free_text(lead), "now": now, "channel": channel}
    return optout.opt_out(world, session, contact.id, touch_id=None, **no)  # type: ignore[arg-type]


def free_text(lead: m.Lead) -> str:
    """What the visitor wrote in their own words."""
    return str(lead.fields.get("message", ""))


def _booked(world: World, session: Session, lead: m.Lead, contact: m.Contact, now: Instant) -> None:
    """A meeting is booked: by the link of a mail of ours, or else it meets every open campaign that asks for one."""
    earlier = session.scalar(select(m.Touch).where(m.Touch.token == str(lead.fields.get("t", ""))))
    mine = (m.Enrolment.contact_id == contact.id, m.Enrolment.state == "active")
    asks = select(m.Enrolment).join(m.Campaign).where(*mine, m.Campaign.goal.in_(_SERIOUS)).order_by(m.Enrolment.id)
    met = list(session.scalars(asks))
    if earlier is not None and earlier.enrolment_id and earlier.contact_id == contact.id:
        met = [session.get_one(m.Enrolment, earlier.enrolment_id)]
    for enrolment in met:
        react.goal_met(world, session, enrolment, earlier.id if earlier else None, "booked by form", now)
