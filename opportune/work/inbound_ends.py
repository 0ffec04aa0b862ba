"""How does a call that comes in end, and what do we owe then (C4, D6)? A talk, a promise, a message, or nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from channels.stop import refusal
from channels.voice import VoiceEvent
from opportune.rules import opening
from opportune.rules.callback import CallbackRequest, callback_in
from opportune.rules.facts import DAY, Instant
from opportune.rules.opening import Opening
from opportune.rules.zones import Calendar, known, listed
from opportune.settings import SettingError, Settings
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import callbacks, callers, cases, inbound_rows, optout, plan, signals
from opportune.work.preferences import Where
from opportune.work.world import World

ON_THE_LIST = "on the do-not-contact list: they asked for this call, and for nothing else"
PRESSED = "pressed 1 when they called us"
MOST_WORDS = 5_000


def hours(settings: Settings) -> Opening:
    """Raises SettingError, so that a bad setting is told at the start."""
    try:
        return _hours(settings.opening_hours, settings.house_zone, settings.house_holidays)
    except ValueError as error:
        raise SettingError(str(error)) from None


@lru_cache(maxsize=8)
def _hours(text: str, zone: str, place: str) -> Opening:
    if not known(zone):
        raise ValueError(f"OPPORTUNE_HOUSE_ZONE: {zone!r} is no IANA time zone; write one like Europe/Berlin")
    if place and not listed(place):
        raise ValueError(f"OPPORTUNE_HOUSE_HOLIDAYS: no public holidays are known of {place!r}; write one like DE-BY")
    try:
        return opening.read(text, zone, Calendar(place))
    except ValueError as error:
        raise ValueError(f"OPPORTUNE_OPENING_HOURS: {error}") from None


def talked(world: World, session: Session, row: m.InboundCall, seconds: int, now: Instant) -> None:
    """B7: the colleague says at the desk what comes next. What we owed this number is settled, and a promised call to
    them is kept: they came first."""
    row.state, row.talk_seconds, row.due_at = "talked", seconds, now + DAY
    _settle(session, row, "they called again", now)
    if row.contact_id is None:
        return
    cases.lock(session, [row.contact_id])
    signals.append(session, [signals.row(row.contact_id, "talked", now, "they called us")])
    signals.recompute(world, session, [row.contact_id], now)
    promised = (m.Enrolment.contact_id == row.contact_id, m.Enrolment.promised_at.is_not(None))
    session.execute(update(m.Enrolment).where(*promised).values(promised_at=None))
    owed = "contact_id = ? AND channel = 'call' AND kind = 'callback'"
    ledger.cancel_open(session, owed, row.contact_id, now=now, who="inbound", why="they called us and talked")
    inbound_rows.pause(session, [row.contact_id], now)


def _settle(session: Session, row: m.InboundCall, by: str, now: Instant, *which: ColumnElement[bool]) -> None:
    """What we owed this number before; a withheld one is many people's."""
    if row.number is not None:
        owed = (m.InboundCall.number == row.number, m.InboundCall.id < row.id, m.InboundCall.due_at.is_not(None))
        open_ = update(m.InboundCall).where(*owed, m.InboundCall.handled_at.is_(None), *which)
        session.execute(open_.values(handled_at=now, handled_by=by))


def promised(world: World, session: Session, row: m.InboundCall, now: Instant) -> Instant:
    """C4: when we call back. A planned call where a campaign takes it; else the desk has it."""
    at = hours(world.settings).call_back_at(now)
    row.state, row.promised_at = "promised", at
    contact = _held(session, row)
    if contact is None:  # nobody we know, or one of several: a colleague calls the number
        row.due_at = at
    elif contact.id in cases.suppressed(world, session, [contact]):
        row.due_at, row.note = at, ON_THE_LIST
    else:
        request = CallbackRequest(evidence=PRESSED, number=row.number)
        if callbacks.take(world, session, contact, request, Where("call", row.sid, now), at=at):
            mine = (m.Enrolment.contact_id == contact.id, m.Enrolment.promised_at == at)
            for enrolment in session.scalars(select(m.Enrolment.id).where(*mine)).all():
                plan.decide_again(world, session, enrolment, now)
    return at


def left(world: World, session: Session, row: m.InboundCall, event: VoiceEvent, now: Instant) -> list[str]:
    """A message: where it is and how long stand in the report, and nothing is guessed. Returns the calls to cancel, as
    `read` does."""
    row.recording_url = event.raw.get("RecordingUrl", "")[:500] or None
    lasted = event.raw.get("RecordingDuration", "")[:6]
    row.recording_seconds = int(lasted) if lasted.isdecimal() else None
    row.state, row.due_at = "voicemail", hours(world.settings).answer_by(now)
    return read(world, session, row, event.raw.get("TranscriptionText", ""), now)


def read(world: World, session: Session, row: m.InboundCall, text: str, now: Instant) -> list[str]:
    """What the carrier understood of it: a number and a name to call (C4), or a no (E1), whose queued calls are
    returned."""
    if not text.strip():
        return []
    country = callers.country_of(row.number or row.called)
    request = callback_in(text, country)
    number = request.number if request and request.number else _number_in(text, country)
    row.said, row.said_number = text[:MOST_WORDS], number
    row.said_name = request.name if request else None
    said = refusal(text)
    return never_again(world, session, row, text, now, None if said == "everything" else said) if said else []


def _number_in(text: str, country: str | None) -> str | None:
    hit = next(iter(PhoneNumberMatcher(text[:MOST_WORDS], country)), None)
    return str(format_number(hit.number, PhoneNumberFormat.E164)) if hit else None


def never_again(
    world: World, session: Session, row: m.InboundCall, evidence: str, now: Instant, channel: str | None = None
) -> list[str]:
    """E1: for everybody who has that number, and whoever comes with it. Returns the calls to cancel after the
    commit."""
    if row.number is None:
        return []
    if channel in (None, "call"):
        _settle(session, row, "they said no", now, m.InboundCall.state.in_(("promised", "missed")))
    no: dict[str, Any] = {"evidence": evidence[:500], "now": now, "channel": channel}
    return optout.by_address(world, session, row.number, reason="said so when they called us", **no)


def over(world: World, row: m.InboundCall, now: Instant) -> None:
    """Hung up before anything came of it: whoever can be called is owed a call."""
    row.over_at = row.over_at or now
    if row.state not in ("talked", "voicemail", "promised", "opted_out", "missed"):
        row.state = "missed"
        row.due_at = hours(world.settings).answer_by(now) if row.number else None


def handled(world: World, id: int, by: str, note: str) -> bool:
    """A colleague did what was owed. False: nothing is owed there."""
    with world.db.write() as session:
        row = session.get(m.InboundCall, id, with_for_update=True)
        if row is None or row.due_at is None or row.handled_at is not None:
            return False
        row.handled_at, row.handled_by, row.note = world.clock.now(), by[:500], note[:500] or row.note
    return True


def _held(session: Session, row: m.InboundCall) -> m.Contact | None:
    if row.contact_id is None:
        return None
    cases.lock(session, [row.contact_id])
    return session.get_one(m.Contact, row.contact_id)
