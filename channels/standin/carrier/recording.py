"""What is said after the tone?"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from channels.standin.carrier.callees import Chance
from channels.standin.carrier.conversation import Conversation, Next, seconds


async def record(talk: Conversation, verb: Element) -> Next:
    """A person says a few words after the tone; nothing is recorded but how long."""
    leg = talk.leg
    lasts = min(leg.chance.between(Chance.LISTEN, 3, 20), seconds(verb, "maxLength", 3600))
    await leg.pass_time(lasts)
    leg.note("record", seconds=lasts)
    recording = {"RecordingSid": f"RE{leg.call.sid[2:]}", "RecordingDuration": str(lasts), "RecordingUrl": ""}
    return Next(verb.get("action", talk.url), recording)
