"""What does the mail that answers a form say and bring: a file, a result, a code, a date (A12)?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import attachments, calendar
from channels.attachments import Attachment
from channels.form_answers import result
from channels.forms import Form
from opportune.rules.facts import DAY, HOUR, Instant
from opportune.rules.form_parts import FormKind, moment
from opportune.rules.mail_fields import FIELDS
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import coupons, form_life
from opportune.work.world import World

#: The mail that follows each kind, where the document names no other.
TEMPLATES = {
    FormKind.CALLBACK: "callback_promise",
    FormKind.CALCULATOR: "calculator",
    FormKind.COUPON: "coupon",
    FormKind.WEBINAR: "webinar",
    FormKind.ORDER: "received",
    FormKind.REVIEW: "received",
    FormKind.CONTEST: "received",
    FormKind.CHAT: "received",
}
REMINDER = "webinar_reminder"  # C5
BEFORE = HOUR  # so long before it begins
NOTHING = dict.fromkeys(FIELDS["answer"], "")


class _Mail(NamedTuple):
    step: int
    template: str
    due: Instant
    not_after: Instant


def by_mail(world: World, session: Session, lead: m.Lead, contact: m.Contact, form: Form, now: Instant) -> None:
    """What a person just asked for leaves at once, zone or not (A4); before a webinar a reminder too."""
    if form.document.kind is FormKind.NEWSLETTER and _waits_for_a_click(session, lead):
        return  # the mail that asks for it is the answer: nobody gets two
    said = _said(world, session, lead, contact, form, now)
    template = form.document.mail or TEMPLATES.get(form.document.kind, "requested")
    if form.document.coupon and "code" not in said:
        template = "received"  # all are given out: whoever asked hears of us nevertheless
    material = form.document.material
    if said or material:
        session.add(m.LeadAnswer(lead_id=lead.id, step=1, values=said, file=material.file if material else None))
    _plan(world, session, lead, contact, _Mail(1, template, now, now + DAY), now)
    webinar = form.document.webinar
    if webinar and (due := moment(webinar.starts) - BEFORE) > now:
        session.add(m.LeadAnswer(lead_id=lead.id, step=2, values=said, file=None))
        _plan(world, session, lead, contact, _Mail(2, REMINDER, due, moment(webinar.starts)), now)


def _waits_for_a_click(session: Session, lead: m.Lead) -> bool:
    """Double opt-in."""
    pending = m.ConsentPending
    mine = (pending.contact_id == lead.contact_id, pending.at == lead.received_at)
    return session.scalar(select(pending.id).where(*mine).limit(1)) is not None


def _said(world: World, session: Session, lead: m.Lead, contact: m.Contact, form: Form, now: Instant) -> dict[str, Any]:
    """What is known only now."""
    if form.document.calculator:
        return {"title": form.title, "result": result(form, lead.fields) or ""}
    if form.document.coupon:
        code = coupons.issue(world, session, form, contact, now)
        return {"title": form.title, "code": code, "until": form.document.coupon.expires[:10]} if code else {}
    if webinar := form.document.webinar:
        when = datetime.fromisoformat(webinar.starts)
        told = f"{when:%Y-%m-%d %H:%M} (UTC{when:%z})"
        starts = {"starts": moment(webinar.starts), "minutes": webinar.minutes, "uid": lead.public_id}
        return {"title": form.title, "when": told, "link": webinar.link, "stamp": lead.received_at, **starts}
    return {}


def _plan(world: World, session: Session, lead: m.Lead, contact: m.Contact, mail: _Mail, now: Instant) -> None:
    key = f"lead:{lead.public_id}:{mail.step}:1"
    values = {
        "key": key,
        "token": world.signer.touch_token(key),
        "contact_id": contact.id,
        "step": mail.step,
        "attempt": 1,
        "channel": "email",
        "kind": "requested",
        "template": mail.template,
        "automated": False,
        "voicemail": False,
        "due_at": mail.due,
        "not_after": mail.not_after,
        "rules_version": "",
    }
    ledger.plan_rows(
        Bulk(session), tuple(values), [tuple(values.values())], now, "form", f"asked for by form {lead.form}"
    )


def of(session: Session, keys: Sequence[str]) -> dict[str, m.LeadAnswer]:
    """By the key of the touch, whichever attempt it is."""
    asked = {tuple(key.split(":")[1:3]): key for key in keys if key.startswith("lead:")}
    if not asked:
        return {}
    query = select(m.Lead.public_id, m.LeadAnswer).join(m.LeadAnswer, m.LeadAnswer.lead_id == m.Lead.id)
    rows = session.execute(query.where(m.Lead.public_id.in_({lead for lead, _ in asked}))).tuples()
    found = ((asked.get((lead, str(answer.step))), answer) for lead, answer in rows)
    return {key: answer for key, answer in found if key}


def words(answer: m.LeadAnswer | None) -> dict[str, str]:
    """What a template may say of it."""
    values = answer.values if answer else {}
    return NOTHING | {name: str(values[name]) for name in NOTHING if name in values}


def files(world: World, answer: m.LeadAnswer | None) -> tuple[Attachment, ...]:
    """What goes along. Raises ValueError when the file is not there, or too large."""
    if answer is None:
        return ()
    if answer.file:
        s = world.settings
        return attachments.read([s.templates / form_life.FILES / answer.file], s.mail_attachments_mb)
    v = answer.values
    if "starts" not in v or answer.step != 1:
        return ()
    event = calendar.Event(v["uid"], v["title"], v["starts"], v["minutes"], v["link"], v["stamp"])
    return (Attachment("webinar.ics", calendar.ics(event), calendar.KIND),)
