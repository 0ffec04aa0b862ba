"""Is every mailbox read, once, whatever its server does? Against dovecot."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from starlette.applications import Starlette
from support_dovecot import MISSING, Dovecot, running_dovecot
from support_mailed import mailed
from support_web import browsing, signed_in
from support_world import make_world, move_clock, only

from channels.inbox import Unreadable
from flows import inbox as flow
from opportune.rules.facts import DAY
from opportune.settings import SettingError, Settings
from opportune.store import models as m
from opportune.web import health
from opportune.work import inbox, mailboxes, replies

pytestmark = MISSING


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running_dovecot(
        **{f"box{number}{more}": "secret" for number in range(20) for more in ("", "b", "c")}
    ) as running:
        yield running


@pytest.fixture
def box(server: Dovecot, request: pytest.FixtureRequest) -> str:
    """A mailbox of this test's own."""
    server.taken = getattr(server, "taken", -1) + 1
    return f"box{server.taken}"


def world_of(db, tmp_path, server, box, **given):
    """Somebody got a mail of ours; what comes back lies in that mailbox."""
    world = make_world(db, tmp_path, imap_host="127.0.0.1", imap_port=server.port, imap_user=box,
                       imap_password=SecretStr("secret"), imap_security="none", **given)  # fmt: skip
    mailed(world)
    return world


def answer(world, text, number=1):
    head = f"From: person1@firm.example\nTo: reply+{only(world).token}@ours.example\nSubject: Re: hello\n"
    return f"{head}Message-ID: <{number}@firm.example>\n\n{text}\n".encode()


def outcomes(world):
    with world.db.read() as session:
        return sorted(session.scalars(select(m.Outcome.kind)))


def kept(world):
    with world.db.read() as session:
        return session.scalar(select(func.count(m.ProviderEvent.id)))


def test_each_mail_is_taken_once_and_the_mailbox_left_as_it_was(db, tmp_path, server, box):
    world = world_of(db, tmp_path, server, box)
    assert inbox.collect(world) == 0, "an empty mailbox"
    server.lay(box, answer(world, "Here is why"))
    server.lay(box, b"From: else@x.example\nSubject: other\n\nno Message-ID\n")
    assert [inbox.collect(world) for _ in range(2)] == [2, 0]
    server.lay(box, answer(world, "And one thing more", 2))
    assert [inbox.collect(world) for _ in range(2)] == [1, 0]
    assert outcomes(world) == ["goal_met", "reply", "reply"]
    assert [each["text"] for each in replies.listed(world)] == ["Here is why", "And one thing more"]
    assert server.counted(box, "secret") == (3, 3), "nothing is marked as read"


def test_a_renumbered_mailbox_is_read_again_and_nothing_counts_twice(db, tmp_path, server, box):
    """UIDVALIDITY: after a restore or a move of the mail server."""
    world = world_of(db, tmp_path, server, box)
    server.lay(box, answer(world, "Here is why"))
    server.lay(box, b"From: else@x.example\nSubject: other\n\nno Message-ID\n")
    inbox.collect(world)
    with world.db.read() as session:
        before = session.scalars(select(m.Mailbox)).one()
    server.renumber(box)
    assert inbox.collect(world) == 0
    server.lay(box, answer(world, "More", 2))
    assert inbox.collect(world) == 1
    with world.db.read() as session:
        after = session.scalars(select(m.Mailbox)).one()
    assert after.validity != before.validity
    assert (outcomes(world), kept(world)) == (["goal_met", "reply", "reply"], 3)


def test_after_a_renumbering_only_what_came_lately_is_read_again(db, tmp_path, server, box):
    """Raw mails are forgotten after 90 days: a "stop" of long ago would be new to us."""
    world = world_of(db, tmp_path, server, box)
    server.lay(box, answer(world, "Here is why"))
    inbox.collect(world)
    with world.db.write() as session:
        session.execute(m.ProviderEvent.__table__.delete())
    server.renumber(box)
    move_clock(world, int(time.time()) + inbox.KNOWN + 2 * DAY)
    assert inbox.collect(world) == 0
    assert kept(world) == 0


def also(server, *users):
    return tuple(SecretStr(f"imap://{user}@127.0.0.1:{server.port}") for user in users)


def test_a_login_that_fails_is_told_and_stops_no_other_mailbox(db, tmp_path, server, box):
    world = world_of(db, tmp_path, server, "nobody", imap_also=also(server, f"{box}:secret"))
    server.lay(box, answer(world, "Here is why"))
    with pytest.raises(Unreadable, match="OPPORTUNE_IMAP_PASSWORD"):
        inbox.collect(world)
    assert outcomes(world) == ["goal_met", "reply"]
    since = world.clock.now()
    [told] = mailboxes.troubles(world)
    assert (told["mailbox"], told["since"]) == (f"nobody@127.0.0.1:{server.port}", since)
    with browsing(signed_in(Starlette(routes=health.routes(world)))) as client:
        assert client.get("/health").json()["mailboxes_not_read"] == [told]
        assert "the login is refused" in client.get("/health", headers={"Accept": "text/html"}).text
    move_clock(world, since + 600)
    with pytest.raises(Unreadable):
        inbox.collect(world)
    assert mailboxes.troubles(world)[0]["since"] == since, "since it began"


def test_what_was_told_is_over_once_the_mailbox_is_read_again(db, tmp_path, server, box):
    world = world_of(db, tmp_path, server, box)
    mailboxes.unreadable(world, mailboxes.logins(world.settings)[0], "no such host")
    assert len(mailboxes.troubles(world)) == 1
    inbox.collect(world)
    assert mailboxes.troubles(world) == []


def test_the_run_fails_with_a_sentence_that_says_what_to_do(db, tmp_path, server, box, monkeypatch):
    world = world_of(db, tmp_path, server, "nobody")
    monkeypatch.setattr(flow, "world_of", lambda _name: world)
    monkeypatch.setattr(flow, "once", lambda _name, act: act())
    monkeypatch.setattr(flow, "late", lambda _within: False)
    state = flow.inbox.fn()
    assert state.is_failed()
    assert "the login is refused" in state.message
    assert "OPPORTUNE_IMAP_USER" in state.message


def test_several_mailboxes_have_a_cursor_each(db, tmp_path, server, box):
    world = world_of(db, tmp_path, server, box, imap_also=also(server, f"{box}b:secret", f"{box}c:secret"))
    for number, user in enumerate((box, f"{box}b", f"{box}c", f"{box}c")):
        server.lay(user, answer(world, f"answer {number}", number))
    assert [inbox.collect(world) for _ in range(2)] == [4, 0]
    with world.db.read() as session:
        read = {row.key.partition("@")[0]: row.uid for row in session.scalars(select(m.Mailbox))}
    assert read == {box: 1, f"{box}b": 1, f"{box}c": 2}


def test_the_same_mail_in_two_mailboxes_counts_once(db, tmp_path, server, box):
    world = world_of(db, tmp_path, server, box, imap_also=also(server, f"{box}b:secret"))
    for user in (box, f"{box}b"):
        server.lay(user, answer(world, "to both of you"))
    assert inbox.collect(world) == 1
    assert outcomes(world) == ["goal_met", "reply"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "imaps://ana%40firm.example:p%3Aw@mx.firm.example",
            ("mx.firm.example", 993, "ana@firm.example", "p:w", "tls"),
        ),
        ("imap://ana:pw@127.0.0.1:1143", ("127.0.0.1", 1143, "ana", "pw", "none")),
        ("pop3://ana:pw@mx.firm.example", None),
        ("imaps://mx.firm.example", None),  # whose?
        ("imaps://ana:secret@mx.firm.example:mail", None),
        ("ana:secret", None),
    ],
)
def test_other_mailboxes_are_named_by_an_address(url, said):
    settings = Settings(imap_also=(SecretStr(url),))
    if said:
        assert mailboxes.logins(settings) == [said]
        return
    with pytest.raises(SettingError, match="OPPORTUNE_IMAP_ALSO: entry 1") as refused:
        mailboxes.logins(settings)
    assert "secret" not in str(refused.value)
