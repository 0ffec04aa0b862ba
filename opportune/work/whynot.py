"""Who is not being contacted, and what would help? Everybody counts once, in the first group that fits.

One statement counts, whatever the number of people; who is in several campaigns is where they are nearest to contact.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, and_, case, exists, func, literal, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.rules.hours import local
from opportune.rules.reasons import phrase, when
from opportune.store import models as m
from opportune.store.ledger import OPEN
from opportune.work import campaign_days
from opportune.work.whom import NotFound
from opportune.work.world import World


class Group(NamedTuple):
    """`side`: reachable, waiting or said_no. `ends`: with which reasons an enrolment ended that belongs here."""

    name: str
    side: str
    ends: tuple[str, ...] = ()


COLLEAGUE = ("colleague_replied", "colleague_goal_met")  # somebody else of their company answered
#: The nearest to contact first: who fits several is counted in the first.
GROUPS = (
    Group("under_way", "reachable"),
    Group("later", "waiting"),
    Group("undecided", "waiting"),
    Group("goal", "reachable", ("goal_met", "replied", "meeting_booked", "meeting_kept", *COLLEAGUE)),
    Group("hold_out", "reachable", ("hold_out",)),
    Group("done", "reachable", ("cadence_over", "calls_used_up", "lost", "disqualified")),
    Group("paused", "waiting", ("campaign_over",)),
    Group("law", "waiting", ("law_unsigned", "law_blocked")),
    Group("zone", "waiting", ("needs_zone", "needs_one_zone", "no_window", "no_slot")),
    Group(
        "address",
        "waiting",
        ("needs_address", "no_phone", "no_email", "no_such_number", "wrong_person", "email_bounced"),
    ),
    Group("consent", "waiting", ("needs_consent", "announce_needs_consent")),
    Group("bought", "waiting", ("bought_list",)),
    Group("channel", "waiting", ("channel_off", "only_informs", "service_stranger")),
    Group("forbidden", "waiting", ("forbidden_here", "announce_forbidden")),
    Group("refused", "said_no", ("not_interested", "consent_withdrawn", "do_not_call", "opted_out", "suppressed")),
    Group("other", "waiting"),
    Group("outside", "waiting"),
    Group("said_no", "said_no"),
)
RANK = {group.name: rank for rank, group in enumerate(GROUPS)}
HELD = {"needs a time zone": "zone", "needs an address": "address", "needs a signed law row": "law"}


def why_not(world: World, campaign: str | None = None, limit: int = 3, language: str = "en") -> dict[str, Any]:
    """The groups of everybody (of one campaign), with a sentence what to do and up to `limit` examples of each.

    Raises:
        NotFound: there is no such campaign.
    """
    with world.db.read() as session:
        chosen = _campaign(session, campaign)
        placed = _placed(chosen)
        counts = select(placed.c.rank, func.count(), func.min(placed.c.at)).group_by(placed.c.rank)
        found = {GROUPS[rank]: (people, at) for rank, people, at in session.execute(counts)}
        examples = _examples(session, placed, limit)
        everybody = session.scalar(select(func.count()).select_from(_scope(chosen).subquery())) or 0
        ahead = campaign_days.told_ahead(world, session, world.clock.now(), language, campaign)
    sides = {side: _sum(found, side) for side in ("reachable", "waiting", "said_no")}
    if sum(sides.values()) != everybody:
        raise RuntimeError(f"{sides} do not add up to {everybody} people: somebody would be forgotten")
    return {
        "campaign": campaign,
        "all": everybody,
        **sides,
        "starts": [sentence for _, sentence in ahead],
        "told": phrase("groups_all", language, all=f"{everybody:,}", **{k: f"{n:,}" for k, n in sides.items()}),
        "groups": [
            _group(group, *found[group], examples.get(RANK[group.name], []), language)
            for group in GROUPS
            if group in found
        ],
    }


def _sum(found: dict[Group, tuple[int, Instant | None]], side: str) -> int:
    return sum(people for group, (people, _) in found.items() if group.side == side)


def _group(
    group: Group, people: int, at: Instant | None, examples: list[dict[str, Any]], language: str
) -> dict[str, Any]:
    time = phrase("clock_utc", language, time=when(local("UTC", at), language)) if at is not None else ""
    told = phrase(f"group_{group.name}", language, time=time)
    return {
        "group": group.name,
        "side": group.side,
        "people": people,
        "next_at": at if group.name == "later" else None,
        "told": told,
        "examples": examples,
    }


def _campaign(session: Session, key: str | None) -> int | None:
    if key is None:
        return None
    found = session.scalar(select(m.Campaign.id).where(m.Campaign.key == key))
    if found is None:
        raise NotFound(f"there is no campaign {key!r}")
    return found


# ---- the statement


def _scope(campaign: int | None) -> Select[tuple[int]]:
    """Everybody, or everybody in the campaign."""
    people = select(m.Contact.id).where(m.Contact.merged_into.is_(None))
    inside = exists().where(m.Enrolment.contact_id == m.Contact.id, m.Enrolment.campaign_id == campaign)
    return people if campaign is None else people.where(inside)


def _placed(campaign: int | None) -> CTE:
    """Each person's group, and for who waits for time the next moment."""
    inside = _enrolments(campaign)
    said_no = exists().where(
        m.Suppression.contact_id == m.Contact.id, m.Suppression.undone_at.is_(None), m.Suppression.channel.is_(None)
    )
    alone = case(
        (m.Contact.held.in_(list(HELD)), _ranked(m.Contact.held)),
        (and_(m.Contact.email.is_(None), m.Contact.phone.is_(None)), RANK["address"]),
        else_=RANK["outside"],
    )
    rank = case((said_no, RANK["said_no"]), else_=func.coalesce(inside.c.rank, alone))
    return (
        select(m.Contact.id, m.Contact.name, rank.label("rank"), inside.c.at)
        .outerjoin(inside, inside.c.contact_id == m.Contact.id)
        .where(m.Contact.id.in_(_scope(campaign)))
        .cte("placed")
    )


def _enrolments(campaign: int | None) -> CTE:
    """Contact -> the nearest group of all campaigns they are in."""
    query = select(m.Enrolment.contact_id, m.Enrolment.decide_at, _rank_of_enrolment().label("rank"))
    query = query.join(m.Campaign, m.Campaign.id == m.Enrolment.campaign_id)
    each = (query if campaign is None else query.where(m.Enrolment.campaign_id == campaign)).cte("each_one")
    later = func.min(case((each.c.rank == RANK["later"], each.c.decide_at))).label("at")
    nearest = select(each.c.contact_id, func.min(each.c.rank).label("rank"), later)
    return nearest.group_by(each.c.contact_id).cte("inside")


def _rank_of_enrolment() -> ColumnElement[int]:
    open_touch = exists().where(m.Touch.enrolment_id == m.Enrolment.id, m.Touch.state.in_(OPEN))
    held = _newest(m.Decision.held)
    ended = [(m.Enrolment.stopped_why.in_(group.ends), RANK[group.name]) for group in GROUPS if group.ends]
    return case(
        (m.Enrolment.state != "active", case(*ended, else_=RANK["other"])),
        (m.Campaign.state != "live", literal(RANK["paused"])),
        (open_touch, RANK["under_way"]),
        (held.in_(list(HELD)), _ranked(held)),
        (_newest(m.Decision.id).is_(None), RANK["undecided"]),
        (m.Enrolment.decide_at.is_not(None), RANK["later"]),
        else_=RANK["under_way"],  # it left; its outcome decides
    )


def _ranked(held: Any) -> ColumnElement[int]:
    return case(*[(held == words, RANK[name]) for words, name in HELD.items()], else_=RANK["other"])


def _newest(column: Any) -> Any:
    """Of the newest decision of the enrolment."""
    of = m.Decision.enrolment_id == m.Enrolment.id
    return select(column).where(of).order_by(m.Decision.id.desc()).limit(1).correlate(m.Enrolment).scalar_subquery()


def _examples(session: Session, placed: CTE, limit: int) -> dict[int, list[dict[str, Any]]]:
    """The first few people of each group."""
    place = func.row_number().over(partition_by=placed.c.rank, order_by=placed.c.id).label("place")
    first = select(placed.c.id, placed.c.name, placed.c.rank, place).subquery()
    query = (
        select(first.c.rank, first.c.id, first.c.name).where(first.c.place <= limit).order_by(first.c.rank, first.c.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for rank, id, name in session.execute(query.order_by(first.c.id)):
        found.setdefault(rank, []).append({"contact": id, "name": name})
    return found
