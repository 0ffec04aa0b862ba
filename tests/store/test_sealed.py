"""Does a copy of the database tell nobody's address, and is everybody found all the same, also while keys change?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, type_coerce
from support_world import TUESDAY, add_person, make_world, plan_everything, publish

from opportune.settings import ROOT, SettingError
from opportune.store import addresses, contacts, sealed, sealed_check
from opportune.store import models as m
from opportune.store.board.explorer import find_contacts
from opportune.store.bulk import Bulk
from opportune.store.db import Database
from opportune.work import data_keys, noes, prepare, whom
from opportune.work.world import World

OLD, NEW = "an old key of the tests, long enough to seal with", "a new key of the tests, long enough to seal with"
VALUES = 10  # of Ana: two on her, two addresses as they are and as they were given, a lead, three of a mail
MAIL, PHONE = "ana.marker@firm.example", "+4930231250987"


@pytest.fixture(autouse=True)
def no_keys_afterwards() -> Iterator[None]:
    yield
    sealed.use([])


def opened(url: str, tmp_path: Path, *keys: str) -> World:
    """As a process starts."""
    sealed.use(keys)
    db = Database(url)
    sealed_check.check(db)
    return make_world(db, tmp_path / "home")


def filled(url: str, tmp_path: Path, *keys: str) -> World:
    """Ana in a campaign, with a mail that is prepared and a lead, as each path writes them."""
    world = opened(url, tmp_path, *keys)
    publish(world, "clarifications")
    ana = add_person(world, 1, email=MAIL, phone=PHONE)
    with world.db.write() as session:
        session.add(addresses.address(session.get_one(m.Contact, ana), "email", MAIL, f"Ana <{MAIL}>"))
        names = ("contact_id", "kind", "value", "given")
        Bulk(session).insert(m.Address, names, [(ana, "phone", PHONE, PHONE)])  # as an import does
        form = {"form": "f", "form_version": "1", "public_id": "p", "idempotency_key": "k", "received_at": TUESDAY}
        session.add(m.Lead(**form, contact_id=ana, fields={"email": MAIL, "message": "Привет"}))
    plan_everything(world)
    assert prepare.mails(world, TUESDAY + 10 * 86400) == 1
    return world


def everything(world: World) -> str:
    tables = [each.name for each in m.Base.metadata.sorted_tables if each.name not in ("decision", "audit")]
    with world.db.read() as session:
        return "".join(str(row) for name in tables for row in session.execute(text(f'SELECT * FROM "{name}"')))


def knows_ana(world: World) -> None:
    """By each way of asking."""
    with world.db.read() as session:
        assert [each.email for each in contacts.find_all(session, MAIL.upper())] == [MAIL]
        assert [each.phone for each in contacts.find_all(session, "+49 (0)30 / 231250987")] == [PHONE]
        assert [hit.email for text in (MAIL.upper(), PHONE) for hit in find_contacts(world.db, text)] == [MAIL, MAIL]
        assert set(addresses.people_at(session, [MAIL, PHONE, "other"])) == {MAIL, PHONE}
        [row] = Bulk(session).objects(m.Contact, "WHERE id = ?", 1)
        assert (row.email, row.phone) == (MAIL, PHONE)
        assert session.scalar(select(m.Contact.id).where(m.Contact.phone != PHONE)) is None
        assert session.scalar(select(m.Contact.id).where(m.Contact.email.is_(None))) is None
        assert session.scalars(select(m.Lead.fields)).one()["message"] == "Привет"
        words = session.scalars(select(m.PreparedMessage)).one()
        assert words.recipient == MAIL
        assert f"To: {MAIL}".encode() in words.content or MAIL.encode() in words.content
        [read] = Bulk(session).objects(m.PreparedMessage, "WHERE touch_id = ANY(?)", [words.touch_id])
        assert (read.recipient, read.content) == (MAIL, words.content)


def test_a_copy_of_the_database_tells_nobodys_address_and_everybody_is_found(database_url: str, tmp_path: Path) -> None:
    world = filled(database_url, tmp_path, OLD)
    told = everything(world)
    assert MAIL not in told
    assert "30231250987" not in told
    assert "Привет" not in told
    knows_ana(world)
    with world.db.write() as session:
        digest = world.signer.address_digest(PHONE)
        session.add(m.Suppression(kind="phone", digest=digest, reason="said so", at=TUESDAY))
        ana = session.get_one(m.Contact, 1)
        assert noes.to(world, session, [ana], None) == {1: "said so"}
    world.close()


def test_of_a_sealed_number_only_the_whole_is_found_and_whoever_asks_is_told(database_url: str, tmp_path: Path) -> None:
    world = filled(database_url, tmp_path, OLD)
    with world.db.read() as session, pytest.raises(whom.NotFound, match="since numbers are sealed"):
        whom.the_one(session, "030 231250987")
    assert find_contacts(world.db, "ana.marker") == find_contacts(world.db, "231250987") == []
    assert [hit.id for hit in find_contacts(world.db, "Person 1")] == [1]
    world.close()


def test_without_keys_nothing_stands_between_a_column_and_the_driver(database_url: str, tmp_path: Path) -> None:
    world = filled(database_url, tmp_path)
    assert MAIL in everything(world)
    dialect = world.db._reader.dialect
    for table, column in data_keys.columns():
        kind, plain = column.type.dialect_impl(dialect), column.type.impl_instance.dialect_impl(dialect)
        made = [(a is None) == (b is None) for a, b in
                ((kind.bind_processor(dialect), plain.bind_processor(dialect)),
                 (kind.result_processor(dialect, None), plain.result_processor(dialect, None)))]  # fmt: skip
        assert all(made), (table, column)
    world.close()


def test_keys_change_beside_the_work_and_the_old_one_can_go(database_url: str, tmp_path: Path) -> None:
    filled(database_url, tmp_path).close()  # nothing was sealed yet
    world = opened(database_url, tmp_path, OLD)
    knows_ana(world)
    assert data_keys.rotate(world) == VALUES
    assert data_keys.rotate(world) == 0
    world.close()
    world = opened(database_url, tmp_path, NEW, OLD)
    knows_ana(world)
    before = data_keys.status(world)["address.value"]
    assert data_keys.rotate(world) == VALUES
    after = data_keys.status(world)["address.value"]
    assert (list(before), list(after)) == ([sealed.ids()[1]], [sealed.ids()[0]])
    world.close()
    world = opened(database_url, tmp_path, NEW)
    knows_ana(world)
    assert data_keys.rotate(world, plain=True) == VALUES
    world.close()
    world = opened(database_url, tmp_path)
    knows_ana(world)
    assert MAIL in everything(world)
    world.close()


def test_a_change_that_was_broken_off_goes_on(database_url: str, tmp_path: Path, monkeypatch: Any) -> None:
    filled(database_url, tmp_path).close()
    world = opened(database_url, tmp_path, OLD)
    done = []

    def stop(what: str, count: int) -> None:
        done.append(count)
        if sum(done) >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        data_keys.rotate(world, tell=stop)
    knows_ana(world)
    assert data_keys.rotate(world) == VALUES - sum(done)
    world.close()


#: A process that changes the keys, a value at a time, and is killed with the third in hand.
KILLED = """
import os, signal, sys
from pathlib import Path
from support_world import make_world
from opportune.store import sealed
from opportune.store.db import Database
from opportune.work import data_keys

url, home, *keys = sys.argv[1:]
sealed.use(keys)
data_keys.PART, real, seen = 1, data_keys.update, []
def update(table):
    seen.append(table)
    return real(table) if len(seen) < 4 else os.kill(os.getpid(), signal.SIGKILL)
data_keys.update = update
data_keys.rotate(make_world(Database(url), Path(home)))
"""


def test_a_change_of_keys_that_was_killed_goes_on_and_both_are_read_meanwhile(
    database_url: str, tmp_path: Path
) -> None:
    filled(database_url, tmp_path, OLD).close()
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))}
    command = [sys.executable, "-c", KILLED, database_url, str(tmp_path / "child"), NEW, OLD]
    assert subprocess.run(command, env=where, check=False).returncode == -signal.SIGKILL
    world = opened(database_url, tmp_path, NEW, OLD)
    under: Counter[str] = sum(map(Counter, data_keys.status(world).values()), Counter())
    assert under == {sealed.ids()[0]: 3, sealed.ids()[1]: VALUES - 3}
    knows_ana(world)
    assert data_keys.rotate(world) == VALUES - 3
    world.close()
    world = opened(database_url, tmp_path, NEW)  # the old one may go now
    knows_ana(world)
    world.close()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ((), "is missing, and the database is sealed"),  # forgotten in a new environment
        (
            (NEW,),
            "is missing, and the database is sealed",
        ),  # the old one was taken out before everything was sealed anew
        (("short",), "at least 32 characters"),
    ],
)
def test_without_its_key_nothing_is_read(sqlite_template: Path, tmp_path: Path, keys: Any, told: str) -> None:
    (tmp_path / "a.db").write_bytes(sqlite_template.read_bytes())
    opened(f"sqlite:///{tmp_path / 'a.db'}", tmp_path, OLD).close()
    with pytest.raises(SettingError, match=told):
        opened(f"sqlite:///{tmp_path / 'a.db'}", tmp_path, *keys)


def test_a_changed_value_is_noticed_and_a_foreign_key_named(database_url: str, tmp_path: Path) -> None:
    world = filled(database_url, tmp_path, OLD)
    with world.db.write() as session:
        raw = session.scalars(select(type_coerce(m.Contact.email, m.Touch.key.type))).one()
        body = raw[:-4] + ("AAAA" if raw[-4:] != "AAAA" else "BBBB")
        session.execute(text("UPDATE contact SET email = :body"), {"body": body})
    with world.db.read() as session, pytest.raises(sealed.CannotOpen, match="was changed"):
        session.scalars(select(m.Contact.email)).all()
    sealed.use([NEW])
    with pytest.raises(sealed.CannotOpen, match=f"key {raw.split(':')[1]} is missing"):
        sealed.open_(raw)
    world.close()


def test_the_same_value_is_the_same_text_under_one_key_only() -> None:
    sealed.use([OLD])
    one = sealed.seal(MAIL)
    assert one == sealed.seal(MAIL) != sealed.seal(MAIL + "x")
    sealed.use([NEW, OLD])
    assert sealed.seal(MAIL) != one
    assert sealed.open_(one) == MAIL
    assert one in sealed.spellings(MAIL)
    assert json.dumps(one).isascii()
    assert len(sealed.seal("+" + "9" * 15)) <= 64  # contact.phone has room for no more
