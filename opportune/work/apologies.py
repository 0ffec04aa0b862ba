"""What does a person on the phone hear when our words fail? A sorry in their language; and it is written down why.

The carrier asks here because another answer of ours came too late, was an error, or was no document it understands. It
brings the key that was pressed: a 9 holds although the page for keys failed.
"""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session

from channels import voice, voicemail
from channels.voice import VoiceEvent
from opportune.rules.facts import Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.db import UNSTORABLE
from opportune.work import callers, hearing, inbound, journal, optout, people, spoken, talks
from opportune.work.world import World

AWAY = "key 9, while the database was away"

log = logging.getLogger(__name__)


def to_callee(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """To somebody whom we called."""
    why = _told(event)
    try:
        return _recorded(world, token, event, why, now)
    except UNSTORABLE:  # what keeps us from storing is most likely what brought the carrier here
        _keep_no(world, event, event.to, now)
    if voicemail.is_machine(event.answered_by):
        return voice.hang_up()
    return _words(world, people.language_of("", callers.country_of(event.to)))


def _recorded(world: World, token: str, event: VoiceEvent, why: str, now: Instant) -> str:
    """For `opportune why`, and for whoever has to mend it."""
    sids: list[str] = []

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        if first:
            said = {"said": touch.said or "sorry"}
            ledger.annotate(session, touch, now=now, who="carrier", why=f"could not use our words: {why}", **said)
            hearing.on_record(session, event, now)
            sids[:] = talks.pressed(world, session, touch, event, now) if event.digits else []
        machine = voicemail.is_machine(event.answered_by or touch.answered_by)
        return voice.hang_up() if machine else _words(world, session.get_one(m.Contact, touch.contact_id).language)

    answer = hearing.once(world, token, event, "sorry", now, act) or voice.hang_up()
    optout.cancel_calls(world, sids)
    return answer


def to_caller(world: World, event: VoiceEvent, now: Instant) -> str:
    """To somebody who called us."""
    _told(event)
    try:
        if event.digits == "9":
            return inbound.keys(world, event, now)
    except UNSTORABLE:
        _keep_no(world, event, event.caller, now)
    return _words(world, people.language_of("", callers.country_of(event.caller) or callers.country_of(event.to)))


def _told(event: VoiceEvent) -> str:
    why = hearing.trouble(event) or "no reason given"
    log.error("The carrier could not use our words: %s", why)
    return why


def _keep_no(world: World, event: VoiceEvent, told: str, now: Instant) -> None:
    """E1: the journal stands outside the database; from there it comes as soon as the database is back, and until then
    nothing leaves."""
    number = callers.number_of(told, None)
    if event.digits == "9" and number:
        digest = world.signer.address_digest(number)
        no = {"at": now, "contact": None, "reason": AWAY, "channel": None, "no": [["phone", digest]]}
        journal.append(world, no)
        journal.wait(world, digest)
        log.error("Somebody pressed 9 while nothing could be stored: nothing leaves until their no is")


def _words(world: World, language: str) -> str:
    root = world.settings.templates
    return voice.say_and_hang_up(spoken.line(root, language, "sorry"), spoken.locale(root, language))
