"""Do other systems hear, signed and at least once, of what became true, and of nothing that did not?"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import support_leads
from sqlalchemy import select
from support_world import TUESDAY, add_person, make_world, only, plan_everything, publish

from channels import web_post
from channels.form_answers import check
from channels.forms import FORMS
from opportune.rules.facts import CallResult
from opportune.settings import ROOT
from opportune.store import models as m
from opportune.work import desk, hook_secrets, leads, optout, outgoing, webhooks
from opportune.work.world import World

ANA = {"name": "Ana Stan", "email": "ana@acme.example", "answer_by": "email"}


class Hearer(BaseHTTPRequestHandler):
    """Another system; `statuses`: its next answers, then always 200; `at`: what happens at its nth post, before it
    answers."""

    heard: list[tuple[dict[str, str], bytes]]
    statuses: list[int]
    at: dict[int, Callable[[], object]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):  # whoever posted died over it
            return
        self.heard.append((dict(self.headers), body))
        self.at.get(len(self.heard), int)()
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def world(db, tmp_path) -> World:
    return make_world(db, tmp_path, webhooks_to_private=True)


@pytest.fixture
def hearer() -> Iterator[type[Hearer]]:
    class Ours(Hearer):
        heard: list[tuple[dict[str, str], bytes]] = []  # noqa: RUF012
        statuses: list[int] = []  # noqa: RUF012
        at: dict[int, Callable[[], object]] = {}  # noqa: RUF012

    with ThreadingHTTPServer(("127.0.0.1", 0), Ours) as server:
        Ours.url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield Ours
        server.shutdown()


def take(world: World, **given: str) -> m.Lead:
    answers = check(FORMS["callback"], ANA | given)
    return support_leads.take(world, FORMS["callback"], answers, leads.Visit(str(given)))


def later(world: World, seconds: int) -> None:
    world.clock.move_to(world.clock.now() + seconds)


def test_a_lead_and_a_no_are_told_with_the_signature_of_this_webhook(world, hearer):
    row = webhooks.add(world, hearer.url, list(outgoing.EVENTS), by="test")
    lead = take(world)
    with world.db.write() as session:
        no = {"reason": "told us", "evidence": "", "now": TUESDAY, "touch_id": None}
        optout.opt_out(world, session, lead.contact_id, **no)
    assert webhooks.deliver(world) == {"webhooks delivered": 2}
    assert webhooks.deliver(world) == {}
    bodies = sorted((json.loads(body) for _, body in hearer.heard), key=lambda each: each["event"])
    assert [each["event"] for each in bodies] == ["contact.opted_out", "lead.taken"]
    assert bodies[1]["fields"]["email"] == "ana@acme.example"
    assert bodies[1]["contact"]["id"] == bodies[0]["contact"]["id"] == lead.contact_id
    assert bodies[1]["id"] == f"lead:{lead.public_id}"
    for headers, body in hearer.heard:
        assert hook_secrets.is_signed(
            [hook_secrets.of_webhook(world, row.id)], headers["Opportune-Signature"], body, TUESDAY
        )


def test_what_is_rolled_back_is_not_told_and_nobody_hears_what_they_did_not_ask_for(world, hearer):
    webhooks.add(world, hearer.url, [outgoing.GOAL], by="test")
    take(world)
    with world.db.write() as session:
        outgoing.tell(world, session, outgoing.GOAL, "goal:1", None, TUESDAY)
        session.rollback()
    assert (webhooks.deliver(world), hearer.heard) == ({}, [])


def test_a_no_is_heard_in_the_very_second_in_which_a_webhook_was_removed(world, hearer):
    row = webhooks.add(world, hearer.url, list(outgoing.EVENTS), by="test")
    lead = take(world)
    webhooks.remove(world, row.id, by="test")
    with world.db.write() as session:
        no = {"reason": "link", "evidence": "", "now": world.clock.now(), "touch_id": None}
        optout.opt_out(world, session, lead.contact_id, **no)
    with world.db.read() as session:
        assert session.scalars(select(m.Suppression.contact_id).distinct()).all() == [lead.contact_id]
    assert (webhooks.deliver(world), hearer.heard) == ({}, [])


def test_a_goal_that_is_met_and_a_call_result_are_told(world, hearer):
    webhooks.add(world, hearer.url, [outgoing.GOAL, outgoing.OUTCOME], by="test")
    lead = take(world)
    with world.db.write() as session:
        campaign = m.Campaign(key="meetings", name="Meetings", goal="meeting", state="live")
        session.add(campaign)
        session.flush()
        enrolment = m.Enrolment(campaign_id=campaign.id, contact_id=lead.contact_id)
        outgoing.of_outcome(world, session, outgoing.GOAL, enrolment, None, "goal_met", TUESDAY)
    webhooks.deliver(world)
    [(_, body)] = hearer.heard
    assert (json.loads(body)["campaign"], json.loads(body)["contact"]["name"]) == ("meetings", "Ana Stan")


def test_who_does_not_answer_is_told_again_after_longer_and_longer_breaks(world, hearer):
    hearer.statuses[:] = [500, 302, 404]  # a redirect is not followed
    webhooks.add(world, hearer.url, [outgoing.LEAD], by="test")
    take(world)
    tries = []
    for pause in (0, 9, 1, 59, 1, 299, 1):
        later(world, pause)
        tries.append(sum(webhooks.deliver(world).values()))
    assert tries == [1, 0, 1, 0, 1, 0, 1]
    [row] = webhooks.deliveries(world)
    assert (row["state"], row["tries"], row["answer"]) == ("delivered", 4, "200")
    assert len({body for _, body in hearer.heard}) == 1
    assert webhooks.all_of(world)[0]["failing_since"] is None


def test_after_three_days_without_an_answer_it_is_off_and_what_waited_leaves_when_it_is_on_again(world, hearer):
    hearer.statuses[:] = [500] * 99
    row = webhooks.add(world, hearer.url, [outgoing.LEAD], by="test")
    take(world)
    for _ in range(16):
        webhooks.deliver(world)
        later(world, 6 * 3600)
    [told] = webhooks.all_of(world)
    assert (told["active"], told["waiting"]) == (False, 1)
    assert "three days" in told["why_off"]
    hearer.statuses.clear()
    take(world, name="Dan")  # nobody hears of it: it is off
    webhooks.switch_on(world, row.id, by="test")
    assert webhooks.deliver(world) == {"webhooks delivered": 1}


def test_410_switches_it_off_at_once(world, hearer):
    hearer.statuses[:] = [410]
    webhooks.add(world, hearer.url, [outgoing.LEAD], by="test")
    take(world)
    webhooks.deliver(world)
    assert webhooks.all_of(world)[0]["active"] is False


def test_two_who_deliver_at_once_send_each_thing_once(world, hearer):
    webhooks.add(world, hearer.url, [outgoing.LEAD], by="test")
    for n in range(30):
        take(world, email=f"p{n}@acme.example", name=f"Person {n}")
    hands = [threading.Thread(target=webhooks.deliver, args=(world,)) for _ in range(3)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len({json.loads(body)["id"] for _, body in hearer.heard}) == len(hearer.heard) == 30


def test_a_test_delivery_an_end_and_wrong_orders(world, hearer):
    row = webhooks.add(world, hearer.url, [outgoing.LEAD], by="test")
    assert webhooks.try_out(world, row.id).told
    take(world)
    webhooks.remove(world, row.id, by="test")
    assert (webhooks.deliver(world), webhooks.all_of(world)) == ({}, [])
    for wrong in (lambda: webhooks.remove(world, 99, by=""), lambda: webhooks.try_out(world, 99),
                  lambda: webhooks.add(world, hearer.url, ["nothing"], by=""),
                  lambda: webhooks.add(world, "ftp://x.example", [outgoing.LEAD], by="")):  # fmt: skip
        with pytest.raises(webhooks.NotKnown):
            wrong()


def test_what_was_told_long_ago_is_forgotten(world, hearer):
    webhooks.add(world, hearer.url, [outgoing.LEAD], by="test")
    take(world)
    webhooks.deliver(world)
    assert webhooks.forget_old(world) == 0
    later(world, 31 * 86_400)
    assert webhooks.forget_old(world) == 1
    with world.db.read() as session:
        assert session.scalars(select(m.WebhookDelivery)).all() == []


def test_without_the_setting_nothing_goes_to_our_own_network(db, tmp_path, hearer):
    world = make_world(db, tmp_path)
    with pytest.raises(webhooks.NotKnown, match="https"):
        webhooks.add(world, hearer.url, [outgoing.LEAD], by="test")
    webhooks.add(world, hearer.url.replace("http:", "https:"), [outgoing.LEAD], by="test")
    take(world)
    assert webhooks.deliver(world) == {"webhooks failed": 1}
    assert "private network" in webhooks.deliveries(world)[0]["why"]
    assert web_post.post(hearer.url, b"{}", {}).words.startswith("webhooks go by https")
    assert hearer.heard == []


@pytest.mark.parametrize("address", ["fec0::1", "3fff::1"])  # of a site (RFC 3879), of documentation (RFC 9637)
def test_what_python_takes_for_the_world_and_is_not(address):
    answer = web_post.post("https://inside.example/", b"{}", {}, resolve=lambda *_: [address])
    assert "private network" in answer.words


def test_who_answers_a_letter_at_a_time_holds_nobody_up_for_ever(monkeypatch):
    """Each letter comes within its time; what is told to all others waits behind it."""
    monkeypatch.setattr(web_post, "LONGEST", 0.5)
    over = threading.Event()

    def trickle() -> None:
        line, _ = server.accept()
        with line, suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not over.wait(0.05):
                line.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=trickle, daemon=True).start()
        answers: list[web_post.Answer] = []
        url = f"http://127.0.0.1:{server.getsockname()[1]}/hook"

        def ask() -> None:
            answers.append(web_post.post(url, b"{}", {}, private=True))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(20)
        over.set()
    assert [each.told for each in answers] == [False]


def test_a_call_that_ends_in_a_meeting_is_posted_signed_and_whoever_listens_can_check_it(world, hearer):
    """From the carrier's report to the other system: read there with nothing of ours but the secret."""
    row = webhooks.add(world, hearer.url, [outgoing.GOAL, outgoing.OUTCOME], by="test")
    publish(world)
    add_person(world)
    plan_everything(world)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.channel, touch.state, touch.sending_at = "call", "answered", world.clock.now()
    assert desk.enter(world, only(world).token, CallResult.MEETING, "Thursday")
    assert webhooks.deliver(world) == {"webhooks delivered": len(hearer.heard)}
    told = {}
    for headers, body in hearer.heard:
        at, _, seal = headers["Opportune-Signature"].partition(",v1=")
        secret = hook_secrets.of_webhook(world, row.id).encode()
        assert seal == hmac.new(secret, at.removeprefix("t=").encode() + b"." + body, hashlib.sha256).hexdigest()
        assert headers["Opportune-Delivery"] == json.loads(body)["id"]
        told[json.loads(body)["event"]] = json.loads(body)
    assert set(told) == {outgoing.GOAL, outgoing.OUTCOME}
    assert {each["contact"]["name"] for each in told.values()} == {"Person 1"}
    assert {each["campaign"] for each in told.values()} == {"meetings"}


#: A process that takes leads and tells of them, five at a time; each lead that it acknowledged is a line.
KILLED = """
import sys
from pathlib import Path
import support_leads
from support_world import make_world
from channels.form_answers import check
from channels.forms import FORMS
from opportune.store.db import Database
from opportune.work import leads, webhooks

url, home = sys.argv[1:]
world = make_world(Database(url), Path(home), webhooks_to_private=True)
for number in range(100):
    given = {"name": f"Ana {number}", "email": f"ana{number}@acme.example", "answer_by": "email"}
    answers = check(FORMS["callback"], given)
    print(support_leads.take(world, FORMS["callback"], answers, leads.Visit(str(number))).public_id, flush=True)
    if number % 5 == 4:
        webhooks.deliver(world)
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_killed_while_telling_loses_nothing_and_tells_again_only_under_the_same_id(
    world, hearer, database_url, tmp_path
):
    webhooks.add(world, hearer.url, [outgoing.LEAD], by="test")
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))}
    command = [sys.executable, "-c", KILLED, database_url, str(world.settings.home)]
    with subprocess.Popen(command, env=where, stdout=subprocess.PIPE, text=True) as child:
        hearer.at = {23: child.kill}  # the 23rd was heard, and nobody has noted that yet
        acknowledged = [line.strip() for line in child.stdout]
    assert child.returncode == -signal.SIGKILL
    assert len(acknowledged) == 25
    later(world, webhooks.LEASE)
    webhooks.deliver(world)
    times = Counter((headers["Opportune-Delivery"], body) for headers, body in hearer.heard)
    assert sorted(id for id, _ in times) == sorted(f"lead:{id}" for id in acknowledged)
    assert 25 < times.total() <= 25 + 5  # those in hand were told twice, in the very same words
    assert webhooks.deliver(world) == {}
