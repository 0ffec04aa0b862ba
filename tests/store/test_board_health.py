"""Does the health page count what waits, what is late, and what stands still?"""

from __future__ import annotations

from support_touches import Rows

from opportune.rules.facts import DAY, HOUR
from opportune.store import events, notes
from opportune.store import models as m
from opportune.store.board.health import Delay, Flow, Recount, health
from opportune.store.db import Database

NOW = 20_000 * DAY


def test_an_empty_database_is_well(db: Database) -> None:
    found = health(db, NOW)
    assert (found.late, found.held, found.mails, found.repeats) == (0, (), Delay(0, None, None), 0)
    assert [flow.began for flow in found.flows] == [None] * 6
    assert found.size > 10_000


def test_what_waits_is_told_by_channel_and_state(db: Database) -> None:
    with db.write() as session:
        rows = Rows(session, NOW)
        enrolment = rows.decided(rows.person(), NOW - DAY)

        def touch(state: str, due: int, **given: object) -> None:
            rows.touch(enrolment, due, **{"state": state, "sending_at": None, "sent_at": None, **given})

        touch("planned", NOW - 100)
        touch("planned", NOW - 2 * HOUR)  # its time to leave is over
        touch("planned", NOW + 100)  # not due yet
        touch("planned", NOW - 50, channel="email")
        touch("claimed", NOW - 50, lease_until=NOW + 60)
        touch("claimed", NOW - 50, lease_until=NOW - 1)  # left behind
        touch("sending", NOW - 50)
        touch("uncertain", NOW - 50)
        touch("expired", NOW - HOUR)
        touch("expired", NOW - 2 * DAY)  # yesterday's
    calls, mails = health(db, NOW).queues
    assert (calls.due, calls.over, calls.claimed, calls.stuck) == (2, 1, 2, 1)
    assert (calls.sending, calls.uncertain, calls.expired, calls.oldest) == (1, 1, 1, NOW - 2 * HOUR)
    assert (mails.due, mails.over, mails.oldest) == (1, 0, NOW - 50)
    assert health(db, NOW).late == 2


def test_delays_repeats_and_refusals(db: Database) -> None:
    with db.write() as session:
        rows = Rows(session, NOW)
        enrolment = rows.decided(rows.person(), NOW - DAY)
        for seconds in (0, 10, 20, 400):
            rows.touch(enrolment, NOW - HOUR, channel="email", state="delivered", sent_at=NOW - HOUR + seconds)
        rows.touch(enrolment, NOW - HOUR, channel="email", kind="requested", state="sent", sent_at=NOW)
        rows.touch(enrolment, NOW - HOUR, channel="email", state="bounced")
        for number, seconds in enumerate((1, 2, 9)):
            at = {"occurred_at": NOW - seconds, "received_at": NOW, "payload": {}, "touch_id": None, "kind": "call"}
            id, _ = events.keep(session, "twilio", f"e{number}", **at)
            events.take(session, id, NOW)
        for _ in range(2):  # told again, and nothing changes
            id, new = events.keep(session, "twilio", "e2", **at)
            assert (new, events.take(session, id, NOW)) == (False, False)
        events.keep(session, "twilio", "e3", **at)  # kept, and not applied yet
    found = health(db, NOW)
    assert found.mails == Delay(4, 20, 400)
    assert (found.reports.n, found.reports.p95, found.repeats, found.not_understood) == (4, 9, 2, 1)
    assert [(each.channel, each.tried, each.refused) for each in found.providers] == [("call", 0, 0), ("email", 6, 1)]


def test_what_waits_for_somebody_and_which_flow_is_quiet(db: Database) -> None:
    pause = {"since": NOW - HOUR, "strikes": 1, "probing": False}
    with db.write() as session:
        session.add_all(
            [
                m.SendingPause(key="from:acme.com", until=NOW + HOUR, why="bounces", **pause),
                m.SendingPause(key="from:b.com", until=None, why="failed once", **pause),  # goes on
                m.SendingPause(key="from:c.com", until=NOW - 1, why="over", **pause),
                m.SendingPause(key="calls:to:DE", until=None, why="not allowed there", **pause),  # until told
                m.Mailbox(key="me@host:993", validity=1, uid=1, read_at=1, failed_at=NOW - HOUR, failed_why="no login"),
                m.Mailbox(key="fine@host:993", validity=1, uid=1, read_at=NOW),
            ]
        )
    notes.put(db, "flow inbox", NOW - 100)
    notes.put(db, "kill_switch", {"at": NOW - 5, "by": "anna", "why": "wrong list"})
    notes.put(db, "rollup_check", {"at": NOW - HOUR, "people": 1, "attempts": 0, "cells": 2})
    found = health(db, NOW)
    assert found.recount == Recount(NOW - HOUR, 3)
    assert [(held.kind, held.what, held.why) for held in found.held] == [
        ("everything", "", "wrong list"),
        ("calls", "calls to DE", "not allowed there"),
        ("mail", "from acme.com", "bounces"),
        ("mailbox", "me@host:993", "no login"),
    ]
    assert Flow("inbox", 120, NOW - 100) in found.flows
