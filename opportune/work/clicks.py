"""Which links of our mails do people follow (F4)?

Mail scanners follow links too, and are kept apart: a click is a weak sign of interest, never a conversion, and an
opened mail is not measured at all. What was clicked is kept; who asked, from where and with what, is not.
"""

from __future__ import annotations

import re
from hashlib import sha256

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.store.once import insert_new
from opportune.work import cases, plan, signals
from opportune.work.mail_links import UNSEEN, Link
from opportune.work.world import World

TOUCH = "{touch}"  # stands for the touch's token in a stored target
MOST_KEPT = 100  # clicks of one mail: whoever sends more is no reader
SOON = 2  # seconds after it left: nobody reads so fast
TOGETHER = 60  # seconds around a click on the unseen link in which the same scanner is at work
SCANNERS = re.compile(
    r"^\s*$|bot\b|crawl|spider|scan|preview|proofpoint|barracuda|mimecast|symantec|messagelabs|trend ?micro|fireeye"
    r"|ms-?office|safelinks|bitdefender|kaspersky|headless|phantomjs|curl|wget|python|go-http|java/|okhttp|libwww"
    r"|axios|node-fetch|facebookexternalhit|whatsapp|telegram|skypeuri|slack|monitor",
    re.I,
)


def record(world: World, link: Link, machine: str | None, now: Instant) -> int | None:
    """Keep that this link was asked for; the click's number, if likely a person did. `machine`: why it was no person,
    as far as the request tells."""
    with world.db.write() as session:
        touch = session.scalar(select(m.Touch).where(m.Touch.token == link.touch))
        if touch is None:
            return None
        cases.lock(session, [touch.contact_id])
        if session.scalar(select(m.Contact.erased_at).where(m.Contact.id == touch.contact_id)) is not None:
            return None  # the link may name whom we forgot
        mine = m.MailClick.touch_id == touch.id
        if (session.scalar(select(func.count()).where(mine)) or 0) >= MOST_KEPT:
            return None
        why = machine or _too_good(session, touch, now)
        unmasked = _unmask(session, touch, now) if why == "hidden" else 0
        where = kept(session, link.target.replace(link.touch, TOUCH)) if link.number != UNSEEN else None
        click = m.MailClick(touch_id=touch.id, link_id=where, at=now, machine=why)
        session.add(click)
        session.flush()
        if why is None or unmasked:
            changed = signals.recompute(world, session, [touch.contact_id], now)
            plan.facts_changed(world, session, sorted(changed), now)
        return None if why else click.id


def _too_good(session: Session, touch: m.Touch, now: Instant) -> str | None:
    """What the request does not tell: it came too early, or from who just followed what no person sees."""
    left = touch.sent_at or touch.sending_at
    if left is None or now < left + SOON:
        return "early"
    scanned = (
        m.MailClick.touch_id == touch.id,
        m.MailClick.link_id.is_(None),
        m.MailClick.at > now - TOGETHER,
    )
    return "hidden" if session.scalar(select(m.MailClick.id).where(*scanned).limit(1)) else None


def _unmask(session: Session, touch: m.Touch, now: Instant) -> int:
    """Whoever follows the unseen link followed the others before it."""
    person = (
        m.MailClick.touch_id == touch.id,
        m.MailClick.machine.is_(None),
        m.MailClick.at > now - TOGETHER,
    )
    ids = list(session.scalars(select(m.MailClick.id).where(*person)))
    session.execute(update(m.MailClick).where(m.MailClick.id.in_(ids)).values(machine="hidden"))
    return len(ids)


def kept(session: Session, target: str) -> int | None:
    """The row of this target, made when it is followed for the first time."""
    digest = sha256(target.encode()).hexdigest()
    insert_new(session, m.MailLink, [{"digest": digest, "target": target}])
    return session.scalar(select(m.MailLink.id).where(m.MailLink.digest == digest))


def counted(world: World, campaign: str) -> list[tuple[str, int, int]]:
    """Target, mails in which likely a person followed it, clicks of machines; the most followed first."""
    person = func.count(func.distinct(m.MailClick.touch_id)).filter(m.MailClick.machine.is_(None))
    machines = func.count(m.MailClick.machine)
    query = (
        select(m.MailLink.target, person, machines)
        .join(m.MailClick, m.MailClick.link_id == m.MailLink.id)
        .join(m.Touch, m.Touch.id == m.MailClick.touch_id)
        .join(m.Campaign, m.Campaign.id == m.Touch.campaign_id)
        .where(m.Campaign.key == campaign)
        .group_by(m.MailLink.target)
        .order_by(person.desc(), m.MailLink.target)
    )
    with world.db.read() as session:
        return [(target, people, others) for target, people, others in session.execute(query)]
