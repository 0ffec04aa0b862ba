"""Which lists came in, whom did each row make or change, and what had been done before us?"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Count,
    Flag,
    Id,
    Json,
    Line,
    MaybeAt,
    MaybePersonal,
    MaybeWord,
    Word,
    to,
)


class ImportRun(Base):
    """One list coming in. Broken off, it goes on behind `cursor`; undone, its rows are gone and it stays as a note."""

    __tablename__ = "import_run"
    __table_args__ = (Index("ix_import_run_sha", "sha", "state"),)
    id: Mapped[Id]
    file: Mapped[Line]
    sha: Mapped[Word]  # SHA-256 of the file
    layout: Mapped[Line]
    mapping: Mapped[Json]  # our column -> headers of the list
    options: Mapped[Json]  # country, basis, source, bought, sheet, history
    by: Mapped[MaybePersonal]
    state: Mapped[Word]  # running | done | undone
    cursor: Mapped[Count]  # the last line taken in
    counts: Mapped[Json]
    started_at: Mapped[At]
    ended_at: Mapped[MaybeAt]
    undone_at: Mapped[MaybeAt]


class ImportRow(Base):
    """One person that a run made or changed: what undoing it must know. Not a foreign key, since it outlives nobody
    but may be written with them."""

    __tablename__ = "import_row"
    id: Mapped[Id]
    run_id: Mapped[int] = to("import_run")
    contact_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), index=True)
    line: Mapped[Count]
    made: Mapped[Flag]
    changed: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True), info={"pii": True})
    added: Mapped[Json]  # table -> ids


class PastTouch(Base):
    """A call or mail from before our time, as a list tells it. Never one of ours: no cap, promise or comparison of the
    ledger and the board counts it."""

    __tablename__ = "past_touch"
    __table_args__ = (
        Index("ix_past_touch_told", "channel", "line", "at", "times", "said_yes"),
    )  # what the board counts
    id: Mapped[Id]
    run_id: Mapped[int] = to("import_run")
    contact_id: Mapped[int] = to("contact")
    channel: Mapped[Word]  # call | email
    at: Mapped[At]  # of the last one, where the list dates only that
    times: Mapped[Count]  # how many up to then
    result: Mapped[Word]
    said_yes: Mapped[Flag]
    seconds: Mapped[Count]
    line: Mapped[MaybeWord]  # of a call: cellular | telephone | unknown
