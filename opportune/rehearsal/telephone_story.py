"""What does the campaign think of whoever plays the telephone: what it decided, what happened, what comes next?

The words are those of `opportune why`; nothing is made up for the page.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rehearsal import handset
from opportune.rehearsal.telephone import Telephone, calling, coming
from opportune.store import desk
from opportune.store import models as m
from opportune.work import telling
from opportune.work.why import why

LANGUAGE = "en"  # of the page; the words of calls and mails are in the player's own


class Mailbox:
    """The practice mailbox: under which address is a mail of ours shown?"""

    def __init__(self, address: str) -> None:
        self._address, self._last, self._known = address, 0, dict[str, int]()
        self._client = httpx.Client(base_url=address, trust_env=False)
        self._lock = threading.Lock()

    def close(self) -> None:
        self._client.close()

    def shown_at(self, tokens: Sequence[str]) -> list[str]:
        """One address a touch; that of the mailbox itself where it has no such mail."""
        with self._lock:
            if not self._known.keys() >= set(tokens):
                found = self._client.get("/_sim/mails", params={"after": self._last}).raise_for_status().json()
                self._known |= {mail["touch"]: mail["id"] for mail in found}
                self._last = max([self._last, *self._known.values()])
            return [f"{self._address}/#{self._known.get(token, '')}" for token in tokens]


def story(house: Telephone, contact: int, mailbox: Mailbox) -> dict[str, Any]:
    """Raises NotFound: nobody here has this id."""
    told = why(house.world, f"#{contact}", language=LANGUAGE)
    with house.world.db.read() as session:
        person = session.get_one(m.Contact, contact)
        ringing, then = calling(session, contact), coming(session, contact)
        mails, messages = _mails(session, contact), _messages(session, contact)
    campaigns = told["campaigns"]
    addresses = mailbox.shown_at([token for token, _ in mails])
    return {
        "name": person.name,
        "number": person.phone,
        "clock": telling.clock(person.zones, house.clock.now(), LANGUAGE),
        "zone": person.zones[0],
        "told": told["told"][1:],  # without the place and the zone, which the page shows
        "decisions": [_decision(each) for campaign in campaigns for each in campaign["decisions"]],
        "present": " ".join(campaign["present"] for campaign in campaigns),
        "next": then and {"what": then[0], "when": telling.clock(person.zones, then[1], LANGUAGE)},
        "over": bool(campaigns) and all(campaign["state"] != "active" for campaign in campaigns),
        "calling": ringing,
        "caller": _caller(house),
        "talk": any(talk.name == person.name for talk in desk.open_talks(house.world.db)),
        "tape": [handset.tape(house.carrier, sid) for sid in messages],
        "mails": [{"subject": words, "url": url} for (_, words), url in zip(mails, addresses, strict=True)],
    }


def _caller(house: Telephone) -> str:
    """What the player's phone shows beside the number."""
    with house.world.db.read() as session:
        document = session.scalars(select(m.CampaignVersion.document).order_by(m.CampaignVersion.id)).first() or {}
    return f"{document['sender']['name']}, {document['sender']['company']}"


def _decision(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": told["id"],
        "channel": told["channel"],
        "headline": told["headline"],
        "reasons": [reason["sentence"] for reason in told["reasons"]],
        "otherwise": told["otherwise"],
    }


def _messages(session: Session, contact: int) -> list[str]:
    """The calls that left a voicemail."""
    mine = (m.Touch.contact_id == contact, m.Touch.said == "voicemail", m.Touch.provider_id.is_not(None))
    return [sid or "" for sid in session.scalars(select(m.Touch.provider_id).where(*mine).order_by(m.Touch.id))]


def _mails(session: Session, contact: int) -> list[tuple[str, str]]:
    """Token and subject of what was sent to them."""
    mine = (m.Touch.contact_id == contact, m.Touch.channel == "email", m.Touch.sent_at.is_not(None))
    words = select(m.Touch.token, m.PreparedMessage.subject).join(
        m.PreparedMessage, m.PreparedMessage.touch_id == m.Touch.id
    )
    return [(token, subject or "") for token, subject in session.execute(words.where(*mine).order_by(m.Touch.id))]
