"""Which talks still wait for the operator's word? (B7: every contact ends with a next step or a stop.)"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from opportune.store.db import Database
from opportune.store.ledger import OPEN
from opportune.store.models import Campaign, Company, Contact, FormVersion, Lead, Outcome, Remark, Suppression, Touch
from opportune.store.own_calls import Own, of_touch


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk without a call result. `at` UTC epoch seconds."""

    token: str
    name: str
    company: str
    title: str
    campaign: str
    at: int
    seconds: int
    contact_id: int


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody asked to be called and no call of ours is planned or made since, or on the phone for a `mail` that could
    not be sent. `at` UTC epoch seconds."""

    name: str
    phone: str
    message: str
    at: int
    contact_id: int
    mail: bool = False


#: A remark of this kind: they were called by hand since.
BY_HAND = "called_by_hand"
#: And of this: they asked on the phone for a mail, and none could leave (A9).
MAIL_WANTED = "mail_wanted"


def open_wishes(db: Database, limit: int = 50) -> list[Wish]:
    """Oldest first: nobody who asked, by the form or in their own words, is forgotten because no campaign takes the
    call (C4)."""
    forms = _not_called(Lead, Lead.received_at).where(_by_a_call()).limit(limit)
    words = _not_called(Remark, Remark.at).where(Remark.kind == "callback").limit(limit)
    mails = _not_mailed().add_columns(said_no_since(Remark.contact_id, 0)).limit(limit)
    with db.read() as session:
        wishes = {(c.id, lead.received_at): _by_form(lead, c) for lead, c in session.execute(forms)}
        wishes |= {(c.id, said.at): _in_words(said, c) for said, c in session.execute(words)}
        wanted = [_in_words(said, c, no_calls) for said, c, no_calls in session.execute(mails)]
    return sorted([*wishes.values(), *wanted], key=lambda wish: wish.at)[:limit]


def waiting(session: Session) -> set[int]:
    """Everybody who asked to be called, and is not, or for a mail that could not be sent."""
    return uncalled(session) | {*session.scalars(_not_mailed().with_only_columns(Contact.id))}


def uncalled(session: Session, *whom: ColumnElement[bool]) -> set[int]:
    """Of these, who asked to be called, and is not."""
    forms = _not_called(Lead, Lead.received_at).where(_by_a_call(), *whom).with_only_columns(Contact.id)
    words = _not_called(Remark, Remark.at).where(Remark.kind == "callback", *whom).with_only_columns(Contact.id)
    return {*session.scalars(forms), *session.scalars(words)}


def met_alone(session: Session, contact_id: int) -> bool:
    """A meeting that no campaign counts is listed here."""
    theirs = _not_called(Lead, Lead.received_at).where(_met_alone(), Contact.id == contact_id)
    return session.scalar(theirs.with_only_columns(Lead.id).limit(1)) is not None


def _by_a_call() -> ColumnElement[bool]:
    """A form for that, a question or an order whose sender chose a call for the answer (A18), or a meeting that no
    campaign counts: somebody must be there."""
    raised = select(FormVersion.sha).where(FormVersion.raises_hand, FormVersion.key != "booking")
    ours = Lead.form.in_(("chat", "order")) | Lead.form_version.in_(raised)
    rings = select(FormVersion.sha).where(FormVersion.document["kind"].as_string() == "callback")  # of any name
    by_call = (Lead.answer_by == "call") & ours
    return (Lead.form == "callback") | Lead.form_version.in_(rings) | by_call | _met_alone()


def _met_alone() -> ColumnElement[bool]:
    met = (Outcome.contact_id == Lead.contact_id, Outcome.kind == "goal_met", Outcome.at >= Lead.received_at)
    return and_(Lead.form == "booking", ~select(Outcome.id).where(*met).exists())


def _not_called(asked: type[Lead] | type[Remark], at: Any) -> Select[Any]:
    """A call that left answers them, or is on its way to: a cold one that is planned does not, nor one that a paused
    campaign holds."""
    gone = ("cancelled", "expired", "not_sent", "failed")
    ours = (Touch.contact_id == asked.contact_id, Touch.channel == "call", Touch.due_at >= at)
    live = Touch.campaign_id.is_(None) | Touch.campaign_id.in_(select(Campaign.id).where(Campaign.state == "live"))
    coming = Touch.state.in_(OPEN) & (Touch.kind == "callback") & live
    return _open(asked, at, select(Touch.id).where(*ours, coming | Touch.state.not_in((*gone, *OPEN))).exists())


def _not_mailed() -> Select[Any]:
    ours = (Touch.contact_id == Remark.contact_id, Touch.channel == "email", Touch.sent_at >= Remark.at)
    return _open(Remark, Remark.at, select(Touch.id).where(*ours).exists(), "email").where(Remark.kind == MAIL_WANTED)


def _open(asked: type[Lead] | type[Remark], at: Any, served: ColumnElement[bool], by: str = "call") -> Select[Any]:
    """Oldest first: neither served nor done by hand since, nor ended by a no."""
    query = select(asked, Contact).join(Contact, Contact.id == asked.contact_id).where(Contact.erased_at.is_(None))
    later = aliased(Remark)
    done = select(later.id).where(later.contact_id == asked.contact_id, later.kind == BY_HAND, later.at >= at).exists()
    return query.where(~served, ~done, ~said_no_since(asked.contact_id, at, by)).order_by(at, asked.id)


def said_no_since(contact_id: Any, at: Any, by: str = "call") -> ColumnElement[bool]:
    """To this channel, or to everything (E1). What the desk lists is done by hand, and no gate asks again."""
    no = (Suppression.contact_id == contact_id, Suppression.undone_at.is_(None), Suppression.at >= at)
    to_it = or_(Suppression.channel.is_(None), Suppression.channel == by)
    return select(Suppression.id).where(*no, to_it).exists()


def _by_form(lead: Lead, contact: Contact) -> Wish:
    said = (str(lead.fields.get("when", "")).replace("T", " "), str(lead.fields.get("message", "")))
    message = " · ".join(filter(None, said))
    return Wish(contact.name, contact.phone or "", message, lead.received_at, contact.id)


def _in_words(said: Remark, contact: Contact, no_calls: bool = False) -> Wish:
    message = " · ".join(filter(None, (said.words, said.name, said.said_when, said.note)))
    phone = "" if no_calls else said.number or contact.phone or ""
    return Wish(contact.name, phone, message, said.at, contact.id, mail=said.kind == MAIL_WANTED)


def open_talks(db: Database, limit: int = 50, own: Own = None) -> list[Talk]:
    """Oldest first. `own`: only of the calls of this colleague."""
    query = (
        select(Touch, Contact, Company.name, Campaign.name)
        .join(Contact, Contact.id == Touch.contact_id)
        .outerjoin(Company, Company.id == Contact.company_id)
        .outerjoin(Campaign, Campaign.id == Touch.campaign_id)
        .where(Touch.channel == "call", Touch.result == "talked", of_touch(own))
        .order_by(Touch.sent_at, Touch.contact_id)
        .limit(limit)
    )
    with db.read() as session:
        return [
            Talk(
                token=t.token,
                name=c.name,
                company=company or "",
                title=c.title or "",
                campaign=campaign or "",
                at=t.sent_at or 0,
                seconds=t.talk_seconds or 0,
                contact_id=c.id,
            )
            for t, c, company, campaign in session.execute(query)
        ]
