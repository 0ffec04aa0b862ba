"""Who gets which code, and is it still good? One for each person, as many as the form says, each good once (A12)."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from channels.forms import Form
from opportune.rules.facts import Instant
from opportune.rules.form_parts import moment
from opportune.store import audit
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work.versions import NotAllowed
from opportune.work.world import World

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is read as another one
LENGTH = 10


def issue(world: World, session: Session, form: Form, contact: m.Contact, now: Instant) -> str | None:
    """The code of this person, or None when all are given out."""
    coupon = form.document.coupon
    assert coupon
    given = select(func.count(m.Coupon.id)).where(m.Coupon.form == form.key)
    number = session.scalar(given) or 0
    while (code := _of(session, form.key, contact.id)) is None and number < coupon.count:
        number += 1  # somebody else may take this one in the same moment: then the next
        row = {"form": form.key, "number": number, "code": _code(world, coupon.prefix, form.key, number)}
        row |= {"contact_id": contact.id, "issued_at": now, "expires_at": moment(coupon.expires)}
        insert_once(session, m.Coupon, row | {"redeemed_at": None, "redeemed_by": None})
    return code


def _of(session: Session, form: str, contact_id: int) -> str | None:
    return session.scalar(select(m.Coupon.code).where(m.Coupon.form == form, m.Coupon.contact_id == contact_id))


def _code(world: World, prefix: str, form: str, number: int) -> str:
    """Nobody can guess another one's."""
    rest = int(world.signer.keyed("coupon", f"{form}:{number}"), 16)
    letters = "".join(LETTERS[rest >> 5 * at & 31] for at in range(LENGTH))
    return f"{prefix}-{letters}"


def redeem(world: World, code: str, by: str) -> m.Coupon:
    """From now on it is used.

    Raises:
        NotAllowed: there is no such code, it was used before, or its time is over.
    """
    now, code = world.clock.now(), code.strip().upper()
    good = (m.Coupon.code == code, m.Coupon.redeemed_at.is_(None), m.Coupon.expires_at > now)
    with world.db.write() as session:
        taken = session.execute(update(m.Coupon).where(*good).values(redeemed_at=now, redeemed_by=by))
        row = session.scalar(select(m.Coupon).where(m.Coupon.code == code))
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise NotAllowed(_why_not(row, code))
        assert row
        audit.write(session, now, by, "coupon_redeemed", row.form, data={"coupon": row.id})
    return row


def _why_not(row: m.Coupon | None, code: str) -> str:
    if row is None:
        return f"there is no code {code[:64]!r}: look for a mistake in it"
    if row.redeemed_at is not None:
        return f"{code} was used before, by {row.redeemed_by}"
    return f"{code} is no longer good: its time is over"
