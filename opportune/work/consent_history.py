"""What did this person allow, when, in which words, and what holds now (E1)? Everything ever said, with its proof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.consent import CLOSED_BY, COVERED_BY, KINDS
from opportune.rules.facts import DAY, ConsentFact, Instant, Person
from opportune.store import models as m
from opportune.work import cases, consents, whom
from opportune.work.world import World

WORDS = ("wording", "wording_version", "form_version", "page", "ip", "agent", "proof", "advertiser", "expires_at")
Told = dict[str, Any]


def history(world: World, who: str) -> Told:
    """Everything that was ever said, oldest first, and what is in force now.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
    """
    now = world.clock.now()
    with world.db.read() as session:
        contact = whom.the_one(session, who)
        return {
            "contact": contact.id,
            "name": contact.name,
            "in_force": standing(world, session, contact, now),
            "history": sorted(_events(session, contact.id, now), key=lambda each: (each["at"], each["what"])),
        }


def standing(world: World, session: Session, contact: m.Contact, now: Instant) -> list[Told]:
    """For each way of contact the word that holds now: yes, no, waits, expired, or none was ever said."""
    return words(session, cases.persons(world, session, [contact])[contact.id], contact.id, now)


def words(session: Session, person: Person, contact_id: int, now: Instant) -> list[Told]:
    """The same of somebody already looked at."""
    waiting = {row.channel: row.at for row, open_ in _pending(session, contact_id, now) if open_}
    return [_word(person, kind, waiting.get(kind, -1), now) for kind in KINDS]


def _word(person: Person, kind: str, asked: Instant, now: Instant) -> Told:
    """`asked`: when a box was ticked that waits for its click; a no since then is the later word."""
    closing = [each for each in person.consents if not each.granted and each.channel in CLOSED_BY[kind]]
    given = [each for each in person.consents if each.granted and each.channel in COVERED_BY[kind] and each.at <= now]
    good = [each for each in given if each.expires_at is None or now < each.expires_at]
    last = max([*closing, *good], key=lambda each: (each.at, not each.granted, each.id), default=None)
    state = "nothing" if last is None else "yes" if last.granted else "no"
    if last is None and given:
        last, state = max(given, key=lambda each: (each.expires_at or 0, each.id)), "expired"
    if person.suppressed:
        state = "no"
    elif state != "yes" and asked > (-1 if last is None else last.at):
        state = "waits"
    when = _when(last, state) | ({"since": asked} if state == "waits" else {})
    return {"channel": kind, "state": state, "do_not_contact": person.suppressed, **when}


def _when(last: ConsentFact | None, state: str) -> Told:
    if last is None:
        return {"since": None, "until": None, "advertiser": "", "consent": None}
    since = last.expires_at if state == "expired" else last.at
    return {"since": since, "until": last.expires_at, "advertiser": last.advertiser, "consent": last.id or None}


def _events(session: Session, contact_id: int, now: Instant) -> Iterator[Told]:
    sources = {row.id: row for row in session.scalars(select(m.Source))}
    for row in session.scalars(select(m.Consent).where(m.Consent.contact_id == contact_id)):
        what = "confirmed" if row.confirmed_at else "yes" if row.granted else "no"
        asked = session.get(m.ConsentPending, row.pending_id) if row.pending_id else None
        more = {"consent": row.id, "asked_at": asked.at if asked else None}
        yield {"what": what, **_said(row), **more, "source": _source(sources.get(row.source_id or 0))}
    for waiting, open_ in _pending(session, contact_id, now):
        more = {"mailed": waiting.mailed, "until": waiting.until, "open": open_}
        yield {"what": "asked", **_said(waiting), **more, "source": _source(sources.get(waiting.source_id or 0))}
    for no in session.scalars(select(m.Suppression).where(m.Suppression.contact_id == contact_id)):
        if no.kind == "person":  # the same no by each address says nothing more
            yield {"what": "stop", "at": no.at, "channel": no.channel, "reason": no.reason, "evidence": no.evidence}
            if no.undone_at is not None:
                yield {"what": "allowed", "at": no.undone_at, "channel": no.channel, "reason": no.undone_why}


def _said(row: m.Consent | m.ConsentPending) -> Told:
    return {
        "at": row.at,
        "channel": row.channel,
        "purpose": row.purpose,
        **{name: getattr(row, name) for name in WORDS},
    }


def _pending(session: Session, contact_id: int, now: Instant) -> list[tuple[m.ConsentPending, bool]]:
    """What waits or waited for a click, and whether it may still come."""
    rows = session.scalars(select(m.ConsentPending).where(m.ConsentPending.contact_id == contact_id)).all()
    done = set(session.scalars(select(m.Consent.pending_id).where(m.Consent.contact_id == contact_id)))
    return [(row, row.id not in done and now < row.until) for row in rows]


def _source(row: m.Source | None) -> Told | None:
    """Where it came from, and who answers for a list."""
    names = ("key", "kind", "basis", "basis_by", "document", "document_hash")
    return {name: getattr(row, name) for name in names} if row else None


def expiring(world: World, days: int) -> list[Told]:
    """Whose yes ends within so many days, the first first: those that nothing followed."""
    now = world.clock.now()
    ends = (m.Consent.granted, m.Consent.expires_at > now, m.Consent.expires_at <= now + days * DAY)
    query = select(m.Consent.contact_id).where(*ends).distinct().order_by(m.Consent.contact_id)
    with world.db.read() as session:
        found = [each for id in session.scalars(query).all() for each in _ending(world, session, id, now, days)]
    return sorted(found, key=lambda each: (each["until"], each["contact"]))


def _ending(world: World, session: Session, contact_id: int, now: Instant, days: int) -> Iterator[Told]:
    contact = session.get_one(m.Contact, contact_id)
    for word in standing(world, session, contact, now) if contact.merged_into is None else ():
        own = word["channel"] != "voicemail" or word["consent"] is None or _is_voicemail(session, word["consent"])
        if own and word["state"] == "yes" and word["until"] is not None and word["until"] <= now + days * DAY:
            yield {"contact": contact.id, "name": contact.name, **word}


def _is_voicemail(session: Session, consent_id: int) -> bool:
    """A yes to automated calls covers voicemail: it is listed once."""
    return session.get_one(m.Consent, consent_id).channel == "voicemail"


def page(world: World, token: str) -> list[Told]:
    """What stands on a person's own page. A token nobody has reads like one of somebody who never said anything."""
    now = world.clock.now()
    with world.db.read() as session:
        contact = consents.owner(session, token)
        if contact is not None:
            return standing(world, session, contact, now)
    nothing = {"state": "nothing", "do_not_contact": None, **_when(None, "nothing")}
    return [{"channel": kind, **nothing} for kind in KINDS]
