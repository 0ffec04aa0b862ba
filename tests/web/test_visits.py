"""What strangers post to /visits is answered alike, and only a right report is kept (F4)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import func, select
from support_web import browsing
from support_world import add_person, make_world, move_clock, plan_everything, publish, touches

from opportune.app import build
from opportune.store import models as m
from opportune.store.db import Database
from opportune.web import limits
from opportune.work import clicks, visits
from opportune.work.mail_links import Link, token
from opportune.work.world import World

SITE = "https://brightdesk.example"
HERE = {"Host": "ours.example", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"}


@pytest.fixture(scope="module")
def world(sqlite_template, tmp_path_factory) -> Iterator[World]:
    """A mail left a minute ago."""
    home = tmp_path_factory.mktemp("visits")
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, home / 'test.db')}")
    world = make_world(db, home, sites=(SITE,))
    publish(world, "clarifications", mails={"track_clicks": True})
    add_person(world, status="staff", interest="cold")
    plan_everything(world)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.state, touch.sent_at = "sent", world.clock.now()
    move_clock(world, world.clock.now() + 60)
    yield world
    world.close()


@pytest.fixture(scope="module")
def client(world) -> Iterator[httpx.Client]:
    with browsing(build(world, with_board=False)) as client:
        client.headers.update(HERE)
        yield client


@pytest.fixture(autouse=True)
def fresh(world):
    world.extras["limits"] = limits.Limits(world.settings)
    with world.db.write() as session:
        session.execute(m.MailVisit.__table__.delete())
        session.execute(m.MailClick.__table__.delete())


@pytest.fixture
def good(world) -> dict[str, str]:
    """A right report of a visit that began now."""
    click = clicks.record(world, link(world), None, world.clock.now())
    return {"visit": visits.token(world, click), "pages": "1", "seconds": "0"}


def link(world: World, target: str = f"{SITE}/price?a=1#top") -> Link:
    return Link(touches(world)[0].token, 1, target)


def count(world: World) -> int:
    with world.db.read() as session:
        return session.scalar(select(func.count(m.MailVisit.id)))


def follow(client, world, target=f"{SITE}/price?a=1#top", **headers) -> str:
    return client.get(f"/l/{token(world, link(world, target))}", headers=headers).headers["Location"]


def test_a_link_to_our_site_takes_a_token_along_and_no_name(client, world):
    where = httpx.URL(follow(client, world))
    assert (where.host, where.path, where.fragment, where.params["a"]) == ("brightdesk.example", "/price", "top", "1")
    assert visits.TOKEN.fullmatch(where.params["opportune_visit"])
    assert touches(world)[0].token not in str(where)  # with that one could unsubscribe them


NO_TOKEN = [
    # where the link leads, what the reader's program says
    ("https://elsewhere.example/", {}),
    (f"{SITE}/", {"User-Agent": "Googlebot/2.1"}),
    (f"{SITE}/", {"Sec-GPC": "1"}),
    (f"{SITE}/", {"DNT": "1"}),
]


@pytest.mark.parametrize(("target", "headers"), NO_TOKEN)
def test_nobody_else_is_given_a_token(client, world, target, headers):
    assert follow(client, world, target, **headers) == target


def test_a_right_report_is_kept_and_the_site_may_read_the_answer(client, world, good):
    answer = client.post("/visits", data=good, headers={"Origin": SITE})
    assert (answer.status_code, answer.content, count(world)) == (204, b"", 1)
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "set-cookie" not in answer.headers


def test_a_wrong_one_is_answered_like_a_right_one_and_not_kept(client, world, good):
    right = client.post("/visits", data=good, headers={"Origin": SITE})
    now, (number, mac) = world.clock.now(), good["visit"].split(".")
    with world.db.write() as session:
        session.execute(m.MailVisit.__table__.delete())
    wrong = [f"{number}.{'0' * 32}", f"{int(number) + 1}.{mac}", f"0{number}.{mac}", mac, "", "x" * 5_000,
             f"{number}.{mac}\n", visits.token(world, 10**17)]  # fmt: skip
    answers = [client.post("/visits", data=good | {"visit": each}, headers={"Origin": SITE}) for each in wrong]
    move_clock(world, now + 24 * 3_600)
    answers.append(client.post("/visits", data=good, headers={"Origin": SITE}))  # right, but a day old
    assert {told(each) for each in answers} == {told(right)}
    assert count(world) == 0


def told(answer: httpx.Response) -> tuple:
    return answer.status_code, answer.content, *sorted((k, v) for k, v in answer.headers.items() if k != "date")


REFUSED = [{"Origin": "https://evil.example"}, {"Sec-GPC": "1"}, {"DNT": "1"}]


@pytest.mark.parametrize("headers", REFUSED)
def test_another_site_and_a_browser_that_said_no_tell_nothing(client, world, good, headers):
    answer = client.post("/visits", data=good, headers={"Origin": SITE, **headers})
    assert (answer.status_code, count(world)) == (204, 0)
    assert answer.headers.get("Access-Control-Allow-Origin", SITE) == SITE


FORM, JSON = "application/x-www-form-urlencoded", "application/json"
HOSTILE = [
    # kind, body, answer
    (FORM, b"", 204),
    (FORM, b"\xff\xfe\x00", 400),
    (FORM, b"&".join(b"a=1" for _ in range(101)), 400),
    (FORM, b"visit=%00&pages=%0d%0aSet-Cookie:a&seconds=1", 204),
    (FORM, b"visit=" + b"1" * 70_000, 413),
    (JSON, b"[" * 60_000, 400),
    (JSON, b'{"visit": {"$ne": 1}}', 400),
    (JSON, b'{"visit": "\\ud800", "pages": 1, "seconds": 1}', 400),
    (JSON, b'{"visit": 1e400, "pages": NaN, "seconds": -1}', 204),
    ("text/plain", b"visit=1", 415),
    ("multipart/form-data; boundary=x", b"--x--", 415),
]


@pytest.mark.parametrize(("kind", "body", "status"), HOSTILE)
def test_a_hostile_body_is_refused_or_means_nothing(client, world, kind, body, status):
    answer = client.post("/visits", content=body, headers={"Content-Type": kind, "Origin": SITE})
    assert (answer.status_code, count(world)) == (status, 0)
    assert "set-cookie" not in answer.headers


def test_whoever_posts_without_end_is_told_to_wait(client, world, good, monkeypatch):
    monkeypatch.setattr(limits, "VISITS", limits.RateLimitItemPerMinute(2))
    answers = [client.post("/visits", data=good) for _ in range(3)]
    assert [each.status_code for each in answers] == [204, 204, 429]
    assert int(answers[2].headers["Retry-After"]) >= 1


def test_the_script_stands_alone_or_comes_with_a_form(client):
    alone = client.get("/visit.js").text
    assert '"http://ours.example/visits"' in alone
    assert client.get("/forms/callback/embed.js").text.startswith(alone)
