"""How does a phone ring, and who picks up?"""

from __future__ import annotations

from channels.standin.carrier.callees import Chance, Script
from channels.standin.carrier.leg import Leg
from channels.standin.carrier.reports import Reports

RING = {"human": (4, 16), "machine": (15, 22), "": (4, 16)}  # seconds; a machine waits for its owner first
LEAVES_AFTER = 2  # seconds of the other phone's ringing


async def ring(leg: Leg, reports: Reports) -> tuple[str, int] | None:
    """Until somebody answers (None), or the status and SIP code of nobody doing so."""
    call = leg.call
    call.started_at = call.now
    await reports.tell("initiated")
    leg.still_there()
    if leg.script.refusal[0] == "failed":
        return leg.script.refusal
    call.status = "ringing"
    await reports.tell("ringing")
    refused = await (_by_hand(leg) if leg.script.answers == "phone" else _by_script(leg))
    if refused is None:
        call.status, call.answered_at = "in-progress", call.now
        call.answered_by = _detected(leg.script, call.detection)
        await reports.tell("answered")
    return refused


async def _by_script(leg: Leg) -> tuple[str, int] | None:
    limit, answers = leg.call.ring_limit, leg.script.answers
    seconds = leg.chance.between(Chance.RING, *RING[answers])
    if leg.parent and leg.parent.script.leaves:
        await leg.pass_time(min(seconds, LEAVES_AFTER))
        leg.parent.leave()
    if answers and seconds < limit:
        await leg.pass_time(seconds)
        return None
    await leg.pass_time(limit if leg.script.refusal[0] == "no-answer" else seconds)
    return leg.script.refusal


async def _by_hand(leg: Leg) -> tuple[str, int] | None:
    """A person at the page answers, declines or lets it ring."""
    call = leg.call
    until = max(call.now, leg.house.clock.now()) + call.ring_limit
    if not await leg.wait_for(lambda: leg.picked_up or leg.refused != "", until):
        return leg.script.refusal
    return (leg.refused, 603) if leg.refused else None


def _detected(script: Script, detection: str) -> str:
    """What the detection says; `Enable` answers during the greeting, `DetectMessageEnd` after it."""
    if not detection:
        return ""
    if script.answers != "machine":
        return "human"
    if detection == "DetectMessageEnd":
        return script.greeting_end
    return "machine_start" if script.greeting_end == "machine_end_beep" else "unknown"


def outcome(leg: Leg, refused: tuple[str, int] | None) -> tuple[str, int]:
    """How the call ended: refused, talked over, or ended by somebody before it was answered."""
    if refused:
        return refused
    return ("completed", 200) if leg.call.answered_at is not None else ("canceled", 487)
