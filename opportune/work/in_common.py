"""What do two people have in common, and how surely are they one?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.same_person import MANY, Common, Likeness, likeness
from opportune.store import models as m
from opportune.work import people
from opportune.work.alike import alike, folded

Pair = tuple[int, int]


@dataclass(slots=True)
class Known:
    """What of a person is compared."""

    name: str
    company: int | None
    mails: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)

    @property
    def domains(self) -> set[str]:
        return {mail.rpartition("@")[2] for mail in self.mails} - people.FREE_MAIL


def compared(session: Session, pairs: Sequence[Pair]) -> dict[Pair, Likeness]:
    """A few queries whatever their number."""
    known = _known(session, {id for pair in pairs for id in pair})
    shared = {pair: known[pair[0]].numbers & known[pair[1]].numbers for pair in pairs}
    busy = _busy(session, {number for numbers in shared.values() for number in numbers})
    return {pair: likeness(_common(known[pair[0]], known[pair[1]], shared[pair], busy)) for pair in pairs}


def _common(one: Known, other: Known, numbers: set[str], busy: set[str]) -> Common:
    mails = one.mails & other.mails
    return Common(
        alike(one.name, other.name),
        mail=any(not people.is_shared_box(mail) for mail in mails),
        shared_mail=bool(mails),
        number=bool(numbers - busy),
        shared_number=bool(numbers),
        company=one.company is not None and one.company == other.company,
        domain=not mails and bool(one.domains & other.domains),
    )


def _known(session: Session, ids: Iterable[int]) -> dict[int, Known]:
    c, a = m.Contact, m.Address
    wanted = sorted(ids)
    found: dict[int, Known] = {}
    for id, name, company, mail, number in session.execute(
        select(c.id, c.name, c.company_id, c.email, c.phone).where(c.id.in_(wanted))
    ):
        found[id] = Known(folded(name), company, {mail} - {None}, {number} - {None})
    for id, kind, value in session.execute(select(a.contact_id, a.kind, a.value).where(a.contact_id.in_(wanted))):
        (found[id].mails if kind == "email" else found[id].numbers).add(value)
    return found


def _busy(session: Session, numbers: set[str]) -> set[str]:
    """Those that several people have: a switchboard's, a family's."""
    c, a = m.Contact, m.Address
    mine = select(c.phone.label("number"), c.id).where(c.phone.in_(numbers), c.merged_into.is_(None))
    every = select(a.value, c.id).join(c, c.id == a.contact_id)
    each = mine.union(every.where(a.kind == "phone", a.value.in_(numbers), c.merged_into.is_(None))).subquery()
    many = select(each.c.number).group_by(each.c.number).having(func.count() >= MANY)
    return set(session.scalars(many)) if numbers else set()
