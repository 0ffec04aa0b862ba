"""To what does a `<Dial>` lead, and who hears how it ended?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from xml.etree.ElementTree import Element

from channels.standin.carrier.bridge import dial_number
from channels.standin.carrier.conference import dial_conference
from channels.standin.carrier.conversation import Conversation, Next, after
from channels.standin.carrier.queues import dial_queue

NOUNS: dict[str, Callable[[Conversation, Element, Element], Awaitable[dict[str, str]]]] = {
    "Dial": dial_number,  # a number without an element of its own
    "Number": dial_number,
    "Queue": dial_queue,
    "Conference": dial_conference,
}


async def dial(talk: Conversation, verb: Element) -> Next | None:
    """To the noun; then to the action, which is asked even when our side has hung up meanwhile."""
    leg = talk.leg
    noun = next(iter(verb), verb)
    fields = await NOUNS[noun.tag](talk, verb, noun)
    step = after(verb, fields)
    if leg.over and step:
        leg.call.status = "completed"
        await talk.ask(talk.address(verb, "action"), fields)
    leg.still_there()
    return step
