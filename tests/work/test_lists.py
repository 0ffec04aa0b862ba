"""Do lists of every program come in as they are, tell beforehand what they will do, go on after a kill, and go back?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select
from support_world import make_world

from opportune.store import addresses, contacts, imports, notes
from opportune.store import models as m
from opportune.work import layouts, registers, undo_import
from opportune.work.dry_run import dry_run
from opportune.work.importing import import_contacts
from opportune.work.sheets import SheetError

LISTS = Path(__file__).parents[1] / "data" / "lists"


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path / "home")


@pytest.fixture
def sheet(tmp_path):
    def write(text: str, name: str = "list.csv") -> Path:
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path / name

    return write


def people(world):
    with world.db.read() as session:
        return list(session.scalars(select(m.Contact).order_by(m.Contact.id)))


def every(world, table):
    with world.db.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def refusals(world) -> dict[str, set[str]]:
    names = {each.id: each.name for each in people(world)}
    found: dict[str, set[str]] = {name: set() for name in names.values()}
    for each in every(world, m.Consent):
        assert not each.granted
        found[names[each.contact_id]].add(each.channel)
    return found


CALLS = {"call", "call_auto", "voicemail"}
EXPORTS = [  # file, whose it is, who refused what; where it is said, the first person is a customer
    ("hubspot.csv", "HubSpot", {"Ana Stan": set(), "Bob Reed": {"email"}, "Eva Moss": {"email"}}),
    ("salesforce.csv", "Salesforce", {"Ana Stan": set(), "Bob Reed": CALLS, "Eva Moss": CALLS | {"email"}}),
    ("pipedrive.csv", "Pipedrive", {"Ana Stan": set(), "Bob Reed": {"email"}, "Eva Moss": CALLS | {"email"}}),
    ("bitrix24-en.csv", "Bitrix24", {"Ana Stan": set(), "Bob Reed": set()}),
    ("bitrix24-ru.csv", "Bitrix24", {"Анна Стан": set(), "Борис Рид": CALLS}),
    ("amocrm.csv", "amoCRM", {"Анна Стан": set(), "Борис Рид": CALLS | {"email"}}),
]


@pytest.mark.parametrize(("file", "layout", "refused"), EXPORTS)
def test_an_export_is_recognised_by_its_header_and_its_noes_are_honoured(world, file, layout, refused):
    """E1: an opt-out ticked in the other program is a no here."""
    report = import_contacts(world, LISTS / file)
    assert (report.layout, report.rejected, report.held) == (layout, 0, 0)
    assert refusals(world) == refused
    first, second = people(world)[:2]
    assert first.phone
    assert first.email
    assert second.email  # also where it stands in the column of private addresses
    assert second.phone
    assert first.stage == ("person" if layout == "Salesforce" else "customer")
    assert (first.status, second.status) == ("executive", "staff" if second.title else "unknown")


def test_a_header_of_nobodys_program_is_read_by_the_names_everybody_uses():
    mapping = layouts.recognised(["Name", "E-mail", "Lead Status"])
    assert (mapping.layout, set(mapping.columns)) == ("", {"name", "email", "lead_status"})


def test_the_colleague_a_list_names_as_owner_owns_the_contact(world):
    with world.db.write() as session:
        session.add(m.Operator(name="Olga Reed", phone="+442079460999", active=True))
    import_contacts(world, LISTS / "hubspot.csv")
    assert [each.owner_id for each in people(world)] == [1, 1, None]


def test_a_mapping_can_be_kept_and_given(world, sheet):
    path = sheet("Wer,Wohin\nAna Stan,ana@acme.example\n")
    own = sheet('"Wer" = "name"\n"Wohin" = "email"\n', "own.toml")
    import_contacts(world, path, mapping=str(own), save_mapping="ours")
    assert [each.name for each in people(world)] == ["Ana Stan"]
    assert import_contacts(world, path, mapping="ours").merged == 1
    with pytest.raises(SheetError, match="kept: ours"):
        import_contacts(world, path, mapping="theirs")
    with pytest.raises(SheetError, match="'postcode': there is no such column"):
        import_contacts(world, path, mapping=str(sheet('"Wer" = "postcode"\n', "bad.toml")))
    with pytest.raises(SheetError, match="no column 'Wann'"):
        import_contacts(world, path, mapping=str(sheet('"Wann" = "date"\n', "bad.toml")))


def workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").write_row(0, 0, ["nothing here"])
        page = book.add_worksheet("People")
        page.write_row(0, 0, ["Name", "Phone", "Country", "Consent email", "Consent date"])
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(2, 0, ["Ana Stan", 442079460123, "GB", True])  # after an empty row
        page.write_datetime(2, 4, __import__("datetime").datetime(2025, 5, 1), day)
        page.write_row(3, 0, ["Bob Reed", "4.4208E+11", "GB"])
    return path


def test_a_workbook_is_read_as_a_person_sees_it(world, tmp_path):
    path = workbook(tmp_path / "list.xlsx")
    with pytest.raises(SheetError, match="no column for"):
        import_contacts(world, path)  # its first sheet is notes
    with pytest.raises(SheetError, match="it has Notes, People"):
        import_contacts(world, path, sheet="Peple")
    report = import_contacts(world, path, sheet="People")
    (ana,) = people(world)
    assert ana.phone == "+442079460123"
    (yes,) = every(world, m.Consent)
    assert (yes.granted, yes.at) == (True, 1_746_057_600)  # 1 May 2025
    (why,) = report.reasons
    assert "format the column as text" in why
    assert report.rejects.read_text("utf-8-sig").splitlines()[1].startswith("4,")


def test_what_is_no_workbook_says_so(world, sheet):
    with pytest.raises(SheetError, match=r"save it as \.xlsx"):
        import_contacts(world, sheet("name,email\n", "list.xlsx"))


def big(sheet, count: int, name: str = "contacts.csv") -> Path:
    head = "Record ID,First Name,Last Name,Email,Phone Number,Lifecycle Stage,Lead Status,Contact owner\n"
    rows = []
    for n in range(count):
        mail = f"p{n}@firm{n % 50}.example" if n % 7 else ""
        # a number of a town; a mobile, which in the US tells no zone; a toll-free one, which tells none either
        phone = ("", f"+1212555{n % 100 + 100:04d}", f"800-555-{n % 100 + 100:04d}")[n % 3] if mail else "+12125550100"
        rows.append(f"{n},Ana{n},Stan{n},{mail},{phone},Lead,{'Do not contact' if n % 50 == 1 else 'New'},\n")
    return sheet(head + "".join(rows), name)


def test_of_300_people_without_zone_or_consent_each_stands_somewhere_with_a_reason(world, sheet):
    no = sheet("email\np2@firm2.example\n", "no.csv")
    path = big(sheet, 300)
    asked = {"country": "US", "basis": "customers of the old system", "said_no": no}
    before, _ = dry_run(world, path, **asked)
    report = import_contacts(world, path, **asked)
    sums = {where: sum(reasons.values()) for where, reasons in report.standing.items()}
    assert report.new == sum(sums.values()) == 300
    assert min(sums.values()) > 0
    assert all(why for reasons in report.standing.values() for why in reasons)
    assert before.standing == report.standing


def test_a_dry_run_foretells_and_writes_nothing(world, sheet):
    import_contacts(world, sheet("name,email\nAna Stan,ana@acme.example\n", "first.csv"))
    before = everything(world)
    no = sheet("email\neva@moss.example\n", "no.csv")
    text = "name,email\nAna Stan,ana@acme.example\nEva Moss,eva@moss.example\nEva,EVA@moss.example\nX,x@\n"
    path = sheet(text)
    report, samples = dry_run(world, path, said_no=no, country="DE")
    told = (report.read, report.new, report.merged, report.rejected, report.suppressed, report.said_no)
    assert told == (4, 1, 2, 1, 1, 1)
    assert [each["name"] for each in samples] == ["Ana Stan", "Eva Moss", "Eva"]
    assert everything(world) == before
    assert not list(world.settings.home.glob("rejects/*"))
    really = import_contacts(world, path, said_no=no, country="DE")
    assert (really.new, really.merged, really.standing) == (report.new, report.merged, report.standing)


def everything(world):
    tables = (m.Contact, m.Address, m.Consent, m.Suppression, m.Signal, m.Remark, m.Company, m.ImportRun, m.Note)
    own = {"version", "interest_since"}  # an undone change is a change, too
    columns = {table: [c.name for c in table.__table__.columns if c.name not in own] for table in tables}
    with world.db.read() as session:
        return {
            table: sorted(str([getattr(row, name) for name in names]) for row in session.scalars(select(table)))
            for table, names in columns.items()
        }


REGISTER = "area code,number\n212,5550123\n212,5550124\n"


def test_a_national_register_closes_calls_and_only_calls_and_its_day_is_kept(world, sheet):
    import_contacts(world, sheet("name,email,phone\nAna,ana@acme.example,+12125550123\n"))
    assert registers.read(world, sheet(REGISTER, "dnc.txt"), "US") == 2
    report = import_contacts(world, sheet("name,email,phone\nBob,bob@acme.example,+12125550124\n", "later.csv"))
    ana, bob = people(world)
    with world.db.read() as session:
        for channel, closed in (("call", {ana.id, bob.id}), ("email", set())):
            reasons = addresses.suppression_reasons(session, world.signer, [ana, bob], channel)
            assert set(reasons) == closed
    assert report.standing["reachable"] == {"by mail, said no to calls": 1}
    assert notes.get(world.db, "register:US")["scrubbed_at"] == world.clock.now()


@pytest.mark.parametrize(("text", "place", "why"), [  # a register nobody can read is an error, never passed over
    (REGISTER, None, "of which country"),
    (REGISTER + "12,34\n", "US", "line 4"),
    ("number\n", "US", "no number in it"),
])  # fmt: skip
def test_a_register_that_cannot_be_read_stops_everything(world, sheet, text, place, why):
    with pytest.raises(SheetError, match=why):
        registers.read(world, sheet(text, "dnc.txt"), place)
    assert not every(world, m.Suppression)


KILLED = """
import os, sys
from pathlib import Path
from opportune import law
from opportune.settings import Settings
from opportune.store.db import Database
from opportune.work import importing
from opportune.work.clock import VirtualClock
from opportune.work.world import World
home, url, path = sys.argv[1:]
world = World(Settings(home=home, secret="s" * 40), Database(url), VirtualClock(1772409600), law.load())
importing.BATCH = 10
def tell(done, total):
    print(done, flush=True)
importing.import_contacts(world, Path(path), country="US", progress=tell)
"""


def test_an_import_killed_in_the_middle_goes_on_behind_its_last_batch(world, sheet, monkeypatch):
    path = big(sheet, 200)
    with path.open("a") as file:
        file.write("broken,row\n")
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(world.settings.home), world.db.url, str(path)], stdout=subprocess.PIPE,
        text=True, env=dict(os.environ),
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    inside = len(people(world))
    assert 10 <= inside < 200
    report = import_contacts(world, path, country="US")
    assert report.went_on_behind >= inside
    assert (report.read, report.new, report.merged, report.rejected) == (201, len(people(world)), 0, 1)
    with world.db.read() as session:
        (run,) = imports.runs(session)
        assert (run.state, run.cursor, run.counts["new"]) == ("done", 202, 200)


def test_an_import_is_taken_back_whole(world, sheet):
    import_contacts(world, sheet("name,email,title\nA. Stan,ana@acme.example,\n", "first.csv"))
    before = everything(world)
    text = "name,email,phone,title,consent_email,interest,company\n"
    text += "Ana Stan,ana@acme.example,+12125550123,CEO,yes,hot,Acme\nBob,bob@acme.example,,,yes,warm,Acme\n"
    report = import_contacts(world, sheet(text))
    result = undo_import.undo(world, report.run)
    assert (result.removed, result.restored, result.kept, result.changed_since) == (1, 1, [], [])
    assert contents(everything(world)) == contents(before)
    with pytest.raises(undo_import.NoSuchRun, match="undone already"):
        undo_import.undo(world, report.run)


def contents(tables):
    return {table: rows for table, rows in tables.items() if table not in (m.ImportRun, m.Note)}


def test_who_has_another_trace_stays_and_is_named_with_the_reason(world, sheet):
    text = "name,email\nAna,ana@a.example\nBob,bob@a.example\nEva,eva@a.example\nDan,dan@a.example\n"
    report = import_contacts(world, sheet(text))
    ana, bob, eva, _dan = people(world)
    with world.db.write() as session:
        addresses.suppress(session, ana.id, reason="asked", evidence="", at=1)
        contacts.add_consent(
            session, contacts.consent(bob.id, "email", granted=True, at=world.clock.now(), wording="yes, by form")
        )
    import_contacts(world, sheet("name,email\nEva,eva@a.example\n", "other.csv"))
    result = undo_import.undo(world, report.run)
    assert dict(result.kept) == {
        ana.id: "said no", bob.id: "gave or withdrew a consent since", eva.id: "another list names them too",
    }  # fmt: skip
    assert [each.name for each in people(world)] == ["Ana", "Bob", "Eva"]
    with world.db.read() as session:
        assert addresses.suppression_reasons(session, world.signer, people(world)) == {ana.id: "asked"}


def test_a_word_changed_since_is_not_put_back(world, sheet):
    import_contacts(world, sheet("name,email\nAna,ana@a.example\n", "first.csv"))
    report = import_contacts(world, sheet("name,email,title\nAna,ana@a.example,CEO\n"))
    with world.db.write() as session:
        session.get_one(m.Contact, 1).title = "Owner"
    result = undo_import.undo(world, report.run)
    assert result.changed_since == [(1, "title")]
    assert people(world)[0].title == "Owner"
