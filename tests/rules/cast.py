"""The people, places and moments of these tests."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from opportune.rules.campaign import Campaign
from opportune.rules.consent import KINDS, LawRow
from opportune.rules.decide import decide
from opportune.rules.facts import (
    CallResult,
    Channel,
    ConsentFact,
    History,
    Instant,
    Kind,
    PastTouch,
    Person,
    Preference,
    Status,
)
from opportune.rules.reasons import LANGUAGES, sentence

BERLIN = "Europe/Berlin"
SENDER = {
    "name": "Anna",
    "company": "Brightdesk",
    "email": "anna@brightdesk.example",
    "phone": "+12025550123",
    "postal_address": "12 Harbour Street",
}


def moment(text: str, zone: str = BERLIN) -> Instant:
    """`2026-11-23 10:00` there. 23 Nov 2026 is a Monday."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def a_campaign(**changed):
    document = {
        "key": "meetings",
        "name": "Meetings",
        "goal": "meeting",
        "reason": "share",
        "advertiser": "Brightdesk",
        "offer": "A review",
        "sender": SENDER,
    }
    return Campaign.model_validate(document | changed)


def a_law(hours=((8 * 60, 20 * 60),), weekend=(), **changed):
    """A signed row of a place without holidays, where everything is lawful until a no."""
    basis = {(kind, who): "opt_out" for kind in KINDS for who in ("b2b", "b2c")} | changed.pop("basis", {})
    values = {"place": "XX", "name": "Testland", "verified_by": "Dr. Test"} | changed
    return LawRow(basis=basis, windows=(hours,) * 5 + (weekend,) * 2, **values)


def somebody(**changed):
    values = {"turn": 1, "country": "DE", "zones": (BERLIN,), "status": Status.MANAGER} | changed
    return Person(**({"phone": "+4930123456", "email": "a@b.example"} | values))


def yes(channel, at=0, **changed):
    return ConsentFact(changed.pop("id", 7), channel, True, at, **changed)


def no(channel, at=0, **changed):
    return ConsentFact(changed.pop("id", 8), channel, False, at, **changed)


def called(at, result=CallResult.NO_ANSWER, kind=Kind.APPROACH, state="completed", step=1):
    return PastTouch(step, Channel.CALL, kind, step, 1, at, state, result)


def mailed(at, kind=Kind.APPROACH, state="delivered", step=1):
    return PastTouch(step, Channel.EMAIL, kind, step, 1, at, state)


def after(*touches, **changed):
    """A history of these touches, oldest first; caps see them too."""
    elsewhere = tuple((touch.channel, touch.at) for touch in touches)
    first = touches[0].channel if touches else None
    return History(touches, **({"elsewhere": elsewhere, "first_channel": first} | changed))


CALL, EMAIL = Channel.CALL, Channel.EMAIL
ANNOUNCE = {"shape": "announce"}
MEETING, QUESTION = a_campaign(), a_campaign(goal="clarification")
LAW = a_law()
MONDAY = moment("2026-11-23 08:00")
WEDNESDAY = moment("2026-11-25 14:00")  # a good moment for a cold call


def ask(person=None, campaign=MEETING, history=None, law=LAW, now=WEDNESDAY, lot=0.9):
    """Decides; whatever a test asks about it, every reason must be one that a marketer can read."""
    decision = decide(person or somebody(), campaign, history or after(), law, now, lot)
    for reason in (*decision.reasons, *decision.ruled_out.values()):
        well_said(reason)
    return decision


def well_said(reason):
    """It names a rule of the mission, and its sentence has all its values, in every language."""
    assert re.fullmatch(r"[A-F]\d{1,2}", reason.rule), reason
    assert not [language for language in LANGUAGES if "None" in sentence(reason, language)], reason
    return reason


def codes(decision):
    return [reason.code for reason in decision.reasons]


def likes(channel, strength="stated"):
    return Preference(channel, "told us", strength)
