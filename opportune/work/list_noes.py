"""How does a whole list of noes hold: for strangers by the hash alone, and at once for whoever is known?

Nearly all of a list are people we never met: one row each, many in a transaction. Who is known goes through `optout`,
like everybody who says no: planned touches go, calls that are queued or ringing are cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice

from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import addresses
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import cases, journal, optout
from opportune.work.world import World

Entry = tuple[str, str, str, str, Instant | None]  # kind, address, reason, evidence, day
BATCH = 300  # addresses of a transaction
PEOPLE = 20  # who are known, of another one: each has touches, enrolments and addresses of their own
_KEPT = ("kind", "digest", "channel", "reason", "evidence", "at")
_THERE = """
  SELECT digest, contact_id FROM suppression
  WHERE digest = ANY(?) AND undone_at IS NULL AND COALESCE(channel, '') = ?"""
_CLOSED = """
  SELECT contact_id FROM suppression
  WHERE contact_id = ANY(?) AND kind = 'person' AND undone_at IS NULL AND COALESCE(channel, ?) = ?"""


def keep(world: World, said: Iterable[Entry], channel: str | None = None) -> None:
    """Each address is closed for every channel, or for this one. Killed in between, the same list goes on."""
    rest = iter(said)
    while batch := list(islice(rest, BATCH)):
        met = world.db.attempt(partial(_store, world, batch, channel))
        people = iter(sorted(met))
        while some := list(islice(people, PEOPLE)):
            theirs = {person: met[person] for person in some}
            sids = world.db.attempt(partial(_close, world, theirs, channel))
            optout.cancel_calls(world, sids)


def _store(world: World, batch: Sequence[Entry], channel: str | None, session: Session) -> dict[int, Entry]:
    """Journaled first, like every other no: a restore from a backup must not forget a list. Answers who is known at
    these addresses and not closed yet."""
    now, bulk = world.clock.now(), Bulk(session)
    said = {world.signer.address_digest(no[1]): no for no in reversed(batch)}
    there = {digest for digest, person in bulk.rows(_THERE, list(said), channel or "") if person is None}
    fresh = [(digest, *no) for digest, no in said.items() if digest not in there]
    lines = [{"at": at or now, "contact": None, "reason": reason, "channel": channel, "no": [[kind, digest]]}
             for digest, kind, _, reason, _, at in fresh]  # fmt: skip
    if lines:
        journal.append(world, *lines)
    rows = [(kind, digest, channel, reason, how[:500], at or now) for digest, kind, _, reason, how, at in fresh]
    bulk.insert(m.Suppression, _KEPT, rows)
    return _met(bulk, batch, channel or "")


def _met(bulk: Bulk, batch: Sequence[Entry], channel: str) -> dict[int, Entry]:
    """Also at an address that turned out wrong since."""
    values = [address for _, address, *_ in batch]
    known = [addresses.names_at(bulk.session, values, wrong=wrong) for wrong in (False, True)]
    met = {person: no for no in reversed(batch) for there in known for person, _ in there.get(no[1], ())}
    closed = {person for (person,) in bulk.rows(_CLOSED, list(met), channel, channel)}
    return {person: no for person, no in met.items() if person not in closed}


def _close(world: World, met: dict[int, Entry], channel: str | None, session: Session) -> list[str]:
    """Returns the CallSids to cancel after the commit."""
    cases.lock(session, met)
    now, sids = world.clock.now(), list[str]()
    for person, (_, _, reason, how, at) in met.items():
        no = {"reason": reason, "evidence": how, "now": now, "said_at": at, "channel": channel, "touch_id": None}
        sids += optout.opt_out(world, session, person, counted=False, **no)  # type: ignore[arg-type]
    return sids
