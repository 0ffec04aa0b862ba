"""A small world for tests: a database, a clock that stands where the test says, one live campaign, a few people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import SecretStr
from sqlalchemy.orm import Session

from opportune import law
from opportune.law import LawBook
from opportune.rules.facts import DAY
from opportune.settings import ROOT, Settings
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work import audience, campaigns, plan
from opportune.work.clock import VirtualClock
from opportune.work.world import World

PRACTICE_LAW = ROOT / "examples" / "practice-law.toml"
EXAMPLES = ROOT / "examples" / "campaigns"
LONG_AGO = 1_600_000_000
CHANNELS = ("call", "call_auto", "voicemail", "email")


def at(words: str, zone: str = "Europe/Berlin") -> int:
    """`2026-03-03 14:00` in a zone, as UTC epoch seconds."""
    return int(datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone)).timestamp())


TUESDAY = at("2026-03-03 13:00")


class ClosedLid(VirtualClock):
    """A laptop that is closed until Friday when something first waits."""

    def wait_until(self, moment: float) -> None:  # noqa: ARG002
        self.at = max(self.at, TUESDAY + 3 * DAY)


def make_world(db: Database, home: Path, now: int = TUESDAY, **settings: object) -> World:
    """A world under a virtual clock; channels point nowhere unless `settings` say so."""
    given = {
        "home": home,
        "secret": SecretStr("a secret of the tests, long enough to sign"),
        "twilio_account": "ACpractice0",
        "twilio_token": SecretStr("token"),
        "twilio_url": "http://127.0.0.1:9",
        "twilio_caller": "+442079460100",
        "operator_phone": "+442079460999",
        "smtp_host": "127.0.0.1",
        "smtp_port": 9,
        "smtp_security": "none",
        "mail_domain": "ours.example",
        "mail_reply_to": "reply@ours.example",
        "public_url": "http://ours.example",
        "forms_per_minute": 0,
        "form_per_minute": 0,
        "forms_per_person": 0,
        **settings,
    }
    return World(Settings(**given), db, VirtualClock(now), practice_law(), "test")


@cache
def practice_law() -> LawBook:
    """Read once: nobody writes in it, signatures make another one."""
    return law.load(PRACTICE_LAW)


def publish(world: World, name: str = "meetings", shape: str = "announce", **given: object) -> None:
    """Put one of the example campaigns live, for everybody and without a toss; `given` replaces parts of it. Its calls
    speak by themselves, which needs the fewest other parts, unless `shape` says otherwise."""
    document = example(name) | {"comparison_sample": 0, "hold_out": 0} | given
    document["calls"] = {"voicemail": shape == "announce", **document["calls"], "shape": shape}
    document.pop("audience", None)
    path = world.settings.home / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    words = json.dumps(document, indent=1, ensure_ascii=False, default=str)  # is YAML too, and much sooner written
    path.write_text(words, encoding="utf-8")
    looked_at(world)
    campaigns.activate(world, path, author="test")


@cache
def example(name: str) -> dict[str, Any]:
    """Read once; whoever changes parts of it makes another one."""
    document: dict[str, Any] = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())
    return document


def looked_at(world: World, *domains: str) -> None:
    """These domains, by default those of the examples, may send mail, as a preflight found."""
    with world.db.write() as session:
        for domain in domains or ("brightdesk.example",):
            found = {"at": world.clock.now(), "passed": True, "who": "test", "findings": []}
            session.add(m.Preflight(domain=domain, **found))


def add_person(world: World, number: int = 1, **given: object) -> int:
    """A German executive with every consent; `given` changes columns, `consents` names the channels allowed."""
    with world.db.write() as session:
        return _people(session, [(number, given)])[0]


def add_people(world: World, each: Iterable[dict[str, object]]) -> None:
    """Many, in one transaction."""
    with world.db.write() as session:
        _people(session, enumerate(each))


def _people(session: Session, each: Iterable[tuple[int, dict[str, object]]]) -> list[int]:
    """Contacts first, then what they allow: two statements, however many they are."""
    allowed = [(_contact(number, given), given.get("consents", CHANNELS)) for number, given in each]
    session.add_all(contact for contact, _ in allowed)
    session.flush()
    said = {"purpose": "marketing", "advertiser": "", "granted": True, "at": LONG_AGO}
    words = {"wording": "yes", "wording_version": "1", "proof": {}}
    for contact, channels in allowed:
        session.add_all(m.Consent(contact_id=contact.id, channel=channel, **said, **words) for channel in channels)
    return [contact.id for contact, _ in allowed]


def _contact(number: int, given: dict[str, object]) -> m.Contact:
    columns = {
        "name": f"Person {number}",
        "status": "executive",
        "business": True,
        "interest": "cold",
        "bought": False,
        "language": "en",
        "email": f"person{number}@firm.example",
        "phone": f"+4930231250{number:02d}",
        "country": "DE",
        "zones": ["Europe/Berlin"],
        "asked_for_contact": False,
        "created_at": LONG_AGO,
        "version": 1,
    }
    return m.Contact(**{key: value for key, value in {**columns, **given}.items() if key != "consents"})


def plan_everything(world: World) -> None:
    """What the plan flow does."""
    now = world.clock.now()
    audience.enrol(world, now)
    for batch in plan.due(world, now):
        plan.decide_batch(world, batch, now)


def touches(world: World, **where: object) -> list[m.Touch]:
    """Touches in the order they were planned."""
    from sqlalchemy import select

    with world.db.read() as session:
        return list(session.scalars(select(m.Touch).filter_by(**where).order_by(m.Touch.id)))


def only(world: World, **where: object) -> m.Touch:
    found = touches(world, **where)
    assert len(found) == 1, [(t.key, t.state) for t in found]
    return found[0]


def move_clock(world: World, now: int) -> int:
    assert isinstance(world.clock, VirtualClock)
    world.clock.move_to(now)
    return now
