"""What does a callee hear when our words fail? A sorry in their language; and it is written down why.

The carrier asks here because another answer of ours came too late, was an error, or was no document it understands.
"""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session

from channels import voice, voicemail
from channels.voice import VoiceEvent
from opportune.rules.facts import Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import callers, hearing, people, spoken
from opportune.work.world import World

log = logging.getLogger(__name__)


def sorry(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """Said and recorded, for `opportune why` and for whoever has to mend it."""
    why = hearing.trouble(event) or "no reason given"
    log.error("The carrier could not use our words: %s", why)

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        if first:
            said = {"said": touch.said or "sorry"}
            ledger.annotate(session, touch, now=now, who="carrier", why=f"could not use our words: {why}", **said)
            row = {"at": now, "who": "carrier", "act": "words_failed", "subject": event.sid, "why": why[:500]}
            session.add(m.Audit(**row, data={"touch": touch.id}))
        machine = voicemail.is_machine(event.answered_by or touch.answered_by)
        return voice.hang_up() if machine else _words(world, session.get_one(m.Contact, touch.contact_id).language)

    return hearing.once(world, token, event, "sorry", now, act) or voice.hang_up()


def without_database(world: World, event: VoiceEvent) -> str:
    """Nothing can be looked up just now: the language of the country that was called."""
    if voicemail.is_machine(event.answered_by):
        return voice.hang_up()
    return _words(world, people.language_of("", callers.country_of(event.to)))


def to_caller(world: World, event: VoiceEvent) -> str:
    """To somebody who called us."""
    log.error("The carrier could not use our words: %s", hearing.trouble(event) or "no reason given")
    return _words(world, people.language_of("", callers.country_of(event.caller) or callers.country_of(event.to)))


def _words(world: World, language: str) -> str:
    root = world.settings.templates
    return voice.say_and_hang_up(spoken.line(root, language, "sorry"), spoken.locale(root, language))
