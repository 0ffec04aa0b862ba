"""What do the rules know, and in which words do they answer?

Frozen values without behaviour. An `Instant` is whole seconds since 1970 in UTC; local time exists only inside
`hours`. Everything a rule may look at is a field here, so the decision row can store exactly what was known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Instant = int
RULES_VERSION = "2026.11.5"
HOUR = 3600
DAY = 24 * HOUR
TURNS = 12  # in which people of one list take a window; few, so that equal facts stay equal


class Channel(StrEnum):
    CALL = "call"
    EMAIL = "email"


class Shape(StrEnum):
    """Who speaks when a person picks up: a colleague, who was rung first, or recorded or synthetic words."""

    OPERATOR_FIRST = "operator_first"
    ANNOUNCE = "announce"


class Goal(StrEnum):
    """A5: the first three ask for something serious, the others clarify."""

    MEETING = "meeting"
    CONFERENCE = "conference"
    TRIAL = "trial"
    CLARIFICATION = "clarification"
    FEEDBACK = "feedback"
    RECOMMENDATION = "recommendation"
    INFORM = "inform"


class Status(StrEnum):
    """How high the prospect stands (A7, A8)."""

    EXECUTIVE = "executive"
    MANAGER = "manager"
    STAFF = "staff"
    UNKNOWN = "unknown"


class Interest(StrEnum):
    """B1."""

    COLD = "cold"
    WARM = "warm"
    HOT = "hot"


class Familiarity(StrEnum):
    """C2, another axis than interest: hot is a person we know, warm knows our company or a colleague."""

    COLD = "cold"
    WARM = "warm"
    HOT = "hot"


class CallKind(StrEnum):
    """C1: whom an inbound contact comes from. Returned: asked before and did not buy; repeat: a customer."""

    FIRST_TIME = "first_time"
    RETURNED = "returned"
    REFERRAL = "referral"
    REPEAT = "repeat"


class Stage(StrEnum):
    """C3. Potential: agreed to talk, directly or not; customer: made a deal. Nobody is judged away below that."""

    PERSON = "person"
    POTENTIAL = "potential"
    CUSTOMER = "customer"


class Kind(StrEnum):
    """Why this touch: the planned approach, what follows another touch, another try after a no (A17), a promise, what
    was just asked for, or a correction of what they got."""

    APPROACH = "approach"
    FOLLOW_UP = "follow_up"
    NURTURE = "nurture"
    CALLBACK = "callback"
    REQUESTED = "requested"
    CORRECTION = "correction"


class CallResult(StrEnum):
    """E2, with ours: the disposition of one call."""

    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    MEETING = "meeting_booked"
    TALKED = "talked"
    SECRETARY = "secretary"
    CALL_BACK = "call_back"
    EMAIL_PLEASE = "email_please"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail_left"
    MACHINE = "machine"
    NO_SUCH_NUMBER = "no_such_number"
    WRONG_PERSON = "wrong_person"
    DO_NOT_CALL = "do_not_call"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    FAILED = "failed"


#: Nobody was reached: A2, A8 and B4 read these.
MISSED = frozenset(
    {CallResult.BUSY, CallResult.NO_ANSWER, CallResult.VOICEMAIL, CallResult.MACHINE, CallResult.DECLINED}
)


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """The latest word about one channel: `channel` is call, call_auto, voicemail or email (E1)."""

    id: int
    channel: str
    granted: bool
    at: Instant
    expires_at: Instant | None = None
    advertiser: str = ""


@dataclass(frozen=True, slots=True)
class Preference:
    """A9: how this person likes to be contacted. `strength`: stated > marker > habit."""

    channel: Channel
    evidence: str
    strength: str = "stated"


@dataclass(frozen=True, slots=True)
class Person:
    """One contact as the rules see it. `zones`: every IANA zone the person may live in; empty means unknown.
    `turn`, from 0 to TURNS - 1, spreads people of one list over a window."""

    country: str | None
    zones: tuple[str, ...]
    turn: int = 0
    region: str | None = None
    status: Status = Status.UNKNOWN
    business: bool = True
    interest: Interest = Interest.COLD
    phone: str | None = None
    email: str | None = None
    preference: Preference | None = None
    consents: tuple[ConsentFact, ...] = ()
    suppressed: str | None = None  # reason of the do-not-contact entry, if any
    bought: bool = False  # A14: from a bought list, in quarantine
    asked_for_contact: bool = False  # raised a hand: a requested contact is not a cold one (A1, C4)
    familiarity: Familiarity = Familiarity.COLD  # C2
    call_kind: CallKind = CallKind.FIRST_TIME  # C1
    stage: Stage = Stage.PERSON  # C3
    sources: tuple[str, ...] = ()  # names and kinds of the lists and forms that brought them
    fit: float | None = None  # B15: how alike our customers, 0..1; None while too few customers are known
    only_informs: bool = False  # B8: only looked for information, so mail nurtures and nobody calls
    inbound: bool = False  # B8: came to us of late by an act of their own; first in the order of work


@dataclass(frozen=True, slots=True)
class PastTouch:
    """One touch of this enrolment that left, or may have left (`uncertain` and `assumed_sent` count in caps)."""

    id: int
    channel: Channel
    kind: Kind
    step: int
    attempt: int
    at: Instant
    state: str
    result: CallResult | None = None
    template: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What happened so far. `touches`: this enrolment, oldest first. `elsewhere`: (channel, instant) of every touch
    of the last 30 days of this person in any campaign, this one included: caps count these."""

    touches: tuple[PastTouch, ...] = ()
    elsewhere: tuple[tuple[Channel, Instant], ...] = ()
    stopped: str | None = None  # goal met, replied, disqualified, meeting booked …
    promised_at: Instant | None = None  # C4: a callback was promised for this moment
    refused_at: Instant | None = None  # last "not interested", for places with a cooling-off time
    first_channel: Channel | None = None  # where this enrolment started


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code, the rule id it carries out, and the values its sentence needs (see `reasons.sentence`)."""

    code: str
    rule: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A counterfactual: had `fact` been `value`, the channel would have been `channel` (None: no contact)."""

    fact: str
    value: str
    channel: Channel | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. Exactly one of: act (`channel`, `moment`, `not_after`), wait (`again_at`), never (`again_at` None).

    `moment`: when it is due; `not_after`: end of that slot or window, it never leaves later than this.
    `held`: what is missing, in the marketer's words ("needs a time zone"), where somebody must mend data.
    `ruled_out`: for every channel not eligible, why. `propensities`: chance of each eligible channel where a lot was
    drawn or could have been; empty where the rules left one way only.
    """

    channel: Channel | None
    kind: Kind = Kind.APPROACH
    step: int = 1
    moment: Instant | None = None
    not_after: Instant | None = None
    again_at: Instant | None = None
    held: str | None = None
    mode: str = "policy"  # policy | explore | forced | manual
    propensity: float | None = None
    propensities: Mapping[str, float] = field(default_factory=dict)
    ruled_out: Mapping[str, Reason] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    changes: tuple[Change, ...] = ()
    automated: bool = False  # the call speaks by itself (announce); else a colleague is rung first, then the person
    voicemail: bool = False  # A2: a voicemail may be left on this call
    cold: bool = False  # A1 binds this call: the gate asks again before it starts
    template: str = ""  # which words it uses
    consent_id: int | None = None  # the consent this rests on
