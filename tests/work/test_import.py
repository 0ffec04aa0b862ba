"""Does a list come in whole: the good rows once, the broken ones named, and nobody guessed, doubled or forgotten?"""

from __future__ import annotations

import csv
import importlib.util
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from opportune import faults, law
from opportune.settings import ROOT, Settings
from opportune.store import addresses
from opportune.store.db import Database
from opportune.store.models import Address, Company, Consent, Contact, Source, Suppression
from opportune.work import dry_run, importing, journal, replay
from opportune.work.clock import VirtualClock
from opportune.work.importing import import_contacts, said_no_only
from opportune.work.sheets import SheetError, encoding_of
from opportune.work.world import World

NOW = 1_772_409_600  # Monday 2 March 2026


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    settings = Settings(home=tmp_path / "home", secret="s" * 32, database_url=db.url)
    return World(settings, db, VirtualClock(NOW), law.load())


@pytest.fixture
def sheet(tmp_path: Path):
    def write(text: str, encoding: str = "utf-8", name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def people(world: World) -> list[Contact]:
    with world.db.read() as session:
        return list(session.scalars(select(Contact).order_by(Contact.id)))


def rows(world: World, table: type, *order: object) -> list:
    with world.db.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def rejects(report: importing.ImportReport) -> list[tuple[int, str]]:
    assert report.rejects
    with report.rejects.open(encoding="utf-8-sig", newline="") as file:
        return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]


def test_a_row_becomes_a_person_with_everything_it_says(world, sheet):
    path = sheet(
        "Full name,E-mail,Phone,Company,Job title,Country,State,Preferred channel,Interest,Notes\n"
        '"STAN, Ana",Ana@Acme.example,(212) 555-0123,"Acme, Inc.",CEO,USA,New York,phone,warm,"met\nin May"\n'
    )
    report = import_contacts(world, path)
    assert (report.read, report.new, report.merged, report.rejected, report.held) == (1, 1, 0, 0, 0)
    (ana,) = people(world)
    assert (ana.name, ana.email, ana.phone) == ("Ana Stan", "ana@acme.example", "+12125550123")
    assert (ana.country, ana.region, ana.zones, ana.zone_evidence) == ("US", "NY", ["America/New_York"], "address")
    assert (ana.status, ana.prefers, ana.prefers_strength, ana.interest) == ("executive", "call", "stated", "warm")
    assert (ana.notes, ana.business, ana.bought) == ("met in May", True, False)
    assert rows(world, Company)[0].name == "Acme, Inc."
    assert {(each.kind, each.given) for each in rows(world, Address)} == {
        ("email", "Ana@Acme.example"),
        ("phone", "(212) 555-0123"),
    }


RUSSIAN = "Имя;Эл. почта;Телефон;Компания;Город\n"
RUSSIAN += "Иван Петров;ivan@romashka.example;8 (495) 123-45-67;ООО Ромашка;Москва\n"
GERMAN = "Vorname;Nachname;E-Mail;Telefon;Ort\nJürgen;Weiß;weiss@firma.example;030 23125123;Köln\n"
ROMANIAN = "Nume,Prenume,Email,Telefon\nChiriţă,Ionuţ,ionut@firma.example,0721 234 567\n"


@pytest.mark.parametrize(
    ("text", "encoding", "country", "name", "phone"),
    [
        (RUSSIAN, "utf-8", "RU", "Иван Петров", "+74951234567"),
        (RUSSIAN, "utf-8-sig", "RU", "Иван Петров", "+74951234567"),  # with a byte order mark
        (RUSSIAN, "utf-16", "RU", "Иван Петров", "+74951234567"),  # "Unicode text" of a spreadsheet
        (RUSSIAN, "cp1251", "RU", "Иван Петров", "+74951234567"),
        (RUSSIAN, "koi8_r", "RU", "Иван Петров", "+74951234567"),
        (RUSSIAN.replace(";", "\t"), "cp1251", "RU", "Иван Петров", "+74951234567"),  # tabs
        (GERMAN, "cp1252", "DE", "Jürgen Weiß", "+493023125123"),
        (GERMAN.replace(";", "|"), "utf-8", "DE", "Jürgen Weiß", "+493023125123"),  # pipes
        (GERMAN.replace("\n", "\r\n"), "utf-8", "DE", "Jürgen Weiß", "+493023125123"),  # Windows line ends
        (ROMANIAN, "iso8859_2", "RO", "Ionuţ Chiriţă", "+40721234567"),
    ],
)
def test_encoding_delimiter_and_header_are_found_out(world, sheet, text, encoding, country, name, phone):
    import_contacts(world, sheet(text, encoding), country=country)
    assert [(each.name, each.phone) for each in people(world)] == [(name, phone)]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Łukasz Wiśniewski", "iso8859_2"), ("Łukasz Wiśniewski", "cp1250"), ("Иван", "cp866"), ("é", "utf-8")],
)
def test_old_code_pages_are_told_apart_by_the_words_they_make(text, encoding):
    data = text.encode(encoding)
    assert data.decode(encoding_of(data)) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Who,Where\nAna,Here\n", ["Who,Where", "email", "known columns", "line 1"]),  # no address at all
        ("Email,E-Mail\na@b.example,c@d.example\n", ["two columns for email", "Email and E-Mail"]),
        ("", ["empty"]),
        ("\x00\x01\x02\x03", ["no column"]),  # not a table
    ],
)
def test_a_wrong_header_is_an_error_that_names_file_and_header_and_nothing_is_imported(world, sheet, text, words):
    path = sheet(text)
    with pytest.raises(SheetError) as error:
        import_contacts(world, path)
    assert all(word in str(error.value) for word in ["list.csv", *words])
    assert people(world) == []


def test_a_file_that_is_not_there_is_an_error_that_names_it(world, tmp_path):
    with pytest.raises(SheetError, match=r"nowhere\.csv"):
        import_contacts(world, tmp_path / "nowhere.csv")


BROKEN = '''name,email,phone,country,zone,consent_email,consent_date
Good One,one@good.example,,,,,
Short Row,short@row.example
Long Row,long@row.example,,,,,,extra
"Open Quote,open@quote.example,,,,,
No Address,,,,,,
Bad Address,bad@@address,12-34,US,,,
Local Number,,020 7946 0123,,,,
Bad Date,date@row.example,,,,yes,31.02.2025
Bad Zone,zone@row.example,,,Mars/Olympus,,
Bad Land,land@row.example,,Atlantis,,,
Bad Word,word@row.example,,,,perhaps,
"Good ""Two""",two@good.example,,,,,
'''


def test_broken_rows_go_to_the_reject_file_with_line_and_reason(world, sheet):
    report = import_contacts(world, sheet(BROKEN))
    assert [each.name for each in people(world)] == ["Good One", 'Good "Two"']
    assert report.rejects == world.settings.home / "rejects" / "list.csv.rejects.csv"
    reasons = dict(rejects(report))
    expected = {3: "2 fields where the header has 7", 4: "8 fields", 5: "never closed", 6: "neither email nor phone",
                7: "bad@@address", 8: "needs the country", 9: "31.02.2025", 10: "Mars/Olympus", 11: "Atlantis",
                12: "perhaps"}  # fmt: skip
    assert reasons.keys() == expected.keys()
    assert all(words in reasons[line] for line, words in expected.items())
    assert (report.read, report.new, report.rejected) == (12, 2, 10)


def test_a_row_with_one_good_address_comes_in_and_the_other_one_is_told(world, sheet):
    half = "name,email,phone\nAna,ana@acme.example,4.4E+11\nBob,bob@acme.example,+442079460123\n"
    report = import_contacts(world, sheet(half))
    assert (report.new, report.rejected) == (2, 0)
    ((line, reason),) = rejects(report)
    assert (line, "came in without the phone '4.4E+11'" in reason) == (2, True)
    assert "format the column as text" in reason


def test_a_reject_is_no_formula_and_a_mended_list_leaves_no_reject_file(world, sheet):
    report = import_contacts(world, sheet("name,email\n=1+1,bad\n"))
    assert report.rejects
    assert "'=1+1" in report.rejects.read_text("utf-8-sig")
    assert import_contacts(world, sheet("name,email\nAna,ana@acme.example\n")).rejects is None
    assert not report.rejects.exists()


def everything(world: World) -> dict[str, list[dict[str, object]]]:
    tables = (Address, Company, Consent, Contact, Source, Suppression)
    hidden = {"version", "_sa_instance_state"}
    return {
        table.__name__: [{k: v for k, v in vars(row).items() if k not in hidden} for row in rows(world, table)]
        for table in tables
    }


TWICE = """name,email,phone,country,title,company,consent_email,consent_date
Ana Stan,ana@acme.example,(212) 555-0123,US,,,yes,2025-05-01
"STAN, Ana",ANA@ACME.example,,,CEO,Acme,,
Ana Stan,,+1 212 555 0123,,,,,
Dan Stan,,212-555-0123,US,,,,
Ana Stan,ana@other.example,,,,,,
Info Desk,info@acme.example,,,,,,
Other Desk,info@acme.example,,,,,,
"""


def test_one_person_in_several_spellings_is_one_and_two_names_at_one_number_are_two(world, sheet):
    report = import_contacts(world, sheet(TWICE))
    ana, dan, other_ana, info, other = people(world)
    assert (report.new, report.merged) == (5, 2)
    assert (ana.name, ana.title, ana.phone, ana.country) == ("Ana Stan", "CEO", "+12125550123", "US")
    assert (dan.name, dan.phone) == ("Dan Stan", ana.phone)
    assert other_ana.email == "ana@other.example"
    assert info.email == other.email  # a shared box does not make two people one


def test_the_same_file_again_changes_nothing(world, sheet):
    path, no = sheet(TWICE), sheet("email\ninfo@acme.example\n", name="no.csv")
    first = import_contacts(world, path, said_no=no)
    before = everything(world)
    world.clock.move_to(NOW + 86_400)
    again = import_contacts(world, path, said_no=no)
    assert everything(world) == before
    assert (again.new, again.merged) == (0, first.new + first.merged)


def test_the_fuller_row_wins_where_both_speak(world, sheet):
    import_contacts(world, sheet("name,email,title\nA. Stan,ana@acme.example,\n"))
    import_contacts(world, sheet("name,email,title,country,company\nAna Stan,ana@acme.example,CEO,US,Acme\n"))
    import_contacts(world, sheet("name,email,title\nAna S.,ana@acme.example,Buyer\n"))
    assert [(each.name, each.title) for each in people(world)] == [("Ana Stan", "CEO")]


def test_an_interrupted_import_leaves_whole_batches_and_goes_on_there_when_it_is_run_again(world, sheet, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    path = sheet("name,email\n" + "".join(f"P{n},p{n}@acme.example\n" for n in range(5)))

    def stop(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_contacts(world, path, progress=stop)
    assert len(people(world)) == 2
    seen: list[tuple[int, int]] = []
    report = import_contacts(world, path, progress=lambda done, total: seen.append((done, total)))
    assert (len(people(world)), report.new, report.merged, report.read) == (5, 5, 0, 5)
    assert report.went_on_behind == 3  # the header and two people
    assert seen[-1] == (5, 5)


ZONES = """name,email,phone,country,state,city,zone
Stated,a@z.example,,US,NY,,asia/kathmandu
Address,b@z.example,+12125550123,US,CA,,
Number,c@z.example,+18085550123,,,,
Two,d@z.example,,US,FL,,
None,e@z.example,+18005550123,US,,,
"""


def test_zone_evidence_is_stated_then_address_then_number_and_without_any_the_person_waits(world, sheet):
    report = import_contacts(world, sheet(ZONES))
    assert {each.name: (each.zones, each.zone_evidence, each.held) for each in people(world)} == {
        "Stated": (["Asia/Kathmandu"], "stated", None),
        "Address": (["America/Los_Angeles"], "address", None),
        "Number": (["Pacific/Honolulu"], "number", None),
        "Two": (["America/New_York", "America/Chicago"], "address", None),
        "None": ([], None, "needs a time zone"),
    }
    assert report.held == 1


def test_better_zone_evidence_frees_who_waited(world, sheet):
    import_contacts(world, sheet("name,email\nAna,ana@acme.example\n"))
    import_contacts(world, sheet("name,email,zone\nAna,ana@acme.example,Asia/Kathmandu\n"))
    import_contacts(world, sheet("name,email,country\nAna,ana@acme.example,DE\n"))  # an address is weaker
    (ana,) = people(world)
    assert (ana.zones, ana.held) == (["Asia/Kathmandu"], None)


CONSENTS = """name,email,may call,consent_automated_call,consent_voicemail,consent_email,consent_date,consent_text,list
Ana,ana@acme.example,yes,x,нет,2025-06-02,01.05.2025,Yes you may,Fair
Dan,dan@acme.example,,,,ja,,,Fair
"""


def test_consents_come_with_their_proof(world, sheet):
    """E1: who, when, where, which text."""
    import_contacts(world, sheet(CONSENTS), basis="signed at the fair")
    said = rows(world, Consent)
    ana, dan = people(world)
    day = 1_746_057_600  # 1 May 2025
    assert [(each.contact_id, each.channel, each.granted, each.at) for each in said] == [
        (ana.id, "call", True, day),
        (ana.id, "call_auto", True, day),
        (ana.id, "voicemail", False, day),
        (ana.id, "email", True, 1_748_822_400),  # a day of its own
        (dan.id, "email", True, NOW),  # no day: the day the source came to us
    ]
    assert said[0].wording == "Yes you may"
    assert said[4].wording == "signed at the fair"
    assert said[0].proof == {"file": "list.csv", "line": 2, "list": "Fair", "basis": "signed at the fair"}
    (fair,) = rows(world, Source)
    assert (fair.key, fair.kind, fair.basis) == ("Fair", "import", "signed at the fair")
    assert said[0].source_id == fair.id


def test_a_bought_list_is_quarantined_until_we_know_the_person_from_elsewhere(world, sheet):
    """A14."""
    import_contacts(world, sheet("name,email\nAna,ana@acme.example\nDan,dan@acme.example\n"), bought=True)
    import_contacts(world, sheet("name,email\nAna,ana@acme.example\n"), source="Fair")
    import_contacts(world, sheet("name,email,bought\nEva,eva@acme.example,yes\nAna,ana@acme.example,yes\n"), source="B")
    assert {each.name: each.bought for each in people(world)} == {"Ana": False, "Dan": True, "Eva": True}
    assert {each.key: each.kind for each in rows(world, Source)} == {"list": "bought", "Fair": "import", "B": "bought"}


NO = """address,country,reason,date
Ana@Acme.example,,asked us,2025-11-03
020 7946 0123,GB,,
stranger@else.example,,,
"""


def reason(world: World, contact: Contact) -> str | None:
    with world.db.read() as session:
        return addresses.suppression_reasons(session, world.signer, [contact]).get(contact.id)


def test_who_said_no_is_imported_but_marked_and_strangers_stay_on_the_list_without_their_address(world, sheet):
    path = sheet("name,email,phone\nAna,ana@acme.example,\nBob,,+442079460123\nEva,eva@acme.example,\n")
    report = import_contacts(world, path, said_no=sheet(NO, name="no.csv"))
    ana, bob, eva = people(world)
    assert (reason(world, ana), reason(world, bob), reason(world, eva)) == ("asked us", "said_no", None)
    assert (report.said_no, report.suppressed) == (3, 2)
    entries = rows(world, Suppression)
    assert {each.contact_id for each in entries if each.kind == "person"} == {ana.id, bob.id}
    assert all("@" not in (each.digest or "") for each in entries)
    import_contacts(world, sheet("name,email\nLate,stranger@else.example\n"))
    assert reason(world, people(world)[-1]) == "said_no"


def test_a_mark_stays_when_the_address_changes(world, sheet):
    import_contacts(world, sheet("name,email\nAna,ana@acme.example\n"), said_no=sheet(NO, name="no.csv"))
    with world.db.write() as session:
        session.get_one(Contact, people(world)[0].id).email = "new@acme.example"
    assert reason(world, people(world)[0]) == "asked us"


def test_a_no_for_people_already_known_counts_at_once(world, sheet):
    import_contacts(world, sheet("name,email\nAna,ana@acme.example\n"))
    assert said_no_only(world, sheet(NO, name="no.csv")).said_no == 3
    assert reason(world, people(world)[0]) == "asked us"


@pytest.mark.parametrize(
    "row", ["nonsense,,,", "020 7946 0123,,,", ",,x,", "a@b.example,,,31.02.2025", '"a@b.example,,,']
)
def test_a_no_that_cannot_be_read_stops_the_import_rather_than_being_skipped(world, sheet, row):
    with pytest.raises(SheetError, match=r"no\.csv, line 5"):
        import_contacts(world, sheet("email\neva@acme.example\n"), said_no=sheet(NO + row + "\n", name="no.csv"))
    assert people(world) == []


def example(name: str) -> Path:
    return ROOT / "examples" / name


def test_the_example_list_is_what_its_maker_makes():
    spec = importlib.util.spec_from_file_location("make_contacts", example("make_contacts.py"))
    assert spec
    assert spec.loader
    maker = importlib.util.module_from_spec(spec)
    sys.modules["make_contacts"] = maker
    spec.loader.exec_module(maker)
    assert maker.contacts() == example("contacts.csv").read_text("utf-8-sig")
    assert maker.said_no() == example("said-no.csv").read_text("utf-8")


def test_the_example_list_is_1500_distinct_people(world):
    report = import_contacts(world, example("contacts.csv"), said_no=example("said-no.csv"))
    assert (report.read, report.new, report.merged, report.rejected) == (1640, 1500, 105, 35)
    everyone = people(world)
    assert len(everyone) == 1500
    assert 0.03 < report.held / 1500 < 0.05
    assert report.suppressed > 5
    assert report.said_no > report.suppressed  # some nobody has met
    half_hours = Counter(zone for each in everyone for zone in each.zones)
    for zone in ("Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide", "America/St_Johns"):
        assert half_hours[zone] > 10
    assert {each.status for each in everyone} == {"executive", "manager", "staff", "unknown"}
    assert sum(each.bought for each in everyone) == 120
    with world.db.read() as session:
        yes = select(Consent.channel, func.count()).where(Consent.granted).group_by(Consent.channel)
        allowed = {channel: count / 1500 for channel, count in session.execute(yes)}
    assert 0.5 < allowed["call_auto"] < 0.7
    assert 0.75 < allowed["email"] < 0.85


def test_a_list_of_noes_is_journaled_once_and_outlives_the_database(world, sheet):
    """E10: a restore from an older backup must not forget the people of a list."""
    no = sheet(NO, name="no.csv")
    said_no_only(world, no)
    said_no_only(world, no)  # nothing new, nothing to note
    lines = list(journal.read(world))
    entries = rows(world, Suppression)
    assert {digest for line in lines for _, digest in line["no"]} == {each.digest for each in entries}
    assert len(lines) == len(entries) == 3
    with world.db.write() as session:
        session.execute(delete(Suppression))
    assert replay.opt_outs(world) == 3
    assert {(each.digest, each.reason, each.at) for each in rows(world, Suppression)} == {
        (each.digest, each.reason, each.at) for each in entries
    }


def test_a_no_is_in_the_journal_before_it_is_in_the_database(world, sheet):
    """E10: a process that dies in between has promised nothing, and forgotten nothing."""
    faults.arm(lambda point: point == "optout.journaled" and pytest.fail("it dies here", pytrace=False))
    try:
        with pytest.raises(pytest.fail.Exception):
            said_no_only(world, sheet(NO, name="no.csv"))
    finally:
        faults.arm(None)
    assert (len(list(journal.read(world))), rows(world, Suppression)) == (3, [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("wrong", "again", "kept"),
    [
        # the number is a stranger's: it stays out, whichever way the row is known by
        ("phone", "Ana,ana@acme.example,+442079460123", ("ana@acme.example", None)),
        ("phone", "Ana,,+442079460123", ("ana@acme.example", None)),
        # a mail that bounced
        ("email", "Ana,ana@acme.example,+442079460123", (None, "+442079460123")),
        ("email", "Ana,ana@acme.example,", (None, "+442079460123")),
        # a better one fills the gap
        ("phone", "Ana,ana@acme.example,+442079460124", ("ana@acme.example", "+442079460124")),
    ],
)
def test_what_turned_out_wrong_does_not_come_back_with_the_next_list(world, sheet, wrong, again, kept):
    """E7: other campaigns would call a stranger."""
    import_contacts(world, sheet("name,email,phone\nAna,ana@acme.example,+442079460123\n"))
    with world.db.write() as session:
        setattr(session.scalars(select(Contact)).one(), wrong, None)
        session.execute(update(Address).where(Address.kind == wrong).values(invalid_at=NOW, invalid_why="wrong person"))
    path = sheet(f"name,email,phone,title\n{again},Head of everything\n", name="next.csv")
    expected, _ = dry_run.dry_run(world, path)
    report = import_contacts(world, path)
    assert [(each.email, each.phone) for each in people(world)] == [kept]
    assert (report.new, report.merged) == (expected.new, expected.merged) == (0, 1)
    if "+442079460124" not in again:
        ((line, reason),) = rejects(report)
        assert (line, "turned out wrong for this person" in reason) == (2, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_strangers_number_is_the_strangers_own(world, sheet):
    """E7: what is wrong for one person may be right for another."""
    import_contacts(world, sheet("name,email,phone\nAna,ana@acme.example,+442079460123\n"))
    with world.db.write() as session:
        session.scalars(select(Contact)).one().phone = None
        session.execute(update(Address).where(Address.kind == "phone").values(invalid_at=NOW))
    import_contacts(world, sheet("name,email,phone\nBob,bob@acme.example,+442079460123\n", name="next.csv"))
    assert [each.phone for each in people(world)] == [None, "+442079460123"]
