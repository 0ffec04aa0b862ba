"""How much mail has left, what came back of it, and what is paused? Shared by all workers."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import At, Base, Count, Flag, Line, MaybeAt


class SendingTally(Base):
    """One hour of one account or sending domain: `account:…`, `from:…`."""

    __tablename__ = "sending_tally"
    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # hours since 1970, UTC
    sent: Mapped[Count]  # marked as leaving: a cap holds whatever dies
    bounced: Mapped[Count]
    blocked: Mapped[Count]  # refused as a matter of policy (5.7.x)
    complained: Mapped[Count]


class SendingPause(Base):
    """What is left alone for a while, and why. After `until` one mail asks whether it may go on."""

    __tablename__ = "sending_pause"
    key: Mapped[str] = mapped_column(String(300), primary_key=True)  # `account:…`, `from:…`, `from:… to:…`
    since: Mapped[At]
    until: Mapped[MaybeAt]  # None: failed a few times, not yet often enough
    why: Mapped[Line]
    strikes: Mapped[Count]  # failures, one after another
    probing: Mapped[Flag]  # one mail is asking


class SendingDomain(Base):
    """How far a new sending domain is warmed up."""

    __tablename__ = "sending_domain"
    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    level: Mapped[Count]  # of the schedule
    day: Mapped[At]  # on which that level was reached, days since 1970, UTC
    judged_from: Mapped[At]  # bounces before do not count any more: somebody looked, or mail was taken again
