"""What do others do to us in a made-up world? The carrier's requests, our operator, readers, visitors of our site.

What they see is noted here, in their own log; what we acknowledged is noted with the last event we had committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faults.worlds import people
from faults.worlds.processes import Processes
from support_leads import take

from channels.base import Incoming
from channels.form_answers import check
from channels.forms import FORMS
from channels.voice_events import parse_event
from opportune.rules.facts import DAY, CallResult
from opportune.web import twilio
from opportune.work import bridged, calls, desk, leads, operator_line, optout, talks
from opportune.work.world import World

MOST_ACTS = 8  # people who say no out of the blue
RESULTS = (CallResult.MEETING, CallResult.INTERESTED, CallResult.CALL_BACK, CallResult.NOT_INTERESTED,
           CallResult.EMAIL_PLEASE, CallResult.DO_NOT_CALL)  # fmt: skip
#: What the application does at each of its addresses for the carrier.
LEAVES = {"": calls.words, "/keys": talks.keys, "/after": talks.after_talk, "/status": calls.status,
          "/whisper": bridged.whisper, "/operator": operator_line.briefed, "/operator/accept": operator_line.pressed,
          "/operator/next": operator_line.next_one, "/operator/after": operator_line.after,
          "/operator/status": operator_line.status}  # fmt: skip


@dataclass
class Ack:
    """A "no" that we answered: nothing planned may leave after event `mark`."""

    contact: int
    way: str
    at: int
    mark: int
    token: str  # of the attempt in which they said it, or to which they answered


class Outside(Processes):
    """Everybody else, and what they know."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[Any, ...]] = []
        self.acks: list[Ack] = []
        self.answers: list[Ack] = []  # what ends a campaign for somebody, and no other: a reply, a meeting
        self.mailbox: list[Incoming] = []

    def webhook(self, leaf: str, token: str, body: bytes) -> str | None:
        """The carrier's request; None: no 2xx came."""
        work: Any = LEAVES[leaf]
        event = parse_event(body)
        answer = self._run("web", lambda world: twilio.apply(work, world, token, event))
        if answer and leaf == "/keys" and event.digits == "9" and "<Say" in str(answer):
            self._acknowledged(token, "key 9")
        return None if answer in (None, False) else str(answer)

    def talk_over(self, token: str, seconds: int) -> None:
        """Our colleague enters how it went, minutes later."""
        del seconds
        result = self.rng.choice(RESULTS)
        self.at(self.now + self.rng.randrange(30, 600), lambda: self._enter(token, result))

    def _enter(self, token: str, result: CallResult) -> None:
        if self._run("web", lambda world: desk.enter(world, token, result, "")):
            if result is CallResult.DO_NOT_CALL:
                self._acknowledged(token, "operator")
            if result is CallResult.MEETING:
                self._answered(token, "a meeting")

    def mail_stored(self, token: str, recipient: str, message_id: str) -> None:
        self.note("mail", token, message_id, recipient)
        act = self.rng.choices(list(people.READERS), list(people.READERS.values()))[0]
        when = self.now + self.rng.randrange(60, 2 * DAY)
        if act == "unsubscribe":
            self.at(when, lambda: self._unsubscribe(token))
        elif act:
            self.at(when, lambda: self._write_back(act, token, recipient, message_id))

    def _unsubscribe(self, token: str) -> None:
        if self._run("web", lambda world: optout.by_token(world, token, world.clock.now())):
            self._acknowledged(token, "link")

    def _writes_to_us(self, token: str) -> None:
        """By a form of our site, whatever is on its way to them."""
        [(person,)] = self.plain.execute("SELECT contact_id FROM touch WHERE token = ?", (token,)).fetchall()

        def no(world: World) -> bool:
            told = {"reason": "form", "evidence": "asked us to stop", "now": world.clock.now(), "touch_id": None}
            with world.db.write() as session:
                sids = optout.opt_out(world, session, person, **told)
            optout.cancel_calls(world, sids)
            return True

        if self._run("web", no):
            self._acknowledged(token, "form")

    def _write_back(self, act: str, token: str, recipient: str, message_id: str) -> None:
        number = len(self.mailbox) + 1
        self.mailbox.append(Incoming(str(number), people.letter(act, number, recipient, token, message_id)))
        self.at(self.now + 120, lambda: self._fetch_mail(act, token))

    def _fetch_mail(self, act: str, token: str) -> None:
        if "inbox" in self._stack or self.now < self.processes["inbox"].awake:
            self.at(self.now + 120, lambda: self._fetch_mail(act, token))
            return
        self._run("inbox", self._inbox)
        if not self._read_to_the_end():
            self.at(self.now + 120, lambda: self._fetch_mail(act, token))
        elif act in ("stop", "complaint"):
            self._acknowledged(token, act)
        elif act == "reply":
            self._answered(token, "a reply")

    def _read_to_the_end(self) -> bool:
        """Up to the last mail, and nothing that was kept is still to be understood."""
        [(cursor, kept)] = self.plain.execute(
            "SELECT (SELECT validity || ':' || uid FROM mailbox),"
            " (SELECT COUNT(*) FROM provider_event WHERE provider = 'mailbox' AND applied_at IS NULL)"
        ).fetchall()
        return kept == 0 and cursor == f"{self.validity}:{len(self.mailbox)}"

    def fetch(self, *given: Any, **_: Any) -> list[Incoming]:
        """What `channels.inbox.fetch` would read over IMAP."""
        validity, _, last = str(given[5] or "").partition(":")
        seen = int(last) if validity == str(self.validity) else 0
        return [Incoming(f"{self.validity}:{mail.uid}", mail.raw) for mail in self.mailbox[seen:]]

    def _form(self, number: int) -> None:
        """A visitor posts a form, and again when nothing came back."""
        form = FORMS[self.rng.choice(("lead_magnet", "callback", "newsletter"))]
        known = self.rng.random() < 0.5
        who = self.rng.randrange(1, 4) if known else 900 + number
        given = {"name": f"Person {who}", "email": f"person{who}@firm.example", "country": "DE",
                 "zone": "Europe/Berlin", "phone": f"+49302313{who:04d}", "consent_email": "yes", "answer_by": "email",
                 "consent_call": "yes", "consent_call_auto": "yes"}  # fmt: skip
        answers = check(form, given)
        visit = leads.Visit(f"visit-{number}")
        for _ in range(3):
            if self._run("web", lambda world: take(world, form, answers, visit)):
                self.note("lead", f"visit-{number}", form.key, "")
                break
            self.pass_time(45)
        self._newcomers = True

    def _says_no(self) -> None:
        """Somebody whom we are about to touch, or just did, says no."""
        rows = self.plain.execute(
            "SELECT token, channel FROM touch"
            " ORDER BY state IN ('claimed', 'sending') DESC, sending_at DESC, id LIMIT 6"
        ).fetchall()
        if rows and len(self.acks) < MOST_ACTS:
            token, channel = self.rng.choice(rows)
            (self._unsubscribe if channel == "email" else self._writes_to_us)(token)

    def _answered(self, token: str, way: str) -> None:
        self.answers.append(Ack(self._whose(token), way, self.now, self._mark(), token))

    def _whose(self, token: str) -> int:
        [(contact,)] = self.plain.execute("SELECT contact_id FROM touch WHERE token = ?", (token,)).fetchall()
        return int(contact)

    def _acknowledged(self, token: str, way: str) -> None:
        contact = self._whose(token)
        self.acks.append(Ack(contact, way, self.now, self._mark(), "" if way == "form" else token))
        self.note("no", token, way, "")

    def _mark(self) -> int:
        return int(self.plain.execute("SELECT COALESCE(MAX(id), 0) FROM touch_event").fetchall()[0][0])

    def note(self, what: str, token: str, detail: str, whom: str) -> None:
        """Appended by the stand-ins only: what happened out there, with the last event that we had committed."""
        self.log.append((self.now, self._mark(), what, token, detail, whom))
