"""How does a template look as this very person would get it? Nothing of it leaves, but for a test to our own people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from html import escape
from pathlib import Path
from string import Template

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import message
from channels.base import Accepted, Answer, Mail
from channels.html import inlined
from opportune.rules.campaign import Campaign, Sender
from opportune.rules.mail_fields import CAMPAIGN, EVERY, SENDER
from opportune.rules.mail_problems import WordsError
from opportune.rules.problems import Problem
from opportune.store import audit, notes
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import (
    cases,
    enclosed,
    mail_source,
    material,
    prepare,
    safe_render,
    senders,
    template_lint,
    thread,
    versions,
    whom,
)
from opportune.work.gate import KILL_SWITCH
from opportune.work.material import Matter, Row
from opportune.work.versions import NotAllowed
from opportune.work.world import World

PAGE = Path(__file__).with_name("preview_page.html")
MADE_UP = "somebody@reader.example"


@dataclass(frozen=True, slots=True)
class Preview:
    """One mail to one person, and what is wrong with its template."""

    source: mail_source.Source
    letter: message.Letter
    content: bytes
    problems: list[Problem]


def preview(
    world: World, name: str, *, contact: str | None = None, campaign: str | None = None, cause: str | None = None
) -> Preview:
    """As `contact` (address, number or id) would get it in this campaign after a call that came to `cause`; without
    them as somebody made up.

    Raises:
        WordsError: there is no such template, or it cannot be filled.
        NotFound, NotAllowed: no such contact or campaign.
    """
    with world.db.read() as session:
        person = whom.the_one(session, contact) if contact else None
        document = _campaign(world, session, person, campaign)
        matter = _matter(world, session, name, person, document, cause)
    source = mail_source.load(world.settings.templates, name, matter.row.language)
    [tried] = safe_render.tried([safe_render.Job(source, {"they": material.context(world, matter)})])
    if tried.errors:
        raise tried.errors[0]
    parts = tried.parts["they"]
    subject = matter.last.answered if matter.last and source.answers else parts.subject
    files = enclosed.files(source, world.settings.mail_attachments_mb)
    letter = prepare.letter(world, matter, subject, parts.text, inlined(parts.html), files)
    problems = template_lint.lint(world.settings.templates, [name], language=world.settings.language, campaign=document)
    return Preview(
        source, letter, message.build(letter, world.clock.now(), world.settings.mail_attachments_mb), problems
    )


def _campaign(world: World, session: Session, person: m.Contact | None, key: str | None) -> Campaign | None:
    """The one that was named, else the person's, else none: then its words are made up."""
    if key:
        row = versions.named(session, key)
        version = row.version_id or versions.history(session, row.id)[0].id
    else:
        inside = select(m.Enrolment.version_id).where(m.Enrolment.contact_id == (person.id if person else 0))
        version = session.scalar(inside.order_by(m.Enrolment.id.desc()).limit(1)) or 0
    return cases.campaign_of(world, session, version) if version else None


def _matter(
    world: World, session: Session, name: str, person: m.Contact | None, document: Campaign | None, cause: str | None
) -> Matter:
    company = session.get(m.Company, person.company_id) if person and person.company_id else None
    owner = session.get(m.Operator, person.owner_id) if person and person.owner_id else None
    known = (person.name, person.email or MADE_UP, person.title, person.language) if person else (
        EVERY["name"], MADE_UP, EVERY["title"], world.settings.language)  # fmt: skip
    firm = company.name if company else None if person else EVERY["company"]
    token = world.signer.touch_token(f"preview:{name}:{person.id if person else 0}")
    row = Row(0, token, name, "approach", 1, world.clock.now(), None, *known, firm, None, cause, None, None, None)
    sender = document.sender if document else Sender(**SENDER)
    if owner:
        sender = senders.speaking_for(world, sender, owner.name, owner.email, owner.phone)
    return Matter(row, document or _made_up(), sender, (), _last(session, person))


def _last(session: Session, person: m.Contact | None) -> thread.Earlier | None:
    """What we wrote to them last, as long as its words are kept (A11)."""
    newest = select(m.Enrolment.id).where(m.Enrolment.contact_id == (person.id if person else 0))
    enrolment = session.scalar(newest.order_by(m.Enrolment.id.desc()).limit(1))
    return thread.last_mails(Bulk(session), [enrolment]).get(enrolment) if enrolment else None


def _made_up() -> Campaign:
    return Campaign(**CAMPAIGN, key="made-up", sender=Sender(**SENDER))


def page(shown: Preview) -> str:
    """All of it in one HTML page; the mail stands in frames that run no script."""
    letter, problems = shown.letter, shown.problems
    errors = sum(problem.severity == "error" for problem in problems)
    verdict = f"{len(problems)} to look at" if problems else "all good"
    values = {
        "name": shown.source.name,
        "about": shown.source.about,
        "contact": letter.recipient_name or letter.recipient,
        "language": shown.source.language,
        "sender": letter.sender_name,
        "subject": letter.subject,
        "snippet": " ".join(letter.text.split())[:120],
        "size": f"{len(letter.html.encode()) / 1000:.0f} of 102 kB",
        "verdict": f"{errors} wrong" if errors else verdict,
        "html": letter.html,
        "text": letter.text,
    }
    plain = {key: escape(value) for key, value in values.items()}
    return Template(PAGE.read_text("utf-8")).substitute(
        plain, headers=_headers(shown.content), checks=_checks(problems)
    )


def _headers(content: bytes) -> str:
    headers = message_from_bytes(content, policy=policy.default).items()
    return "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in headers)


def _checks(problems: list[Problem]) -> str:
    if not problems:
        return '<p class="good">Nothing is wrong with it, in any language.</p>'
    lines = (
        f'<li class="{p.severity}"><b>{escape(p.message)}</b> {escape(p.remedy)}'
        f"<small>{escape(p.file)}:{p.line}</small></li>"
        for p in problems
    )
    return f"<ul>{''.join(lines)}</ul>"


def send_test(world: World, shown: Preview, to: str, *, by: str) -> Answer:
    """Send it to one of our own people, marked as a test.

    Raises:
        NotAllowed: the address is not on the list, or everything is stopped.
    """
    allowed = [each.strip().lower() for each in world.settings.test_addresses.split(",") if each.strip()]
    if to.lower() not in allowed:
        raise NotAllowed(
            f"{to} gets no test mail: OPPORTUNE_TEST_ADDRESSES names {', '.join(allowed) or 'nobody yet'}; add it there"
        )
    if notes.get(world.db, KILL_SWITCH, None):
        raise NotAllowed("everything is stopped, so no test leaves either: opportune resume first")
    marked = replace(shown.letter, recipient=to, recipient_name="", subject=f"[Test] {shown.letter.subject}")
    now = world.clock.now()
    account = senders.account_of(world, marked.sender)
    mail = Mail(marked.sender, to, message.build(marked, now, world.settings.mail_attachments_mb), marked.message_id)
    answer = world.run(world.mailer_of(account).send(mail))
    with world.db.write() as session:
        told = {"template": shown.source.name, "accepted": isinstance(answer, Accepted)}
        audit.write(session, now, by, "mail_test", None, to, told)
    return answer


__all__ = ["NotAllowed", "Preview", "WordsError", "page", "preview", "send_test"]
