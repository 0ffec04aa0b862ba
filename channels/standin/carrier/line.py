"""How does one call live, from dialling to the last callback?"""

from __future__ import annotations

from channels.standin.carrier.conversation import Conversation, Next
from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.leg import HungUp, Leg
from channels.standin.carrier.reports import Reports
from channels.standin.carrier.ringing import outcome, ring
from channels.standin.carrier.verbs import VERBS


async def live(exchange: Exchange, leg: Leg) -> None:
    """From dialling to the last callback; whatever happens, the call ends and is no longer open."""
    reports = Reports(leg, exchange.webhooks)
    try:
        async with exchange.lines:
            refused = None
            try:
                refused = await _dial(exchange, leg, reports)
            except HungUp:
                leg.over = True
            await reports.over(*outcome(leg, refused))
    finally:
        exchange.legs.pop(leg.call.sid, None)


async def _dial(exchange: Exchange, leg: Leg, reports: Reports) -> tuple[str, int] | None:
    """Wait for our turn, ring, talk; the answer says why nobody talked."""
    call = leg.call
    await leg.queued(call.queue_ms)
    if refused := await ring(leg, reports):
        return refused
    await Conversation(exchange, leg, VERBS, call.url).hold(_first(leg))
    return None


def _first(leg: Leg) -> Next:
    """The first question for words says who answered, where that was to be found out."""
    call = leg.call
    return Next(call.url, {"AnsweredBy": call.answered_by} if call.answered_by else {}, call.twiml)
