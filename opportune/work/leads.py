"""What happens when a form comes in? Stored first, for good; then understood: who is it, what may we, what follows.

`intake` stores. Should the understanding fail, the lead stays stored and waits for `understand_waiting`: what we
acknowledged is never lost.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.form_answers import Answers
from channels.forms import Form
from opportune.rules.facts import Instant
from opportune.store import leads
from opportune.store.models import Campaign, CampaignVersion, Lead
from opportune.work import arrivals, doubts, optout, outgoing, signals
from opportune.work.welcome import given, welcome
from opportune.work.world import World

TOGETHER = 20  # leads understood in one transaction: a visitor who comes then waits for it

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """Around the answers: the key that tells a repeated post from a new one, and the proof of E1."""

    key: str
    page: str | None = None
    ip: str | None = None
    agent: str | None = None


def advertiser(world: World) -> str:
    """Whom a consent on our forms names: the advertiser of the first live campaign, else the house itself. Looked up
    once a second, since every page and post asks."""
    now = world.clock.now()
    looked: dict[Instant, str] = world.extras.setdefault("advertiser", {})  # type: ignore[assignment]
    if now not in looked:
        found = _advertiser(world)
        looked.clear()
        looked[now] = found
        return found
    return looked[now]


def _advertiser(world: World) -> str:
    query = (
        select(CampaignVersion.document)
        .join(Campaign, Campaign.version_id == CampaignVersion.id)
        .where(Campaign.state == "live")
        .order_by(Campaign.id)
    )
    with world.db.read() as session:
        document = session.scalars(query).first()
    return str((document or {}).get("advertiser") or world.settings.mail_domain or "The owner of this page")


def row(world: World, form: Form, answers: Answers, visit: Visit, now: Instant) -> dict[str, Any]:
    """The lead to be. The same answers under the same key are one lead, however often they are posted; other answers
    under that key are another one: somebody went back and corrected a number."""
    named = form.document.advertiser or advertiser(world)
    words = json.dumps(answers.values, sort_keys=True, ensure_ascii=False)
    key = f"{form.key}:{visit.key[:100]}:{hashlib.sha256(words.encode()).hexdigest()[:32]}"
    return {
        "idempotency_key": key, "public_id": world.signer.keyed("lead", key), "form": form.key,
        "form_version": form.version, "fields": answers.values | {"advertiser": named, "shown": form.language},
        "answer_by": answers.values.get("answer_by"), "page": visit.page, "ip": visit.ip, "agent": visit.agent,
        "received_at": now, **doubts.marked([]),
    }  # fmt: skip


def understand_waiting(world: World, most: int = 5_000) -> int:
    """Leads that were only stored, or whose understanding failed; answers how many are through."""
    with world.db.read() as session:
        waiting = [lead.idempotency_key for lead in leads.waiting_leads(session, most)]
    through = 0
    for start in range(0, len(waiting), TOGETHER):
        with world.db.write() as session:
            done, sids = understand(world, session, waiting[start : start + TOGETHER])
        through += done
        if sids:
            optout.cancel_calls(world, sids)
    return through


def understand(world: World, session: Session, keys: Sequence[str]) -> tuple[int, list[str]]:
    """Those that nobody has understood, or is understanding, and that wait for no look. How many are through, and the
    CallSids to cancel after the commit: a message may say no."""
    now = world.clock.now()
    some = leads.open_leads(session, keys)
    sids = [sid for apart in _apart(some) for sid in _attempt(world, session, apart, now)]
    return sum(lead.handled_at is not None for lead in some), sids


def _apart(some: Sequence[Lead]) -> Iterator[list[Lead]]:
    """In their order, parted so that nobody comes twice in one part: who corrects a number comes later."""
    part: list[Lead] = []
    seen: set[str] = set()
    for lead in some:
        addresses = set(given(lead).values())
        if addresses & seen:
            yield part
            part, seen = [], set()
        part.append(lead)
        seen |= addresses
    if part:
        yield part


def _attempt(world: World, session: Session, some: Sequence[Lead], now: Instant) -> list[str]:
    try:
        with session.begin_nested():
            return _understand(world, session, some, now)
    except Exception:  # whatever is wrong with our understanding, the leads themselves stay
        for lead in some:
            session.refresh(lead)
        if len(some) == 1:
            log.exception("lead %s is stored but not understood; it is tried again", some[0].public_id)
            return []
        # One of them is to blame: the others shall not suffer from it.
        return [sid for lead in some for sid in _attempt(world, session, [lead], now)]


def _understand(world: World, session: Session, some: Sequence[Lead], now: Instant) -> list[str]:
    people = welcome(world, session, some, now)
    signals.recompute(world, session, [contact.id for contact in people], now)  # B1: the form is a signal
    sids = arrivals.leads_arrived(world, session, list(zip(some, people, strict=True)), now)
    for lead, contact in zip(some, people, strict=True):
        outgoing.of_lead(world, session, lead, contact, now)
        lead.handled_at = now
    return sids
