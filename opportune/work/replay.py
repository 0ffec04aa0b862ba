"""What did providers tell us that is not applied yet, and which opt-outs does only the journal know?

After a defect was mended the kept events are applied; after a restore from a backup every opt-out since comes back.
"""

from __future__ import annotations

import base64
import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select

from channels.voice import parse_event
from opportune.rules.facts import Instant
from opportune.store import events
from opportune.store import models as m
from opportune.work import apologies, calls, inbound, inbox, journal, operator_line, optout, talks
from opportune.work.world import World

SETTLING = 60  # seconds: whoever took it in may be applying it just now
MOMENT = 5  # seconds in which a living process applies what it kept
PART = 1_000
PAGE = 500
No = dict[tuple[str, str | None], dict[str, Any]]  # (keyed hash, channel) -> what the journal says of it

log = logging.getLogger(__name__)


@dataclass
class Replayed:
    applied: int = 0
    failed: int = 0


def again(world: World, since: Instant = 0, *, by_itself: bool = False) -> Replayed:
    """Apply what was kept but not applied, oldest first. `by_itself`: what failed often waits for a person."""
    return _apply_all(world, since, events.TRIES if by_itself else None, SETTLING if by_itself else 0)


def abandoned(world: World, quiet: int = MOMENT) -> int:
    """What somebody kept and did not live to apply may be an opt-out, so it does not wait for `again`: each second, and
    at the start of a process. That two apply it at once is harmless: `events.take` lets one."""
    try:
        _journaled_alone(world)
    except Exception:  # it goes on waiting, and nothing leaves
        log.exception("A no that stands in the journal alone could not be applied")
    return _apply_all(world, 0, 1, quiet).applied


def _apply_all(world: World, since: Instant, tries: int | None, quiet: int) -> Replayed:
    done, now = Replayed(), world.clock.now()
    for event in _waiting(world, since, tries):
        if quiet and now - event.received_at < quiet:
            continue
        try:
            _apply(world, event, now)
            done.applied += 1
        except Exception:  # kept with its reason: see events.apply
            log.exception("Event %s could not be applied", event.id)
            done.failed += 1
    return done


def _waiting(world: World, since: Instant, tries: int | None) -> Iterator[m.ProviderEvent]:
    """All of them: those that fail keep none behind them waiting."""
    behind, more = 0, True
    while more:
        with world.db.read() as session:
            page = events.waiting(session, since=since, tries=tries, behind=behind, most=PAGE)
        yield from page
        more = len(page) == PAGE
        behind = page[-1].id if page else behind


def _apply(world: World, event: m.ProviderEvent, now: Instant) -> None:
    if event.provider == inbox.PROVIDER:
        inbox.understand(world, event.id, base64.b64decode(event.payload["raw"]), now)
        return
    if event.kind.startswith(f"{operator_line.KIND} "):
        operator_line.heard_late(world, event, now)
        return
    try:
        said = parse_event(urlencode(event.payload).encode("ascii"))
    except ValueError as error:
        events.failed(world.db, event.id, error)
        raise
    said = replace(said, event_key=event.event_key.partition(":")[2])
    if event.kind.startswith(inbound.KIND):
        inbound.later(world, event.kind, said, now)
        return
    with world.db.read() as session:
        token = session.get_one(m.Touch, event.touch_id).token
    if event.kind == "keys":
        talks.keys(world, token, said, now)
    elif event.kind == "after":
        talks.after_talk(world, token, said, now)
    elif event.kind == "sorry":
        apologies.to_callee(world, token, said, now)
    else:  # asked for words long ago: nobody listens any more, but the call was answered
        calls.status(world, token, said, now, event.kind)


def opt_outs(world: World) -> int:
    """Every opt-out of the journal holds again; returns how many entries the database had lost. By the hashes of
    addresses alone: a restored database may have given a person's number to somebody else."""
    waiting, before = journal.waiting(world), _count(world)
    _hold(world, _in_force(world))
    journal.applied(world, waiting)
    return _count(world) - before


def _journaled_alone(world: World) -> None:
    """What was said while the database was away."""
    if waiting := journal.waiting(world):
        digests = {name.partition(".")[0] for name in waiting}
        _hold(world, {key: entry for key, entry in _in_force(world).items() if key[0] in digests})
        journal.applied(world, waiting)


def _hold(world: World, said: No) -> None:
    people = _people(world, {digest for digest, _ in said})
    for (digest, channel), entry in said.items():
        hashed, reason, at = (str(entry["kind"]), digest), str(entry["reason"]), int(entry["at"])
        no: dict[str, Any] = {"reason": reason, "evidence": "journal", "now": at, "channel": channel}
        theirs = people.get(digest, [])
        act = partial(optout.by_digest, world, entry=hashed, people=theirs, **no)
        optout.cancel_calls(world, world.db.attempt(act))


def _in_force(world: World) -> No:
    """The last word on each address: a no that was taken back does not come again."""
    said: No = {}
    for entry in journal.read(world):
        for digest in entry.get("yes", ()):
            for key in [key for key in said if key[0] == digest]:
                del said[key]
        named = entry.get("no", [["address", digest] for digest in entry.get("digests", ())])
        for kind, digest in named:
            said[digest, entry.get("channel")] = {**entry, "kind": kind}
    return said


def _people(world: World, digests: set[str]) -> dict[str, list[int]]:
    """Who has these addresses now."""
    found: dict[str, list[int]] = defaultdict(list)
    last = 0
    while digests:
        query = select(m.Address.id, m.Address.contact_id, m.Address.value).where(m.Address.id > last)
        with world.db.read() as session:
            rows = session.execute(query.order_by(m.Address.id).limit(PART)).tuples().all()
        if not rows:
            break
        for _, person, value in rows:
            if (digest := world.signer.address_digest(value)) in digests:
                found[digest].append(person)
        last = rows[-1][0]
    return found


def _count(world: World) -> int:
    with world.db.read() as session:
        return session.scalar(select(func.count(m.Suppression.id)).where(m.Suppression.undone_at.is_(None))) or 0
