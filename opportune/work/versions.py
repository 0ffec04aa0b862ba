"""Which versions of a campaign are there, and how does one come to be: stored, approved, published, published again?

Each step is a few rows in the caller's transaction, and an audit row beside them.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.campaign import Campaign
from opportune.rules.document import read
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.store.audit import write

UNPUBLISHED = ("draft", "checked", "approved")


class NotAllowed(Exception):
    """This step is not possible now; the message says what to do first."""


def named(session: Session, key: str, *, lock: bool = False) -> m.Campaign:
    """The campaign of this key.

    Raises:
        NotAllowed: there is none.
    """
    query = select(m.Campaign).where(m.Campaign.key == key)
    row = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if row is None:
        known = ", ".join(session.scalars(select(m.Campaign.key).order_by(m.Campaign.key))) or "none yet"
        raise NotAllowed(f"there is no campaign {key!r}; known: {known}")
    return row


def history(session: Session, campaign_id: int) -> list[m.CampaignVersion]:
    """All versions, the newest first."""
    query = select(m.CampaignVersion).where(m.CampaignVersion.campaign_id == campaign_id)
    return list(session.scalars(query.order_by(m.CampaignVersion.id.desc())))


def of_sha(session: Session, row: m.Campaign, sha: str) -> m.CampaignVersion:
    """The newest version whose hash begins so.

    Raises:
        NotAllowed: none does, or several different ones do.
    """
    found = [version for version in history(session, row.id) if version.sha.startswith(sha.lower())]
    if len({version.sha for version in found}) != 1 or not sha:
        known = ", ".join(dict.fromkeys(version.sha[:12] for version in history(session, row.id)))
        why = "is the beginning of several" if found else "is no version"
        raise NotAllowed(f"{sha!r} {why} of {row.key}; known: {known}")
    return found[0]


def newest_draft(session: Session, key: str) -> m.CampaignVersion:
    """The version that was stored last and not yet published.

    Raises:
        NotAllowed: there is none.
    """
    versions = history(session, named(session, key).id)
    if not versions or versions[0].published_at is not None:
        raise NotAllowed(f"no version of {key} waits for approval: run opportune campaign check FILE --store first")
    return versions[0]


def stored(session: Session, campaign: Campaign, text: str, author: str, note: str, now: Instant) -> m.CampaignVersion:
    """The version of these words, checked now: the one that waits or is live, or else a new one."""
    row = session.scalar(select(m.Campaign).where(m.Campaign.key == campaign.key).with_for_update(key_share=True))
    if row is None:
        row = m.Campaign(key=campaign.key, name=campaign.name, goal=campaign.goal, state="draft")
        session.add(row)
        session.flush()
    sha = hashlib.sha256(text.encode()).hexdigest()
    same = [version for version in history(session, row.id) if version.sha == sha][:1]
    version = same[0] if same and (same[0].published_at is None or same[0].id == row.version_id) else None
    if version is None:
        document = campaign.model_dump(mode="json")
        version = _new(session, row, sha=sha, document=document, text=text, author=author, note=note, created_at=now)
        audit(session, now, author, "campaign_stored", row, note, version)
    version.checked_at = now
    if row.state in UNPUBLISHED:
        row.state = "checked" if version.approved_at is None else "approved"
    return version


def _new(session: Session, row: m.Campaign, **values: Any) -> m.CampaignVersion:
    version = m.CampaignVersion(campaign_id=row.id, parent_id=row.version_id, **values)
    session.add(version)
    session.flush()
    return version


def approved(
    session: Session, version_id: int, by: str, people: int, templates: dict[str, str], now: Instant
) -> m.CampaignVersion:
    """Somebody answers for it and for its templates, knowing for how many people it was meant then."""
    version, row = _locked(session, version_id)
    version.approved_by, version.approved_at, version.templates = by, now, templates
    if row.state in UNPUBLISHED:
        row.state = "approved"
    audit(session, now, by, "campaign_approved", row, None, version, people=people)
    return version


def published(session: Session, version_id: int, by: str, note: str, now: Instant) -> m.CampaignVersion:
    """From now on this is what newcomers get."""
    version, row = _locked(session, version_id)
    if row.version_id == version.id and row.state == "live":
        return version
    campaign = Campaign.model_validate(version.document)
    before, row.version_id, row.state, row.paused_why = row.version_id, version.id, "live", None
    row.name, row.goal = campaign.name, campaign.goal
    version.published_at = now
    audit(session, now, by, "campaign_published", row, note, version, before=before)
    return version


def copied(session: Session, key: str, sha: str, by: str, note: str, now: Instant) -> m.CampaignVersion:
    """An old version as a new row, approved as it was then.

    Raises:
        NotAllowed: it was never live, is live already, or today's rules refuse it.
    """
    row = named(session, key, lock=True)
    old = of_sha(session, row, sha)
    if old.id == row.version_id:
        raise NotAllowed(f"{old.sha[:12]} is the live version already")
    if old.published_at is None:
        raise NotAllowed(f"{old.sha[:12]} was never live: run opportune campaign activate FILE")
    campaign, problems = read(old.text, f"{key}@{old.sha[:12]}")
    if campaign is None:
        raise NotAllowed(f"{problems[0].message} (line {problems[0].line}): {problems[0].remedy}")
    document, words = campaign.model_dump(mode="json"), {"text": old.text, "author": by}
    note = note or f"back to {old.sha[:12]}"
    approval = {"checked_at": now, "approved_by": old.approved_by, "approved_at": old.approved_at,
                "templates": old.templates}  # fmt: skip
    return _new(session, row, sha=old.sha, document=document, note=note, created_at=now, **words, **approval)


def _locked(session: Session, version_id: int) -> tuple[m.CampaignVersion, m.Campaign]:
    version = session.get_one(m.CampaignVersion, version_id)
    return version, session.get_one(m.Campaign, version.campaign_id, with_for_update={"key_share": True})


def audit(
    session: Session,
    now: Instant,
    who: str,
    act: str,
    row: m.Campaign,
    why: str | None,
    version: m.CampaignVersion | None = None,
    **data: Any,
) -> None:
    """Who did what to which campaign."""
    sha = {"sha": version.sha, "version": version.id} if version else {}
    write(session, now, who, act, row.key, why or None, sha | data)
