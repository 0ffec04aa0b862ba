"""Which words will leave? Rendered, signed and stored ahead of the mark, without claiming: preparing promises nothing.

The bytes are kept until they left; their hash goes into the touch at the point of no return. At most `AHEAD` wait on
disk and `BATCH` are in memory, however many are due.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels import dkim, message
from channels.attachments import Attachment
from channels.html import inlined
from opportune.rules.campaign import Campaign
from opportune.rules.facts import HOUR, Instant
from opportune.store import models as m
from opportune.store.bulk import Bulk, one
from opportune.work import approval, enclosed, filling, lead_answers, mail_links, mail_source, material, senders, words
from opportune.work.mail_source import Source
from opportune.work.material import Matter
from opportune.work.world import World

BATCH = 200
AHEAD = 10_000
FRESH = HOUR  # seconds: older words carry an old date, and perhaps an old price
_COLUMNS = ("touch_id", "sender", "recipient", "subject", "content", "hash", "prepared_at")
_PLANNED = "SELECT id FROM touch WHERE id = ANY(?) AND state = 'planned'"
_PREPARED = "SELECT touch_id FROM prepared_message WHERE touch_id = ANY(?)"


def mails(world: World, until: Instant, limit: int = AHEAD) -> int:
    """Prepare mail that is due until then, so that at most `limit` are ahead; returns how many were made ready."""
    ids = _unprepared(world, until, limit)
    return sum(_prepare(world, ids[start : start + BATCH]) for start in range(0, len(ids), BATCH))


def _unprepared(world: World, until: Instant, limit: int) -> list[int]:
    waiting = (m.Touch.state == "planned", m.Touch.channel == "email", m.Touch.due_at <= until)
    prepared = select(m.PreparedMessage.touch_id)
    with world.db.read() as session:
        ahead = session.scalar(select(func.count(m.Touch.id)).where(*waiting, m.Touch.id.in_(prepared))) or 0
        query = select(m.Touch.id).where(*waiting, m.Touch.id.not_in(prepared))
        due = query.order_by(m.Touch.due_at, m.Touch.contact_id).limit(max(0, limit - ahead))
        return list(session.scalars(due))


def _prepare(world: World, ids: list[int]) -> int:
    """Made while nobody waits for us; the transaction only stores them."""
    with world.db.read() as session:
        matters = material.of(world, session, ids)
    now = world.clock.now()
    rows = [row for matter in matters if (row := _row_or_none(world, matter, now))]
    with world.db.write() as session:
        bulk = Bulk(session)
        mine = bulk.lock(m.Touch, [row[0] for row in rows])
        wanted = {id for (id,) in bulk.rows(_PLANNED, mine)} - {id for (id,) in bulk.rows(_PREPARED, mine)}
        rows = [row for row in rows if row[0] in wanted]  # another run may have been faster
        bulk.insert(m.PreparedMessage, _COLUMNS, rows)
    return len(rows)


Row = tuple[int, str, str | None, str | None, bytes, str, Instant]  # as `_COLUMNS`


def _row_or_none(world: World, matter: Matter, now: Instant) -> Row | None:
    try:
        return None if enclosed.large(_source(world, matter.row, now)) else _mail(world, matter, now)
    except ValueError:  # the gate says so, and holds only this one back
        return None


def ready(session: Session, touches: Sequence[int]) -> dict[int, m.PreparedMessage]:
    """What was prepared ahead for these touches."""
    rows = Bulk(session).objects(m.PreparedMessage, "WHERE touch_id = ANY(?)", list(touches))
    return {row.touch_id: row for row in rows}


def prepared(
    world: World, session: Session, touch: m.Touch, now: Instant, row: m.PreparedMessage | None
) -> m.PreparedMessage:
    """The words of this touch: `row`, or made now when nobody did before or they no longer fit."""
    contact = one(session, m.Contact, touch.contact_id)
    address = contact.email if touch.channel == "email" else contact.phone
    if row is not None and row.recipient == address and _fresh(touch, row, now):
        return row
    if row is not None:
        session.delete(row)
    [matter] = material.of(world, session, [touch.id])
    made = _mail(world, matter, now) if touch.channel == "email" else _call(world, matter, contact.phone, now)
    Bulk(session).insert(m.PreparedMessage, _COLUMNS, [made])
    return m.PreparedMessage(**dict(zip(_COLUMNS, made, strict=True)))


def _fresh(touch: m.Touch, row: m.PreparedMessage, now: Instant) -> bool:
    """Another try of what somebody asked for keeps its bytes, so that receivers can fold the two into one."""
    return touch.kind == "requested" or now - row.prepared_at < FRESH


def _mail(world: World, matter: Matter, now: Instant) -> Row:
    """Raises ValueError, naming what to mend, when these words cannot leave."""
    row, s = matter.row, world.settings
    approval.hold(world, row.version_id, now, f"mail/{row.template}")
    source = _source(world, row, now)
    subject, text, html = filling.filled(source, material.context(world, matter))
    if matter.last and source.answers:
        subject = matter.last.answered
    text, html = mail_links.through_us(world, matter, text, html)
    domain = senders.domain_of(world, matter.sender.email)
    leaves = max(now, row.due_at)
    files = (*enclosed.files(source, s.mail_attachments_mb), *lead_answers.files(world, matter.answer))
    made = letter(world, matter, subject, text, inlined(html), files)
    written = message.build(made, leaves, s.mail_attachments_mb)
    content = _signed(world, domain, written, leaves)
    return _row(row.id, message.tagged(f"bounce@{domain}", row.token), row.email, subject, content, now)


def _source(world: World, row: material.Row, now: Instant) -> Source:
    """Looked up once a second, as the approval is: seven files for each of ten thousand mails are too many."""
    known: dict[tuple[str, str], tuple[Instant, Source]] = world.extras.setdefault("sources", {})  # type: ignore[assignment]
    what = row.template, row.language
    if what not in known or known[what][0] != now:
        known[what] = now, mail_source.load(world.settings.templates, *what)
    return known[what][1]


def letter(
    world: World, matter: Matter, subject: str, text: str, html: str, files: tuple[Attachment, ...] = ()
) -> message.Letter:
    """These words with all their headers."""
    row, sender, s = matter.row, matter.sender, world.settings
    domain = senders.domain_of(world, sender.email)
    reply_to = message.tagged(s.mail_reply_to or sender.email, row.token)
    return message.Letter(
        sender=sender.email,
        sender_name=f"{sender.name}, {sender.company}",
        recipient=row.email or "",
        recipient_name=" ".join(row.name.split()),
        subject=subject,
        text=text,
        html=html,
        message_id=f"<{row.token}@{domain}>",
        reply_to=reply_to,
        unsubscribe=(material.link(world, f"u/{row.token}"), f"mailto:{reply_to}?subject=unsubscribe"),
        in_reply_to=matter.earlier[-1] if matter.earlier else "",
        references=matter.earlier,
        touch=row.token,
        attachments=files,
    )


def _signed(world: World, domain: str, content: bytes, at: Instant) -> bytes:
    """As it is where the mail server signs."""
    s = world.settings
    if not s.dkim_selector and s.dkim_key_file == Path():
        return content
    return dkim.signer(s.dkim_selector, s.dkim_domain or domain, s.dkim_key_file).sign(content, at)


def _call(world: World, matter: Matter, phone: str | None, now: Instant) -> Row:
    voicemail = matter.campaign.words.voicemail if matter.campaign else ""
    approval.hold(world, matter.row.version_id, now, f"voice/{matter.row.template}", f"voice/{voicemail}")
    spoken = _spoken(world, matter, matter.row.template)
    return _row(matter.row.id, world.settings.twilio_caller, phone, None, spoken.encode(), now)


def _row(id: int, sender: str, recipient: str | None, subject: str | None, content: bytes, now: Instant) -> Row:
    return id, sender, recipient, subject, content, hashlib.sha256(content).hexdigest(), now


def speech(world: World, session: Session, touch: m.Touch, template: str) -> str:
    """What is said on the phone, in the person's language."""
    [matter] = material.of(world, session, [touch.id])
    return _spoken(world, matter, template)


def _spoken(world: World, matter: Matter, template: str) -> str:
    return words.render_voice(template, material.context(world, matter), world.settings.templates)


def document(world: World, session: Session, touch: m.Touch) -> Campaign | None:
    """The campaign of this touch; for what somebody asked for the newest live one."""
    [matter] = material.of(world, session, [touch.id])
    return matter.campaign
