"""A yes is kept with its proof and never changed; where the place asks, it waits for a click; a no closes at once."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from support_world import TUESDAY, add_person, make_world, move_clock, only, plan_everything, publish, touches

from opportune.rules.facts import DAY, HOUR
from opportune.store import contacts, ledger
from opportune.store import models as m
from opportune.work import (
    audience,
    campaign_life,
    cases,
    confirming,
    consent_history,
    consents,
    gate,
    plan,
    prepare,
    why,
)
from opportune.work.consents import Origin, Said

lite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where no lock or trigger matters
EMAIL = Said("email", "Brightdesk may write to me by email about its offers.")
CALL = Said("call", "Brightdesk may call me about its offers.")


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path)


def origin(key="lead-1", **more):
    return Origin(key, "Brightdesk", page="https://shop.example/", ip="192.0.2.7", agent="Test/1", **more)


def take(world, person, *said, key="lead-1", **how):
    with world.db.write() as session:
        contact = session.get_one(m.Contact, person)
        return consents.take(world, session, contact, said, origin(key), world.clock.now(), **how)


def rows(world, table):
    with world.db.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def the_link(world):
    """What stands in the mail that asks."""
    return confirming.link_token(world, only(world, template="confirm").token)


def states(world, person):
    with world.db.read() as session:
        told = consent_history.standing(world, session, session.get_one(m.Contact, person), world.clock.now())
    return {each["channel"]: each["state"] for each in told}


@lite
def test_a_yes_after_the_end_of_a_campaign_opens_nothing_there(world):
    """B7: nobody would ever decide about them in it, and how it ended for them is history."""
    publish(world, channels=["email"])
    person = add_person(world, consents=())
    plan_everything(world)
    [before] = rows(world, m.Enrolment)
    assert (before.state, before.stopped_why) == ("done", "needs_consent")
    campaign_life.end(world, "meetings", by="ana")
    with world.db.write() as session:
        session.add(contacts.consent(person, "email", granted=True, at=world.clock.now(), wording="yes"))
        session.flush()
        plan.facts_changed(world, session, [person], world.clock.now())
    [after] = rows(world, m.Enrolment)
    assert (after.state, after.stopped_why, after.stopped_at) == ("done", "needs_consent", before.stopped_at)


# ---- append-only


def refused(world, act):
    with pytest.raises(DBAPIError, match="append-only"), world.db.write() as session:
        session.execute(text(act))


def test_what_was_said_stays_as_it_was_said(world):
    """E1: the database refuses, whoever asks; a merge may say whose it is, and an erasure may do all of it."""
    person, other = add_person(world, consents=()), add_person(world, 2, consents=())
    take(world, person, EMAIL, CALL)
    for table in ("consent", "consent_pending"):
        for change in ("at = at + 1", "wording = 'anything'", "ip = NULL", "contact_id = 1, channel = 'call'"):
            refused(world, f"UPDATE {table} SET {change}")
        refused(world, f"DELETE FROM {table}")
        with world.db.write() as session:
            session.execute(text(f"UPDATE {table} SET contact_id = {other}"))
        with world.db.write() as session, contacts.unsealed(session, "erasure"):
            session.execute(text(f"UPDATE {table} SET ip = NULL"))
        refused(world, f"UPDATE {table} SET ip = '192.0.2.1'")  # sealed again
        with world.db.write() as session, contacts.unsealed(session, "erasure"):
            session.execute(text(f"DELETE FROM {table}"))
        assert not rows(world, m.Consent if table == "consent" else m.ConsentPending)


# ---- which yes waits


@lite
@pytest.mark.parametrize(
    ("facts", "said", "waits"),
    [
        ({}, (EMAIL,), ["email"]),  # Germany asks for it
        ({}, (EMAIL, CALL), ["email"]),  # a mail proves nothing about a telephone
        ({"country": "AT", "phone": None}, (EMAIL,), ["email"]),
        ({"country": "GB", "phone": "+442079460101"}, (EMAIL, CALL), []),
        ({"country": "GB", "phone": "+442079460101", "email": "ana@firma.at"}, (EMAIL,), ["email"]),  # one place of two
        ({"country": "GB"}, (EMAIL,), ["email"]),  # the number is German
        ({"country": None, "phone": None}, (EMAIL,), ["email"]),  # nobody knows where
        ({"country": "GB", "phone": None, "email": None}, (CALL,), []),
    ],
)
def test_the_place_says_which_yes_waits_for_a_click(world, facts, said, waits):
    person = add_person(world, consents=(), **facts)
    assert take(world, person, *said) == waits
    assert [row.channel for row in rows(world, m.Consent)] == [s.channel for s in said if s.channel not in waits]
    assert [row.channel for row in rows(world, m.ConsentPending)] == waits
    assert len(touches(world, template="confirm")) == len(waits)


@lite
def test_a_form_may_be_stricter_than_the_place(world):
    person = add_person(world, consents=(), country="GB", phone="+442079460101")
    assert take(world, person, EMAIL, CALL, confirm=True) == ["email", "call"]
    assert rows(world, m.Consent) == []


# ---- a pending word is no consent


def test_until_the_click_neither_planner_nor_gate_nor_audience_sees_a_yes(world):
    """E1: a German consumer who ticked the box gets no advertising; once they clicked, they do, and a no ends it."""
    publish(world, channels=["email"])
    person = add_person(world, consents=(), business=False, phone=None)
    take(world, person, EMAIL)
    plan_everything(world)
    assert touches(world, kind="cold") == []
    with world.db.read() as session:
        assert not cases.persons(world, session, [session.get_one(m.Contact, person)])[person].consents
        assert session.scalar(select(m.Contact.id).where(audience._YES.exists())) is None
    assert states(world, person)["email"] == "waits"
    assert confirming.confirm(world, the_link(world), world.clock.now(), "198.51.100.9", "Reader/2")
    plan_everything(world)
    (cold,) = [touch for touch in touches(world, channel="email") if touch.template != "confirm"]
    assert (cold.state, cold.consent_id) == ("planned", rows(world, m.Consent)[0].id)
    now = move_clock(world, cold.due_at)
    with world.db.write() as session:
        consents.withdraw(world, session, person, "email", reason="told us", evidence="letter", now=now)
    assert passes(world, now) == []


def passes(world, now):
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", now, "test", limit=5)
        return [touch for touch, _ in gate.pass_through(world, session, claimed, now) if touch.template != "confirm"]


def test_the_gate_itself_refuses_what_was_planned_on_a_yes_that_is_gone(world):
    """The word stands on the consent's own row: the planner's picture may be old, the gate's is not."""
    publish(world, channels=["email"])
    person = add_person(world, consents=("email",), business=False, phone=None)
    plan_everything(world)
    now = move_clock(world, only(world).due_at)
    with world.db.write() as session:
        no = contacts.consent(person, "email", granted=False, at=now, wording="no")
        contacts.add_consents(session, [no])  # as another worker would, without telling the planner
    assert passes(world, now) == []


@lite
def test_a_yes_to_something_else_opens_no_advertising(world):
    """Purpose: a yes to be asked about the service is no yes to offers; a no always closes."""
    publish(world, channels=["email"])
    person = add_person(world, consents=(), business=False, phone=None, country="GB")
    take(world, person, Said("email", "You may ask me how it works.", purpose="service"))
    plan_everything(world)
    assert touches(world, channel="email") == []
    assert states(world, person)["email"] == "nothing"


# ---- the click


def test_the_click_keeps_the_words_with_who_said_and_who_confirmed_them(world):
    person = add_person(world, consents=())
    take(world, person, EMAIL)
    later = move_clock(world, TUESDAY + HOUR)
    assert confirming.confirm(world, the_link(world), later, "198.51.100.9", "Reader/2")
    (yes,) = rows(world, m.Consent)
    (asked,) = rows(world, m.ConsentPending)
    assert (yes.at, yes.confirmed_at, yes.pending_id, yes.granted) == (later, later, asked.id, True)
    assert (yes.wording, yes.advertiser, yes.page) == (EMAIL.wording, "Brightdesk", "https://shop.example/")
    assert (yes.ip, yes.agent) == ("192.0.2.7", "Test/1")
    assert yes.proof == {"asked_at": TUESDAY, "confirmed_ip": "198.51.100.9", "confirmed_agent": "Reader/2"}
    assert not confirming.confirm(world, the_link(world), later + 60)  # a second click adds nothing
    assert len(rows(world, m.Consent)) == 1


@lite
@pytest.mark.parametrize("no", [None, "email"])
def test_a_no_since_then_is_the_later_word(world, no):
    person = add_person(world, consents=())
    take(world, person, EMAIL)
    with world.db.write() as session:
        consents.withdraw(world, session, person, no, reason="told us", evidence="", now=TUESDAY + 60)
    assert not confirming.confirm(world, the_link(world), TUESDAY + HOUR)
    assert states(world, person)["email"] == "no"


@lite
@pytest.mark.parametrize(
    ("language", "asks"), [("en", "Somebody left this address"), ("de", "jemand hat diese Adresse")]
)
def test_the_mail_holds_the_words_and_one_button_and_nothing_the_form_brought(world, language, asks):
    """Whoever types a stranger's address into a form cannot make us write what they like."""
    take(world, add_person(world, consents=(), name="Buy at evil.example", language=language), EMAIL)
    assert prepare.mails(world, TUESDAY) == 1
    with world.db.read() as session:
        written = message_from_bytes(session.scalars(select(m.PreparedMessage.content)).one(), policy=policy.default)
    for part in ("plain", "html"):
        said = " ".join(written.get_body((part,)).get_content().split())
        assert asks in said
        assert EMAIL.wording in said
        assert f"http://ours.example/confirm/{the_link(world)}?l={language}" in said
        assert "evil" not in said


@lite
def test_an_old_link_confirms_nothing(world):
    take(world, add_person(world, consents=()), EMAIL)
    assert not confirming.confirm(world, the_link(world), TUESDAY + 30 * DAY)
    assert rows(world, m.Consent) == []


@lite
def test_ten_thousand_guessed_links_change_nothing(world):
    """The token is a keyed hash: neither ids nor the tokens that other links and headers carry lead to it."""
    take(world, add_person(world, consents=()), EMAIL)
    touch = only(world, template="confirm")
    guesses = {world.signer.keyed("guess", str(n)) for n in range(10_000)}
    assert the_link(world) not in guesses | {touch.token, touch.key, str(touch.id)}
    near = [touch.token, touch.key, "", "0", "%", "' OR 1=1 --", "\0", "\ud800".encode("utf-8", "replace").decode()]
    for token in [*near, *sorted(guesses)[:200]]:
        assert not confirming.confirm(world, token, TUESDAY)
    assert rows(world, m.Consent) == []


# ---- nobody is flooded


@lite
def test_an_address_is_asked_once_an_hour_and_five_times_a_day(world):
    """Whoever types a stranger's address again and again makes us write no more than that."""
    person = add_person(world, consents=())
    asked = []
    for n in range(24 * 4):
        now = move_clock(world, TUESDAY + n * HOUR // 4)
        take(world, person, EMAIL, key=f"lead-{n}")
        asked += [now] * (len(touches(world, template="confirm")) - len(asked))
    assert asked == [TUESDAY + n * HOUR for n in range(5)]
    move_clock(world, TUESDAY + DAY)
    take(world, person, EMAIL, key="the next day")
    assert len(touches(world, template="confirm")) == 6


@lite
def test_the_same_occasion_told_twice_asks_once(world):
    person = add_person(world, consents=())
    take(world, person, EMAIL)
    move_clock(world, TUESDAY + 2 * HOUR)
    take(world, person, EMAIL)
    assert len(rows(world, m.ConsentPending)) == len(touches(world, template="confirm")) == 1


# ---- how long a yes holds


@lite
@pytest.mark.parametrize(
    ("country", "setting", "own", "days"),
    [
        ("GB", 0, None, None),  # until it is withdrawn
        ("GB", 365, None, 365),
        ("FR", 0, None, 1095),  # three years there
        ("FR", 365, None, 365),  # the shorter one
        ("FR", 365, 10, 10),  # as the words themselves say
    ],
)
def test_a_yes_ends_by_its_own_words_else_by_place_and_house(db, tmp_path, country, setting, own, days):
    world = make_world(db, tmp_path, consent_valid_days=setting)
    person = add_person(world, consents=(), country=country, phone=None)
    take(world, person, Said("email", "yes", expires_at=own and TUESDAY + own * DAY))
    (yes,) = rows(world, m.Consent)
    assert yes.expires_at == (days and TUESDAY + days * DAY)


@lite
def test_whose_yes_ends_soon_is_listed_until_something_followed_it(world):
    people = [add_person(world, n, consents=(), country="GB", phone=None) for n in (1, 2, 3, 4)]
    for person, ends in zip(people, (20, 10, 40, 15), strict=True):
        take(world, person, Said("email", "yes", expires_at=TUESDAY + ends * DAY), key=str(person))
    move_clock(world, TUESDAY + 60)
    take(world, people[3], Said("email", "yes", expires_at=None), key="again, without an end")
    found = [(each["contact"], each["channel"]) for each in consent_history.expiring(world, 30)]
    assert found == [(people[1], "email"), (people[0], "email")]
    move_clock(world, TUESDAY + 11 * DAY)
    assert states(world, people[1])["email"] == "expired"
    assert [each["contact"] for each in consent_history.expiring(world, 30)] == [people[0], people[2]]


# ---- taking it back


@lite
@pytest.mark.parametrize(
    ("channel", "left"),
    [
        ("email", {"call": "yes", "call_auto": "yes", "voicemail": "yes", "email": "no"}),
        ("call", {"call": "no", "call_auto": "no", "voicemail": "no", "email": "yes"}),
        ("call_auto", {"call": "yes", "call_auto": "no", "voicemail": "no", "email": "yes"}),
        ("voicemail", {"call": "yes", "call_auto": "yes", "voicemail": "no", "email": "yes"}),
        (None, {"call": "no", "call_auto": "no", "voicemail": "no", "email": "no"}),
    ],
)
def test_each_channel_is_taken_back_by_itself(world, channel, left):
    person = add_person(world)
    consents.withdraw_for(world, str(person), channel, why="said so at the fair", by="ann")
    assert states(world, person) == left
    (note,) = rows(world, m.Audit)
    assert (note.who, note.act, note.why) == ("ann", "consent withdrawn", "said so at the fair")


@lite
@pytest.mark.parametrize(("channel", "why", "told"), [("fax", "so", "--channel"), ("email", " ", "--why")])
def test_what_cannot_be_taken_back_says_why(world, channel, why, told):
    person = add_person(world)
    with pytest.raises(ValueError, match=told):
        consents.withdraw_for(world, str(person), channel, why=why, by="ann")
    assert states(world, person)["email"] == "yes"


# ---- shown at the moment of decision


@lite
def test_why_names_the_words_their_day_origin_and_end_or_what_is_missing(world):
    """E1: who decides sees what the decision rests on."""
    publish(world)
    form = origin("a", proof={"form": "newsletter"})
    person = add_person(world, consents=(), business=False, country="GB", phone=None)
    with world.db.write() as session:
        contact = session.get_one(m.Contact, person)
        until = Said("email", EMAIL.wording, expires_at=TUESDAY + DAY)
        consents.take(world, session, contact, [until], form, TUESDAY)
    plan_everything(world)

    def mail(**more):
        return why.why(world, str(person), **more)["campaigns"][0]["eligibility"]["email"]["told"]

    told = mail()
    assert told == (
        "yes, agreed on 3 Mar 2026 through the form newsletter (“Brightdesk may write to me by email about its "
        "offers.”); it ends on 4 Mar 2026."
    )
    move_clock(world, TUESDAY + DAY)
    assert mail().endswith("Their yes ended on 4 Mar 2026.")
    with world.db.write() as session:
        consents.take(
            world, session, session.get_one(m.Contact, person), [EMAIL], origin("b"), TUESDAY + DAY, confirm=True
        )
    assert mail().endswith("They ticked the box on 4 Mar 2026; the click in our mail is still missing.")
    assert "галочка" in mail(language="ru").lower()
