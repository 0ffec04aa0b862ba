"""What would a carrier and the people called have seen? Twilio's REST resource under the production `Twilio`.

Calls live their own life, second by second; each step is reported to us, or lost, or told twice, late, out of order.
The log of rung phones and spoken words belongs to the carrier alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

import requests
from faults.worlds.colleague import MOODS, Phone, weighed
from faults.worlds.house import ACCOUNT
from faults.worlds.mischief import CALL, Mischief
from twilio.base.exceptions import TwilioRestException
from urllib3.exceptions import NewConnectionError

COLLEAGUE = "colleague"
OVER = ("completed", "busy", "no-answer", "failed", "canceled")
#: What a callee does, by weight.
CALLEES = {"human 1": 16, "human 2": 10, "human 9": 5, "human": 12, "machine": 22, "no-answer": 22, "busy": 8,
           "gone": 2, "declines": 3}  # fmt: skip


class Around(Protocol):
    """What the carrier needs of its world."""

    mischief: Mischief
    now: int

    def at(self, when: int, what: Callable[[], None]) -> None: ...
    def pass_time(self, seconds: int) -> None: ...
    def note(self, *effect: Any) -> None: ...
    def webhook(self, leaf: str, token: str, body: bytes) -> str | None: ...
    def talk_over(self, token: str, seconds: int) -> None: ...


@dataclass
class Call:
    """One call as the carrier knows it, with the names that Twilio's SDK gives its fields."""

    sid: str
    token: str
    to: str
    _from: str
    script: str
    placed: int
    status: str = "queued"
    answered_by: str | None = None
    queue_time: str = "0"
    duration: str | None = None
    started: int | None = None
    reports: int = 0
    line: Phone | None = None  # the colleague's, who is rung by it or for whom it was dialled

    @property
    def start_time(self) -> datetime | None:
        return datetime.fromtimestamp(self.started, UTC) if self.started else None

    @property
    def date_created(self) -> datetime:
        return datetime.fromtimestamp(self.placed, UTC)


@dataclass
class Exchange:
    """The carrier's side: its calls, and how it answers."""

    around: Around
    calls: dict[str, Call] = field(default_factory=dict)

    def create(self, *, to: str, from_: str, url: str, **_: Any) -> Call:
        trouble = self.around.mischief.first(CALL).partition(".")[2]
        self._refuse(trouble)
        if "/voice/operator/" in url:
            call = self._ring_colleague(to, from_, url.rsplit("/", 1)[1])
        else:
            call = self._place(to, from_, url.rsplit("/", 1)[1], trouble)
        if trouble == "twice" and not call.line:  # somewhere between us the request was repeated
            self._place(to, from_, call.token, trouble, "placed by the carrier itself")
        if trouble in ("before_201", "late_201"):
            self.around.pass_time(3 if trouble == "before_201" else 10)
        if trouble == "500_placed":
            raise TwilioRestException(500, "/Calls", "internal error", 20500)
        if trouble == "reset":
            raise requests.ConnectionError("Connection aborted")
        if trouble == "late_201":
            raise requests.ReadTimeout("read timed out")
        if trouble == "unreadable":
            raise ValueError("no JSON")
        return call

    def _refuse(self, trouble: str) -> None:
        if trouble == "connect":
            reason = requests.exceptions.ConnectionError("nobody there")
            reason.args = (type("Cause", (), {"reason": NewConnectionError(None, "refused")})(),)  # type: ignore[arg-type]
            raise reason
        refusals = {"429": (429, 20429), "400": (400, 21211), "500": (503, 20503)}
        if trouble in refusals:
            status, code = refusals[trouble]
            raise TwilioRestException(status, "/Calls", "no", code)

    def list(self, *, to: str, status: str = "", start_time_after: datetime | None = None, **_: Any) -> list[Call]:
        self.reach()
        mine = [call for call in self.calls.values() if call.to == to]
        if status:
            return [call for call in mine if call.status == status]
        return [call for call in mine if call.start_time and start_time_after and call.start_time >= start_time_after]

    def reach(self) -> None:
        if self.around.mischief.strikes("lookup"):
            self.around.note("unreachable", "", "", "")
            raise TwilioRestException(503, "/Calls", "busy", 20503)

    # ---- how a call goes

    def _place(self, to: str, caller: str, token: str, trouble: str, how: str = "placed") -> Call:
        rng = self.around.mischief.rng
        call = self._call(token, to, caller, weighed(self, CALLEES))
        wait = rng.randrange(600, 4000) if trouble == "queued" else rng.randrange(0, 3)
        call.queue_time = str(1000 * wait)
        self.around.note(how, token, call.sid, to)
        self.later(1 + wait, call, self._ring)
        return call

    def _call(self, token: str, to: str, caller: str, script: str, line: Phone | None = None) -> Call:
        call = Call(f"CA{len(self.calls) + 1:06d}", token, to, caller, script, self.around.now, line=line)
        self.calls[call.sid] = call
        return call

    def _ring_colleague(self, to: str, caller: str, token: str) -> Call:
        leg = self._call(token, to, caller, COLLEAGUE)
        leg.line = Phone(self, leg, token, weighed(self, MOODS))
        self.around.note("rings colleague", "", leg.sid, to)
        self.later(2, leg, leg.line.ring)
        return leg

    def dialled(self, line: Phone, token: str, number: str, shown: str, script: str) -> Call:
        """The person's leg, for a colleague who waits."""
        call = self._call(token, number, shown, script, line)
        self.around.note("placed", token, call.sid, number)
        self.later(1, call, self._ring)
        return call

    def later(self, seconds: int, call: Call, step: Callable[[Call], None]) -> None:
        self.around.at(self.around.now + seconds, lambda: None if call.status in OVER else step(call))

    def _ring(self, call: Call) -> None:
        call.status, call.started = "ringing", self.around.now
        self.around.note("rings", call.token, call.sid, call.to)
        if self.around.mischief.rng.random() < 0.3:  # many carriers leave this one out
            self._report(call, "initiated")
        self._report(call, "ringing")
        unanswered = {"no-answer": 25, "busy": 2, "gone": 1, "declines": 8}
        if call.script in unanswered:
            end = {"gone": "failed", "declines": "busy"}.get(call.script, call.script)
            self.later(unanswered[call.script], call, lambda call: self.end(call, end))
        else:
            self.later(6, call, self._answer)

    def _answer(self, call: Call) -> None:
        call.status = "in-progress"
        if call.line:
            return call.line.picked_up(call)
        call.answered_by = "machine_end_beep" if call.script == "machine" else "human"
        self._report(call, "in-progress")
        twiml = self.ask(call, "", AnsweredBy=call.answered_by)
        if "<Say" not in twiml:
            return self.later(1, call, self._hang_up)
        self.around.note("hears", call.token, call.sid, call.to)
        self.later(12, call, self._press if "<Gather" in twiml else self._hang_up)

    def _press(self, call: Call) -> None:
        key = call.script.partition(" ")[2]
        twiml = self.ask(call, "/keys", Digits=key)
        self.later(40 if "<Dial" in twiml else 4, call, self._talked if "<Dial" in twiml else self._hang_up)

    def _talked(self, call: Call) -> None:
        seconds = self.around.mischief.rng.choice((0, 30, 240))
        status = "completed" if seconds else "no-answer"
        self.ask(call, "/after", DialCallStatus=status, DialCallDuration=str(seconds))
        if seconds:
            self.around.talk_over(call.token, seconds)
        self.later(2, call, self._hang_up)

    def _hang_up(self, call: Call) -> None:
        self.end(call, "completed")

    def end(self, call: Call, status: str) -> None:
        call.status = status
        attempt = "" if call.script == COLLEAGUE else call.token  # that of a colleague's leg is drawn by chance
        self.around.note("ends", attempt, call.sid, status)
        more = {"SipResponseCode": "404"} if call.script == "gone" and status == "failed" else {}
        if status == "completed":
            call.duration = call.duration or "60"
            more["CallDuration"] = call.duration
        self._report(call, status, **more)
        if call.line and call.script != COLLEAGUE:
            call.line.over(call, status)

    # ---- what we are told

    def _fields(self, call: Call, **more: str) -> bytes:
        return urlencode({"CallSid": call.sid, "AccountSid": ACCOUNT, "CallStatus": call.status, **more}).encode()

    def ask(self, call: Call, leaf: str, token: str = "", **more: str) -> str:
        """A question for words; after an error of ours once more, or never."""
        body = self._fields(call, **more)
        token = token or call.token
        answer = self.around.webhook(leaf, token, body)
        if answer is None and self.around.mischief.rng.random() < 0.5:
            answer = self.around.webhook(leaf, token, body)
        elif answer is not None and self.around.mischief.strikes("callback.twice"):
            self.around.webhook(leaf, token, body)
        return answer or ""

    def _report(self, call: Call, status: str, **more: str) -> None:
        mischief = self.around.mischief
        number, call.reports = call.reports, call.reports + 1
        if call.answered_by and status != "in-progress":
            more["AnsweredBy"] = call.answered_by
        body = self._fields(call, **more, SequenceNumber=str(number), CallbackSource="call-progress-events")
        body = body.replace(f"CallStatus={call.status}".encode(), f"CallStatus={status}".encode())
        if mischief.strikes("callback.lost"):
            return
        late = mischief.rng.randrange(1, 200) if mischief.strikes("callback.late") else 0
        self._tell(call, body, late)
        for _ in range(mischief.rng.randrange(1, 5) if mischief.strikes("callback.twice") else 0):
            self._tell(call, body, mischief.rng.randrange(0, 300))

    def _tell(self, call: Call, body: bytes, late: int) -> None:
        def tell() -> None:
            leaf = "/operator/status" if call.script == COLLEAGUE else "/status"
            told = self.around.webhook(leaf, call.token, body)
            if told is None and self.around.mischief.strikes("callback.again"):
                self.around.at(self.around.now + 2, tell)

        if late:
            self.around.at(self.around.now + late, tell)
        else:
            tell()
