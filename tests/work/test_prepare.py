"""What is made ready ahead: how much, signed by whom, and what happens to a mail that cannot leave as it is?"""

from __future__ import annotations

import email
import email.policy
import threading
from pathlib import Path

import dkim as oracle
import pytest
from sqlalchemy import select, update
from support_world import add_person, make_world, move_clock, plan_everything, publish, touches

from channels import dkim
from opportune.rules.facts import HOUR
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import gate, prepare
from opportune.work.world import World


def readers(db, home: Path, count: int = 1, person: dict[str, object] | None = None, **settings: object) -> World:
    """A world with so many mails due now."""
    world = make_world(db, home, **settings)
    publish(world)
    for number in range(1, count + 1):
        add_person(world, number, consents=("email",), **(person or {}))
    plan_everything(world)
    now = move_clock(world, max(touch.due_at for touch in touches(world)))
    with world.db.write() as session:
        session.execute(update(m.Touch).values(due_at=now, not_after=now + 600))
    return world


def stored(world: World) -> list[m.PreparedMessage]:
    with world.db.read() as session:
        return list(session.scalars(select(m.PreparedMessage).order_by(m.PreparedMessage.touch_id)))


def passed(world: World) -> list[m.PreparedMessage]:
    """Claim and ask the gate, as when the mark has come."""
    now = world.clock.now()
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", now, "test", limit=64)
    with world.db.write() as session:
        return [words for _, words in gate.pass_through(world, session, claimed, now)]


def why(world: World) -> str:
    with world.db.read() as session:
        return session.scalars(select(m.TouchEvent.why).order_by(m.TouchEvent.id.desc())).first() or ""


def test_no_more_are_ahead_than_may_be(db, tmp_path, monkeypatch):
    """However often it runs: what waits already counts."""
    monkeypatch.setattr(prepare, "BATCH", 2)
    world = readers(db, tmp_path, 5)
    now = world.clock.now()
    assert prepare.mails(world, now, limit=3) == 3
    assert prepare.mails(world, now, limit=3) == 0
    assert prepare.mails(world, now) == 2
    assert len(stored(world)) == 5
    assert len(passed(world)) == 5


def test_two_that_prepare_at_once_store_each_mail_once(db, tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "BATCH", 3)
    world = readers(db, tmp_path, 12)
    count: list[int] = []
    both = [threading.Thread(target=lambda: count.append(prepare.mails(world, world.clock.now()))) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(count) == 2
    prepare.mails(world, world.clock.now())  # what one left to the other
    assert len(stored(world)) == 12


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("domain", ["", "brightdesk.example"])
def test_a_mail_is_signed_as_the_settings_say(db, tmp_path, kind, domain):
    file = tmp_path / "key.pem"
    key, pem = dkim.new_key(kind)
    file.write_bytes(pem)
    world = readers(db, tmp_path, dkim_selector="s1", dkim_key_file=file, dkim_domain=domain)
    prepare.mails(world, world.clock.now())
    record = dkim.Signer("s1", domain or "ours.example", key)
    [words] = passed(world)

    def txt(name: bytes, timeout: int = 5) -> bytes:
        assert name.decode().rstrip(".") == record.place
        return record.record.encode()

    assert oracle.verify(words.content, dnsfunc=txt)
    assert not oracle.verify(words.content.replace(b"Person", b"Parson"), dnsfunc=txt)


def test_without_a_key_the_mail_server_signs(db, tmp_path):
    world = readers(db, tmp_path)
    [words] = passed(world)
    assert b"DKIM-Signature" not in words.content


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"dkim_selector": "s1", "dkim_key_file": Path("/nowhere/key.pem")}, "OPPORTUNE_DKIM_KEY_FILE"),
        ({"dkim_selector": "s1"}, "OPPORTUNE_DKIM_KEY_FILE"),  # only half of it is set
        ({"dkim_key_file": Path(__file__)}, "OPPORTUNE_DKIM_SELECTOR"),
    ],
)
def test_a_key_that_cannot_be_used_holds_the_mail_and_says_what_to_set(db, tmp_path, given, named):
    world = readers(db, tmp_path, **given)
    assert prepare.mails(world, world.clock.now()) == 0
    assert passed(world) == []
    assert [touch.state for touch in touches(world)] == ["planned"]
    assert named in why(world)


def test_what_gmail_would_cut_off_is_held_and_the_others_leave(db, tmp_path, monkeypatch):
    world = readers(db, tmp_path, 2)
    long, other = touches(world)

    inlined, much = prepare.inlined, "x" * 110_000 + "</body>"
    monkeypatch.setattr(prepare, "inlined", lambda h: inlined(h.replace("</body>", much) if long.token in h else h))
    assert prepare.mails(world, world.clock.now()) == 1
    assert [words.touch_id for words in passed(world)] == [other.id]
    assert "Gmail cuts off" in why_of(world, long.id)


def why_of(world: World, touch: int) -> str:
    with world.db.read() as session:
        events = select(m.TouchEvent.why).where(m.TouchEvent.touch_id == touch, m.TouchEvent.why.is_not(None))
        return " ".join(session.scalars(events))


def test_words_that_waited_long_are_made_anew_with_the_date_they_leave_on(db, tmp_path):
    """A mail held for days would else arrive with an old date, below everything its reader has."""
    world = readers(db, tmp_path)
    prepare.mails(world, world.clock.now())
    now = move_clock(world, world.clock.now() + 24 * HOUR)
    with world.db.write() as session:
        session.execute(update(m.Touch).values(due_at=now, not_after=now + 600))
    [words] = passed(world)
    mail = email.message_from_bytes(words.content, policy=email.policy.default)
    assert mail["Date"].datetime.timestamp() == now
    assert len(stored(world)) == 1


def test_words_of_this_hour_leave_as_they_were_prepared(db, tmp_path):
    world = readers(db, tmp_path)
    prepare.mails(world, world.clock.now())
    [before] = stored(world)
    move_clock(world, world.clock.now() + 300)
    [words] = passed(world)
    assert words.hash == before.hash


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana\r\nBcc: eve@evil.test", "Ana Bcc: eve@evil.test"),  # one line again, and only words
        ("Ana\u2028Stan \x85", "Ana Stan"),
        ("  Ana \t Stan ", "Ana Stan"),
    ],
)
def test_a_name_with_line_breaks_becomes_one_line(db, tmp_path, name, shown):
    world = readers(db, tmp_path, person={"name": name})
    [words] = passed(world)
    mail = email.message_from_bytes(words.content, policy=email.policy.default)
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].display_name == shown
    assert mail["To"].addresses[0].addr_spec == "person1@firm.example"


@pytest.mark.parametrize(
    "address", ["ana@firm.example\r\nRCPT TO:<eve@evil.test>", "Ana <ana@firm.example>", "ană@firm.ro"]
)
def test_an_address_that_is_none_is_held_with_its_reason(db, tmp_path, address):
    world = readers(db, tmp_path)
    with world.db.write() as session:
        session.execute(update(m.Contact).values(email=address))
    assert prepare.mails(world, world.clock.now()) == 0
    assert passed(world) == []
    assert "letter.recipient" in why(world)


def test_a_reader_can_leave_by_a_click_or_by_mail(db, tmp_path):
    """RFC 8058 for providers' buttons; RFC 2369's mailto: for mail programs that know only that."""
    world = readers(db, tmp_path)
    [words] = passed(world)
    [touch] = touches(world)
    mail = email.message_from_bytes(words.content, policy=email.policy.default)
    reply = f"reply+{touch.token}@ours.example"
    assert mail["List-Unsubscribe"] == f"<http://ours.example/u/{touch.token}>, <mailto:{reply}?subject=unsubscribe>"
    assert mail["Reply-To"] == reply
