"""What became of a reader who followed a link of our mail to our site: pages, seconds, gone at once (F4)?

A link that likely a person followed to a site of ours (`OPPORTUNE_SITES`) takes a signed number along: that of the
click, which says nothing of anybody. Only with it, and only with the visitor's consent, the site's script reports.
"""

from __future__ import annotations

import hmac
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, HOUR, Instant
from opportune.statistics.shares import Span, wilson
from opportune.store import models as m
from opportune.store.once import insert_new
from opportune.work import cases, plan, signals
from opportune.work.world import World

NAME = "opportune_visit"  # in the address, as visit.js looks for it
TOKEN = re.compile(r"([1-9]\d{0,17})\.([0-9a-f]{32})", re.ASCII)
NUMBER = re.compile(r"\d{1,9}", re.ASCII)
LASTS = DAY  # so long after the click its visit may be reported
MOST_PAGES, MOST_SECONDS = 100, 4 * HOUR


@dataclass(frozen=True, slots=True)
class Visits:
    """What the mails of one campaign brought. `median`: seconds; None without visits."""

    campaign: str
    mails: int
    followed: int
    visits: int
    median: float | None
    bounced: int

    @property
    def span(self) -> Span:
        return wilson(self.bounced, self.visits)


def token(world: World, click: int) -> str:
    return f"{click}.{world.signer.keyed('visit', str(click))}"


def marked(world: World, target: str, click: int) -> str:
    """The target with the visit's token, if it is a site of ours."""
    parts = urlsplit(target)
    if f"{parts.scheme}://{parts.netloc}".lower() not in world.settings.sites:
        return target
    query = f"{parts.query}&" if parts.query else ""
    return parts._replace(query=f"{query}{NAME}={token(world, click)}").geturl()


def record(world: World, given: Mapping[str, str], now: Instant) -> None:
    """Keep what a site told. Told again, the larger numbers count: each report of a visit holds the one before."""
    click = _click(world, given.get("visit", ""))
    told = [given.get(name, "") for name in ("pages", "seconds")]
    if click is None or not all(map(NUMBER.fullmatch, told)):
        return
    pages, seconds = map(int, told)
    with world.db.write() as session:
        row = session.get(m.MailClick, click)
        if row is None or row.machine is not None or not row.at <= now < row.at + LASTS:
            return
        person = session.get_one(m.Touch, row.touch_id).contact_id
        cases.lock(session, [person])
        seconds = min(seconds, now - row.at, MOST_SECONDS)
        _merge(session, row, {"at": now, "pages": min(max(pages, 1), MOST_PAGES), "seconds": seconds})
        changed = signals.recompute(world, session, [person], now)
        plan.facts_changed(world, session, sorted(changed), now)


def _merge(session: Session, click: m.MailClick, told: dict[str, int]) -> None:
    if insert_new(session, m.MailVisit, [{"click_id": click.id, "touch_id": click.touch_id, **told}]):
        return
    columns = {"pages": m.MailVisit.pages, "seconds": m.MailVisit.seconds}
    larger = {name: case((column < told[name], told[name]), else_=column) for name, column in columns.items()}
    session.execute(update(m.MailVisit).where(m.MailVisit.click_id == click.id).values(larger))


def _click(world: World, given: str) -> int | None:
    """None: we never signed this."""
    found = TOKEN.fullmatch(given)
    return int(found[1]) if found and hmac.compare_digest(token(world, int(found[1])), given) else None


def counted(world: World, campaign: str | None = None) -> list[Visits]:
    """Each campaign that mailed, by its key; machines count nowhere."""
    with world.db.read() as session:
        mails = dict(_by_campaign(session, campaign, func.count(m.Touch.id)))
        followed = dict(_by_campaign(session, campaign, func.count(func.distinct(m.Touch.id)), m.MailClick))
        seen = defaultdict(list)
        for key, pages, seconds in _visits(session, campaign):
            seen[key].append((pages, seconds))
    return [_told(key, mails[key], followed.get(key, 0), seen[key]) for key in sorted(mails)]


def _told(key: str, mails: int, followed: int, seen: list[tuple[int, int]]) -> Visits:
    bounced = sum(pages == 1 and seconds < signals.BOUNCE for pages, seconds in seen)
    middle = median(seconds for _, seconds in seen) if seen else None
    return Visits(key, mails, followed, len(seen), middle, bounced)


def _by_campaign(session: Session, campaign: str | None, what: Any, *clicks: type[m.MailClick]) -> list[Any]:
    query = select(m.Campaign.key, what).join(m.Touch, m.Touch.campaign_id == m.Campaign.id)
    for each in clicks:
        query = query.join(each, each.touch_id == m.Touch.id).where(each.machine.is_(None))
    query = query.where(m.Touch.channel == "email", m.Touch.sent_at.is_not(None), *_only(campaign))
    return [tuple(row) for row in session.execute(query.group_by(m.Campaign.key))]


def _visits(session: Session, campaign: str | None) -> list[Any]:
    query = select(m.Campaign.key, m.MailVisit.pages, m.MailVisit.seconds)
    query = query.join(m.Touch, m.Touch.campaign_id == m.Campaign.id)
    query = query.join(m.MailVisit, m.MailVisit.touch_id == m.Touch.id)
    query = query.join(m.MailClick, m.MailClick.id == m.MailVisit.click_id)
    return list(session.execute(query.where(m.MailClick.machine.is_(None), *_only(campaign))))


def _only(campaign: str | None) -> tuple[Any, ...]:
    return () if campaign is None else (m.Campaign.key == campaign,)
