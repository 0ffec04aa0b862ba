"""Is what is old enough gone, and nothing else; and does a file that cannot be meant say so?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from support_world import TUESDAY, add_person, make_world, plan_everything, publish

from opportune.rules.facts import DAY
from opportune.settings import ROOT, SettingError
from opportune.store import audit, audit_check, contacts
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work import retention
from opportune.work.world import World

OLD, NEW = TUESDAY - 6 * 365 * DAY, TUESDAY - 20 * DAY


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Of each kind something old and something new, and what nobody has answered yet, however old."""
    world = make_world(db, tmp_path / "home")
    publish(world)
    ana = add_person(world, 1)
    plan_everything(world)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).first()
        assert touch is not None
        touch.state, touch.settled_at = "cancelled", OLD
        said = {"hash": "h", "prepared_at": OLD, "content": b"", "recipient": "a"}
        session.add(m.PreparedMessage(touch_id=touch.id, **said))
        hook = m.Webhook(url="u", events=[], active=True, created_at=OLD)
        session.add(hook)
        session.flush()
        for number, at in enumerate((OLD, NEW)):
            key = str(number)
            session.add(m.ProviderEvent(provider="p", event_key=key, kind="k", payload={}, received_at=at, tries=0))
            for handled in (None, at):
                form = {"form": "f", "form_version": "1", "fields": {}, "ip": "10.0.0.1", "agent": "a"}
                keys = {"public_id": f"{key}{handled}", "idempotency_key": f"{key}{handled}"}
                session.add(m.Lead(**keys, **form, received_at=at, handled_at=handled))
                words = {"sender": "s", "text": "t", "subject": "s"}
                session.add(m.Reply(mail_key=f"{key}{handled}", at=at, **words, handled_at=handled))
                call = {"caller": "c", "called": "d", "people": 0, "kind": "first_time", "language": "en"}
                owed = {"state": "message", "rings": 0, "said": "s", "due_at": at, "handled_at": handled}
                session.add(m.InboundCall(sid=f"{key}{handled}", at=at, **call, **owed))
            said = {"wording": "w", "ip": "10.0.0.1", "agent": "a"}
            session.add(contacts.consent(ana, "email", granted=True, at=at, **said))
            pending = {"channel": "email", "purpose": "p", "advertiser": "a", "wording_version": "1", "proof": {}}
            waits = {"token": key, "digest": "d", "mailed": True, "at": at, "until": at, "wording": "w"}
            session.add(m.ConsentPending(contact_id=ana, **pending, **waits))
            told = {"event": "e", "event_key": key, "body": "{}", "state": "delivered", "tries": 1, "due_at": at}
            session.add(m.WebhookDelivery(webhook_id=hook.id, **told, created_at=at, ended_at=at))
            asked = {"kind": "export", "by": "ann", "why": "w", "at": at, "due_at": at, "done_at": at}
            session.add(m.PersonRequest(contact_id=ana, **asked))
            click = m.MailClick(touch_id=touch.id, at=at)
            session.add(click)
            session.flush()
            session.add(m.MailVisit(click_id=click.id, touch_id=touch.id, at=at, pages=1, seconds=1))
            audit.write(session, at, "ann", f"act {number}", None)
    for name, at in (("old.csv", OLD), ("new.csv", NEW)):
        file = world.settings.home / "rejects" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("line,reason,row\n")
        os.utime(file, (at, at))
    return world


def has(world: World, query: Any) -> list[Any]:
    with world.db.read() as session:
        return sorted(session.scalars(query), key=str)


def test_what_is_old_is_gone_and_what_is_new_or_waits_for_an_answer_stays(world: World) -> None:
    gone = retention.run(world, TUESDAY)
    assert gone == {
        "prepared_words_gone": 1, "provider_reports_gone": 1, "leads_not_taken_gone": 1, "lead_network_gone": 1,
        "consent_network_gone": 1, "unconfirmed_gone": 1, "recordings_gone": 1, "replies_gone": 1, "visits_gone": 1,
        "told_to_others_gone": 1, "requests_gone": 1, "rejected_rows_gone": 1, "audit_gone": gone["audit_gone"],
    }  # fmt: skip
    assert has(world, select(m.ProviderEvent.received_at)) == [NEW]
    assert has(world, select(m.Lead.ip).where(m.Lead.received_at == NEW)) == ["10.0.0.1"] * 2
    assert has(world, select(m.Consent.ip).where(m.Consent.wording == "w")) == ["10.0.0.1", None]
    assert has(world, select(m.InboundCall.said).where(m.InboundCall.at == OLD)) == [None, "s"]  # one is still owed
    assert has(world, select(m.Reply.text).where(m.Reply.at == OLD)) == [None, "t"]
    assert has(world, select(m.ConsentPending.at)) == [NEW]
    assert sum(retention.run(world, TUESDAY).values()) == 0


def test_the_chain_of_the_audit_begins_where_it_is_kept_from(db: Database, tmp_path: Path) -> None:
    world = make_world(db, tmp_path / "home")
    with world.db.write() as session:
        for number, at in enumerate((OLD, OLD, NEW, OLD, NEW)):  # the fourth was written late: the chain has no holes
            audit.write(session, at, "ann", f"act {number}", None)
    assert retention.run(world, TUESDAY)["audit_gone"] == 2
    with world.db.read() as session:
        found = audit_check.verify(session)
        assert (found.broken, found.entries) == ([], 3)
    with world.db.write() as session:
        session.delete(session.get_one(m.Audit, 3))
    with world.db.read() as session:
        assert "entry 4 does not follow entry 2" in audit_check.verify(session).broken[0]


def test_more_rows_than_one_transaction_may_hold_go_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PART", 3)
    with world.db.write() as session:
        for number in range(10):
            key = f"more {number}"
            session.add(m.ProviderEvent(provider="p", event_key=key, kind="k", payload={}, received_at=OLD, tries=0))
    assert retention.run(world, TUESDAY)["provider_reports_gone"] == 11


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("[teapots]\ndays = 3", "teapots: there is no such timer"),
        ("[replies]\ndays = -3", "days"),
        ("[provider_reports]\ndays = 30", "30 days are too few; 86 at least"),  # bounces would be counted twice
        ("[replies\ndays = 3", "Mend the file or OPPORTUNE_RETENTION"),
        ("replies = 3", "Mend the file or OPPORTUNE_RETENTION"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_a_remedy(tmp_path: Path, words: str, told: str) -> None:
    file = tmp_path / "retention.toml"
    file.write_text(words)
    with pytest.raises(SettingError, match=told):
        retention.timers(file)


def test_a_file_of_ones_own_changes_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "retention.toml"
    file.write_text("[replies]\ndays = 0\n[requests]\ndays = 10\n")
    found = retention.timers(file)
    assert (found["replies"].days, found["requests"].days, found["audit"].days) == (0, 10, 1825)


def test_the_page_tells_the_days_that_hold() -> None:
    page = (ROOT / "docs/personal-data.md").read_text()
    assert [name for name, timer in retention.timers().items() if f"| {name} | {timer.days} |" not in page] == []
