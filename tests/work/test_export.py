"""Do people and results leave whole, under the names of the program they go to, and without a formula?"""

from __future__ import annotations

import csv

import pytest
from sqlalchemy import select
from support_world import add_person, make_world

from opportune.store import models as m
from opportune.work.export import contacts_to, results_to
from opportune.work.export_text import harmless
from opportune.work.importing import import_contacts
from opportune.work.sheets import SheetError

RUNS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example","x")',
        "+cmd|'/C calc'!A0", "-2+3+cmd|'/C calc'!D2", "@A1", '=DDE("cmd";"/C calc";"x")']  # fmt: skip
BEFORE = ["", " ", "\t", "\r", "\n", "\u00a0"]  # blanks, which some program strips
PAYLOADS = [
    *[before + each for before in BEFORE for each in RUNS][:52],
    "\uff1d1+1", "\uff0b1+1", "\uff0d1+1", "\uff20A1",  # full-width twins
    "\u22121+1", "\u200b=1+1", "\ufeff=1+1", '"=1+1',  # a minus sign, invisible blanks, a quote
]  # fmt: skip


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path / "home")


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_no_formula_leaves_in_any_column():
    assert len(PAYLOADS) == len(set(PAYLOADS)) == 60
    assert [each for each in PAYLOADS if not harmless(each).startswith("'")] == []


@pytest.mark.parametrize("text", ["Ana", "-5", "+442079460123", "3.5", "a=b", "ana@acme.example", "O'Neill", ""])
def test_what_is_no_formula_stays_as_it_is(text):
    assert harmless(text) == text


def test_people_go_out_harmless_and_come_in_again_as_they_were(world, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(
        "name,email,phone,notes\n=HYPERLINK(1),ana@acme.example,,@SUM(1)\nBob,bob@acme.example,+12125550123,\n"
    )
    import_contacts(world, path)
    path = tmp_path / "out.csv"
    assert contacts_to(world, path, layout="hubspot") == 2
    first, second = read(path)
    assert (first["name"], first["notes"]) == ("'=Hyperlink(1)", "'@SUM(1)")
    assert set(second) >= {"Email", "Phone Number", "Job Title", "Country/Region"}
    report = import_contacts(world, path)
    assert (report.layout, report.new, report.merged) == ("HubSpot", 0, 2)


def test_results_go_out_with_their_campaign(world, tmp_path):
    person = add_person(world)
    with world.db.write() as session:
        campaign = m.Campaign(key="spring", name="Spring", goal="meeting", state="live")
        session.add(campaign)
        session.flush()
        touch = {
            "key": "1",
            "token": "1",
            "kind": "approach",
            "mode": "decided",
            "priority": 1,
            "step": 1,
            "attempt": 1,
        }
        required = {
            c.name for c in m.Touch.__table__.columns if not c.nullable and c.default is None and c.name != "id"
        }
        given = touch | {"campaign_id": campaign.id, "contact_id": person, "channel": "call", "state": "done",
                         "sending_at": 1_772_500_000, "sent_at": 1_772_500_000, "result": "talked"}  # fmt: skip
        columns = m.Touch.__table__.columns
        filled = {name: given.get(name, _empty(columns[name])) for name in required} | given
        session.add(m.Touch(**{name: value for name, value in filled.items() if name in columns}))
        session.flush()
        sent = session.scalars(select(m.Touch.id)).one()
        for pages, seconds, machine in (
            (9, 7, None),
            (3, 40, None),
            (1, 900, "hidden"),
        ):  # F4
            click = m.MailClick(touch_id=sent, at=1_772_500_100, machine=machine)
            session.add(click)
            session.flush()
            session.add(m.MailVisit(click_id=click.id, touch_id=sent, at=click.at, pages=pages, seconds=seconds))
    assert results_to(world, tmp_path / "all.csv", campaign="spring", layout="salesforce") == 1
    (row,) = read(tmp_path / "all.csv")
    assert (row["campaign"], row["channel"], row["result"], row["at"]) == (
        "spring",
        "call",
        "talked",
        "2026-03-03 01:06",
    )
    assert (row["visit_pages"], row["visit_seconds"]) == ("3", "40")


def _empty(column):
    return column.type.python_type() if column.type.python_type is not dict else {}


def test_what_is_not_there_is_said(world, tmp_path):
    with pytest.raises(SheetError, match="campaign 'none': there is none"):
        contacts_to(world, tmp_path / "x.csv", campaign="none")
    with pytest.raises(SheetError, match="there are hubspot, salesforce"):
        contacts_to(world, tmp_path / "x.csv", layout="none")
    with pytest.raises(SheetError, match="choose another folder"):
        contacts_to(world, tmp_path / "no" / "x.csv")
