"""What is it like to be called by a campaign? A small practice house for whoever types their name.

One announce campaign, an empty database at each start, and a clock that stands still until somebody goes on to the next
moment. All else is the engine of production: plan, gate, dispatch and signed webhooks, against the stand-ins of
`opportune up --practice`. A house of its own because its clock jumps: the people on the board would miss days.
"""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import yaml
from pydantic import SecretStr
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from channels.forms import consent_wording
from opportune import law
from opportune.rehearsal import handset
from opportune.rehearsal import standins as stand
from opportune.rules.facts import HOUR, Instant, Interest, Status
from opportune.settings import Settings
from opportune.store import addresses, ahead, contacts, leads
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work import audience, campaigns, dispatch, people, plan, whom
from opportune.work.clock import VirtualClock
from opportune.work.world import World

#: By language: whose law and clock, and numbers that the British and German regulators keep for fiction.
PLACES = {
    "en": ("GB", "Europe/London", "+442920180{:03d}"),
    "de": ("DE", "Europe/Berlin", "+492214710{:03d}"),
    "ro": ("RO", "Europe/Bucharest", "+441174960{:03d}"),
    "ru": ("MD", "Europe/Chisinau", "+441134960{:03d}"),
}
CONSENTS = ("call", "call_auto", "voicemail", "email")
OPEN_CALL = ("claimed", "sending", "uncertain", "sent", "ringing", "answered")
SOURCE = "telephone"
MOST_LOOKS = 20  # "look again" so often in a row, at most
PULSE = 0.25  # seconds between two looks at what is due

log = logging.getLogger(__name__)


class Busy(Exception):
    """A call is still going on: the clock waits for its end."""


@dataclass
class Telephone:
    """The house. `carrier` speaks with the stand-in that rings."""

    world: World
    clock: VirtualClock
    carrier: httpx.Client
    lock: threading.Lock = field(default_factory=threading.Lock)

    def welcome(self, name: str, language: str) -> int:
        """A new made-up contact, whose telephone is the page, enrolled and due for a decision; their id."""
        with self.lock:
            self.clock.move_to(_morning(self.clock.now()))
            now = self.clock.now()
            with self.world.db.write() as session:
                contact = _newcomer(session, name, language, now)
                id, number = contact.id, contact.phone or ""
            handset.ready(self.carrier, number)
            audience.enrol(self.world, now)
        return id

    def go_on(self, contact: int, *, machine: bool = False) -> None:
        """Move the clock to what comes next for this person, and on until it is a contact that is planned or made.
        `machine`: their answering machine takes the call.

        Raises:
            Busy: they are being called just now.
            NotFound: nobody here has this id.
        """
        with self.lock:
            handset.ready(self.carrier, self.number(contact), machine=machine)
            for _ in range(MOST_LOOKS):
                what, at = self._coming(contact)
                self.clock.move_to(at)
                self._decide(at)
                if what != "decision" or self._coming(contact)[0] != "decision":
                    return

    def _coming(self, contact: int) -> tuple[str, Instant]:
        with self.world.db.read() as session:
            if calling(session, contact):
                raise Busy
            return coming(session, contact) or ("nothing", self.clock.now())

    def number(self, contact: int) -> str:
        """Raises NotFound: nobody here has this id."""
        with self.world.db.read() as session:
            return whom.the_one(session, f"#{contact}").phone or ""

    def pulse(self) -> None:
        """What the flows would do at this moment."""
        now = self.clock.now()
        self._decide(now)
        with self.world.db.read() as session:
            due = {channel for channel, at in ahead.next_due(session).items() if at is not None and at <= now}
        if "call" in due:
            dispatch.calls(self.world)
        if "email" in due:
            dispatch.mails(self.world, until=now)

    def _decide(self, now: Instant) -> None:
        for batch in plan.due(self.world, now):
            plan.decide_batch(self.world, batch, now)

    def live(self, stop: threading.Event) -> None:
        """Pulse after pulse, then the end. One that fails is told in the log and does not end the others."""
        while not stop.wait(PULSE):
            try:
                with self.lock:
                    self.pulse()
            except Exception:
                log.exception("A pulse failed")
        self.world.close()
        self.carrier.close()


def _newcomer(session: Session, name: str, language: str, now: Instant) -> m.Contact:
    """As if they had left name, number and every consent on a site form."""
    country, zone, numbers = PLACES[language]
    contact = m.Contact(
        name=people.clean_name(name), status=Status.EXECUTIVE.value, interest=Interest.COLD.value, business=True,
        bought=False, language=language, country=country, zones=[zone], zone_evidence="stated", created_at=now,
        asked_for_contact=False, source_id=leads.source(session, SOURCE, "registration", now).id, version=1,
    )  # fmt: skip
    session.add(contact)
    session.flush()
    contact.phone, contact.email = numbers.format(contact.id % 1000), f"you-{contact.id}@telephone.example"
    given = {"phone": contact.phone, "email": contact.email}
    addresses.add(session, [addresses.address(contact, kind, text, text) for kind, text in given.items()])
    contacts.add_consents(session, [_yes(contact.id, channel, now) for channel in CONSENTS])
    return contact


def calling(session: Session, contact: int) -> bool:
    """Is a call to them on its way, or going on?"""
    mine = (m.Touch.contact_id == contact, m.Touch.channel == "call", m.Touch.state.in_(OPEN_CALL))
    return session.scalar(select(m.Touch.id).where(*mine)) is not None


def coming(session: Session, contact: int) -> tuple[str, Instant] | None:
    """What is planned next for them, `call`, `email` or a `decision`, and when."""
    touches = select(m.Touch.channel, m.Touch.due_at).where(m.Touch.contact_id == contact, m.Touch.state == "planned")
    turns = select(literal("decision"), m.Enrolment.decide_at).where(
        m.Enrolment.contact_id == contact, m.Enrolment.state == "active", m.Enrolment.decide_at.is_not(None)
    )
    found = [(what, at) for what, at in session.execute(touches.union_all(turns))]
    return min(found, key=lambda each: each[1], default=None)


def _yes(contact: int, channel: str, now: Instant) -> m.Consent:
    words = consent_wording("call_auto" if channel == "voicemail" else channel, "Brightdesk")
    return contacts.consent(contact, channel, granted=True, at=now, wording=words, page="telephone, practice only")


def _morning(now: Instant) -> Instant:
    """The next hour in which a campaign would sensibly begin: on a working morning of Europe."""
    at = -(-now // HOUR) * HOUR
    while not ((day := datetime.fromtimestamp(at, UTC)).weekday() in (1, 2, 3) and 6 <= day.hour <= 8):
        at += HOUR
    return at


def open_house(base: Settings, now: Instant) -> Telephone:
    """A fresh house beside the practice data; `base` are the settings of practice, which lead to the stand-ins.

    Raises:
        ValueError: these are no settings of practice.
    """
    if not base.practice or not base.twilio_url.startswith("http://127.0.0.1:"):
        raise ValueError("the telephone is for practice only: start it with `opportune up --practice`")
    home = base.home / "practice" / "telephone"
    home.mkdir(parents=True, exist_ok=True)
    for old in home.glob("practice.db*"):
        old.unlink()
    # A secret of its own each time: no link and no Message-ID of an earlier evening means anybody here.
    settings = base.model_copy(update={"home": home, "secret": SecretStr(secrets.token_hex(32))})
    db = Database(settings.database, durable=False)
    db.migrate()
    clock = VirtualClock(now)
    world = World(settings, db, clock, law.load(*settings.law_files, holidays=settings.holidays), "telephone")
    campaigns.activate(world, _campaign(home), author="practice", note="telephone")
    return Telephone(world, clock, httpx.Client(base_url=settings.twilio_url, trust_env=False))


def _campaign(home: Path) -> Path:
    """The example for meetings, for one person at a time: nobody is left to chance, and an announcement speaks."""
    document = yaml.safe_load((stand.EXAMPLES / "campaigns" / "meetings.yaml").read_text("utf-8"))
    document |= {"audience": {"sources": [SOURCE]}, "comparison_sample": 0, "hold_out": 0}
    document["calls"] |= {"shape": "announce", "voicemail": True}
    path = home / "meetings.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    return path
