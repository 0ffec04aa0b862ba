"""Does the preview show what would leave, safely, and does a test reach only our own people?"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from html import unescape

import pytest
from sqlalchemy import select
from support_mailbox import running_mailbox
from support_world import add_person, make_world, move_clock, only, plan_everything, publish

from channels.base import Accepted
from opportune.rules.mail_problems import WordsError
from opportune.store import models as m
from opportune.store import notes
from opportune.work import prepare, template_preview
from opportune.work.gate import KILL_SWITCH
from opportune.work.versions import NotAllowed
from opportune.work.whom import NotFound


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path, test_addresses="Tom@ours.example, ana@ours.example")


def frames(page):
    """What the frames of the page would show, each with how it is closed in."""
    return [(rest.partition("srcdoc")[0], unescape(html)) for rest, html in
            re.findall(r'<iframe ([^>]*?srcdoc)="([^"]*)"', page)]  # fmt: skip


def test_a_real_person_s_mail_is_shown_with_their_campaign_and_language(world):
    publish(world)
    person = add_person(world, name="Иван Петров", language="ru")
    plan_everything(world)
    shown = template_preview.preview(world, "after_talk", contact=str(person), cause="email_please")
    page = template_preview.page(shown)
    assert shown.letter.subject == "После нашего разговора: Autumn meetings"
    assert "Здравствуйте, Иван!" in shown.letter.text
    assert "По телефону вы попросили" in shown.letter.text
    assert "three findings" in shown.letter.html  # the offer of the campaign
    assert (shown.letter.sender, shown.problems) == ("anna@brightdesk.example", [])
    assert "Здравствуйте, Иван!" in page
    assert "all good" in page


def test_the_page_shows_two_widths_text_headers_and_checks_and_runs_no_script(world):
    page = template_preview.page(template_preview.preview(world, "first_proposal"))
    [desktop, phone] = frames(page)
    assert desktop[1] == phone[1]
    assert "Hello Ana," in desktop[1]
    assert all(re.search(r"\bsandbox(?!=)", attributes) for attributes, _ in (desktop, phone))  # nothing is allowed
    assert "<script" not in page
    assert "default-src 'none'" in page
    for header in (
        "From",
        "To",
        "Subject",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Message-ID",
        "Auto-Submitted",
    ):
        assert f"<th>{header}</th>" in page
    assert "Plain text" in page
    assert "of 102 kB" in page


def test_a_name_with_markup_stays_a_name(world):
    person = add_person(world, name='<script>alert(1)</script>"><b>')
    page = template_preview.page(template_preview.preview(world, "first_proposal", contact=str(person)))
    assert "<script" not in page
    for _, html in frames(page):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_what_is_wrong_with_it_stands_beside_it(world, tmp_path):
    folder = tmp_path / "templates" / "mail" / "mine"
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("For {{ person.first_name }}")
    (folder / "body.txt").write_text("Hello")
    (folder / "body.mjml").write_text(
        "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    own = make_world(world.db, tmp_path, templates=tmp_path / "templates")
    page = template_preview.page(template_preview.preview(own, "mine"))
    assert "There is no way to unsubscribe" in page
    assert "wrong" in page
    assert "mail/mine/body.txt" in page
    (folder / "body.txt").write_text("Hello {{ person.nick }}")
    with pytest.raises(WordsError, match=r"body\.txt:1: There is no field `person\.nick`"):
        template_preview.preview(own, "mine")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "nothere"}, WordsError),
        ({"name": "../mail/meeting"}, WordsError),
        ({"name": "meeting", "contact": "nobody@firm.example"}, NotFound),
        ({"name": "meeting", "campaign": "nothere"}, NotAllowed),
    ],
)
def test_what_cannot_be_shown_is_said(world, given, error):
    with pytest.raises(error):
        template_preview.preview(world, **given)


@pytest.mark.parametrize(
    "to", ["eve@firm.example", "tom@ours.example.evil.example", "", "tom", "a@b, tom@ours.example"]
)
def test_a_test_reaches_nobody_who_is_not_on_the_list(world, to):
    shown = template_preview.preview(world, "meeting")
    with pytest.raises(NotAllowed, match="OPPORTUNE_TEST_ADDRESSES names tom@ours"):
        template_preview.send_test(world, shown, to, by="tom")


def test_no_test_leaves_while_everything_is_stopped(world):
    notes.put(world.db, KILL_SWITCH, {"at": 1, "by": "tom", "why": "look first"})
    with pytest.raises(NotAllowed, match=r"stopped.*: opportune resume first"):
        template_preview.send_test(world, template_preview.preview(world, "meeting"), "tom@ours.example", by="tom")


def test_a_test_is_marked_and_goes_to_our_own_people_alone(db, tmp_path):
    with running_mailbox() as mailbox:
        world = make_world(db, tmp_path, test_addresses="tom@ours.example", smtp_port=mailbox.smtp)
        person = add_person(world)
        shown = template_preview.preview(world, "last_mail", contact=str(person))
        answer = template_preview.send_test(world, shown, "Tom@ours.example", by="tom")
        assert isinstance(answer, Accepted)
        assert mailbox.taken_for("person1@firm.example") == []
        [taken] = mailbox.get("/_sim/mails?after=0")
        world.close()
    assert taken["recipient"].lower() == "tom@ours.example"
    assert taken["subject"].startswith("[Test] My last mail on this")
    with db.read() as session:
        act = session.scalars(select(m.Audit).where(m.Audit.act == "mail_test")).one()
    assert (act.who, act.why, act.data) == ("tom", "Tom@ours.example", {"template": "last_mail", "accepted": True})


def test_a_follow_up_is_shown_in_the_thread_of_this_person(world):
    """A11: it answers what we wrote before, and quotes it."""
    publish(world, "clarifications")
    person = add_person(world, status="staff", interest="warm")
    plan_everything(world)
    first = only(world, channel="email")
    move_clock(world, first.due_at)
    assert prepare.mails(world, world.clock.now()) == 1
    with world.db.write() as session:
        session.get_one(m.Touch, first.id).sent_at = world.clock.now()
    shown = template_preview.preview(world, "reminder", contact=str(person))
    assert shown.letter.subject == "Re: A short question: One question after your trial"
    assert "My earlier message (2026-" in shown.letter.text
    assert "\n> " in shown.letter.text


def test_the_letter_is_built_as_one_that_leaves(world):
    shown = template_preview.preview(world, "reminder")
    parsed = message_from_bytes(shown.content, policy=policy.default)
    assert parsed["Subject"] == shown.letter.subject
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed.get_body(("plain",)).get_content().replace("\r\n", "\n") == shown.letter.text
