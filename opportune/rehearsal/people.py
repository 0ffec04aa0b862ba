"""Who are the made-up people, and how do they act? Callees, readers, colleagues, and visitors of our site.

They act only as real people could: they answer the carrier's calls, reply to the mailbox, post our forms, click our
links, and our colleagues enter call results at the desk. Nothing here touches a table to make something happen.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select

from opportune.rehearsal import behaviour
from opportune.rehearsal.line import Failed, Line
from opportune.rehearsal.standins import COLLEAGUES, OPERATOR, Standins
from opportune.rules.facts import DAY, HOUR, CallResult, Instant
from opportune.store import desk
from opportune.store import models as m
from opportune.work import confirming
from opportune.work.world import World

FIRST = ("Ada", "Boris", "Clara", "Dinesh", "Elena", "Farid", "Gina", "Henry", "Irina", "Jonas", "Kavita", "Liam")
LAST = ("Moser", "Nagy", "Ortega", "Popa", "Quinn", "Rossi", "Sharma", "Thapa", "Unger", "Vogel", "Walsh", "Young")
FORMS = ("callback", "lead_magnet", "newsletter", "callback", "lead_magnet", "booking")
PLACES = (("GB", "+4420794601{:02d}"), ("US", "+121255501{:02d}"), ("DE", "+49302312{:04d}"))


@dataclass
class People:
    """Everybody outside our house, under one seed. `leads` counts what visitors posted and we acknowledged."""

    world: World
    standins: Standins
    seed: int
    leads: int = 0
    _seen: int = 0
    _acts: list[tuple[Instant, str, str, int]] = field(default_factory=list)
    _visits: list[tuple[Instant, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site = Line(urlsplit(self.world.settings.public_url).netloc)

    def close(self) -> None:
        self.site.close()

    def move_in(self) -> None:
        """Tell the stand-ins how each phone and each mail address behaves."""
        with self.world.db.read() as session:
            people = session.execute(select(m.Contact.phone, m.Contact.email, m.Contact.status)).all()
        phones = {phone: behaviour.callee(self.seed, phone, status) for phone, _, status in people if phone}
        troubled = ((email, behaviour.mail_trouble(self.seed, email)) for _, email, _ in people if email)
        ours = dict.fromkeys((OPERATOR, *COLLEAGUES.values()), "operator:accepts")
        self.standins.tell(f"{self.standins.carrier}/_sim/callees", phones | ours)
        self.standins.tell(f"{self.standins.mailbox}/_sim/scripts", {e: script for e, script in troubled if script})

    def plan_visits(self, start: Instant, days: int, count: int) -> None:
        """`count` visitors leave their words on our forms, in the hours of working days."""
        for n in range(count):
            day = int(behaviour.draw(self.seed, f"visit day|{n}") * days)
            hour = 8 + behaviour.draw(self.seed, f"visit hour|{n}") * 9
            at = start // DAY * DAY + day * DAY + int(hour * HOUR)
            heapq.heappush(self._visits, (max(at, start) // 300 * 300 + 300, n))

    def next_act(self) -> Instant | None:
        """When does somebody act by themselves?"""
        return min((queue[0][0] for queue in (self._acts, self._visits) if queue), default=None)

    def act(self, now: Instant) -> bool:
        """Everything that is due by now; True when a mail came back to our mailbox."""
        answered = False
        while self._visits and self._visits[0][0] <= now:
            self._visit(heapq.heappop(self._visits)[1])
        while self._acts and self._acts[0][0] <= now:
            _, act, token, mail = heapq.heappop(self._acts)
            answered |= self._read(act, token, mail)
        return answered

    def look_at_mail(self) -> None:
        """Readers find new mail and make up their mind."""
        new = self.standins.ask(f"{self.standins.mailbox}/_sim/mails?after={self._seen}")
        about = self._about([mail["touch"] for mail in new])
        for mail in new:
            self._seen = max(self._seen, mail["id"])
            kind, goal = about.get(mail["touch"], ("requested", ""))
            if (act := behaviour.reader(self.seed, mail["touch"], kind, goal)) is not None:
                heapq.heappush(self._acts, (int(mail["at"]) + act[1], act[0], mail["touch"], mail["id"]))

    def _about(self, tokens: list[str]) -> dict[str, tuple[str, str]]:
        query = select(m.Touch.token, m.Touch.kind, m.Touch.template, m.Campaign.goal).outerjoin(m.Campaign)
        with self.world.db.read() as session:
            found = session.execute(query.where(m.Touch.token.in_(tokens))).all()
        return {t: (words if words == confirming.TEMPLATE else kind, goal or "") for t, kind, words, goal in found}

    def _read(self, act: str, token: str, mail: int) -> bool:
        if act == "unsubscribe":
            self._send(f"/u/{token}", {"List-Unsubscribe": "One-Click"})
        elif act == "confirm":
            self._send(f"/confirm/{confirming.link_token(self.world, token)}", {})
        elif act == "book":
            self._book(token)
        else:
            words = behaviour.reply_words(self.seed, token, act)
            kind = "auto" if act == "auto" else "human"
            self.standins.tell(f"{self.standins.mailbox}/_sim/reply", {"id": mail, "text": words, "kind": kind})
            return True
        return False

    def _book(self, token: str) -> None:
        """The reader follows the link in the mail and books a meeting."""
        query = select(m.Contact.name, m.Contact.email).join(m.Touch, m.Touch.contact_id == m.Contact.id)
        with self.world.db.read() as session:
            found = session.execute(query.where(m.Touch.token == token)).one()
        when = datetime.fromtimestamp(self.world.clock.now() + 3 * DAY, UTC).strftime("%Y-%m-%dT14:00")
        fields = {"name": found.name, "email": found.email or "", "when": when, "answer_by": "email", "t": token}
        self._post("booking", f"book-{token}", fields)

    def _visit(self, n: int) -> None:
        """A new visitor; practice names and numbers, none of them real."""
        first, last = FIRST[n % len(FIRST)], LAST[n * 7 % len(LAST)]
        country, number = PLACES[n % len(PLACES)]
        fields = {
            "name": f"{first} {last}",
            "email": f"{first}.{last}.{n}@visitor.example".lower(),
            "phone": number.format(n),
            "country": country,
            "consent_email": "yes",
            "consent_call": "yes",
            "consent_call_auto": "yes",
            "answer_by": "call" if n % 3 == 0 else "email",
            "when": "2026-06-01T14:00",
        }
        self._post(FORMS[n % len(FORMS)], f"visit-{self.seed}-{n}", fields)

    def _post(self, form: str, key: str, fields: dict[str, str]) -> None:
        status = self._send(f"/forms/{form}", fields, {"Idempotency-Key": key})
        self.leads += status != 422  # a visitor may mistype: the form says so and nothing is stored

    def _send(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> int:
        """Post a form to our site. A page of ours that fails ends the practice: nothing counts as if it had worked."""
        kind = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        status, answer = self.site.exchange("POST", path, urlencode(fields), kind)
        if status >= 400 and status != 422:
            raise Failed(f"POST {path}: {status} {answer[:200]!r}")
        return status

    def enter_results(self) -> int:
        """Our colleagues enter how each talk ended."""
        talks = desk.open_talks(self.world.db, limit=500)
        for talk in talks:
            result: CallResult = behaviour.talk_result(self.seed, talk.token, talk.seconds)
            self._send(f"/desk/{talk.token}", {"result": result.value, "note": ""})
        return len(talks)
