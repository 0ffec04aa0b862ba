"""Do caps, warm-up, pace and pauses hold what they should, and nothing else? Real mail servers, a clock that stands."""

from __future__ import annotations

import contextlib
import datetime
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, update
from support_world import add_person, at, make_world, move_clock, plan_everything, publish, touches

from opportune.rules.facts import DAY, HOUR
from opportune.store import models as m
from opportune.work import breaker, dispatch, gate, react, reputation, sending, warmup

Script = Callable[[str, str], str | None]


class Server:
    """A mail server on loopback: `script(verb, address)` may refuse with a line of its own."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.script: Script = lambda _verb, _address: None
        self.taken: list[str] = []
        self.senders: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # whoever waits in accept would keep it open
        self.listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._talk, args=(self.listener.accept()[0],), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rwb", buffering=0) as lines:
            lines.write(b"220 here\r\n")
            address = ""
            while line := lines.readline().decode():
                verb = line.split()[0].upper()
                address = line.partition("<")[2].partition(">")[0] or address
                lines.write(f"{self._answer(verb, address)}\r\n".encode())
                if verb == "DATA":
                    body = b"".join(iter(lines.readline, b".\r\n")).decode()
                    self.taken.append(address)
                    self.senders.append(next(each for each in body.splitlines() if each.startswith("From:")))
                    lines.write(b"250 2.0.0 queued as 1\r\n")

    def _answer(self, verb: str, address: str) -> str:
        return self.script(verb, address) or {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok")


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def house(db, tmp_path, server):
    """So many clerks who wait for a mail at the next mark."""
    worlds = []

    def build(people: int = 6, email: str = "person{}@firm.example", campaign: dict | None = None, **given: object):
        world = make_world(db, tmp_path, smtp_port=server.port, **given)
        publish(world, "clarifications", **(campaign or {}))
        for number in range(1, people + 1):
            add_person(world, number, status="staff", interest="warm", email=email.format(number))
        plan_everything(world)
        mark = move_clock(world, min(t.due_at for t in touches(world)))
        with world.db.write() as session:  # all at one mark, instead of spread over the day
            session.execute(update(m.Touch).values(due_at=mark, not_after=mark + 600))
        worlds.append(world)
        return world

    yield build
    for world in worlds:
        world.close()  # its connections too: a later test would be blamed for them


def send(world) -> dispatch.Sent:
    return dispatch.mails(world, until=world.clock.now())


def planned(world) -> list[m.Touch]:
    return touches(world, state="planned")


def whys(world, touch: m.Touch) -> list[str]:
    with world.db.read() as session:
        told = session.scalars(select(m.TouchEvent.why).where(m.TouchEvent.touch_id == touch.id))
        return [why for why in told if why]


def in_a_slot(moment: int) -> bool:
    return moment % HOUR // 60 in (10, 50)  # A4, in Berlin as in UTC


def asked_for(world) -> m.Touch:
    """What a person asked for on the phone."""
    with world.db.write() as session:
        [touch] = session.scalars(select(m.Touch).where(m.Touch.state == "planned").limit(1))
        now = {"kind": "requested", "due_at": world.clock.now()}
        session.execute(update(m.Touch).where(m.Touch.id == touch.id).values(**now))
        return touch


CAPS = [
    # setting, how long it holds, what the event says
    ({"smtp_per_day": 4}, DAY, "default sent its 4 of a day"),
    ({"smtp_per_hour": 4}, HOUR, "default sent its 4 of an hour"),
]


@pytest.mark.parametrize(("limit", "span", "why"), CAPS)
def test_what_exceeds_an_accounts_cap_waits_for_a_later_slot_and_says_why(house, server, limit, span, why):
    world = house(**limit)
    now = world.clock.now()
    assert send(world).sent == len(server.taken) == 4
    waiting = planned(world)
    assert len(waiting) == 2
    for touch in waiting:
        assert in_a_slot(touch.due_at)
        assert touch.due_at >= now - now % span + span
        assert touch.not_after - touch.due_at == 600
        assert why in whys(world, touch)
    move_clock(world, waiting[0].due_at)
    assert send(world).sent == 2


def test_a_new_sending_domain_begins_with_twenty_and_grows_each_day_it_was_used(house, server):
    world = house(people=70, smtp_warm_up_from=datetime.date(2026, 3, 1))
    days: list[int] = []
    while waiting := planned(world):
        move_clock(world, min(t.due_at for t in waiting))
        if (sent := send(world).sent) or not days:
            days.append(sent)
    assert days == [20, 40, 10]


@pytest.mark.parametrize(("trouble", "days"), [("bounced", [20, 20, 20, 10]), ("complained", [20, 20, 20, 10])])
def test_where_mail_bounces_or_readers_complain_a_domain_grows_no_further(house, monkeypatch, trouble, days):
    monkeypatch.setattr(breaker, "LEAST_MAILS", 10_000)  # here only the warm-up is asked
    world = house(people=70, smtp_warm_up_from=datetime.date(2026, 3, 1))
    sent: list[int] = []
    while waiting := planned(world):
        move_clock(world, min(t.due_at for t in waiting))
        before = len(touches(world, state="sent"))
        send(world)
        left = touches(world, state="sent")[before:]
        sent += [len(left)] if left else []
        with world.db.write() as session:
            for touch in left[:2]:
                reputation.came_back(session, touch, trouble, world.clock.now())
    assert sent == days
    with world.db.read() as session:
        assert (
            "stays at 20 mails a day"
            in session.scalars(select(m.Audit.why).where(m.Audit.act == "warm_up_stays")).first()
        )


def test_a_domain_on_the_top_of_its_schedule_has_no_cap(db):
    with db.write() as session:
        session.add(m.SendingDomain(domain="acme.test", level=len(warmup.SCHEDULE), day=20_000, judged_from=0))
        session.flush()
        assert warmup.most_today(session, "acme.test", datetime.date(2020, 1, 1), 20_001 * DAY) is None
        assert warmup.most_today(session, "new.test", datetime.date(2030, 1, 1), 20_001 * DAY) is None  # not begun
        assert warmup.most_today(session, "new.test", datetime.date(2020, 1, 1), 20_001 * DAY) == 20


PACES = [
    # Gmail takes 20 a second, 200 at once; the campaign's own pace counts too
    ("person{}@gmail.com", {}, 230, 200),
    ("person{}@firm{}.example", {"mails": {"per_minute": 60}}, 20, 10),
]


@pytest.mark.parametrize(("email", "campaign", "people", "at_once"), PACES)
def test_mail_that_is_too_fast_waits_for_its_turn_within_the_slot(house, server, email, campaign, people, at_once):
    world = house(people, email=email.replace("{}@firm{}", "{0}@firm{0}"), campaign=campaign)
    mark = world.clock.now()
    assert send(world).sent == at_once
    turns = sorted(touch.due_at for touch in planned(world))
    assert len(turns) == people - at_once
    assert mark < turns[0] <= turns[-1] < mark + 60
    assert {tuple(whys(world, touch)[-1:]) for touch in planned(world)} == {("waits for its turn: mails a second",)}
    for moment in sorted(set(turns)):
        move_clock(world, moment)
        assert send(world).held_back == 0  # its turn is paid for: nobody is put off twice
    assert len(server.taken) == people


def test_a_turn_beyond_the_slot_is_in_the_next_one(house):
    world = house(30, campaign={"mails": {"per_minute": 1}})
    mark = world.clock.now()
    send(world)
    later = [touch.due_at for touch in planned(world) if touch.due_at >= mark + 600]
    assert len(later) == 20
    assert all(map(in_a_slot, later))


REFUSALS = [
    # what the server says, what is paused, for how long, how many of six mails it got to hear of
    ("550 5.7.26 unauthenticated", "from acme.example to firm.example", HOUR),
    ("550 5.7.1 refused by policy", "from acme.example to firm.example", HOUR),
    ("421 4.7.0 try again later", "from acme.example to firm.example", 15 * 60),
]


@pytest.mark.parametrize(("reply", "what", "span"), REFUSALS)
def test_a_refusal_of_us_pauses_our_domain_there_and_never_the_person(house, server, reply, what, span):
    world = house(smtp_connections=1)
    server.script = lambda verb, _: reply if verb == "RCPT" else None
    now = world.clock.now()
    assert (done := send(world)).refused == 1, done
    [pause] = breaker.told(world)
    assert (pause["what"].replace(domain_of(world), "acme.example"), pause["until"]) == (what, now + span)
    assert reply.partition(" ")[2] in pause["why"]
    held = [touch for touch in planned(world) if touch.attempt == 1]
    assert len(held) == 5
    for touch in held:
        assert in_a_slot(touch.due_at)
        assert touch.due_at >= now + span
        assert whys(world, touch)[-1].startswith("paused: ")
    with world.db.read() as session:
        assert None not in session.scalars(select(m.Contact.email)).all()
        assert session.scalars(select(m.Address.id).where(m.Address.invalid_at.is_not(None))).all() == []


def domain_of(world) -> str:
    with world.db.read() as session:
        words = session.scalars(select(m.PreparedMessage).limit(1)).one()
        return sending.way(world, words).domain


def test_who_was_refused_for_our_policy_is_decided_about_again(house, server):
    world = house(1)
    server.script = lambda verb, _: "550 5.7.1 no" if verb == "RCPT" else None
    send(world)
    with world.db.read() as session:
        assert session.scalars(select(m.Enrolment.decide_at)).one() == world.clock.now() + DAY


def test_after_the_pause_one_mail_asks_and_its_answer_opens_the_way(house, server):
    world = house(smtp_connections=4)
    server.script = lambda verb, _: "421 4.7.0 slower" if verb == "RCPT" else None
    send(world)
    server.script = lambda *_: None
    move_clock(world, min(touch.due_at for touch in planned(world)))
    first = send(world)
    assert (first.sent, first.held_back) == (3, 3)  # of the first four one asks; then the other two go
    assert breaker.told(world) == []
    for _ in range(9):
        if waiting := planned(world):
            move_clock(world, min(touch.due_at for touch in waiting))
            send(world)
    assert len(server.taken) == 6
    assert acts(world) == ["mail_paused", "mail_resumed"]


def acts(world) -> list[str]:
    with world.db.read() as session:
        return [act for act in session.scalars(select(m.Audit.act).order_by(m.Audit.id)) if act.startswith("mail_")]


def test_one_who_asks_in_vain_makes_the_pause_longer(house, server):
    world = house(smtp_connections=1)
    server.script = lambda verb, _: "421 4.7.0 slower" if verb == "RCPT" else None
    send(world)
    [first] = breaker.told(world)
    move_clock(world, min(touch.due_at for touch in planned(world)))
    send(world)
    [second] = breaker.told(world)
    assert second["until"] - world.clock.now() == 2 * (first["until"] - first["since"])
    assert second["since"] == first["since"]


def test_too_many_bounces_pause_the_sending_domain_as_a_whole(house, server):
    world = house(60, email="person{0}@firm{0}.example")
    gone = {f"person{number}@firm{number}.example" for number in (7, 21, 35, 49)}
    server.script = lambda verb, address: "550 5.1.1 no such user" if verb == "RCPT" and address in gone else None
    send(world)
    [pause] = breaker.told(world)
    assert pause["what"] == f"from {domain_of(world)}"
    assert "bounced, more than 5%: clean the list" in pause["why"]
    assert len([touch for touch in planned(world) if touch.channel == "email"]) == 20  # 3 of the first 40
    with world.db.read() as session:  # E7
        assert len(session.scalars(select(m.Contact.id).where(m.Contact.email.is_(None))).all()) == 3


def test_a_few_bounces_among_many_pause_nothing(house, server):
    world = house(60, email="person{0}@firm{0}.example")
    server.script = lambda verb, address: "550 5.1.1 no" if verb == "RCPT" and address.startswith("person7@") else None
    assert send(world).refused == 1
    assert breaker.told(world) == []


def test_a_burst_of_policy_refusals_pauses_the_sending_domain(house, server):
    world = house(20, email="person{0}@firm{0}.example", smtp_connections=5)
    server.script = lambda verb, _: "554 5.7.9 not accepted for policy reasons" if verb == "RCPT" else None
    assert send(world).refused == breaker.BURST
    whole = [pause for pause in breaker.told(world) if " to " not in pause["what"]]
    assert [pause["what"] for pause in whole] == [f"from {domain_of(world)}"]
    assert "5 mails were refused as a matter of policy" in whole[0]["why"]
    assert len(planned(world)) == 15


def test_a_login_that_is_refused_pauses_the_account_at_once(house, server):
    world = house(smtp_connections=1, smtp_user="u", smtp_password="p")
    server.script = lambda verb, _: {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 no"}.get(verb)
    assert send(world).refused == 1
    assert [(each["what"], each["asking"]) for each in breaker.told(world)] == [("account default", False)]
    assert server.taken == []


def test_a_server_that_is_not_there_pauses_the_account_after_three_tries(house, server):
    server.close()
    world = house(smtp_connections=1)
    assert send(world).refused == 3
    assert [each["what"] for each in breaker.told(world)] == ["account default"]
    assert len([touch for touch in planned(world) if touch.attempt == 1]) == 3


def test_a_mail_that_is_taken_forgets_the_failures_before_it(house, server):
    world = house(smtp_connections=1)
    tries = iter("xx.xx.")

    def now_and_then(verb: str, _address: str) -> str | None:
        return "554 not now" if verb == "EHLO" and next(tries) == "x" else None

    server.script = now_and_then
    send(world)
    assert breaker.told(world) == []


def test_somebody_may_go_on_at_once(house, server):
    world = house(smtp_connections=1)
    server.script = lambda verb, _: "550 5.7.1 policy" if verb == "RCPT" else None
    send(world)
    server.script = lambda *_: None
    domain = domain_of(world)
    assert breaker.resume(world, "other.example", by="ann") == 0
    assert breaker.resume(world, domain, by="ann") == 1
    assert breaker.told(world) == []
    with world.db.read() as session:
        row = session.scalars(select(m.Audit).where(m.Audit.act == "mail_resumed")).one()
        assert (row.who, row.why) == ("ann", "somebody said so")


def test_what_bounced_before_somebody_said_go_on_is_not_held_against_it_again(house):
    world = house(1)
    send(world)
    now = world.clock.now()
    with world.db.write() as session:
        for _ in range(3):
            breaker.tallies.count(session, {"from:acme.test": {"sent": 20, "bounced": 2}}, now)
        breaker.judge(session, "acme.test", now)
    assert breaker.resume(world, "acme.test", by="ann") == 1
    with world.db.write() as session:
        breaker.judge(session, "acme.test", now)
    assert breaker.told(world) == []
    with world.db.write() as session:
        breaker.tallies.count(session, {"from:acme.test": {"sent": 40, "bounced": 4}}, now + HOUR)
        breaker.judge(session, "acme.test", now + HOUR)
    assert [each["what"] for each in breaker.told(world)] == ["from acme.test"]


@pytest.mark.parametrize(
    "limit",
    [{"smtp_per_day": 2}, {"smtp_per_hour": 2}, {"campaign": {"mails": {"per_minute": 1}}}],
    ids=["day", "hour", "pace"],
)
def test_what_a_person_asked_for_waits_for_no_cap(house, server, limit):
    world = house(**limit)
    if "campaign" in limit:
        with world.db.write() as session:
            session.execute(update(m.PacingBucket).values(tokens=-50.0))
    dispatch.mails(world, until=world.clock.now())
    asked_for(world)
    before = len(server.taken)
    assert dispatch.requested(world).sent == 1
    assert len(server.taken) == before + 1


def test_what_a_person_asked_for_ignores_the_warm_up(house, server):
    world = house(25, smtp_warm_up_from=datetime.date(2026, 3, 1))
    assert send(world).sent == 20
    asked_for(world)
    move_clock(world, at("2026-03-07 03:00"))  # a Saturday night
    with world.db.write() as session:
        session.execute(update(m.Touch).where(m.Touch.kind == "requested").values(due_at=world.clock.now()))
    assert dispatch.requested(world).sent == 1


def test_what_a_person_asked_for_waits_while_the_way_is_closed(house, server):
    world = house(smtp_connections=1)
    with world.db.write() as session:
        breaker.fail(session, "account:default", breaker.LOGIN, "535 no", world.clock.now())
    asked = asked_for(world)
    assert dispatch.requested(world).sent == 0
    [again] = touches(world, id=asked.id)
    assert (again.state, again.due_at) == ("planned", world.clock.now() + breaker.LOGIN.wait)  # no slot is waited for
    move_clock(world, again.due_at)
    assert dispatch.requested(world).sent == 1


def test_what_a_person_asked_for_does_not_leave_after_a_no(house, server):
    world = house()
    asked = asked_for(world)
    with world.db.write() as session:
        session.execute(update(m.Contact).where(m.Contact.id == asked.contact_id).values(email=None))
    assert dispatch.requested(world).sent == 0
    assert touches(world, id=asked.id)[0].state == "cancelled"


TOML = """
[[account]]
name = "house"
host = "127.0.0.1"
port = {0}
security = "none"
connections = 2

[[account]]
name = "anns"
host = "127.0.0.1"
port = {1}
security = "none"
from = ["ann.example"]
per_day = 2
"""


@pytest.fixture
def two(house, server, tmp_path):
    """Every second person belongs to Ann, who has an account of her own."""
    other = Server()
    file = tmp_path / "accounts.toml"
    file.write_text(TOML.format(server.port, other.port))
    world = house(8, mail_accounts=str(file))
    with world.db.write() as session:
        session.add(m.Operator(id=1, name="Ann Lee", email="ann@ann.example", phone="+40212001234", active=True))
        session.flush()
        session.execute(update(m.Contact).where(m.Contact.id % 2 == 0).values(owner_id=1))
    yield world, server, other
    other.close()


def test_each_person_hears_from_their_own_colleague_through_that_account(two):
    world, server, anns = two
    assert send(world).sent == 6
    assert (len(server.taken), len(anns.taken)) == (4, 2)  # hers carries two a day
    assert all("ann@ann.example" in sender and "Ann Lee" in sender for sender in anns.senders)
    assert not any("ann@ann.example" in sender for sender in server.senders)
    assert {whys(world, touch)[-1] for touch in planned(world)} == {"anns sent its 2 of a day"}


def test_a_pause_of_one_account_leaves_the_others_alone(two):
    world, server, anns = two
    with world.db.write() as session:
        breaker.fail(session, "account:house", breaker.LOGIN, "535 no", world.clock.now())
    assert send(world).sent == 2
    assert (len(server.taken), len(anns.taken)) == (0, 2)
    assert breaker.resume(world, "house", by="ann") == 1


@pytest.mark.parametrize(
    ("email", "active"), [("ann@elsewhere.example", True), (None, True), ("ann@ann.example", False)]
)
def test_an_owner_whose_address_is_not_ours_speaks_through_the_campaigns_sender(two, email, active):
    """Readers' checks (DMARC) would refuse it."""
    world, server, anns = two
    with world.db.write() as session:
        session.execute(update(m.Operator).values(email=email, active=active))
    assert send(world).sent == 8
    assert (len(server.taken), anns.taken) == (8, [])


def test_a_defect_in_what_we_learn_takes_no_answers_with_it(house, monkeypatch):
    world = house()

    def breaks(*_: object) -> None:
        raise RuntimeError("a defect of ours")

    monkeypatch.setattr(reputation, "heard", breaks)
    assert send(world).sent == 6
    assert {touch.state for touch in touches(world)} == {"sent"}


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_try_after_a_refusal_for_now_waits_longer(house, server, attempt):
    world = house(1)
    server.script = lambda verb, _: "451 4.3.0 later" if verb == "RCPT" else None
    for _ in range(attempt):
        move_clock(world, planned(world)[0].due_at)
        send(world)
    [again] = planned(world)
    assert again.due_at - world.clock.now() >= react.RETRY_AFTER * 4 ** (attempt - 1)
    assert in_a_slot(again.due_at)


def test_at_no_moment_is_more_in_sending_than_there_are_connections(house, server):
    """What was answered is written down with the mark of the next group, and a kill leaves one group in doubt."""
    world = house(5, smtp_connections=2)
    seen = []

    def look(verb: str, _address: str) -> None:
        if verb == "DATA":
            seen.append((len(touches(world, state="sending")), len(touches(world, state="sent"))))

    server.script = look
    assert send(world).sent == 5
    assert sorted(seen) == [(1, 4), (2, 0), (2, 0), (2, 2), (2, 2)]
    assert len(touches(world, state="sent")) == 5


def test_what_was_answered_stands_though_the_next_one_cannot_be_marked(house, server, monkeypatch):
    world = house(2, smtp_connections=1)
    ask = gate.pass_through

    def breaks_later(*given):
        if server.taken:
            raise RuntimeError("a defect of ours")
        return ask(*given)

    monkeypatch.setattr(gate, "pass_through", breaks_later)
    with pytest.raises(RuntimeError, match="a defect of ours"):
        send(world)
    assert sorted(touch.state for touch in touches(world)) == ["claimed", "sent"]
