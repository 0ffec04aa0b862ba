"""Words that a person recorded: are they played, can the carrier fetch them, and nothing else?"""

from __future__ import annotations

import re
import shutil

import pytest
from support_web import browsing
from support_world import add_person, make_world, move_clock, only, plan_everything, publish

from channels.voice import VoiceEvent
from opportune.app import build
from opportune.settings import ROOT
from opportune.store import ledger
from opportune.work import calls, gate, recorded, script_lint

SOUND = b"ID3\x04 not quite music"
WORDS = (
    "Hello, this is {{ sender.name }} from {{ sender.company }} with a short announcement; press 9 and we never call. "
    "{{ campaign.offer }} Press 1 to talk with a colleague, or press 2 to have it by email."
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The same one for all: words that were tried out there need not be tried again."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def templates(folder):
    """Of the house, with an announcement that Anna recorded."""
    shutil.copytree(ROOT / "templates", folder, dirs_exist_ok=True)
    (folder / "voice/announce/say.mp3").write_bytes(SOUND)
    (folder / "voice/announce/say.j2").write_text(WORDS)
    return folder


@pytest.fixture
def world(db, tmp_path, templates):
    """Somebody is being called by the campaign."""
    world = make_world(db, tmp_path, templates=templates)
    publish(world)
    add_person(world)
    plan_everything(world)
    move_clock(world, only(world).due_at)
    with world.db.write() as session:
        claimed = ledger.claim(session, "call", world.clock.now(), "test", limit=5)
        gate.pass_through(world, session, claimed, world.clock.now())
    return world


def played(world, answered_by):
    event = VoiceEvent("CA1", "in-progress", f"words:{answered_by}", answered_by=answered_by)
    return re.findall(r"<Play>(.*?)</Play>", calls.words(world, only(world).token, event, world.clock.now()))


def test_a_person_hears_the_recording_and_the_carrier_can_fetch_it(world):
    [address] = played(world, "human")
    assert address.startswith(world.settings.public_url)
    with browsing(build(world, with_board=False)) as carrier:
        answer = carrier.get(address.removeprefix(world.settings.public_url))
    assert (answer.content, answer.headers["content-type"]) == (SOUND, "audio/mpeg")


@pytest.mark.parametrize("name", ["say.mp3", "..%2Fsay.j2", "0" * 32 + ".mp3", "%2Fetc%2Fpasswd"])
def test_nothing_else_can_be_fetched(world, name):
    with browsing(build(world, with_board=False)) as carrier:
        assert carrier.get(f"/voice/said/{name}").status_code == 404


def test_a_language_without_a_recording_is_spoken(world):
    assert recorded.address(world, "announce", "en")
    assert not recorded.address(world, "announce", "de")


def test_a_new_recording_has_a_new_address(world, templates):
    """What the carrier still keeps of the old one is never played for the new."""
    before = recorded.address(world, "announce", "en")
    (templates / "voice/announce/say.mp3").write_bytes(SOUND + b"!")
    assert recorded.address(world, "announce", "en") != before


def test_what_is_recorded_says_the_same_to_everybody(templates):
    assert script_lint.lint(templates, {"announce": "announce"}) == []
    (templates / "voice/announce/say.j2").write_text(WORDS.replace("Hello", "Hello {{ person.name }}"))
    assert {each.code for each in script_lint.lint(templates, {"announce": "announce"})} >= {"recording_differs"}
