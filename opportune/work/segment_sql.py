"""Which people meet these conditions? Conditions become parts of a query whose values are all parameters (E6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select, true
from sqlalchemy.orm import Session, aliased

from opportune.rules.consent import CLOSED_BY, COVERED_BY
from opportune.rules.facts import DAY, CallResult, Instant
from opportune.rules.fit import size_class
from opportune.rules.parts import Audience
from opportune.rules.segment import Condition, Segment
from opportune.store import models as m
from opportune.store.contacts import MARKETING

Where = ColumnElement[bool]
ALIVE = (m.Contact.merged_into.is_(None), m.Contact.erased_at.is_(None))
#: A call to which they said something, whatever it was.
ANSWERED = (
    CallResult.INTERESTED,
    CallResult.NOT_INTERESTED,
    CallResult.MEETING,
    CallResult.TALKED,
    CallResult.CALL_BACK,
    CallResult.EMAIL_PLEASE,
    CallResult.DO_NOT_CALL,
)

#: field of a condition -> what of a contact it asks
SPLIT: dict[str, Any] = {
    "statuses": m.Contact.status,
    "countries": m.Contact.country,
    "interests": m.Contact.interest,
    "languages": m.Contact.language,
    "stages": m.Contact.stage,
    "familiarity": m.Contact.familiarity,
    "kinds": m.Contact.call_kind,
}


def current(session: Session) -> dict[str, m.Segment]:
    """The newest row of each key, also of those that became others."""
    return {row.key: row for row in session.scalars(select(m.Segment).order_by(m.Segment.id))}


def listed(session: Session) -> Sequence[m.Segment]:
    """Those in use, by key."""
    return [row for _, row in sorted(current(session).items()) if row.state == "live"]


def reached(known: Mapping[str, Segment], named: str) -> set[str]:
    """This segment, and each that it speaks of."""
    seen, look = set(), [named]
    while look:
        each = look.pop()
        if each not in seen:
            seen.add(each)
            look += known[each].named if each in known else ()
    return seen


def basic(audience: Audience) -> Iterator[Where]:
    """What a campaign's audience and a condition share."""
    contact = m.Contact
    if audience.statuses:
        yield contact.status.in_(audience.statuses)
    if audience.countries:
        yield contact.country.in_(audience.countries)
    if audience.interests:
        yield contact.interest.in_(audience.interests)
    if audience.sources:
        named = or_(m.Source.key.in_(audience.sources), m.Source.kind.in_(audience.sources))
        yield contact.source_id.in_(select(m.Source.id).where(named))


@dataclass(frozen=True)
class Reader:
    """Reads conditions as of one moment."""

    session: Session
    now: Instant
    kept: Mapping[str, int] = field(default_factory=dict)  # of these keys not the newest row, but this one

    @cached_property
    def documents(self) -> dict[str, Segment]:
        rows = current(self.session)
        older = self.session.scalars(select(m.Segment).where(m.Segment.id.in_(self.kept.values())))
        rows |= {row.key: row for row in older if row.key in self.kept}
        return {key: Segment.model_validate(row.document) for key, row in rows.items()}

    def within(self, key: str, above: frozenset[str] = frozenset()) -> Where:
        """In the segment of this key. One that does not exist, or speaks of itself, has nobody: never everybody."""
        document = self.documents.get(key)
        return false() if document is None or key in above else self.people(document, above | {key})

    def people(self, segment: Segment, above: frozenset[str] = frozenset()) -> Where:
        """What a contact must be to belong to this segment."""
        found = [self._condition(each, above) for each in segment.all]
        if segment.any:
            found.append(or_(*(self._condition(each, above) for each in segment.any)))
        # What is not known is not so: without coalesce, NOT of it would be unknown again, and lose people.
        found += [not_(func.coalesce(self._condition(each, above), false())) for each in segment.none]
        return and_(true(), *found)

    def _condition(self, condition: Condition, above: frozenset[str]) -> Where:
        found = [*basic(condition), *self._labels(condition), *self._company(condition), *self._history(condition)]
        if condition.segment:
            found.append(self.within(condition.segment, above))
        return and_(true(), *found)

    def _labels(self, condition: Condition) -> Iterator[Where]:
        contact = m.Contact
        for column, values in (
            (contact.language, condition.languages),
            (contact.stage, condition.stages),
            (contact.familiarity, condition.familiarity),
            (contact.call_kind, condition.kinds),
        ):
            if values:
                yield column.in_(values)
        if condition.business is not None:
            yield contact.business.is_(condition.business)
        if condition.fit_from is not None:
            yield contact.fit >= condition.fit_from
        if condition.fit_below is not None:
            yield contact.fit < condition.fit_below

    def _company(self, condition: Condition) -> Iterator[Where]:
        """As they are written in lists: compared here, since databases disagree about capitals beyond ASCII."""
        if condition.industries:
            yield self._company_says("industry", word, [each.lower() for each in condition.industries])
        if condition.sizes:
            yield self._company_says("size", size_class, condition.sizes)

    def _company_says(self, name: str, read: Callable[[object], str | None], wanted: Collection[str]) -> Where:
        said = m.Company.facts[name].as_string()
        written = [each for each in self.session.scalars(select(said).distinct()) if read(each) in wanted]
        return m.Contact.company_id.in_(select(m.Company.id).where(said.in_(written)))

    def _history(self, condition: Condition) -> Iterator[Where]:
        if condition.last_call:
            yield _last_call().in_(condition.last_call)
        for kind in condition.consents:
            yield _says_yes(kind, self.now)
        if condition.contacted_within_days is not None:
            yield _touched(m.Touch.sending_at >= self.now - condition.contacted_within_days * DAY)
        if condition.answered_within_days is not None:
            talked = and_(m.Touch.channel == "call", m.Touch.result.in_(ANSWERED))
            wrote = and_(m.Touch.channel == "email", m.Touch.result == "replied")
            when = func.coalesce(m.Touch.result_at, m.Touch.sending_at)
            yield _touched(or_(talked, wrote), when >= self.now - condition.answered_within_days * DAY)


def word(said: object) -> str | None:
    return str(said or "").strip().lower() or None


def _touched(*where: Where) -> Where:
    return exists().where(m.Touch.contact_id == m.Contact.id, *where)


def _last_call() -> Any:
    """How the last call with a known end went."""
    ended = (m.Touch.channel == "call", m.Touch.result.in_(list(CallResult)))
    last = select(m.Touch.result).where(m.Touch.contact_id == m.Contact.id, *ended)
    return last.order_by(m.Touch.id.desc()).limit(1).scalar_subquery()


def _says_yes(kind: str, now: Instant) -> Where:
    """The latest word is a yes that holds; at the same moment the no wins. The gate asks anew before a touch (E1)."""
    yes, no, stop = m.Consent, aliased(m.Consent), m.Suppression
    holds = (yes.channel.in_(COVERED_BY[kind]), yes.granted.is_(True), yes.purpose == MARKETING, yes.at <= now)
    unended = or_(yes.expires_at.is_(None), yes.expires_at > now)
    taken_back = exists().where(
        no.contact_id == yes.contact_id, no.channel.in_(CLOSED_BY[kind]), no.granted.is_(False), no.at >= yes.at
    )
    everywhere = or_(stop.channel.is_(None), and_(stop.channel.in_(CLOSED_BY[kind]), stop.at >= yes.at))
    stopped = exists().where(stop.contact_id == yes.contact_id, stop.undone_at.is_(None), everywhere)
    return exists().where(yes.contact_id == m.Contact.id, *holds, unended, ~taken_back, ~stopped)
