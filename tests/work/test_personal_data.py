"""Does the data map know every column, and is nothing left of whom we forgot, in the database or beside it?"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Column, LargeBinary, MetaData, String, Table, insert, select, text
from support_world import add_person, make_world, plan_everything, publish

from opportune.rules.facts import DAY
from opportune.store import audit, audit_check, contacts
from opportune.store import models as m
from opportune.store.board.story import decision_story
from opportune.store.db import Database
from opportune.work import (
    blanking,
    clicks,
    erasure,
    journal,
    noes,
    person_export,
    person_requests,
    personal_data,
    telling,
    whom,
)
from opportune.work.answers import reason_of
from opportune.work.mail_links import Link
from opportune.work.world import World

MARK = "Zyx7Marker"
PHONE = "+4930231250987"
TEXT = (String, JSON, LargeBinary)
NUMBERS = itertools.count()


# --- the map


def said_of(table: Table) -> set[str]:
    return {column.name for column in table.columns if isinstance(personal_data.kind(column), TEXT)}


def tagged(table: Table) -> set[str]:
    return {column.name for column in table.columns if column.info.get("pii")}


def missing(metadata: MetaData) -> list[str]:
    """Columns that nobody looked at."""
    known = personal_data.data_map()
    return [
        f"{name}.{column}"
        for name, table in metadata.tables.items()
        for column in sorted(said_of(table) - (known[name].columns if name in known else frozenset()))
    ]


def test_every_column_of_text_is_personal_or_was_looked_at() -> None:
    assert missing(m.Base.metadata) == [], "say in store/personal.toml what these columns say of a person"


def test_a_new_column_or_table_is_noticed() -> None:
    metadata = MetaData()
    Table("contact", metadata, Column("shoe_size", String(10)), Column("name", String(10)))
    Table("diary", metadata, Column("page", JSON))
    assert missing(metadata) == ["contact.shoe_size", "diary.page"]


def test_the_map_names_only_what_there_is_and_says_the_same_as_the_tags() -> None:
    known, tables = personal_data.data_map(), m.Base.metadata.tables
    assert set(known) <= set(tables)
    assert [name for name, said in known.items() if said.columns - said_of(said.table)] == []
    wrong = {name for name, said in known.items() if tagged(tables[name]) != said.staff | set(said.person)}
    assert wrong == set()


def test_every_table_that_refers_to_a_person_says_whose_its_rows_are() -> None:
    tables = m.Base.metadata.tables.values()
    named = {
        t.name for t in tables if any(key.column.table.name == "contact" for c in t.columns for key in c.foreign_keys)
    }
    assert {name for name in named if not personal_data.data_map()[name].by} == set()


def test_what_is_exported_has_a_name_for_each_kind_of_rows() -> None:
    found = {name for name, said in personal_data.data_map().items() if said.by}
    assert found | {"mail_click", "touch_cost", "audit"} == set(person_export.NAMES)


# --- erasure


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Two people in a campaign; every personal column of the first one says the mark."""
    world = make_world(db, tmp_path / "home")
    publish(world)
    ana = add_person(world, 1, name=f"Ana {MARK}", email=f"{MARK}@firm.example".lower(), phone=PHONE)
    add_person(world, 2)
    plan_everything(world)
    marked(world, ana)
    return world


def marked(world: World, ana: int) -> None:
    """A row in every table that can say something of somebody, each with the mark in each column."""
    with world.db.write() as session, contacts.unsealed(session, "a test"):
        touch = session.scalars(select(m.Touch.id).where(m.Touch.contact_id == ana)).first()
        lead = filled(session, "lead", contact_id=ana)
        parents = {"run_id": "import_run", "webhook_id": "webhook", "operator_id": "operator"}
        others = {column: filled(session, table) for column, table in parents.items()}
        filled(session, "past_touch", contact_id=ana, run_id=others["run_id"])
        made = others | {
            "contact_id": ana,
            "kept_id": ana,
            "gone_id": ana,
            "one_id": ana,
            "other_id": ana,
            "touch_id": touch,
        }
        for said in personal_data.data_map().values():
            if said.by and said.person and said.table.name not in ("contact", "lead", "touch", "decision", "enrolment"):
                filled(session, said.table.name, **made, lead_id=lead)
        address = {"value": f"{MARK}@firm.example".lower(), "kind": "email"}
        session.execute(m.Address.__table__.update().values(address).where(m.Address.contact_id == ana))
        filled(session, "address", contact_id=ana, kind="phone", value=PHONE)
        for name in ("contact", "decision"):
            said = personal_data.data_map()[name]
            values = {each: value_of(said.table.c[each]) for each in said.person if each not in ("email", "phone")}
            session.execute(said.table.update().where(personal_data.theirs(said, [ana])).values(values))
        lost = filled(
            session, "lead", contact_id=None, fields={"email": f"{MARK}@FIRM.example"}, idempotency_key="lost"
        )
        assert lost
        filled(session, "inbound_call", contact_id=None, number=PHONE, sid="lost")
        link = filled(session, "mail_link", target=f"https://sent.example/for/{MARK}?to={MARK}%40firm.example")
        filled(session, "mail_click", touch_id=touch, link_id=link)
        key = session.scalar(select(m.Lead.public_id).where(m.Lead.id == lead))
        audit.write(session, 1, "bob", "lead_let_in", key, MARK)
        audit.write(session, 1, "bob", "set_zone", audit.person(ana), f"{MARK} said so", {"who": MARK})
    rejects = world.settings.home / "rejects" / "list.csv.rejects.csv"
    rejects.parent.mkdir(parents=True, exist_ok=True)
    rejects.write_text(f'line,reason,row\n2,no zone,"{MARK}@firm.example"\n3,no zone,other\n', encoding="utf-8-sig")


def filled(session: Any, name: str, **given: Any) -> int | None:
    """A row whose personal columns say the mark, and whose others say as little as they may."""
    said = personal_data.data_map()[name]
    values = {}
    for column in said.table.columns:
        if column.name in given:
            values[column.name] = given[column.name]
        elif column.name in said.person:
            values[column.name] = value_of(column)
        elif not column.nullable and not column.primary_key and column.server_default is None:
            values[column.name] = plain(column)
    row = session.execute(insert(said.table).values(values))
    return row.inserted_primary_key[0] if row.inserted_primary_key else None


def value_of(column: Column[Any]) -> Any:
    if isinstance(personal_data.kind(column), JSON):
        reason = {"code": "free", "rule": "A9", "values": {"evidence": MARK}}
        return {"reasons": [reason], "ruled_out": {"call": reason}}.get(column.name, {"person": {"name": MARK}})
    return MARK.encode() if isinstance(personal_data.kind(column), LargeBinary) else MARK


def plain(column: Column[Any]) -> Any:
    kinds: list[tuple[Any, Any]] = [(JSON, {}), (LargeBinary, b""), (String, f"plain {next(NUMBERS)}")]
    return next((value for kind, value in kinds if isinstance(personal_data.kind(column), kind)), 1)


def dump(world: World) -> str:
    """Every byte of the database's files, or every row of PostgreSQL; and the files beside it."""
    found = [str([tuple(row) for row in _rows(world, table)]) for table in m.Base.metadata.sorted_tables]
    if world.db.sqlite:
        file = Path(world.db.url.removeprefix("sqlite:///"))
        found += [path.read_bytes().decode(errors="replace") for path in file.parent.glob(f"{file.name}*")]
    found += [path.read_text() for path in world.settings.home.rglob("*") if path.is_file()]
    return "".join(found).lower()


def _rows(world: World, table: Table) -> Any:
    with world.db.read() as session:
        return session.execute(text(f'SELECT * FROM "{table.name}"')).all()


def test_nothing_is_left_of_whom_we_forgot_but_what_counts_and_the_hashes(world: World) -> None:
    before = counted(world)
    assert MARK.lower() in dump(world)
    assert "4930231250987" in dump(world)
    done = erasure.erase(world, f"{MARK}@firm.example", by="ann", why="asked by letter")
    everything = dump(world)
    assert MARK.lower() not in everything
    assert "4930231250987" not in everything
    assert done.elsewhere == {"lead": 1, "inbound_call": 1, "rejected_rows": 1}
    assert done.recordings == [MARK]
    assert counted(world) == before
    with world.db.read() as session:
        assert audit_check.verify(session).broken == []
        states = session.execute(select(m.Touch.state).where(m.Touch.contact_id == done.people[0])).scalars()
        assert set(states) <= {"cancelled"}
        assert (
            session.scalar(select(m.Enrolment.stopped_why).where(m.Enrolment.contact_id == done.people[0]))
            == "opted_out"
        )
        with pytest.raises(whom.NotFound, match="erased"):
            whom.the_one(session, "#1")


def test_the_board_still_tells_what_was_decided_about_nobody(world: World) -> None:
    erasure.erase(world, "#2", by="ann", why="asked by letter")
    with world.db.read() as session:
        row = session.scalars(select(m.Decision).where(m.Decision.contact_id == 2)).first()
    assert row is not None
    assert row.context == {"person": {"status": "executive"}}
    told = [telling.reason(reason_of(each), "en") for each in row.reasons]
    assert told
    assert all(told)
    story = decision_story(world.db, row.id)
    assert story is not None
    assert story.contact.name == blanking.ERASED


def counted(world: World) -> dict[str, int]:
    """How many rows the board counts by, and what it counts of them."""
    asked = {
        "touches": "SELECT COUNT(*) FROM touch", "decisions": "SELECT COUNT(*) FROM decision WHERE first",
        "leads": "SELECT COUNT(*) FROM lead", "past": "SELECT SUM(times) FROM past_touch",
        "outcomes": "SELECT COUNT(*) FROM outcome", "consents": "SELECT COUNT(*) FROM consent WHERE granted",
        "contacts": "SELECT COUNT(*) FROM contact",
    }  # fmt: skip
    with world.db.read() as session:
        return {name: session.scalar(text(query)) for name, query in asked.items()}


def test_they_stay_uncontactable_when_they_come_again_and_no_hash_leads_to_their_history(world: World) -> None:
    done = erasure.erase(world, PHONE, by="ann", why="asked by letter")
    again = add_person(world, 3, name="Ana", email=f"{MARK}@firm.example".lower(), phone=None)
    with world.db.read() as session:
        assert noes.to(world, session, [session.get_one(m.Contact, again)], None) == {again: erasure.REASON}
        hashes = select(m.Suppression.contact_id).where(m.Suppression.digest.is_not(None))
        assert set(session.scalars(hashes)) == {None}
    assert all(entry.get("contact") not in done.people for entry in journal.read(world))


#: A target that they followed, whether somebody else did too -> what stays of it
FOLLOWED = [
    ("https://shop.example/prices", False, "https://shop.example/prices"),
    ("https://shop.example/prices?from=mail", True, "https://shop.example/prices?from=mail"),
    ("https://shop.example/prices?who=4711#top", False, "https://shop.example/prices"),  # a name we cannot read
    ("https://shop.example/hi?name=J%C3%B6rg+Zyx7Marker", False, "https://shop.example/hi"),
    ("https://shop.example/hi?name=J%C3%B6rg", True, "https://shop.example/hi"),  # also another Jörg's
    ("https://shop.example/hi/jorg-zyx7marker", False, "https://shop.example/"),
    ("https://shop.example/hi/dearJorg", True, "https://shop.example/"),  # run together, without the umlaut
    ("https://shop.example/hi/JoZ/li", True, "https://shop.example/"),  # a short name is a word of its own
    ("https://shop.example/jozef/list", True, "https://shop.example/jozef/list"),
    ("https://shop.example/4930231250987", True, "https://shop.example/"),
    ("https://zyx7marker.example/", True, "erased"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("target", "shared", "stays"), FOLLOWED)
def test_a_link_they_followed_counts_on_and_names_them_no_more(world: World, target, shared, stays) -> None:
    with world.db.write() as session:
        session.get_one(m.Contact, 1).name = f"Jörg Li {MARK}"
        sent = {who: session.scalars(select(m.Touch).where(m.Touch.contact_id == who)).first() for who in (1, 2)}
        for touch in sent.values():
            touch.sent_at = touch.sending_at = 1
    for who in (1, 2) if shared else (1,):
        clicks.record(world, Link(sent[who].token, 1, target), None, world.clock.now())
    erasure.erase(world, "#1", by="ann", why="asked by letter")
    with world.db.read() as session:
        found = select(m.Touch.contact_id, m.MailLink.target).join(m.MailClick, m.MailClick.link_id == m.MailLink.id)
        led = session.execute(found.join(m.Touch, m.Touch.id == m.MailClick.touch_id)).tuples().all()
        rows = set(session.scalars(select(m.MailLink.target)))
    assert stays in [to for who, to in led if who == 1]
    assert [to for who, to in led if who == 2] == ([target] if shared else [])
    assert (target in rows) is (shared or target == stays)


def test_who_was_forgotten_leaves_no_new_link_by_following_it(world: World) -> None:
    erasure.erase(world, PHONE, by="ann", why="asked by letter")
    with world.db.read() as session:
        token = session.scalars(select(m.Touch.token).where(m.Touch.contact_id == 1)).first()
    target = f"https://shop.example/{MARK}"
    assert clicks.record(world, Link(token, 1, target), None, world.clock.now()) is None
    assert MARK.lower() not in dump(world)


def test_a_second_time_changes_nothing_and_late_reports_are_swept_by_night(world: World) -> None:
    ana = erasure.erase(world, PHONE, by="ann", why="asked by letter").people[0]
    once = [sorted(map(str, _rows(world, t))) for t in m.Base.metadata.sorted_tables if t.name != "contact"]
    assert erasure.erase(world, f"#{ana}", by="ann", why="asked again").already
    assert [sorted(map(str, _rows(world, t))) for t in m.Base.metadata.sorted_tables if t.name != "contact"] == once
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch.id).where(m.Touch.contact_id == ana)).first()
        filled(session, "provider_event", touch_id=touch, event_key="late")
        link = filled(session, "mail_link", target=f"https://shop.example/late?to={MARK}")  # kept by an older version
        filled(session, "mail_click", touch_id=touch, link_id=link)
    assert erasure.sweep(world, world.clock.now()) == 1
    with world.db.read() as session:
        assert session.scalar(select(m.ProviderEvent.payload).where(m.ProviderEvent.event_key == "late")) == {}
        assert "https://shop.example/late" in session.scalars(select(m.MailLink.target)).all()


def test_a_restored_backup_forgets_them_anew_and_not_somebody_with_their_number(world: World) -> None:
    with world.db.read() as session:
        ana = whom.the_one(session, PHONE).id
        bob = session.get_one(m.Contact, ana + 1)
    journal.forgotten(world, [(ana, bob.created_at), (bob.id, bob.created_at + 1)], world.clock.now())
    assert erasure.again(world) == 1
    assert erasure.again(world) == 0
    with world.db.read() as session:
        names = list(session.scalars(select(m.Contact.name).order_by(m.Contact.id)))
    assert names == [blanking.ERASED, "Person 2"]


# --- a copy for them, and their requests


def test_a_copy_holds_every_personal_word_of_them_and_of_merged_records_and_nothing_of_others(
    world: World, tmp_path
) -> None:
    with world.db.read() as session:
        ana = whom.the_one(session, PHONE).id
    add_person(world, 9, name=f"Twin {MARK}", merged_into=ana, email=None)
    person_export.write(world, PHONE, tmp_path / "ana.json", by="ann")
    told = json.loads((tmp_path / "ana.json").read_text())
    assert (tmp_path / "ana.json").stat().st_mode & 0o777 == 0o600
    assert {each["name"] for each in told["who_you_are"]} == {MARK, f"Twin {MARK}"}
    for name, said in personal_data.data_map().items():
        if said.by and said.person:
            assert MARK in json.dumps(told[person_export.NAMES[name]]), name
    assert [each["why"] for each in told["what_colleagues_did"]] == [MARK, f"{MARK} said so"]
    assert told["contact_attempts"][0]["campaign"] == "meetings"
    assert "Person 2" not in json.dumps(told)
    with world.db.read() as session:
        assert session.scalars(select(m.Audit.who).where(m.Audit.act == "person_exported")).all() == ["ann"]


def test_of_nobody_there_is_no_copy(world: World, tmp_path: Path) -> None:
    with pytest.raises(whom.NotFound, match="nobody is known"):
        person_export.write(world, "#4711", tmp_path / "nobody.json", by="ann")
    assert not (tmp_path / "nobody.json").exists()


def test_a_request_has_a_month_and_stops_everything_at_once(world: World) -> None:
    row = person_requests.ask(world, PHONE, "erase", by="ann", why="by phone")
    assert person_requests.ask(world, PHONE, "erase", by="ann", why="by phone").id == row.id
    with world.db.read() as session:
        [told] = [each for each in person_requests.waiting(session, world.clock.now()) if each["kind"] == "erase"]
        assert told["days_left"] == 31  # from the 3rd of March to the 3rd of April
    world.clock.at += 25 * DAY
    assert person_requests.pressing(world) == {"requests_due_in_a_week": 1, "requests_too_late": 1}
    with world.db.read() as session:
        open_ = m.Touch.contact_id == told["contact_id"], m.Touch.state.in_(("planned", "claimed"))
        assert session.scalars(select(m.Touch.id).where(*open_)).all() == []
    erasure.erase(world, PHONE, by="ann", why="by phone")
    with world.db.read() as session:
        assert "erase" not in {each["kind"] for each in person_requests.waiting(session, world.clock.now())}
