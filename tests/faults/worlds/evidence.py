"""What may a judgement rest on? The logs of those outside, and plain SQL."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Seen:
    """One line of a stand-in's log."""

    at: int
    mark: int  # our last committed event at that time
    what: str
    token: str
    detail: str
    whom: str


SPOKEN = ("a person answered", "left a voicemail")  # events that were committed with the words


@dataclass
class Evidence:
    """All that a judgement may rest on."""

    database: sqlite3.Connection
    seen: list[Seen]
    acks: list[Any]  # contact, way, at, mark
    end: int
    outages: list[tuple[int, int]] = field(default_factory=list)
    left_by_dead: list[int] = field(default_factory=list)  # attempts in `sending` of each process that died
    failures: list[str] = field(default_factory=list)
    settled: bool = False  # faults ended long ago: nothing may be open
    stops: list[Any] = field(default_factory=list)  # campaign or everything, from event, to event
    answers: list[Any] = field(default_factory=list)  # as acks: what ends a campaign for somebody

    def __post_init__(self) -> None:
        self.database.row_factory = sqlite3.Row
        self.touches = {row["token"]: row for row in self._rows(
            "SELECT t.*, k.key AS campaign, c.zones, c.country, c.region, c.status, c.interest,"
            " c.interest_since, c.asked_for_contact FROM touch t"
            " JOIN contact c ON c.id = t.contact_id LEFT JOIN campaign k ON k.id = t.campaign_id")}  # fmt: skip
        self.by_id = {row["id"]: row for row in self.touches.values()}
        self.events: dict[int, list[sqlite3.Row]] = defaultdict(list)
        self.committed: dict[int, int] = {}  # event -> not before this; who waited for a lock wrote an older time
        latest = 0
        for row in self._rows("SELECT * FROM touch_event ORDER BY id"):
            latest = self.committed[row["id"]] = max(latest, row["at"])
            self.events[row["touch_id"]].append(row)
        self.sending = {id: [e for e in events if e["now"] == "sending" and e["was"] != "sending"]
                        for id, events in self.events.items()}  # fmt: skip

    def _rows(self, query: str) -> list[sqlite3.Row]:
        return self.database.execute(query).fetchall()

    def all(self, *what: str) -> list[tuple[Seen, sqlite3.Row]]:
        return [(s, self.touches[s.token]) for s in self.seen if s.what in what and s.token in self.touches]

    def on_their_way(self, heard: Seen, id: int, mark: int) -> bool:
        """The words that were heard had left us in that very second, before the event `mark`."""
        said = [event for event in self.events[id] if event["why"] in SPOKEN and event["id"] <= heard.mark]
        return bool(said) and said[-1]["id"] <= mark and self.committed[said[-1]["id"]] == heard.at

    def down(self, since: int, until: int) -> int:
        """Seconds of this stretch in which the whole house was down."""
        return sum(max(0, min(until, to) - max(since, start)) for start, to in self.outages)
