"""Mail through the whole pipeline in a process of its own: `python -m bench.mail_load WHAT …`, one JSON line.

`fill URL COUNT`: readers with a planned mail each, due now, as the planner writes them. `send URL HOME PORT KEY`:
prepares them ahead of the mark, then claims, asks the gate, sends and records; KEY signs, `-` leaves it to the server.
"""

from __future__ import annotations

import json
import resource
import sys
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select, update

from bench import people
from bench.postgres import measured
from channels import dkim
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.db import Database
from opportune.work import dispatch, plan, prepare
from opportune.work.world import World

MARK = people.NOW + 50 * 60  # 13:50 in Berlin
SLOT = 10 * 60
PART = 20_000
MOST = 64  # connections


def fill(url: str, count: str) -> dict[str, float]:
    """German readers who agreed to mail and gave no number."""
    db = Database(url)
    db.migrate()
    everybody = iter(range(1, int(count) + 1))
    while ids := list(islice(everybody, PART)):
        with db.write() as session:
            bulk = Bulk(session)
            bulk.insert(m.Contact, people.CONTACT, [_reader(id) for id in ids])
            bulk.insert(m.Consent, people.CONSENT, [_yes(id) for id in ids])
    people.campaign(db, "first", int(count), comparison_sample=0, hold_out=0)
    here = people.world(url, Path("."))
    for batch in plan.due(here, people.NOW):
        plan.decide_batch(here, batch, people.NOW)
    with db.write() as session:
        session.execute(update(m.Touch).values(due_at=MARK, not_after=MARK + SLOT))
        planned = session.scalar(select(func.count(m.Touch.id)).where(m.Touch.channel == "email")) or 0
    assert planned == int(count), f"{planned} mails planned for {count} readers"
    here.db.close()
    db.close()  # the last connection: the file is whole, and can be copied
    return {"n": planned}


def _reader(id: int) -> tuple[object, ...]:
    address = f"reader{id}@firm{id % 5000}.example"
    return (id, None, f"Maria Reader {id}", "staff", True, "cold", False, "en", address, None, "DE",
            '["Europe/Berlin"]', False, None, None, None, people.LONG_AGO, 1, people.LONG_AGO)  # fmt: skip


def _yes(id: int) -> tuple[object, ...]:
    return id, "email", "marketing", people.ADVERTISER, True, people.LONG_AGO, None, "yes", "1", "{}"


def send(url: str, home: str, port: str, key: str) -> dict[str, float]:
    world = _world(url, home, port, key)
    world.clock.move_to(MARK)  # type: ignore[attr-defined]
    with measured(url) as cpu:
        prepared = prepare.mails(world, MARK)
        sent = dispatch.mails(world, until=MARK + SLOT)
    with world.db.read() as session:
        stored = session.scalar(select(func.count(m.Touch.id)).where(m.Touch.state == "sent")) or 0
        content = session.scalar(select(m.PreparedMessage.content).limit(1)) or b""
    assert stored == sent.sent, f"{sent} and {stored} rows say so"
    signed = content.startswith(b"DKIM-Signature:")
    assert signed is (key != "-"), "signed, or not, as asked"
    world.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": cpu(), "n": stored, "prepared": prepared, "bytes": len(content), "mb": memory}


def _world(url: str, home: str, port: str, key: str) -> World:
    signs = {} if key == "-" else {"dkim_selector": "bench", "dkim_key_file": Path(key)}
    here = {"smtp_host": "127.0.0.1", "smtp_port": int(port), "smtp_security": "none", "smtp_connections": MOST}
    return people.world(url, Path(home), mail_domain="brightdesk.example", **here, **signs)


def key(file: str, kind: str) -> dict[str, float]:
    """A key to sign with."""
    Path(file).write_bytes(dkim.new_key(kind)[1])
    return {}


LOADS = {"fill": fill, "send": send, "key": key}


if __name__ == "__main__":
    print(json.dumps(LOADS[sys.argv[1]](*sys.argv[2:])))
