"""What do the carrier's answers and the ends of calls say of us, and what do we do about it at once?

The table of `channels/twilio_errors.toml` names the reaction; what it means for the person's own touch is `react`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from channels import twilio_errors
from channels.base import Accepted, Answer, Refused
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work import calls_held, numbers, optout, pace, places
from opportune.work.world import World

QUEUED = 2.0  # seconds: whatever waits longer at the carrier left us too fast
Given = Sequence[tuple[m.Touch, m.PreparedMessage, Answer]]
Reaction = Callable[[Session, m.Touch, str, str, Instant], None]


def heard(session: Session, given: Given, now: Instant) -> None:
    """The answers to our requests for calls."""
    for touch, words, answer in given:
        if isinstance(answer, Accepted) and answer.queue_seconds > QUEUED:
            pace.slow(session, f"Twilio lets a call wait {answer.queue_seconds:.0f} seconds for its turn", now)
        elif isinstance(answer, Refused):
            refused(session, touch, words.recipient or "", answer, now)


def refused(session: Session, touch: m.Touch, to: str, answer: Refused, now: Instant) -> None:
    """What a refusal says of us, of whomever it was meant for."""
    if act := REACTIONS.get(_reaction(answer)):  # what is said of the person's number is `react`'s
        act(session, touch, to, f"{answer.code}: {answer.detail}", now)


def _reaction(answer: Refused) -> str:
    return "slow" if answer.meaning == "unreachable" else twilio_errors.reaction(answer.meaning)


def ended(world: World, session: Session, touch: m.Touch, sip_code: int | None, now: Instant) -> list[str]:
    """A call is over: what the person, or the network for them, says of the number they saw (E7, E11). Once a call.
    Returns the CallSids of others to cancel after the commit."""
    meaning = twilio_errors.sip(sip_code)
    reaction = meaning.reaction if meaning else ""
    if touch.pressed == "9" or reaction == "never":
        numbers.complained(session, touch, "complained", now)
    if reaction == "blame":
        numbers.complained(session, touch, "blocked", now)
    if reaction == "never" and meaning:
        said = {"reason": "unwanted", "evidence": f"SIP {sip_code}: {meaning.remedy}", "touch_id": touch.id}
        return optout.opt_out(world, session, touch.contact_id, channel="call", now=now, **said)  # type: ignore[arg-type]
    return []


def trouble(session: Session, code: int, now: Instant) -> None:
    """Twilio could not use an answer of ours (`ErrorCode` of the fallback address)."""
    calls_held.put_on_record(session, str(code), twilio_errors.meaning(code).remedy, now)


def _stop(session: Session, _touch: m.Touch, _to: str, why: str, now: Instant) -> None:
    calls_held.stop(session, why, now)


def _slow(session: Session, _touch: m.Touch, _to: str, why: str, now: Instant) -> None:
    pace.slow(session, why, now)


def _rest(session: Session, touch: m.Touch, _to: str, why: str, now: Instant) -> None:
    if touch.caller:
        numbers.rest(session, touch.caller, why, numbers.TILL_TOLD, numbers.HOUSE, now)


def _park(session: Session, _touch: m.Touch, to: str, why: str, now: Instant) -> None:
    calls_held.park(session, places.country_of_number(to) if to else None, why, now)


def _tell(session: Session, _touch: m.Touch, _to: str, why: str, now: Instant) -> None:
    code, _, words = why.partition(": ")
    calls_held.put_on_record(session, code, words, now)


REACTIONS: dict[str, Reaction] = {"stop": _stop, "slow": _slow, "rest": _rest, "park": _park, "tell": _tell}
