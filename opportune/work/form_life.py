"""Which form do visitors see: the one that this house published last, or else the one that is built in?

A published version never changes; a lead keeps the hash of the version that its visitor saw.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from channels.forms import FORMS, Form, version_of
from opportune.rules.document import lines
from opportune.rules.facts import Instant
from opportune.rules.form_document import FormDocument, read
from opportune.rules.parts import NAME
from opportune.rules.problems import Problem, problem
from opportune.store import audit
from opportune.store import models as m
from opportune.work import mail_source, tables
from opportune.work.versions import NotAllowed
from opportune.work.world import World

FILES = "files"  # folder of the templates: what material delivers


def check(
    file: Path, *, templates: Path, warmth: Path, language: str
) -> tuple[FormDocument | None, str, list[Problem]]:
    """The document, its text, and what is wrong with it; also names that lead nowhere."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, "", [problem("file_unreadable", str(file), 1, language=language, why=error)]
    document, problems = read(text, str(file), language)
    if document is not None:
        problems = _nowhere(document, str(file), lines(text), templates, warmth, language)
    return (None if problems else document), text, problems


def _nowhere(
    document: FormDocument, file: str, at: Mapping[str, int], templates: Path, warmth: Path, language: str
) -> list[Problem]:
    """Files, templates and signals that are named and not there."""
    found = []
    mails, signals = mail_source.names(templates), list(tables.warmth(warmth).signals)
    material = document.material.file if document.material else ""
    if material and not (templates / FILES / material).is_file():
        values = {"value": material, "folder": str(templates / FILES)}
        found.append(problem("no_file", file, at["material.file"], ("material", "file"), language=language, **values))
    if document.mail and document.mail not in mails:
        told = {"value": document.mail, "given": document.mail, "allowed": mails, "channel": "email"}
        found.append(problem("no_template", file, at["mail"], ("mail",), language=language, **told))
    if document.says not in signals:
        told = {"value": document.says, "given": document.says, "allowed": signals}
        found.append(problem("no_signal", file, at.get("signal", 1), ("signal",), language=language, **told))
    return found


def publish(world: World, document: FormDocument, text: str, *, author: str, note: str = "") -> m.FormVersion:
    """From now on this is what visitors see; the same words again go live again."""
    now, sha = world.clock.now(), version_of(text)
    with world.db.write() as session:
        row = session.scalar(select(m.FormVersion).where(m.FormVersion.sha == sha))
        if row is None:
            row = m.FormVersion(
                key=document.key, sha=sha, document=document.model_dump(mode="json"), text=text, author=author,
                note=note or None, says=document.says, raises_hand=document.raises_hand, live=False, published_at=now,
            )  # fmt: skip
            session.add(row)
            session.flush()
        session.execute(update(m.FormVersion).where(m.FormVersion.key == document.key).values(live=False))
        row.live, row.published_at = True, now
        told = {"sha": sha, "version": row.id}
        audit.write(session, now, author, "form_published", document.key, note or None, told)
    return row


def live(world: World, key: str) -> Form | None:
    """What visitors see under this key; looked up once a second, since every page and post asks."""
    if not re.fullmatch(NAME, key) or len(key) > 63:  # from an address: anything may stand there
        return None
    looked: dict[str, tuple[Instant, Form]] = world.extras.setdefault("forms", {})  # type: ignore[assignment]
    now = world.clock.now()
    if key not in looked or looked[key][0] != now:
        with world.db.read() as session:
            found = _live(session, key)
        if found is None:
            return None  # guessed keys are not remembered
        looked[key] = now, found
    return looked[key][1]


def known(world: World, key: str) -> Form | None:
    """The same if it was looked up within this second: asks no database."""
    found: tuple[Instant, Form] | None = world.extras.get("forms", {}).get(key)  # type: ignore[attr-defined]
    return found[1] if found and found[0] == world.clock.now() else None


def _live(session: Session, key: str) -> Form | None:
    row = session.scalar(select(m.FormVersion).where(m.FormVersion.key == key, m.FormVersion.live))
    return _form(row) if row else FORMS.get(key)


def of_lead(session: Session, lead: m.Lead) -> Form:
    """The form as this visitor saw it, in their language."""
    form = FORMS.get(lead.form)
    if form is None or form.version != lead.form_version:
        row = session.scalar(select(m.FormVersion).where(m.FormVersion.sha == lead.form_version))
        form = _form(row) if row else FORMS[lead.form]  # built in, with older words
    return form.in_language(str(lead.fields.get("shown", "en")))


def _form(row: m.FormVersion) -> Form:
    return Form(FormDocument.model_validate(row.document), row.sha)


def history(session: Session, key: str | None = None) -> list[m.FormVersion]:
    """What was published, the newest first."""
    query = select(m.FormVersion).order_by(m.FormVersion.published_at.desc(), m.FormVersion.id.desc())
    return list(session.scalars(query.where(m.FormVersion.key == key) if key else query))


def keys(session: Session) -> list[str]:
    """All forms that visitors can reach."""
    return sorted({*FORMS, *session.scalars(select(m.FormVersion.key).where(m.FormVersion.live))})


def known_keys(world: World) -> list[str]:
    with world.db.read() as session:
        return keys(session)


def leads_of(session: Session) -> dict[str, int]:
    """How many leads each form brought."""
    counted = select(m.Lead.form, func.count(m.Lead.id)).group_by(m.Lead.form)
    return dict(session.execute(counted).tuples().all())


def named(world: World, key: str) -> Form:
    """The live form of this key.

    Raises:
        NotAllowed: there is none; says which there are.
    """
    found = live(world, key)
    if found is None:
        raise NotAllowed(f"there is no form {key!r}; there are: {', '.join(known_keys(world))}")
    return found


def is_over(form: Form, now: Instant) -> bool:
    """Nobody can take part any more."""
    return form.document.ends is not None and now >= form.document.ends
