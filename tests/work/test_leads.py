"""Are leads that came together understood together as they would be one by one, and none for another's fault?"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from support_world import make_world, publish

from channels.form_answers import check
from channels.forms import FORMS
from opportune.rules.facts import HOUR
from opportune.store import leads as stored
from opportune.store import models as m
from opportune.store.db import Database
from opportune.store.desk import open_wishes
from opportune.work import form_life, lead_answers, leads, operators

FORM = FORMS["callback"]
SHIPPED = Path(__file__).parents[2] / "examples" / "forms"
ANA = {"name": "Ana Stan", "email": "ana@firm.example", "phone": "+442071234567", "company": "Acme",
       "answer_by": "call", "consent_call": "yes", "zone": "Europe/London", "message": "please"}  # fmt: skip
BOB = {"name": "Bob Cole", "email": "bob@firm.example", "answer_by": "email", "zone": "Europe/London",
       "company": "Acme", "consent_email": "yes", "message": "write to me, no calls"}  # fmt: skip


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path)


def keep(world, *posts: dict[str, str], form=FORM) -> list[str]:
    """Only stored, as while many come."""
    rows = [
        leads.row(world, form, check(form, post), leads.Visit(str(number)), world.clock.now())
        for number, post in enumerate(posts)
    ]
    with world.db.write() as session:
        stored.store_leads(session, rows)
    return [row["idempotency_key"] for row in rows]


def understand(world, *keys: str) -> int:
    with world.db.write() as session:
        return leads.understand(world, session, keys)[0]


def told(world) -> list[list[str]]:
    """All that the forms left behind, whoever came first."""
    who = m.Contact
    queries = (
        select(who.name, who.email, who.phone, who.prefers, who.interest, who.call_kind, m.Company.name)
        .outerjoin(m.Company, m.Company.id == who.company_id),
        select(m.Address.value), select(m.Consent.channel, m.Consent.wording, m.Consent.granted, m.Consent.proof),
        select(m.Remark.kind, m.Remark.words), select(m.Company.name), select(m.Source.key),
        select(m.Touch.key, m.Touch.template), select(m.Suppression.channel, m.Suppression.reason),
        select(m.Lead.idempotency_key, m.Lead.handled_at),
    )  # fmt: skip
    with world.db.read() as session:
        return [sorted(map(str, session.execute(query))) for query in queries]


def test_together_leaves_what_one_by_one_leaves(world, tmp_path):
    """Also where somebody comes again with another number, or under another name."""
    posts = (ANA, BOB, ANA | {"phone": "+442071234568"}, BOB | {"name": "Robert Cole", "email": ANA["email"]})
    with_one = Database(f"sqlite:///{tmp_path / 'one.db'}")
    with_one.migrate()
    alone = make_world(with_one, tmp_path)
    assert [understand(alone, key) for key in keep(alone, *posts)] == [1] * len(posts)
    assert understand(world, *keep(world, *posts)) == len(posts)
    assert told(world) == told(alone)
    assert len(told(world)[0]) == 2  # people: the mail address told that Robert writes from Ana's
    with_one.close()


def test_one_that_is_not_understood_holds_up_nobody_else(world, monkeypatch):
    ours = lead_answers.by_mail

    def broken_for_bob(world, session, lead, contact, *rest):
        if contact.name == "Bob Cole":
            raise RuntimeError("our fault")
        ours(world, session, lead, contact, *rest)

    keys = keep(world, BOB, ANA, ANA | {"name": "Eve Lane", "email": "eve@firm.example", "answer_by": "email"})
    with monkeypatch.context() as fault:
        fault.setattr(lead_answers, "by_mail", broken_for_bob)
        assert understand(world, *keys) == 2
    assert [each.split(",")[0] for each in told(world)[0]] == ["('Ana Stan'", "('Eve Lane'"]
    assert leads.understand_waiting(world) == 1
    assert len(told(world)[0]) == 3


def test_who_understands_a_lead_does_so_once(world):
    [key] = keep(world, ANA)
    assert (understand(world, key, key), understand(world, key)) == (1, 0)
    assert len(told(world)[0]) == 1


def promised(world) -> list[int]:
    with world.db.read() as session:
        at = m.Enrolment.promised_at
        return list(session.scalars(select(at).where(at.is_not(None))))


@pytest.mark.parametrize(
    ("message", "after"),
    [
        ("please", 600),  # nothing said: ten minutes (C4)
        ("in two hours", 2 * HOUR),
        ("some time in April", None),  # no moment that we could keep by ourselves
        ("My fridge broke on Friday", 600),  # nobody waits until next Friday
        ("We are at 10 Downing Street", 600),
        ("tel. 22-33-44", 600),
    ],
)
def test_whoever_asks_for_a_call_and_says_when_is_called_then(world, message, after):
    publish(world, "meetings")
    [key] = keep(world, ANA | {"message": message})
    understand(world, key)
    assert promised(world) == ([] if after is None else [world.clock.now() + after])
    assert [wish.name for wish in open_wishes(world.db, 9)] == (["Ana Stan"] if after is None else [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("answer_by", ["call", "email"])
@pytest.mark.parametrize(
    ("message", "after"),
    [
        ("Do you deliver on Monday?", 600),  # a colleague is free to talk now
        ("Monday at 10?", 600),
        ("Is there one in April?", 600),
        ("Please call me back in two hours", 2 * HOUR),  # in so many words
    ],
)
def test_a_time_that_a_chat_mentions_lets_nobody_wait(world, message, after, answer_by):
    publish(world, "meetings")
    operators.add(world, "Vera", "+442079460777")
    operators.on_duty(world, "Vera")
    [key] = keep(world, ANA | {"message": message, "answer_by": answer_by}, form=FORMS["chat"])
    understand(world, key)
    assert promised(world) == [world.clock.now() + after]


def test_a_callback_form_lists_whoever_is_not_rung_whatever_the_house_calls_it(world):
    text = (SHIPPED / "callback.yaml").read_text().replace("key: callback", "key: ring-me")
    document, _ = form_life.read(text, "ring-me.yaml")
    form_life.publish(world, document, text, author="Ana")
    [key] = keep(world, ANA | {"answer_by": "email"}, form=form_life.live(world, "ring-me"))
    understand(world, key)  # no campaign rings them
    assert [wish.name for wish in open_wishes(world.db)] == ["Ana Stan"]
