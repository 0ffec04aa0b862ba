"""A list of people to measure with: 40 time zones, 28 countries, seven lists and forms. The same every time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr
from sqlalchemy import text

from opportune import law
from opportune.rules.campaign import Campaign
from opportune.settings import ROOT, Settings
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.db import Database
from opportune.work.clock import VirtualClock
from opportune.work.world import World

NOW = 1_772_539_200  # Tuesday, 3 March 2026, noon in London
LONG_AGO = NOW - 400 * 86_400
BATCH = 20_000
ADVERTISER = "Brightdesk"
SECRET = "a secret of the benchmarks, long enough"

#: Weight, country, dialling code, zones.
PLACES: tuple[tuple[int, str, str, str], ...] = (
    (24, "US", "1212", "America/New_York America/Chicago America/Denver America/Los_Angeles America/Phoenix"),
    (16, "DE", "4930", "Europe/Berlin"), (9, "GB", "4420", "Europe/London"), (7, "FR", "331", "Europe/Paris"),
    (6, "RO", "4021", "Europe/Bucharest"), (4, "RU", "7495", "Europe/Moscow Asia/Yekaterinburg Asia/Novosibirsk"),
    (4, "CA", "1416", "America/Toronto America/Vancouver America/Halifax"), (3, "IT", "3906", "Europe/Rome"),
    (3, "ES", "3491", "Europe/Madrid Atlantic/Canary"), (2, "AT", "431", "Europe/Vienna"),
    (2, "CH", "4144", "Europe/Zurich"), (2, "NL", "3120", "Europe/Amsterdam"), (2, "BE", "322", "Europe/Brussels"),
    (2, "PL", "4822", "Europe/Warsaw"), (2, "IN", "9111", "Asia/Kolkata"), (1, "SE", "468", "Europe/Stockholm"),
    (1, "DK", "453", "Europe/Copenhagen"), (1, "NO", "472", "Europe/Oslo"), (1, "FI", "3589", "Europe/Helsinki"),
    (1, "PT", "3512", "Europe/Lisbon Atlantic/Azores"), (1, "GR", "3021", "Europe/Athens"),
    (1, "IE", "3531", "Europe/Dublin"), (1, "CZ", "4202", "Europe/Prague"), (1, "MD", "3732", "Europe/Chisinau"),
    (1, "AU", "612", "Australia/Sydney Australia/Perth Australia/Adelaide"), (1, "JP", "813", "Asia/Tokyo"),
    (1, "NP", "9771", "Asia/Kathmandu"), (1, "BR", "5511", "America/Sao_Paulo America/Manaus"),
)  # fmt: skip
STATUSES = {"executive": 15, "manager": 25, "staff": 45, "unknown": 15}
#: Lists and forms: weight, key, kind, interest, whether businesses, and what everybody on it said, oldest first.
SOURCES: tuple[tuple[int, str, str, str, bool, tuple[tuple[str, bool], ...]], ...] = (
    (35, "Customers of old", "import", "cold", True, (("call_auto", True), ("email", True))),
    (25, "Newsletter", "newsletter", "cold", True, (("email", True),)),
    (12, "Spring fair", "import", "warm", True,
     (("call", True), ("call_auto", True), ("voicemail", True), ("email", True))),
    (12, "Price list", "material", "warm", False, (("email", True),)),
    (8, "Trade register", "import", "cold", True, ()),
    (5, "Bought list", "bought", "cold", True, ()),
    (3, "Order form", "order", "hot", True, (("call_auto", True), ("email", True))),
)  # fmt: skip
LATER: dict[tuple[tuple[str, bool], ...], int] = {  # what some of them said since
    (): 94, (("call", False),): 3, (("email", False),): 2, (("call_auto", True),): 1,
}  # fmt: skip
CONTACT = ("id", "source_id", "name", "status", "business", "interest", "bought", "language", "email", "phone",
           "country", "zones", "asked_for_contact", "prefers", "prefers_evidence", "prefers_strength", "created_at",
           "version", "interest_since")  # fmt: skip
CONSENT = ("contact_id", "channel", "purpose", "advertiser", "granted", "at", "expires_at", "wording",
           "wording_version", "proof")  # fmt: skip
ENROLMENT = ("campaign_id", "contact_id", "version_id", "since", "state", "decide_at", "lot")


def world(url: str, home: Path, **given: Any) -> World:
    """A world under a clock that stands still, and the law of the practice."""
    settings = Settings(home=home, secret=SecretStr(SECRET), **given)
    places = law.load(ROOT / "examples" / "practice-law.toml")
    return World(settings, Database(url), VirtualClock(NOW), places, "bench")


def drawn(dice: random.Random, weights: dict[Any, int]) -> Any:
    return dice.choices(list(weights), cum_weights=list(accumulate(weights.values())))[0]


def people(count: int, seed: int = 7) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    """Rows of contacts, each with the rows of its consents."""
    dice = random.Random(seed)
    heavy, lists = ([*accumulate(row[0] for row in rows)] for rows in (PLACES, SOURCES))
    for id in range(1, count + 1):
        _, country, code, zones = dice.choices(PLACES, cum_weights=heavy)[0]
        source = dice.choices(range(len(SOURCES)), cum_weights=lists)[0]
        _, _, kind, interest, business, said = SOURCES[source]
        zone = [] if dice.random() < 0.01 else [dice.choice(zones.split())]
        prefers = dice.choice(["call", "email"]) if dice.random() < 0.02 else None
        phone = f"+{code}{id:07d}" if dice.random() < 0.85 else None
        person = (id, source + 1, f"Person {id}", drawn(dice, STATUSES), business, interest, kind == "bought", "en",
                  f"person{id}@firm{id % 5000}.example", phone, country, json.dumps(zone), interest == "hot", prefers,
                  prefers and "said so", prefers and "stated", LONG_AGO, 1, LONG_AGO)  # fmt: skip
        said_at = LONG_AGO + id % 997
        words = [(id, channel, "marketing", ADVERTISER, granted, said_at + 1000 * turn, None, "yes", "1", "{}")
                 for turn, (channel, granted) in enumerate((*said, *drawn(dice, LATER)))]  # fmt: skip
        yield person, words


def fill(db: Database, count: int) -> None:
    """A migrated database with so many people and what they said."""
    db.migrate()
    with db.write() as session:
        named = [(id, key, kind, LONG_AGO) for id, (_, key, kind, *_) in enumerate(SOURCES, start=1)]
        Bulk(session).insert(m.Source, ("id", "key", "kind", "created_at"), named)
    rows = people(count)
    while batch := list(islice(rows, BATCH)):
        with db.write() as session:
            bulk = Bulk(session)
            bulk.insert(m.Contact, CONTACT, [person for person, _ in batch])
            bulk.insert(m.Consent, CONSENT, [word for _, said in batch for word in said])


def campaign(db: Database, key: str, count: int, since: int = 1, **given: Any) -> int:
    """A live campaign with everybody from contact `since` on in it, due now; `given` replaces parts of it."""
    document = yaml.safe_load((ROOT / "examples/campaigns/meetings.yaml").read_text())
    checked = Campaign.model_validate(document | {"key": key, "audience": {}} | given)
    with db.write() as session:
        row = m.Campaign(key=key, name=key, goal=checked.goal.value, state="live")
        session.add(row)
        session.flush()
        version = m.CampaignVersion(campaign_id=row.id, sha=key, document=checked.model_dump(mode="json"), text="",
                                    created_at=NOW)  # fmt: skip
        session.add(version)
        session.flush()
        row.version_id = version.id
        ids = (row.id, version.id)
    dice = random.Random(key)
    for start in range(since, since + count, BATCH):
        with db.write() as session:
            inside = [(ids[0], contact, ids[1], NOW, "active", NOW, dice.random())
                      for contact in range(start, min(start + BATCH, since + count))]  # fmt: skip
            Bulk(session).insert(m.Enrolment, ENROLMENT, inside)
    return ids[0]


def settled(db: Database) -> None:
    """As after a while in use: PostgreSQL knows its tables, and the next ids of those we filled."""
    if db.sqlite:
        return
    with db.write() as session:
        for table in ("contact", "source"):
            session.execute(text(f"SELECT setval('{table}_id_seq', (SELECT MAX(id) FROM {table}))"))
        session.execute(text("ANALYZE"))
