"""What did we decide, what did we do, and what came of it?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Count,
    Flag,
    Id,
    Json,
    JsonList,
    MaybeAt,
    MaybePersonal,
    MaybeShare,
    MaybeWord,
    PersonalJson,
    PersonalJsonList,
    Share,
    Word,
    to,
)
from opportune.store.sealed import Sealed, SealedBytes

#: Calls that wait, in the words that let both engines use the small index of them: see `ledger.claim`.
CALL_WAITS = text("state = 'planned' AND channel = 'call'")

#: Promised calls (C4) and calls that won a lead (E4): few among millions, and the board counts them.
CALLBACKS = text("kind = 'callback'")
LEADS = text("result IN ('interested', 'meeting_booked')")

_LEFT = text("sending_at IS NOT NULL")
_WAITING = text("applied_at IS NULL")


class Decision(Base):
    """Immutable. The board's honesty rests on it: what was known, what was eligible, what was chosen, how likely."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_campaign_at", "campaign_id", "at"),
        Index("ix_decision_verdict", "verdict", "campaign_id", "at"),
    )
    id: Mapped[Id]
    enrolment_id: Mapped[int] = to("enrolment")
    campaign_id: Mapped[int] = to("campaign", index=False)
    contact_id: Mapped[int] = to("contact")
    version_id: Mapped[int] = to("campaign_version", index=False)
    rules_version: Mapped[Word]
    at: Mapped[At]
    step: Mapped[Count]
    first: Mapped[Flag]  # the decision that put this person on a channel: the unit of the comparison
    verdict: Mapped[Word]  # act | wait | held | never
    channel: Mapped[MaybeWord]  # None: a refusal to act, with its reasons
    kind: Mapped[Word]
    mode: Mapped[Word]
    propensity: Mapped[MaybeShare]
    propensities: Mapped[Json]
    context: Mapped[PersonalJson]  # exactly what the rules saw
    ruled_out: Mapped[PersonalJson]  # channel -> {code, rule, values}
    reasons: Mapped[PersonalJsonList]  # [{code, rule, values}]
    changes: Mapped[JsonList]  # [{fact, value, channel}]
    moment: Mapped[MaybeAt]
    again_at: Mapped[MaybeAt]
    held: Mapped[MaybeWord]
    status: Mapped[MaybeWord]  # of the person as it was known then, and the words chosen: what the board counts by
    template: Mapped[MaybeWord]
    ahead: Mapped[int | None]  # of the touch


class Touch(Base):
    """One planned contact with one person. Only `store.ledger` moves it; each move is a `touch_event`."""

    __tablename__ = "touch"
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id", "step", "attempt"),
        Index("ix_touch_due", "state", "channel", "due_at"),
        Index("ix_touch_contact_sent", "contact_id", "sending_at"),
        Index("ix_touch_campaign_sent", "campaign_id", "sending_at", sqlite_where=_LEFT, postgresql_where=_LEFT),
        Index(
            "ix_touch_call_turn",
            "automated",
            "priority",
            "due_at",
            sqlite_where=CALL_WAITS,
            postgresql_where=CALL_WAITS,
        ),
        Index("ix_touch_callback", "due_at", sqlite_where=CALLBACKS, postgresql_where=CALLBACKS),
        Index("ix_touch_lead", "campaign_id", "sending_at", sqlite_where=LEADS, postgresql_where=LEADS),
    )
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(200), unique=True)  # "campaign:contact:step:attempt", or "lead:…"
    token: Mapped[str] = mapped_column(String(64), unique=True)  # keyed hash of the key: what providers see
    campaign_id: Mapped[int | None] = to("campaign", nullable=True, index=False)
    contact_id: Mapped[int] = to("contact", index=False)
    enrolment_id: Mapped[int | None] = to("enrolment", nullable=True)
    decision_id: Mapped[int | None] = to("decision", nullable=True, index=False)
    caused_by: Mapped[int | None] = to("touch", nullable=True)  # the earlier touch whose outcome led here
    step: Mapped[Count]
    attempt: Mapped[Count]
    channel: Mapped[Word]  # call | email
    kind: Mapped[Word]  # approach | follow_up | callback | requested
    template: Mapped[Word]
    automated: Mapped[Flag]
    voicemail: Mapped[Flag]
    priority: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")  # rules.familiarity.Turn (B8)
    state: Mapped[Word]
    due_at: Mapped[At]
    not_after: Mapped[At]
    ahead: Mapped[int | None]  # seconds their clock is ahead of UTC; None: unknown, or their zones do not agree
    paced_at: Mapped[MaybeAt]  # a mail's turn in the pace of its provider or campaign, paid for already
    lease_owner: Mapped[MaybeWord]
    lease_until: Mapped[MaybeAt]
    fence: Mapped[Count]
    sending_at: Mapped[MaybeAt]
    sent_at: Mapped[MaybeAt]
    settled_at: Mapped[MaybeAt]  # final state reached
    provider: Mapped[MaybeWord]
    provider_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    message_id: Mapped[str | None] = mapped_column(String(200), index=True)
    caller: Mapped[str | None] = mapped_column(String(32))  # the number of ours that a call shows
    words_hash: Mapped[MaybeWord]
    consent_id: Mapped[int | None] = to("consent", nullable=True, index=False)
    rules_version: Mapped[Word]
    result: Mapped[MaybeWord]  # rules.facts.CallResult, or how the mail ended
    result_at: Mapped[MaybeAt]
    answered_by: Mapped[MaybeWord]
    pressed: Mapped[MaybeWord]  # key on the phone
    said: Mapped[MaybeWord]  # which words the callee heard: announce | voicemail
    talk_seconds: Mapped[int | None]
    rank: Mapped[Count]  # of the last provider event applied: only forward
    look_at: Mapped[MaybeAt]  # a doubt or a cancel: when the provider is asked next
    looks: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")  # how often it answered, in vain


class TouchEvent(Base):
    """Append-only: every move of a touch, in the same transaction as the move."""

    __tablename__ = "touch_event"
    id: Mapped[Id]
    touch_id: Mapped[int] = to("touch")
    at: Mapped[At]
    was: Mapped[MaybeWord]
    now: Mapped[Word]
    who: Mapped[Word]
    why: Mapped[MaybePersonal]
    fence: Mapped[Count]
    data: Mapped[PersonalJson]


class PreparedMessage(Base):
    """Words made ready ahead of the mark; `words_hash` of the touch proves that these left."""

    __tablename__ = "prepared_message"
    touch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sender: Mapped[MaybePersonal]
    recipient: Mapped[str | None] = mapped_column(Sealed(1000), info={"pii": True})
    subject: Mapped[str | None] = mapped_column(Sealed(1000), info={"pii": True})
    content: Mapped[bytes] = mapped_column(SealedBytes, info={"pii": True})
    hash: Mapped[Word]
    prepared_at: Mapped[At]


class ProviderEvent(Base):
    """What a provider told us, stored first, applied after: replayable, and harmless twice."""

    __tablename__ = "provider_event"
    __table_args__ = (
        UniqueConstraint("provider", "event_key"),
        Index("ix_provider_event_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )
    id: Mapped[Id]
    provider: Mapped[Word]
    event_key: Mapped[str] = mapped_column(String(300))
    touch_id: Mapped[int | None] = to("touch", nullable=True)
    kind: Mapped[Word]
    payload: Mapped[PersonalJson]
    occurred_at: Mapped[MaybeAt]
    received_at: Mapped[At]
    applied_at: Mapped[MaybeAt]  # None: not understood yet, or `failed_why`
    tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")  # that failed
    failed_why: Mapped[MaybePersonal]
    repeats: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")  # told again, and absorbed


class Outcome(Base):
    """What a person did: goal met, reply, opt-out. Counted only within the window fixed in advance."""

    __tablename__ = "outcome"
    __table_args__ = (
        Index("ix_outcome_enrolment", "enrolment_id", "kind"),
        Index("ix_outcome_kind_at", "kind", "at"),
    )
    id: Mapped[Id]
    enrolment_id: Mapped[int | None] = to("enrolment", nullable=True, index=False)
    campaign_id: Mapped[int | None] = to("campaign", nullable=True, index=False)
    contact_id: Mapped[int] = to("contact")
    touch_id: Mapped[int | None] = to("touch", nullable=True)
    kind: Mapped[Word]  # goal_met | reply | meeting_kept | meeting_missed | opt_out | lost | disqualified
    at: Mapped[At]
    window_end: Mapped[MaybeAt]  # end of the outcome window of the first decision
    note: Mapped[MaybePersonal]


class TouchCost(Base):
    """What one touch cost (F1)."""

    __tablename__ = "touch_cost"
    id: Mapped[Id]
    touch_id: Mapped[int] = to("touch")
    kind: Mapped[Word]  # minutes | mail | operator
    amount: Mapped[Share]
    currency: Mapped[Word]
