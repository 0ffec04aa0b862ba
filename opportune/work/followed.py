"""Which of the links that somebody followed say something of them? That goes with them; that they followed one stays
and counts.

A target that nobody else followed was perhaps made for them, so only the page is kept of it. One that names them, also
one that another person of that name followed, is theirs no more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from opportune.store import models as m
from opportune.work import clicks, mentions
from opportune.work.blanking import ERASED

LONG = 4  # letters: what is shorter names somebody only as a word of its own


@dataclass(frozen=True, slots=True)
class Names:
    known: mentions.Known
    words: frozenset[str]

    def stand_in(self, part: str) -> bool:
        """As a link spells them: encoded, without accents, run together."""
        plain = _plain(part)
        if self.known.named_in(plain):
            return True
        apart = re.split(r"[\W_]+", plain)
        together = "".join(apart)
        return any(word in (together if len(word) >= LONG else apart) for word in self.words)


def blank(session: Session, people: Sequence[int]) -> None:
    """Before their names are gone. Whoever calls holds the people's rows."""
    theirs = select(m.Touch.id).where(m.Touch.contact_id.in_(people))
    mine = m.MailClick.touch_id.in_(theirs)
    names = _names(session, people)
    followed = select(m.MailLink).where(m.MailLink.id.in_(select(m.MailClick.link_id).where(mine)))
    for link in session.scalars(followed.order_by(m.MailLink.id)).all():
        page = _page(link.target, names)
        here = m.MailClick.link_id == link.id
        if page == link.target:
            continue
        alone = session.scalar(select(m.MailClick.id).where(here, m.MailClick.touch_id.not_in(theirs)).limit(1)) is None
        if alone or names.stand_in(link.target):
            session.execute(update(m.MailClick).where(here, mine).values(link_id=clicks.kept(session, page)))
        if alone:
            session.execute(delete(m.MailLink).where(m.MailLink.id == link.id))


def _names(session: Session, people: Sequence[int]) -> Names:
    called = session.scalars(select(m.Contact.name).where(m.Contact.id.in_(people), m.Contact.erased_at.is_(None)))
    words = {word for name in called for word in re.split(r"[\W_]+", _plain(name)) if len(word) > 1}
    return Names(mentions.of(session, people), frozenset(words))


def _page(target: str, names: Names) -> str:
    """Where the target leads, as far as that names nobody."""
    parts = urlsplit(target)
    if names.stand_in(parts.netloc):
        return ERASED
    return urlunsplit((parts.scheme, parts.netloc, "/" if names.stand_in(parts.path) else parts.path, "", ""))


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", unquote_plus(text).casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))
