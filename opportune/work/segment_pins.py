"""Which segments was a campaign approved with? It keeps them as they were, until somebody approves it again (E6).

An approval notes them beside the hashes of its templates: the key of each segment that the audience reaches, and its
row, which is never changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from opportune.rules.campaign import Campaign
from opportune.work.segment_sql import Reader, current, reached

MARK = "segment/"


def of(session: Session, campaign: Campaign) -> dict[str, str]:
    """What an approval of this campaign stands for now."""
    named = campaign.audience.segment
    if named is None:
        return {}
    rows = current(session)
    keys = reached(Reader(session, 0).documents, named)
    return {f"{MARK}{key}": str(rows[key].id) for key in sorted(keys & set(rows))}


def kept(approved: Mapping[str, str] | None) -> dict[str, int]:
    """The rows that this approval stands for, by key."""
    return {name[len(MARK) :]: int(row) for name, row in (approved or {}).items() if name.startswith(MARK)}


def changed(session: Session, campaign: Campaign, approved: Mapping[str, str] | None) -> list[str]:
    """The segments that are no longer what was approved."""
    now, then = of(session, campaign), kept(approved)
    return sorted(key for key, row in kept(now).items() if then.get(key) != row)
