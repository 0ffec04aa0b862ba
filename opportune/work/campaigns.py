"""How does a campaign go live? A checked document becomes an immutable version, and the campaign points at it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.campaign import Campaign
from opportune.rules.document import Problem, read
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work.world import World


class Refused(Exception):
    """The document has errors: nothing was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.file}:{p.line}: {p.message}" for p in problems))
        self.problems = problems


def check(paths: list[Path]) -> tuple[list[Campaign], list[Problem]]:
    """Read the documents; needs no database. Missing files and unreadable text are problems too."""
    campaigns, problems = [], []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = f"cannot be read: {error}"
            problems.append(Problem(str(path), 1, "", why, "give the path of a campaign in UTF-8", "error"))
            continue
        campaign, found = read(text, str(path))
        campaigns += [campaign] if campaign else []
        problems += found
    return campaigns, problems


def activate(world: World, path: Path, *, author: str, note: str = "") -> m.CampaignVersion:
    """Publish this document. People already inside keep their version; publishing it twice changes nothing.

    Raises:
        Refused: the document has errors.
    """
    campaigns, problems = check([path])
    errors = [p for p in problems if p.severity == "error"]
    if errors or not campaigns:
        raise Refused(errors)
    text, now = path.read_text(encoding="utf-8"), world.clock.now()
    with world.db.write() as session:
        row = _campaign(session, campaigns[0])
        version = _version(session, row, campaigns[0], text, author, note, now)
        row.version_id, row.state, row.paused_why = version.id, "live", None
        row.name, row.goal = campaigns[0].name, campaigns[0].goal
        return version


def _campaign(session: Session, campaign: Campaign) -> m.Campaign:
    row = session.scalar(select(m.Campaign).where(m.Campaign.key == campaign.key).with_for_update())
    if row is None:
        row = m.Campaign(key=campaign.key, name=campaign.name, goal=campaign.goal, state="draft")
        session.add(row)
        session.flush()
    return row


def _version(
    session: Session, row: m.Campaign, campaign: Campaign, text: str, author: str, note: str, now: Instant
) -> m.CampaignVersion:
    sha = hashlib.sha256(text.encode()).hexdigest()
    where = (m.CampaignVersion.campaign_id == row.id, m.CampaignVersion.sha == sha)
    version = session.scalar(select(m.CampaignVersion).where(*where))
    if version is None:
        version = m.CampaignVersion(
            campaign_id=row.id,
            sha=sha,
            parent_id=row.version_id,
            document=campaign.model_dump(mode="json"),
            text=text,
            author=author,
            note=note,
            created_at=now,
        )
        session.add(version)
        session.flush()
    return version
