"""Whom do we tell, and has it reached them? At least once, signed, with ever longer breaks, and not for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from channels import web_post
from channels.web_post import Answer
from opportune.rules.facts import DAY, HOUR, Instant
from opportune.store import audit
from opportune.store import models as m
from opportune.work import hook_secrets
from opportune.work.outgoing import EVENTS
from opportune.work.world import World

BREAKS = (10, 60, 300, 1800, 2 * HOUR, 6 * HOUR)  # after each failure; then always the last
PATIENCE = 3 * DAY  # an address that nothing has reached for so long is told nothing more until somebody looks
LEASE = 120  # of whoever is sending: should they die, another tries then
AT_ONCE, BESIDE = 20, 8
KEEP = 30 * DAY
TEST = "webhook.test"


class NotKnown(ValueError):
    """There is no such webhook, or it cannot be; says what to do."""


class _Due(NamedTuple):
    id: int
    webhook_id: int
    url: str
    event: str
    key: str
    body: str
    tries: int


def add(world: World, url: str, events: Sequence[str], *, by: str) -> m.Webhook:
    """From the next second on they hear of these.

    Raises:
        NotKnown: no such event, or no address that we tell anything to.
    """
    wrong = sorted(set(events) - set(EVENTS))
    if wrong or not events:
        raise NotKnown(f"--event: {', '.join(wrong) or 'nothing'} is none of {', '.join(EVENTS)}")
    try:
        web_post.checked(url, private=world.settings.webhooks_to_private)
    except web_post.NotAllowed as error:
        raise NotKnown(str(error)) from error
    now = world.clock.now()
    with world.db.write() as session:
        row = m.Webhook(url=url, events=list(events), active=True, made_by=by[:500], created_at=now)
        session.add(row)
        session.flush()
        audit.write(session, now, by, "webhook added", str(row.id), data={"events": list(events)})
    return row


def all_of(world: World) -> list[dict[str, Any]]:
    with world.db.read() as session:
        return [
            {"id": row.id, "url": row.url, "events": row.events, "active": row.active, "why_off": row.why_off,
             "failing_since": row.failing_since, "waiting": _waiting(session, row.id)}
            for row in session.scalars(select(m.Webhook).order_by(m.Webhook.id))
        ]  # fmt: skip


def _waiting(session: Session, id: int) -> int:
    mine = (m.WebhookDelivery.webhook_id == id, m.WebhookDelivery.state.in_(("waiting", "held")))
    return len(session.scalars(select(m.WebhookDelivery.id).where(*mine).limit(10_000)).all())


def remove(world: World, id: int, *, by: str) -> None:
    """With all that it has not heard yet."""
    now = world.clock.now()
    with world.db.write() as session:
        row = _known(session, id)
        session.execute(delete(m.WebhookDelivery).where(m.WebhookDelivery.webhook_id == id))
        session.delete(row)
        audit.write(session, now, by, "webhook removed", str(id))


def switch_on(world: World, id: int, *, by: str) -> None:
    """Again; what it missed leaves now."""
    now = world.clock.now()
    with world.db.write() as session:
        row = _known(session, id)
        row.active, row.why_off, row.failing_since = True, None, None
        held = (m.WebhookDelivery.webhook_id == id, m.WebhookDelivery.state == "held")
        session.execute(update(m.WebhookDelivery).where(*held).values(state="waiting", due_at=now, tries=0))
        audit.write(session, now, by, "webhook on", str(id))


def try_out(world: World, id: int) -> Answer:
    """A delivery that says nothing, now."""
    with world.db.read() as session:
        url = _known(session, id).url
    return _post(world, _Due(0, id, url, TEST, f"{TEST}:{world.clock.now()}", f'{{"event":"{TEST}"}}', 0))


def deliveries(world: World, id: int | None = None, most: int = 50) -> list[dict[str, Any]]:
    """The latest first, without what they say of people."""
    names = ("id", "webhook_id", "event", "event_key", "state", "tries", "due_at", "answer", "why", "created_at",
             "ended_at")  # fmt: skip
    query = select(m.WebhookDelivery).order_by(m.WebhookDelivery.id.desc()).limit(most)
    with world.db.read() as session:
        rows = session.scalars(query.where(m.WebhookDelivery.webhook_id == id) if id else query)
        return [{name: getattr(row, name) for name in names} for row in rows]


def deliver(world: World, stop: Callable[[], bool] = lambda: False) -> Counter[str]:
    """All that is due. Several processes may do so at once: a row is leased to one."""
    done: Counter[str] = Counter()
    while not stop() and (due := _claim(world)):
        with ThreadPoolExecutor(BESIDE, "webhooks") as pool:
            answers = list(pool.map(lambda each: _post(world, each), due))
        done.update(_note(world, due, answers))
    return done


def _claim(world: World) -> list[_Due]:
    now = world.clock.now()
    row, hook = m.WebhookDelivery, m.Webhook
    ready = (row.state == "waiting", row.due_at <= now)
    with world.db.read() as session:  # each second, and mostly nothing: no writer waits for that
        if session.scalar(select(row.id).where(*ready).limit(1)) is None:
            return []
    query = select(row, hook.url).join(hook, hook.id == row.webhook_id).where(*ready).order_by(row.due_at, row.id)
    with world.db.write() as session:
        found = session.execute(query.limit(AT_ONCE).with_for_update(skip_locked=True, of=row)).tuples().all()
        for each, _ in found:
            each.due_at, each.tries = now + LEASE, each.tries + 1
        return [_Due(d.id, d.webhook_id, url, d.event, d.event_key, d.body, d.tries) for d, url in found]


def _post(world: World, due: _Due) -> Answer:
    body, at = due.body.encode(), world.clock.now()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Opportune-Webhook/1",
        "Opportune-Event": due.event,
        "Opportune-Delivery": due.key.encode("ascii", "replace").decode(),
        hook_secrets.HEADER: hook_secrets.sign(hook_secrets.of_webhook(world, due.webhook_id), at, body),
    }
    return web_post.post(due.url, body, headers, private=world.settings.webhooks_to_private)


def _note(world: World, due: Sequence[_Due], answers: Sequence[Answer]) -> Counter[str]:
    now = world.clock.now()
    done: Counter[str] = Counter()
    with world.db.write() as session:
        for each, answer in zip(due, answers, strict=True):
            row, hook = session.get(m.WebhookDelivery, each.id), session.get(m.Webhook, each.webhook_id)
            if row is None or hook is None or row.state != "waiting":  # removed meanwhile, or a later try was faster
                continue
            row.answer, row.why = answer.words[:64], None if answer.told else answer.words[:500]
            if answer.told:
                row.state, row.ended_at, hook.failing_since = "delivered", now, None
            else:
                row.due_at = now + BREAKS[min(each.tries, len(BREAKS)) - 1]
                hook.failing_since = hook.failing_since or now
                _give_up(session, hook, answer, now)
            done["webhooks delivered" if answer.told else "webhooks failed"] += 1
    return done


def _give_up(session: Session, hook: m.Webhook, answer: Answer, now: Instant) -> None:
    """They say so themselves, or nothing has reached them for days. What waits by then leaves when it is on again."""
    if not hook.active or not (answer.gone or now - (hook.failing_since or now) >= PATIENCE):
        return
    why = "it answered 410, gone" if answer.gone else f"nothing reached it for three days: {answer.words}"
    hook.active, hook.why_off = False, why[:500]
    waits = (m.WebhookDelivery.webhook_id == hook.id, m.WebhookDelivery.state == "waiting")
    session.flush()
    session.execute(update(m.WebhookDelivery).where(*waits).values(state="held"))
    audit.write(session, now, "the house", "webhook off", str(hook.id), why)


def forget_old(world: World) -> int:
    """What was delivered, and what nobody asked for again, is not kept for ever: it names people."""
    before = world.clock.now() - KEEP
    old = or_(m.WebhookDelivery.ended_at < before, m.WebhookDelivery.state == "held")
    with world.db.write() as session:
        gone = session.execute(delete(m.WebhookDelivery).where(old, m.WebhookDelivery.created_at < before))
    assert isinstance(gone, CursorResult)
    return gone.rowcount


def _known(session: Session, id: int) -> m.Webhook:
    row = session.get(m.Webhook, id)
    if row is None:
        raise NotKnown(f"there is no webhook {id}: see `opportune webhook list`")
    return row
