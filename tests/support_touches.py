"""A few rows of the ledger, written by hand, whose counts a reader can work out."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from opportune.rules.facts import DAY
from opportune.store import models as m


class Rows:
    """One live campaign for meetings, and whoever a test adds to it."""

    def __init__(self, session: Session, now: int) -> None:
        self.session, self.now = session, now
        self.campaign = self.add(m.Campaign(key="meetings", name="Meetings", goal="meeting", state="live"))
        version = m.CampaignVersion(campaign_id=self.campaign.id, sha="1", document={}, text="", created_at=1)
        self.version = self.add(version)

    def add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def person(self, source: m.Source | None = None, **given: Any) -> m.Contact:
        known = {"name": "Ana", "status": "staff", "business": True, "interest": "cold", "bought": False}
        known |= {"language": "en", "zones": ["UTC"], "asked_for_contact": False, "created_at": 1, "version": 1}
        return self.add(m.Contact(**known | {"source_id": source and source.id} | given))

    def decided(self, person: m.Contact, at: int, channel: str = "call", mode: str = "policy") -> m.Enrolment:
        where = {"campaign_id": self.campaign.id, "contact_id": person.id, "version_id": self.version.id}
        enrolment = self.add(m.Enrolment(**where, since=at, state="active", lot=0.5, first_channel=channel))
        said = {"rules_version": "1", "step": 1, "kind": "approach", "propensities": {}, "context": {}, "ruled_out": {}}
        said |= {"reasons": [], "changes": [], "verdict": "act", "first": True, "mode": mode, "status": person.status}
        self.add(m.Decision(**where, **said, enrolment_id=enrolment.id, at=at, channel=channel, moment=at))
        return enrolment

    def touch(self, enrolment: m.Enrolment, due: int, **given: Any) -> m.Touch:
        """What left at `due`, unless the test says otherwise."""
        count = self.session.query(m.Touch).count() + 1
        where = {"campaign_id": self.campaign.id, "contact_id": enrolment.contact_id, "enrolment_id": enrolment.id}
        known = {"key": f"k{count}", "token": f"t{count}", "step": count, "attempt": 1, "channel": "call", "fence": 1}
        known |= {"kind": "approach", "template": "a", "automated": False, "voicemail": False, "state": "completed"}
        known |= {
            "due_at": due,
            "not_after": due + 600,
            "sending_at": due,
            "sent_at": due,
            "rules_version": "1",
            "ahead": 0,
        }
        return self.add(m.Touch(**where, **known | {"rank": 0} | given))

    def outcome(self, enrolment: m.Enrolment, kind: str, at: int) -> m.Outcome:
        where = {"campaign_id": self.campaign.id, "contact_id": enrolment.contact_id, "enrolment_id": enrolment.id}
        return self.add(m.Outcome(**where, kind=kind, at=at, window_end=at + DAY))
