"""Signals are recorded, and what follows from them is renewed at once and by night (B1, B8, B11, B14, B15, C1-C3)."""

from __future__ import annotations

import pytest
import support_leads
from sqlalchemy import func, select
from support_world import TUESDAY, add_person, make_world, move_clock, only, plan_everything, publish, touches

from channels.form_answers import Answers
from channels.forms import FORMS
from opportune.rules.facts import DAY, CallResult
from opportune.rules.familiarity import Turn
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import fitting, leads, nightly, react, signals, tables
from opportune.work.importing import import_contacts


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path)


def person(world, id=1):
    with world.db.read() as session:
        return session.get_one(m.Contact, id)


def note(world, id, kind, evidence="a colleague said so", by=None):
    with world.db.write() as session:
        return signals.note(world, session, id, kind, evidence, world.clock.now(), by)


def kept(world):
    with world.db.read() as session:
        query = select(m.Signal).order_by(m.Signal.contact_id, m.Signal.kind)
        return [(each.contact_id, each.kind, each.evidence) for each in session.scalars(query)]


def post(world, form, **fields):
    answers = Answers({"name": "Ana Stan", "email": "person1@firm.example", **fields}, {})
    support_leads.take(world, FORMS[form], answers, leads.Visit(f"visit {form} {world.clock.now()}"))


@pytest.mark.parametrize(
    ("form", "fields", "interest", "stage", "only_informs"),
    [
        ("newsletter", {}, "warm", "person", True),  # B8: wants to read, not to talk
        ("lead_magnet", {}, "warm", "person", True),
        ("lead_magnet", {"answer_by": "call"}, "warm", "person", True),  # how to send a guide is no wish to talk
        ("callback", {"phone": "+49302312501", "answer_by": "call"}, "hot", "potential", False),  # B11, C3
        ("callback", {"phone": "+49302312501", "answer_by": "email"}, "warm", "potential", False),  # write, not call
        ("booking", {"when": "2026-03-05T10:00"}, "hot", "potential", False),
    ],
)
def test_a_form_is_a_signal_and_tells_what_its_sender_wants(world, form, fields, interest, stage, only_informs):
    post(world, form, **fields)
    found = person(world)
    assert (found.interest, found.stage, found.only_informs) == (interest, stage, only_informs)
    assert (found.inbound, found.interest_since) == (True, TUESDAY)
    assert kept(world) == []  # the form stands in its own table, and is told once


def test_why_somebody_is_warm_can_be_told(world):
    post(world, "lead_magnet")
    now = move_clock(world, TUESDAY + 3 * DAY)
    with world.db.read() as session:
        found = signals.told(world, session, session.get_one(m.Contact, 1), now)
    assert [(each.kind, each.evidence) for each in found.evidence] == [("downloaded", "form lead_magnet")]


@pytest.mark.parametrize(
    ("result", "interest", "familiarity", "stage"),
    [
        (CallResult.TALKED, "warm", "hot", "potential"),
        (CallResult.INTERESTED, "warm", "hot", "potential"),
        (CallResult.MEETING, "hot", "hot", "potential"),
        (CallResult.CALL_BACK, "hot", "warm", "potential"),
        (CallResult.EMAIL_PLEASE, "warm", "warm", "potential"),
        (CallResult.SECRETARY, "cold", "cold", "person"),  # somebody else picked up
        (CallResult.NO_ANSWER, "cold", "cold", "person"),
        (CallResult.NOT_INTERESTED, "cold", "cold", "person"),
    ],
)
def test_a_talk_warms_in_the_same_transaction(world, result, interest, familiarity, stage):
    publish(world)
    add_person(world)
    plan_everything(world)
    call = only(world)
    now = move_clock(world, call.due_at)
    with world.db.write() as session:
        react.operator_says(world, session, session.get_one(m.Touch, call.id), result, "", now)
    found = person(world)
    assert (found.interest, found.familiarity, found.stage) == (interest, familiarity, stage)


def test_an_answer_to_a_mail_warms_also_where_no_campaign_asked(world):
    post(world, "newsletter")
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.result, touch.result_at = "replied", TUESDAY
        react.replied(world, session, touch, "tell me more", TUESDAY)
    assert (person(world).stage, person(world).only_informs) == ("potential", False)


LIST = "Name,Email,Country,Interest,Customer,Referred by,Fair,Industry,Employees,Company\n"
LIST += "Ana,ana@a.example,DE,hot,,,,Bakery,12,Bread & Co\n"
LIST += "Bob,bob@b.example,DE,,yes,,,,,\n"
LIST += "Cem,cem@c.example,DE,cold,no,ana@a.example,,,,\n"
LIST += "Dan,dan@d.example,DE,,,An old friend,Spring 2026,,,\n"
LIST += "Eva,eva@e.example,DE,,,,,,,\n"


def test_what_a_list_claims_is_a_signal_and_never_the_label(world, tmp_path):
    (tmp_path / "fair.csv").write_text(LIST)
    import_contacts(world, tmp_path / "fair.csv")
    labels = [(p.name, p.interest, p.stage, p.call_kind) for p in (person(world, id) for id in range(1, 6))]
    assert labels == [
        ("Ana", "warm", "person", "first_time"),  # "hot" of a list is a weak sign (B1)
        ("Bob", "warm", "customer", "repeat"),  # C1, C3
        ("Cem", "warm", "person", "referral"),  # B11: a referral is warm
        ("Dan", "warm", "person", "referral"),
        ("Eva", "cold", "person", "first_time"),
    ]
    assert kept(world) == [
        (1, "list_says_hot", "list fair: hot"),
        (2, "bought_before", "list fair: yes"),
        (3, "referral", "list fair: ana@a.example"),
        (4, "event", "list fair: Spring 2026"),
        (4, "referral", "list fair: An old friend"),
    ]
    with world.db.read() as session:
        by = select(m.Signal.introduced_by).where(m.Signal.kind == "referral").order_by(m.Signal.contact_id)
        assert list(session.scalars(by)) == [1, None]  # B14: who introduced whom, where we know them
        assert session.scalars(select(m.Company)).one().facts == {"industry": "Bakery", "size": "12"}


def test_the_same_list_a_month_later_warms_nobody_again(world, tmp_path):
    (tmp_path / "fair.csv").write_text(LIST)
    import_contacts(world, tmp_path / "fair.csv")
    before = kept(world)
    move_clock(world, TUESDAY + 30 * DAY)
    import_contacts(world, tmp_path / "fair.csv")
    assert kept(world) == before


def test_a_list_that_says_neither_yes_nor_no_is_rejected_with_its_line(world, tmp_path):
    (tmp_path / "fair.csv").write_text("Name,Email,Knows us\nAna,ana@a.example,perhaps\n")
    report = import_contacts(world, tmp_path / "fair.csv")
    assert report.rejects
    assert "2,knows_us: 'perhaps' is neither yes nor no" in report.rejects.read_text("utf-8-sig")


def test_a_colleagues_note_is_kept_once_and_an_unknown_one_is_refused(world):
    add_person(world)
    add_person(world, 2)
    assert note(world, 1, "said_wants_to_buy", "on the phone") == {1}
    assert note(world, 1, "said_wants_to_buy", "on the phone") == set()
    note(world, 2, "referral", "at lunch", by="person1@firm.example")
    assert [each[:2] for each in kept(world)] == [(1, "said_wants_to_buy"), (2, "referral")]
    assert (person(world).interest, person(world, 2).call_kind) == ("hot", "referral")
    for unknown in ("wants_to_buy", "fits"):  # the fit is learned, not noted
        with pytest.raises(signals.UnknownSignal, match=f"'{unknown}' is not known; use one of agreed, asked_before"):
            note(world, 1, unknown)


def test_interest_cools_by_night_and_what_was_planned_is_decided_anew(world):
    publish(world)
    add_person(world)
    note(world, 1, "said_wants_to_buy")
    now = move_clock(world, TUESDAY + 28 * 7 * DAY)
    plan_everything(world)
    planned = only(world)
    assert signals.by_night(world, now) == {"customers_learned_from": 0, "signals_renewed": 1}
    assert (person(world).interest, person(world).interest_since, person(world).inbound) == ("cold", now, False)
    assert person(world).stage == "potential"  # that does not fade
    assert [touch.state for touch in touches(world)][:1] == ["cancelled"] != [planned.state]
    assert signals.by_night(world, now + 1) == {"customers_learned_from": 0, "signals_renewed": 0}
    assert nightly.run(world)["signals_renewed"] == 0


def town(world, bakers, others, customers):
    """Bakers of whom the first `customers` bought, and others who did not."""
    with world.db.write() as session:
        for name in ("Bakery", "Smithy"):
            session.add(m.Company(name=name, facts={"industry": name, "size": "12"}, created_at=1))
    for number in range(1, bakers + others + 1):
        add_person(world, number, company_id=1 if number <= bakers else 2, phone=None, email=f"p{number}@x.example")
    with world.db.write() as session:
        rows = [signals.row(id, "bought_before", TUESDAY - 3000 * DAY, "books") for id in range(1, customers + 1)]
        signals.append(session, rows)
        signals.recompute(world, session, range(1, bakers + others + 1), TUESDAY)


def test_fit_is_learned_by_night_from_those_who_bought_and_orders_without_removing(world):
    """B15, B1: who looks like our customers is warm."""
    town(world, bakers=50, others=110, customers=35)
    assert {person(world, id).fit for id in (1, 50, 160)} == {None}
    assert signals.by_night(world, TUESDAY)["customers_learned_from"] == 35
    baker, smith = person(world, 50), person(world, 160)
    assert (baker.fit, smith.fit) == (0.7, 0.1)
    assert (baker.interest, smith.interest) == ("warm", "cold")
    assert {person(world, id).disqualified_at for id in (50, 160)} == {None}
    assert signals.by_night(world, TUESDAY)["signals_renewed"] == 0  # nothing new was learned
    newcomer = add_person(world, 99, company_id=1)
    assert note(world, newcomer, "knows_us") == {newcomer}
    assert person(world, newcomer).fit == baker.fit  # newcomers are rated by what was learned last


def test_too_few_customers_teach_nothing(world):
    town(world, bakers=30, others=10, customers=29)
    assert signals.by_night(world, TUESDAY) == {"customers_learned_from": 29, "signals_renewed": 0}
    assert person(world, 30).fit is None


def test_how_complete_the_target_fields_are_is_known(world):
    """E12."""
    with world.db.read() as session:
        assert fitting.completeness(session) == {"industry": 0.0, "size": 0.0, "country": 0.0, "status": 0.0}
    town(world, bakers=1, others=1, customers=0)
    add_person(world, 3, country=None, status="unknown")
    add_person(world, 4)
    with world.db.read() as session:
        assert fitting.completeness(session) == {"industry": 0.5, "size": 0.5, "country": 0.75, "status": 0.75}


def test_calls_are_claimed_in_the_order_of_work_whatever_was_due_first(world):
    """B8: inbound and hand-raised, referral, fit, cold; within a turn by the moment."""
    publish(world)
    for number in range(1, 7):
        add_person(world, number)
    note(world, 4, "event")
    note(world, 5, "referral")
    note(world, 6, "asked_for_call")
    plan_everything(world)
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch)):  # the cold ones were due first
            touch.channel, touch.automated, touch.due_at = "call", True, TUESDAY + touch.contact_id * 60
            assert touch.priority == {4: 2, 5: 1, 6: 0}.get(touch.contact_id, 3)
    order = []
    while True:
        with world.db.write() as session:
            claimed = ledger.claim(session, "call", TUESDAY + DAY, "test", limit=2)
        order += [touch.contact_id for touch in claimed]
        if len(claimed) < 2:
            break
    assert order == [6, 5, 4, 1, 2, 3]
    with world.db.read() as session:
        assert session.scalar(select(func.count(m.Touch.id)).where(m.Touch.state == "planned")) == 0


def test_a_claim_of_calls_looks_into_the_small_index(world):
    """A turn is found without reading the calls of the others."""
    if not world.db.sqlite:
        pytest.skip("PostgreSQL reads a small table whole, whatever its indexes")
    query = ledger._due(Turn.COLD, only_requested=False)
    with world.db.read() as session:
        plan = Bulk(session).rows(f"EXPLAIN QUERY PLAN {query}", TUESDAY, 8)
    narrowed = "(automated=? AND priority=? AND due_at<?)"
    assert plan[0][3] == f"SEARCH touch USING INDEX ix_touch_call_turn {narrowed}"  # one sort among equals remains


def test_a_table_of_ones_own_states_only_what_differs(tmp_path):
    mine = tmp_path / "mine.toml"
    visit = "[signals.visit]\nweight = 30\nhalf_life_days = 9"
    mine.write_text("[thresholds]\nwarm = 5\n[signals.opened]\nweight = 7\n" + visit)
    table, shipped = tables.warmth(mine), tables.warmth()
    assert (table.thresholds.warm, table.thresholds.hot) == (5, shipped.thresholds.hot)
    assert table.signals["opened"].weight == 7
    assert table.signals["opened"].half_life_days == shipped.signals["opened"].half_life_days
    assert table.signals["visit"].weight == 30
    assert table.signals["downloaded"] == shipped.signals["downloaded"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[signals.opened]\nweight = -1",
            r"bad.toml: signals.opened.weight: .*greater than or equal to 0; mend",
        ),
        ("[signals.opend]\nweight = 9", r"signals.opend.half_life_days: Field required; a signal of your own needs"),
        ("[signals.opend]\nweight = 9", r"Signals that have them: mailed, opened, clicked"),
        ("[thresholds]\nwarm = 90", r"thresholds: .*hot must be above warm; raise hot or lower warm"),
        ("[thresholds]\nlukewarm = 9", r"thresholds.lukewarm: Extra inputs are not permitted"),
        ("signals = 3", r"signals: Input should be a valid dictionary"),
        ("[signals", r"bad.toml: Expected .*Mend the file or OPPORTUNE_WARMTH"),
        (None, r"bad.toml.*No such file.*OPPORTUNE_WARMTH"),
    ],
)
def test_a_table_that_cannot_be_used_names_file_key_and_remedy(tmp_path, text, told):
    bad = tmp_path / "bad.toml"
    if text is not None:
        bad.write_text(text)
    with pytest.raises(tables.TableError, match=f"(?s){told}"):
        tables.warmth(bad)
