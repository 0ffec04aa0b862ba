"""What may a template say of a touch? Plain values, read for one or a thousand touches in four queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.campaign import Campaign, Sender
from opportune.store import models as m
from opportune.store import sealed
from opportune.store.bulk import Bulk
from opportune.work import cases, confirming, lead_answers, senders, thread
from opportune.work.thread import Earlier
from opportune.work.world import World

_ROWS = """
  SELECT t.id, t.token, t.template, t.kind, t.step, t.due_at, t.enrolment_id, c.name, c.email, c.title, c.language,
         k.name, e.version_id, w.result, o.name, o.email, o.phone, t.key, w.caller
  FROM touch t JOIN contact c ON c.id = t.contact_id LEFT JOIN company k ON k.id = c.company_id
  LEFT JOIN enrolment e ON e.id = t.enrolment_id LEFT JOIN touch w ON w.id = t.caused_by AND w.channel = 'call'
  LEFT JOIN operator o ON o.id = c.owner_id AND o.active
  WHERE t.id = ANY(?) ORDER BY t.due_at, t.contact_id, t.id"""
_ASKED = "SELECT token, wording FROM consent_pending WHERE token = ANY(?) ORDER BY id"
_EARLIER = """
  SELECT enrolment_id, message_id FROM touch
  WHERE enrolment_id = ANY(?) AND message_id IS NOT NULL AND sent_at IS NOT NULL ORDER BY sent_at, id"""


class Row(NamedTuple):
    id: int
    token: str
    template: str
    kind: str
    step: int
    due_at: int
    enrolment_id: int | None
    name: str
    email: str | None
    title: str | None
    language: str
    company: str | None
    version_id: int | None
    cause: str | None  # how the call ended that led here
    owner: str | None  # the colleague to whom the person belongs
    owner_email: str | None
    owner_phone: str | None
    key: str = ""
    shown: str | None = None  # the number that the call before it showed


class Matter(NamedTuple):
    """One touch with all that its words may rest on. `earlier`: Message-IDs of the thread, oldest first; `last`: its
    last mail (A11); `asked`: what it asks to confirm (E1)."""

    row: Row
    campaign: Campaign | None
    sender: Sender
    earlier: tuple[str, ...]
    last: Earlier | None = None
    answer: m.LeadAnswer | None = None  # of a form (A12)
    asked: tuple[str, ...] = ()


def of(world: World, session: Session, touches: Iterable[int]) -> list[Matter]:
    """In the order in which they are due."""
    bulk = Bulk(session)
    rows = [Row._make((*each[:8], sealed.opened(each[8]), *each[9:])) for each in bulk.rows(_ROWS, list(touches))]
    followed = [row.enrolment_id for row in rows if row.enrolment_id and row.step > 1]
    threads, last = _threads(bulk, followed), thread.last_mails(bulk, followed)
    house = _newest_live(session) if any(row.version_id is None for row in rows) else None
    asked = _asked(world, bulk, [row.token for row in rows if row.template == confirming.TEMPLATE])
    answers = lead_answers.of(session, [row.key for row in rows if row.kind == "requested"])
    matters = []
    for row in rows:
        version = row.version_id or house
        campaign = cases.campaign_of(world, session, version) if version else None
        sender = campaign.sender if campaign else _house(world)
        sender = senders.speaking_for(world, sender, row.owner, row.owner_email, row.owner_phone)
        before, answered = tuple(threads[row.enrolment_id]), last.get(row.enrolment_id)
        answer, waiting = answers.get(row.key), asked.get(row.token, ())
        matters.append(Matter(row, campaign, sender, before, answered, answer, waiting))
    return matters


def _asked(world: World, bulk: Bulk, tokens: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The words beside the boxes, of each mail that asks whether they hold."""
    mine = {confirming.link_token(world, token): token for token in tokens}
    found: dict[str, tuple[str, ...]] = {}
    for link, wording in bulk.rows(_ASKED, list(mine)) if mine else ():
        found[mine[link]] = (*found.get(mine[link], ()), wording)
    return found


def context(world: World, matter: Matter) -> dict[str, Any]:
    """What a template may say: plain values, never rows."""
    row = matter.row
    return {
        "person": {
            "name": row.name,
            "first_name": row.name.split()[0] if row.name.split() else "",
            "company": row.company or "",
            "title": row.title or "",
            "language": row.language,
        },
        "sender": matter.sender.model_dump(),
        "campaign": _campaign_words(matter.campaign),
        "links": {
            "book": link(world, f"forms/booking?t={row.token}"),
            "unsubscribe": link(world, f"u/{row.token}"),
            "form": link(world, "forms/callback"),
            "my": link(world, f"my/{row.token}?l={row.language}"),
            "confirm": link(world, f"confirm/{confirming.link_token(world, row.token)}?l={row.language}"),
        },
        "asked": list(matter.asked),
        "answer": lead_answers.words(matter.answer),
        "called_from": row.shown or matter.sender.phone,
        "cause": row.cause,
        "step": row.step,
        "earlier": {"date": matter.last.date, "lines": list(matter.last.lines)} if matter.last else None,
    }


def link(world: World, path: str) -> str:
    return f"{world.settings.public_url.rstrip('/')}/{path}"


def _threads(bulk: Bulk, enrolments: Sequence[int]) -> dict[int | None, list[str]]:
    threads: dict[int | None, list[str]] = defaultdict(list)
    for enrolment, message_id in bulk.rows(_EARLIER, list(enrolments)) if enrolments else ():
        threads[enrolment].append(message_id)
    return threads


def _newest_live(session: Session) -> int | None:
    """What somebody asked for belongs to no campaign: the sender of the newest live one answers."""
    return session.scalar(select(m.Campaign.version_id).where(m.Campaign.state == "live").order_by(m.Campaign.id))


def _campaign_words(campaign: Campaign | None) -> dict[str, str]:
    """Its reason too (A13): a reminder to a past customer reads otherwise than a first word to a stranger."""
    names = ("name", "goal", "reason", "offer", "advertiser")
    if campaign is None:
        return dict.fromkeys(names, "") | {"goal": "inform"}
    return {name: str(getattr(campaign, name)) for name in names}


def _house(world: World) -> Sender:
    """Without any campaign the house itself speaks, from the settings."""
    s = world.settings
    domain = s.mail_domain or "localhost.example"
    return Sender(
        name="The team",
        company=domain,
        email=s.mail_sender or f"hello@{domain}",
        phone=s.twilio_caller or "+10000000000",
        postal_address=domain,
    )
