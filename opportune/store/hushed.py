"""What may an error of the database tell? What went wrong and where, never a value: it ends in logs and reports that
no erasure reaches.

PostgreSQL quotes the row that it refused ("Key (email)=(…) already exists"). That is taken off where the error is born,
so that nobody who logs or keeps one need think of it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext

WRONG_KIND = "22"  # of these the sentence itself quotes the value: invalid input syntax for type bigint: "…"


def engine(url: str, **how: Any) -> Engine:
    """As `create_engine`, but its errors tell no values."""
    made = create_engine(url, hide_parameters=True, **how)
    event.listen(made, "handle_error", _handled)
    return made


def hush(error: BaseException) -> None:
    """Leaves of the driver's error its class and first sentence. SQLite's tell no more by themselves."""
    diag: Any = getattr(error, "diag", None)
    if diag is not None and (primary := diag.message_primary):
        wrong_kind = (diag.sqlstate or "").startswith(WRONG_KIND)
        error.args = (primary.partition('"')[0] if wrong_kind else primary,)


def _handled(context: ExceptionContext) -> None:
    """SQLAlchemy has put the driver's words into its own error already."""
    error, ours = context.original_exception, context.sqlalchemy_exception
    loud = str(error)
    hush(error)
    if ours is not None:
        ours.args = tuple(str(each).replace(loud, str(error)) for each in ours.args)
