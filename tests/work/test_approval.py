"""Is what leaves what somebody approved? A template changed since then is held, and says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select
from support_world import add_person, make_world, move_clock, only, plan_everything, publish, touches

from opportune.rules.facts import HOUR
from opportune.settings import ROOT
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import approval, campaigns, gate, prepare
from opportune.work.campaigns import Refused
from opportune.work.versions import NotAllowed


def copied(folder: Path) -> Path:
    """The templates that come with us, in English and one of them in Russian."""
    other = shutil.ignore_patterns("*.ro", "*.de", "[!c]*.ru", "callback*.ru")
    return Path(shutil.copytree(ROOT / "templates", folder / "templates", ignore=other, dirs_exist_ok=True))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The same folder for all: words that were tried out there need not be tried again."""
    return tmp_path_factory.mktemp("approval")


@pytest.fixture
def world(db, tmp_path, shared):
    """A clerk's mail is due; the templates are ours to change."""
    world = make_world(db, tmp_path, templates=copied(shared), approval_above=0)
    add_person(world, status="staff", interest="warm")
    with pytest.raises(NotAllowed):  # one person alone decides for nobody here
        publish(world, "clarifications", channels=["email"])
    campaigns.approve(world, "clarifications", by="boris")
    publish(world, "clarifications", channels=["email"])
    plan_everything(world)
    move_clock(world, only(world, channel="email").due_at)
    return world


def change(world, file="clarification/body.txt", new="Two sentences back"):
    path: Path = world.settings.templates / "mail" / file
    path.write_text(path.read_text("utf-8").replace("Two sentences in answer", new), "utf-8")


def leaving(world):
    """Whatever is due is claimed and put before the gate; the mails that may leave."""
    now = world.clock.now()
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", now, "test", limit=5)
        return [words.content.decode() for _, words in gate.pass_through(world, session, claimed, now)]


def leaving_at_last(world):
    """At the next moment that suits this person, or the one after."""
    for _ in range(3):
        touch = only(world, channel="email", state="planned")
        move_clock(world, max(world.clock.now() + 1, touch.due_at))
        if found := leaving(world):
            return found
    return []


def test_what_was_approved_leaves(world):
    assert "Two sentences in answer" in leaving(world)[0]


@pytest.mark.parametrize("file", ["clarification/body.txt", "_frame.txt", "clarification.ru/subject.txt"])
def test_a_template_that_was_changed_is_held_with_its_reason_until_somebody_approves_again(world, file):
    path = world.settings.templates / "mail" / file
    path.write_text(path.read_text("utf-8") + "\nNew words.\n" * (not file.endswith("subject.txt")), "utf-8")
    path.write_text(path.read_text("utf-8") + " ", "utf-8")
    assert leaving(world) == []
    touch = only(world, channel="email")
    assert touch.state == "planned"
    with world.db.read() as session:
        why = session.scalars(select(m.TouchEvent.why).order_by(m.TouchEvent.id.desc())).first()
    assert "The template `clarification` was changed after its approval" in why
    assert "opportune campaign approve KEY" in why
    campaigns.approve(world, "clarifications", by="boris")
    assert len(leaving_at_last(world)) == 1


def test_undoing_the_change_is_as_good_as_approving_it(world):
    change(world)
    assert leaving(world) == []
    path = world.settings.templates / "mail" / "clarification" / "body.txt"
    path.write_text(path.read_text("utf-8").replace("Two sentences back", "Two sentences in answer"), "utf-8")
    assert "Two sentences in answer" in leaving_at_last(world)[0]


def test_another_template_s_change_holds_nothing_back(world):
    path = world.settings.templates / "mail" / "reminder" / "body.txt"
    path.write_text(path.read_text("utf-8") + "\nMore.\n", "utf-8")
    assert len(leaving(world)) == 1


def test_what_was_prepared_before_the_change_leaves_as_it_was_approved(world):
    assert prepare.mails(world, world.clock.now()) == 1
    change(world)
    [content] = leaving(world)
    assert "Two sentences in answer" in content


def test_nothing_is_prepared_with_changed_words(world):
    change(world)
    assert prepare.mails(world, world.clock.now()) == 0
    assert [touch.state for touch in touches(world, channel="email")] == ["planned"]


def test_a_changed_voicemail_holds_the_call(db, tmp_path):
    """What is said counts as much as what is written."""
    world = make_world(db, tmp_path, templates=copied(tmp_path))
    publish(world)
    add_person(world)
    plan_everything(world)
    move_clock(world, only(world, channel="call").due_at)
    with (tmp_path / "templates" / "voice" / "voicemail" / "say.j2").open("a") as file:
        file.write(" And one word more.")
    now = world.clock.now()
    with world.db.write() as session:
        assert gate.pass_through(world, session, ledger.claim(session, "call", now, "test", limit=5), now) == []
    assert only(world, channel="call").state == "planned"


def versions(world):
    with world.db.read() as session:
        return list(session.scalars(select(m.CampaignVersion).order_by(m.CampaignVersion.id)))


def test_an_approval_stands_for_every_template_that_may_be_used(world):
    [version] = versions(world)
    written = {"clarification", "reminder", "last_mail", "nurture"}
    assert set(version.templates) == {f"mail/{name}" for name in written}  # nobody is called here
    assert all(len(print_) == 64 for print_ in version.templates.values())
    assert approval.changed(world, version) == []


def test_a_live_campaign_is_approved_again_only_when_a_template_changed(world):
    with pytest.raises(NotAllowed, match="no version of clarifications waits"):
        campaigns.approve(world, "clarifications", by="boris")
    change(world)
    move_clock(world, world.clock.now() + 48 * HOUR)  # the document was checked long ago, and is the same
    before = versions(world)[0].approved_at
    assert campaigns.approve(world, "clarifications", by="clara").approved_by == "clara"
    assert versions(world)[0].approved_at > before
    assert len(versions(world)) == 1


def test_a_template_with_an_error_is_not_approved(world):
    change(world, new="{{ person.nick }}")
    with pytest.raises(Refused, match=r"person\.nick"):
        campaigns.approve(world, "clarifications", by="boris")


def test_who_published_alone_may_publish_again_after_a_change(db, tmp_path):
    """Where few people are meant, one person answers for all."""
    world = make_world(db, tmp_path, templates=copied(tmp_path))
    publish(world, "clarifications", channels=["email"])
    change(world)
    assert approval.changed(world, versions(world)[0]) == ["mail/clarification"]
    publish(world, "clarifications", channels=["email"])
    assert approval.changed(world, versions(world)[0]) == []
    assert len(versions(world)) == 1


def test_an_approval_from_before_hashes_were_kept_holds_nothing(world):
    with world.db.write() as session:
        for version in session.scalars(select(m.CampaignVersion)):
            version.templates = None
    change(world)
    assert "Two sentences back" in leaving(world)[0]
