"""What does a colleague get to know before they speak with this person (B10)?

Said in under fifteen seconds, on the phone; the whole of it, with the outline to speak from (B6, B12, B16), is on the
desk. The person's number is in neither, and what was noted of them is not said aloud: anybody may pick up that phone.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import CallKind, Interest, Kind, Stage
from opportune.rules.reasons import sentence, went
from opportune.rules.words.colleague import said
from opportune.store import models as m
from opportune.work import prepare
from opportune.work.plan import reason_of
from opportune.work.world import World

LETTERS = 14 * 14  # fourteen a second, and a second to take a breath
MOST_HISTORY = 5


@dataclass(frozen=True, slots=True)
class Briefing:
    """`known`: facts of the company; `notes`: of the person; `history`: what came of earlier calls, latest first."""

    name: str
    title: str
    company: str
    why: str
    reasons: tuple[str, ...]
    known: tuple[str, ...]
    notes: str
    history: tuple[str, ...]
    language: str

    @property
    def spoken(self) -> str:
        """The keys are said last, and whatever else is long gives way to them."""
        keys = said(self.language, "keys")
        place = said(self.language, "company", title=self.title, company=self.company)
        who = f"{self.name}, {place if self.title and self.company else self.title or self.company}".strip(", ")
        told = [_short(who, 90), _short(self.why, 70)]
        for fact in self.known:
            if len(". ".join([*told, fact, keys])) <= LETTERS:
                told.append(fact)
        return " ".join(f"{each.rstrip('.')}." for each in [*told, keys])


def of(session: Session, touch: m.Touch, language: str) -> Briefing:
    """Everything about this touch, in the colleague's language."""
    contact = session.get_one(m.Contact, touch.contact_id)
    company = session.get(m.Company, contact.company_id) if contact.company_id else None
    decision = session.get(m.Decision, touch.decision_id) if touch.decision_id else None
    history = _history(session, touch, language)
    return Briefing(
        name=contact.name,
        title=contact.title or "",
        company=company.name if company else "",
        why=_why(session, touch, contact, history, language),
        reasons=tuple(sentence(reason_of(each), language) for each in decision.reasons) if decision else (),
        known=_known(company),
        notes=contact.notes or "",
        history=history,
        language=language,
    )


def _why(session: Session, touch: m.Touch, contact: m.Contact, history: tuple[str, ...], language: str) -> str:
    if touch.kind == Kind.CALLBACK:
        return said(language, "why_callback")
    if contact.call_kind == CallKind.REFERRAL and (by := _introduced_by(session, contact)):
        return said(language, "why_referral", by=by)
    if contact.asked_for_contact:
        return said(language, "why_asked")
    if contact.stage == Stage.CUSTOMER:
        return said(language, "why_customer")
    if contact.interest in (Interest.HOT, Interest.WARM):
        return said(language, f"why_{contact.interest}")
    return said(language, "why_again", last=history[0]) if history else said(language, "why_cold")


def _introduced_by(session: Session, contact: m.Contact) -> str | None:
    """B12: a warm opening names the connection."""
    theirs = (m.Signal.contact_id == contact.id, m.Signal.kind == "referral")
    signal = session.scalar(select(m.Signal).where(*theirs).order_by(m.Signal.at.desc()).limit(1))
    if signal is None:
        return None
    by = session.get(m.Contact, signal.introduced_by) if signal.introduced_by else None
    return _short(by.name if by else signal.evidence, 40)


def _known(company: m.Company | None) -> tuple[str, ...]:
    facts = company.facts if company else {}
    return tuple(f"{key}: {_short(str(value), 40)}" for key, value in facts.items() if value)


def _history(session: Session, touch: m.Touch, language: str) -> tuple[str, ...]:
    theirs = (m.Touch.contact_id == touch.contact_id, m.Touch.id != touch.id, m.Touch.sent_at.is_not(None))
    query = select(m.Touch.result, m.Touch.state).where(*theirs, m.Touch.channel == "call")
    latest = session.execute(query.order_by(m.Touch.sent_at.desc()).limit(MOST_HISTORY)).tuples()
    return tuple(went(result or state, language) for result, state in latest)


def outline(world: World, session: Session, touch: m.Touch) -> str:
    """What to speak from, with a fact about them (B16): in the person's own language."""
    try:
        return prepare.speech(world, session, touch, touch.template)
    except ValueError:  # the gate says what is wrong with the words before anybody is dialled
        return ""


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
