"""Does each kind of form bring what it promises: a file, a result, a code, a date, a call (A12)?"""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from support_web import browsing
from support_world import at, make_world, publish

from channels import calendar
from channels.forms import FORMS
from opportune.rules.facts import DAY, HOUR
from opportune.store import models as m
from opportune.store.desk import open_wishes
from opportune.web import forms
from opportune.work import coupons, form_life, operators, prepare, signals
from opportune.work.versions import NotAllowed

ANA = {"name": "Ana Stan", "email": "ana@acme.example", "answer_by": "email"}
SHIPPED = Path(__file__).parents[2] / "examples" / "forms"


@pytest.fixture
def world(db, tmp_path):
    world = make_world(db, tmp_path)
    yield world
    world.close()


@pytest.fixture
def client(world):
    with browsing(Starlette(routes=forms.routes(world))) as client:
        yield client


def rows(world, table):
    with world.db.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def mail(world, touch):
    """Subject, text and names of the files of what would leave."""
    with world.db.read() as session:
        words = session.get_one(m.PreparedMessage, touch.id)
    parsed = message_from_bytes(words.content, policy=policy.default)
    text = parsed.get_body(("plain",)).get_content()
    return str(parsed["Subject"]), text, {part.get_filename(): part for part in parsed.iter_attachments()}


ASKED = {
    # key: more fields; template of the mail; signal; words in the mail; file that goes along
    "lead_magnet": ({}, "requested", "downloaded", "Thank you", "guide.pdf"),
    "order": ({"product": "Seats", "quantity": "12"}, "received", "order", "arrived", None),
    "registration": ({"role": "I decide"}, "requested", "registered", "Thank you", None),
    "review": ({"message": "Very good"}, "received", "review", "arrived", None),
    "calculator": (
        {"people": "10", "minutes": "30", "cost": "40"},
        "calculator",
        "calculator",
        "about 4\u202f200 a",
        None,
    ),
    "contest": ({"answer": "Ten"}, "received", "contest", "arrived", None),
    "coupon": ({}, "coupon", "coupon", "SPRING-", None),
    "webinar": ({}, "webinar", "webinar", "2027-09-15 15:00 (UTC+0200)", "webinar.ics"),
    "chat": ({"message": "How long?"}, "received", "chat", "arrived", None),
    "newsletter": ({"consent_email": "yes", "country": "US"}, "requested", "newsletter", "Thank you", None),
}


def test_each_kind_is_stored_with_its_fields_says_its_signal_and_answers_at_once(client, world):
    for key, (more, *_) in ASKED.items():
        given = ANA | {"name": key.title(), "email": f"{key}@acme.example"} | more
        assert client.post(f"/forms/{key}", data=given).status_code == 303, key
    assert prepare.mails(world, world.clock.now()) == len(ASKED)
    leads = {lead.form: lead for lead in rows(world, m.Lead)}
    touches = {touch.contact_id: touch for touch in rows(world, m.Touch) if touch.step == 1}
    for key, (more, template, signal, words, file) in ASKED.items():
        lead, touch = leads[key], touches[leads[key].contact_id]
        assert more.items() <= lead.fields.items(), key
        assert lead.form_version == FORMS[key].version
        assert (touch.template, touch.kind, touch.due_at) == (template, "requested", world.clock.now()), key
        with world.db.read() as session:
            assert signal in {each.kind for each in signals.of(session, [lead.contact_id])[lead.contact_id]}
        _, text, files = mail(world, touch)
        assert words in text, key
        assert list(files) == ([file] if file else []), key


def test_a_webinar_comes_into_the_calendar_and_is_reminded_of_an_hour_before(client, world):
    """C5."""
    client.post("/forms/webinar?lang=ru", data=ANA | {"language": "ru"})
    begins = at("2027-09-15 15:00")
    first, second = rows(world, m.Touch)
    assert (second.template, second.due_at, second.not_after) == ("webinar_reminder", begins - HOUR, begins)
    prepare.mails(world, begins)
    event = mail(world, first)[2]["webinar.ics"]
    assert event.get_content_type() == "text/calendar"
    read = parsed(event.get_payload(decode=True))
    assert (read["DTSTART"], read["DTEND"]) == ("20270915T130000Z", "20270915T134500Z")
    assert read["SUMMARY"] == "Вебинар: ответ за десять минут"
    subject, text, files = mail(world, second)
    assert subject == "Скоро начало: Вебинар: ответ за десять минут"
    assert "https://brightdesk.example/webinar" in text
    assert files == {}


def parsed(file: bytes) -> dict[str, str]:
    """As RFC 5545 reads it: lines of 75 bytes unfolded, then name and value."""
    lines = file.split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) <= 75
    whole = file.replace(b"\r\n ", b"").decode().splitlines()
    values = dict(line.split(":", 1) for line in whole)
    for sign in ",;\\":
        values = {name: value.replace(f"\\{sign}", sign) for name, value in values.items()}
    return values


def test_what_somebody_wrote_opens_no_line_of_the_calendar():
    title = "Ответы, ответы; и \\ ещё\r\nATTENDEE:mailto:x@evil.example " * 3
    read = parsed(calendar.ics(calendar.Event("u", title, 0, 60, "https://x.example", 0)))
    assert read["SUMMARY"] == " ".join(title.split())
    assert "ATTENDEE" not in read


def test_a_person_gets_one_code_and_it_is_good_once(client, world):
    for name in ("Ana Stan", "Ana Stan", "Dan Pop"):
        client.post("/forms/coupon", data=ANA | {"name": name, "email": f"{name[:3].lower()}@acme.example"})
    ana, dan = rows(world, m.Coupon)
    assert ana.code != dan.code
    assert coupons.redeem(world, f" {ana.code.lower()} ", "till 1").redeemed_by == "till 1"
    with pytest.raises(NotAllowed, match="used before, by till 1"):
        coupons.redeem(world, ana.code, "till 2")
    world.clock.move_to(at("2028-01-01 00:00"))
    with pytest.raises(NotAllowed, match="time is over"):
        coupons.redeem(world, dan.code, "till 2")


def test_when_all_codes_are_given_out_the_next_is_told_so(client, world):
    live(world, "coupon", ("count: 500", "count: 1"))
    for name in ("ana", "dan"):
        assert client.post("/forms/coupon", data=ANA | {"email": f"{name}@acme.example", "name": name}).is_redirect
    assert [touch.template for touch in rows(world, m.Touch)] == ["coupon", "received"]
    assert len(rows(world, m.Coupon)) == 1


def live(world, key, *changes):
    """Publish a shipped form with these words replaced."""
    text = (SHIPPED / f"{key}.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    document, problems = form_life.read(text, f"{key}.yaml")
    assert problems == []
    world.clock.move_to(world.clock.now() + 1)
    return form_life.publish(world, document, text, author="Ana", note="a test")


def test_what_is_over_takes_nothing_any_more(client, world):
    world.clock.move_to(at("2027-12-20 17:00") + DAY)
    assert "The contest is over" in client.get("/forms/contest").text
    assert client.post("/forms/contest", json=ANA | {"answer": "Ten"}).status_code == 410
    assert client.post("/forms/contest", data=ANA | {"answer": "Ten"}).status_code == 200
    assert rows(world, m.Lead) == []


def test_where_names_are_made_up_nothing_that_we_know_is_changed(client, world):
    client.post("/forms/callback", data=ANA | {"phone": "+442079460123"})
    live(world, "contest", ("  - {name: answer", "  - {name: phone}\n  - {name: answer"))
    client.post("/forms/contest", data=ANA | {"answer": "Ten", "phone": "+442079460199"})
    (ana,) = rows(world, m.Contact)
    assert ana.phone == "+442079460123"


@pytest.mark.parametrize("country", ["US", "DE"])  # in the second a click is asked for
def test_who_subscribes_gets_one_mail(client, world, country):
    client.post("/forms/newsletter", data=ANA | {"consent_email": "yes", "country": country})
    assert len(rows(world, m.Touch)) == 1


@pytest.mark.parametrize("there", [True, False])
def test_the_chat_becomes_a_call_while_a_colleague_is_on_duty(client, world, there):
    """A12, C4."""
    publish(world)
    operators.add(world, "Vera", "+442079460777")
    if there:
        operators.on_duty(world, "Vera")
    client.post("/forms/chat", data=ANA | {"phone": "+442079460123", "answer_by": "call", "message": "How long?"})
    promised = [each.promised_at for each in rows(world, m.Enrolment) if each.promised_at]
    assert promised == [world.clock.now() + 600] * there
    assert there or [wish.message for wish in open_wishes(world.db)] == ["How long?"]  # else the desk lists it


def test_the_house_serves_what_it_published_last_and_a_lead_keeps_which(client, world):
    assert "Place an order" in client.get("/forms/order").text
    first = live(world, "order", ("title: Place an order", "title: Order now"))
    assert "Order now" in client.get("/forms/order").text
    client.post("/forms/order", data=ANA | {"product": "Seats", "quantity": "1"})
    live(world, "order", ("title: Place an order", "title: Order today"), ("kind: order", "kind: order\nsignal: chat"))
    client.post("/forms/order", data=ANA | {"product": "Seats", "quantity": "2"})
    world.clock.move_to(world.clock.now() + 1)
    live(world, "order", ("title: Place an order", "title: Order now"))
    assert "Order now" in client.get("/forms/order").text
    versions = {each.sha: each for each in rows(world, m.FormVersion)}
    assert [versions[each.form_version].says for each in rows(world, m.Lead)] == ["order", "chat"]
    assert [each.sha for each in versions.values() if each.live] == [first.sha]
    with world.db.read() as session:
        (ana,) = session.scalars(select(m.Contact.id))
        assert {each.kind for each in signals.of(session, [ana])[ana]} >= {"order", "chat"}


@pytest.mark.parametrize(
    ("asked", "header", "language", "words"),
    [
        ("", "", "en", "Your name"),
        ("", "ru-RU,ru;q=0.9,en;q=0.5", "ru", "Ваше имя"),
        ("", "en;q=0.3,ro;q=0.8", "ro", "Numele dumneavoastră"),  # the likeliest first
        ("", "fr,de;q=0.5", "en", "Your name"),  # none of ours
        ("?lang=ro", "ru", "ro", "Numele dumneavoastră"),  # the page around it knows better
        ("?lang=x", "ru;q=nonsense", "ru", "Ваше имя"),
    ],
)
def test_a_visitor_reads_their_own_language(client, asked, header, language, words):
    answer = client.get(f"/forms/callback{asked}", headers={"Accept-Language": header})
    assert words in answer.text
    assert f'<html lang="{language}">' in answer.text
    refused = client.post(f"/forms/callback{asked}", data={"name": ""}, headers={"Accept-Language": header})
    assert f'<html lang="{language}">' in refused.text


def test_the_consent_that_is_kept_is_the_one_that_was_read(client, world):
    """E1."""
    client.post("/forms/newsletter?lang=ru", data=ANA | {"consent_email": "yes", "country": "US"})
    (lead,) = rows(world, m.Lead)
    assert [each.wording for each in rows(world, m.Consent)] == [
        "ours.example может присылать мне предложения по электронной почте."
    ]
    assert lead.fields["shown"] == "ru"
