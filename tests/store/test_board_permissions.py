"""Does the compliance page count noes, consents and opt-outs as their rows say?"""

from __future__ import annotations

import pytest
from support_touches import Rows

from opportune.rules.facts import DAY, HOUR
from opportune.store import audit, notes
from opportune.store import models as m
from opportune.store.board import asked, permissions, refused
from opportune.store.board.asked import Act
from opportune.store.board.cohort import Filters
from opportune.store.board.permissions import Checked, No, Yes
from opportune.store.board.refused import Domain
from opportune.store.db import Database

NOW = 20_000 * DAY


def no(person: int | None, days: int, reason: str = "unsubscribed", kind: str = "person", **given) -> m.Suppression:
    return m.Suppression(contact_id=person, kind=kind, reason=reason, at=NOW - days * DAY, **given)


def yes(person: m.Contact, days: int, *, granted: bool = True, **given) -> m.Consent:
    known = {"channel": "email", "purpose": "marketing", "advertiser": "us", "wording": "", "wording_version": "1"}
    return m.Consent(**known | given, contact_id=person.id, at=NOW - days * DAY, granted=granted, proof={})


def test_a_person_counts_once_however_many_addresses_they_have(db: Database) -> None:
    with db.write() as session:
        ana, ben = (Rows(session, NOW).person() if i == 0 else session.merge(_person()) for i in range(2))
        session.flush()
        session.add_all(
            [no(ana.id, 3), no(ana.id, 3, kind="email", digest="a"), no(ana.id, 3, kind="phone", digest="b")]
        )
        session.add_all([no(ben.id, 100, "operator", channel="call"), no(ben.id, 3, undone_at=NOW)])
        session.add(no(None, 800, "said_no", kind="email", digest="c"))
    found = permissions.permissions(db, NOW)
    assert found is not None
    assert sorted(found.noes, key=lambda each: each.reason) == [
        No("operator", "call", "year", 1, 0),
        No("said_no", None, "older", 0, 1),
        No("unsubscribed", None, "month", 1, 0),
    ]
    assert found.people == 2


def _person() -> m.Contact:
    known = {"name": "Ben", "status": "staff", "business": True, "interest": "cold", "bought": False, "language": "en"}
    return m.Contact(**known, zones=[], asked_for_contact=False, created_at=1, version=1)


def test_the_latest_word_of_each_person_counts(db: Database) -> None:
    with db.write() as session:
        rows = Rows(session, NOW)
        fair = rows.add(m.Source(key="fair", kind="import", created_at=1))
        people = [rows.person() for _ in range(6)]
        words = [
            yes(people[0], 9, source_id=fair.id),
            yes(people[1], 9, source_id=fair.id, expires_at=NOW + 5 * DAY),
            yes(people[2], 9, source_id=fair.id, expires_at=NOW - DAY),
            yes(people[3], 9, source_id=fair.id),
            yes(people[3], 2, source_id=fair.id, granted=False),  # took it back
            yes(people[4], 9, source_id=fair.id, granted=False),
            yes(people[4], 2, source_id=fair.id),  # changed their mind
            yes(people[5], 9, purpose="service"),  # opens no advertising
            yes(people[5], 9, channel="call", granted=False, purpose="service"),  # a no always closes
        ]
        session.add_all(words)
        waits = {"token": "t", "digest": "d", "mailed": True, "channel": "email", "purpose": "marketing", "proof": {}}
        waits |= {"advertiser": "us", "wording": "", "wording_version": "1", "at": 1, "contact_id": people[0].id}
        pending = [m.ConsentPending(**waits, until=until) for until in (NOW + DAY, NOW - DAY, NOW + DAY)]
        session.add_all(pending)
        session.flush()
        session.add(yes(people[0], 1, channel="voicemail", pending_id=pending[2].id))  # clicked
    found = permissions.permissions(db, NOW)
    assert found is not None
    assert set(found.yeses) == {
        Yes("fair", "email", 3, 1, 1, 1),
        Yes("", "call", 0, 1, 0, 0),
        Yes("", "voicemail", 1, 0, 0, 0),
    }
    assert (found.pending, found.lapsed) == (1, 1)


def test_a_long_list_is_counted_at_night(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.write() as session:
        session.add(no(Rows(session, NOW).person().id, 3))
    monkeypatch.setattr(permissions, "SMALL", 0)
    assert permissions.permissions(db, NOW) is None
    assert permissions.checked(db) is None
    permissions.renew(db, NOW, {"duplicate": 0})
    found = permissions.permissions(db, NOW + HOUR)
    assert found is not None
    assert (found.at, found.noes) == (NOW, (No("unsubscribed", None, "month", 1, 0),))
    assert permissions.checked(db) == Checked(NOW, {"duplicate": 0})
    assert notes.get(db, permissions.NOTE)["noes"], "as it will be read back"


def test_opt_outs_per_thousand_attempts(db: Database) -> None:
    with db.write() as session:
        rows = Rows(session, NOW)
        for number in range(4):
            enrolment = rows.decided(rows.person(), NOW - 30 * DAY)
            for step in range(5):
                rows.touch(enrolment, NOW - 29 * DAY + step * HOUR)
            if number == 0:
                rows.outcome(enrolment, "opt_out", NOW - 28 * DAY)
    whole, [campaign] = (found := refused.opt_outs(db, NOW, Filters()))[0], found[1:]
    assert (whole.campaign, whole.people, whole.attempts, whole.rate) == ("", 1, 20, 50)
    assert (campaign.campaign, campaign.people, campaign.attempts) == ("meetings", 1, 20)
    low, high = whole.interval
    assert (round(low, 2), round(high, 1)) == (1.27, 278.6)  # Garwood: 0.0253 and 5.5716 of 0.02 thousand
    assert refused.opt_outs(db, NOW, Filters(campaign="no such"))[0].rate is None


def test_domains_requests_and_who_did_what(db: Database) -> None:
    with db.write() as session:
        person = Rows(session, NOW).person()
        for key, hours, sent in (
            ("from:a.com", 1, 50),
            ("from:a.com", 2, 50),
            ("account:x", 1, 9),
            ("from:b.com", 900, 9),
        ):
            counts = {"sent": sent, "bounced": 3, "blocked": 0, "complained": 1}
            session.add(m.SendingTally(key=key, hour=NOW // HOUR - hours, **counts))
        wish = {"contact_id": person.id, "by": "anna", "why": "mail", "at": NOW}
        for kind, due, done in (("export", 20, None), ("erase", 5, None), ("erase", 1, NOW)):
            session.add(m.PersonRequest(**wish, kind=kind, due_at=NOW + due * DAY, done_at=done))
        audit.write(session, NOW, "anna", "set_zone", audit.person(person.id))
        audit.write(session, NOW, "the house", "paused", "everything")
        audit.write(session, NOW, "ben", "allowed", audit.person(person.id), "words about somebody")
        for id in (7, 8):
            audit.write(session, NOW, "anna", "looked", audit.person(id), "decisions")
    assert refused.domains(db, NOW) == [Domain("a.com", 100, 6, 0, 2)]
    assert [(each.kind, each.due) for each in asked.requests(db)] == [
        ("erase", NOW + 5 * DAY),
        ("export", NOW + 20 * DAY),
    ]
    assert asked.acts(db) == [
        Act(NOW, "anna", "looked", "decisions", (8, 7)),
        Act(NOW, "ben", "allowed", "", (person.id,)),
        Act(NOW, "anna", "set_zone", "", (person.id,)),
    ]
