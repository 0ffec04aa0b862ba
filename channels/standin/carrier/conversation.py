"""Which document follows which, and what ends the conversation?

Runs the application's TwiML on one leg. A verb either lets the next one follow or leads to another document; what
the verbs do is told in the modules beside this one (`speech`, `bridge`, `queues`, `conference`, `recording`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.leg import Leg, Redirected
from channels.standin.carrier.twiml import BadTwiml, read
from channels.standin.carrier.webhooks import WebhookFailed

MOST_DOCUMENTS = 20  # in which no time passes: a loop
IDLE = 60  # seconds after which a colleague hangs up on a silent line
SILENT = {"Reject", "Redirect", "Pause"}  # none of these picks up a call that comes in


@dataclass(frozen=True, slots=True)
class Next:
    """Where the conversation goes on. `text`: a document that needs no fetching."""

    url: str
    fields: dict[str, str] = field(default_factory=dict)
    text: str = ""


class Conversation:
    """One leg and the documents it goes through."""

    def __init__(self, exchange: Exchange, leg: Leg, verbs: Verbs, url: str, aside: bool = False) -> None:
        self.exchange, self.leg, self.verbs, self.url, self.aside = exchange, leg, verbs, url, aside

    async def hold(self, step: Next) -> None:
        """Document after document until none follows; what cannot be fetched or read ends the call."""
        try:
            while True:
                try:
                    return await self._through(step)
                except Redirected:
                    if self.aside:
                        raise
                    step = self._redirected()
        except (BadTwiml, WebhookFailed) as failure:
            self.leg.error(failure.code, str(failure))

    async def _through(self, first: Next) -> None:
        call, leg, still = self.leg.call, self.leg, 0
        step: Next | None = first
        while step is not None:
            before = call.now
            step = await self._perform(await self._fetch(step))
            still = still + 1 if call.now == before else 0
            if still >= MOST_DOCUMENTS:
                raise BadTwiml(12200, f"{MOST_DOCUMENTS} documents in which no time passes: a loop?")
            if leg.script.operator and call.now - leg.asked_at > IDLE:
                leg.leave()

    def _redirected(self) -> Next:
        assert self.leg.redirect is not None
        url, text = self.leg.redirect
        self.leg.redirect = None
        self.leg.note("redirected", url=url)
        return Next(url or self.url, text=text)

    async def _fetch(self, step: Next) -> Element:
        """The document; when it cannot be had or read, the one at the fallback address."""
        self.url = urljoin(self.url, step.url)
        try:
            return read(step.text or await self.ask(self.url, step.fields))
        except (WebhookFailed, BadTwiml) as failure:
            fallback = self.leg.call.fallback_url
            if not fallback or failure.code == 12200:  # a word we do not know: nobody may miss that
                raise
            self.leg.error(failure.code, str(failure))
            reason = {"ErrorCode": str(failure.code), "ErrorUrl": self.url}
            self.url = fallback
            return read(await self.ask(self.url, step.fields | reason))

    async def ask(self, url: str, fields: dict[str, str]) -> str:
        """The application's answer; also for reports to an address of a verb."""
        return await self.exchange.webhooks.post(self.leg.call, url, self.leg.call.fields() | fields)

    async def _perform(self, document: Element) -> Next | None:
        for verb in document:
            self.leg.still_there()
            if verb.tag not in self.verbs:
                raise BadTwiml(12200, f"<{verb.tag}> may not be used here")
            if verb.tag not in SILENT and not _until_bridged(verb):
                self.pick_up()
            if (step := await self.verbs[verb.tag](self, verb)) is not None:
                return step
        return None

    def pick_up(self) -> None:
        """A call that comes in is answered by the first verb that needs it."""
        call = self.leg.call
        if call.answered_at is None:
            call.status, call.answered_at = "in-progress", call.now
            self.leg.note("status", status=call.status)

    def address(self, verb: Element, attribute: str) -> str:
        """An address of a verb, seen from this document; empty without one."""
        return urljoin(self.url, verb.get(attribute, "")) if verb.get(attribute) else ""

    def beside(self, leg: Leg, verbs: Verbs, url: str) -> Conversation:
        """Words aside: before two legs are joined, or while one waits."""
        return Conversation(self.exchange, leg, verbs, url, aside=True)


Verbs = Mapping[str, Callable[[Conversation, Element], Awaitable[Next | None]]]


def _until_bridged(verb: Element) -> bool:
    return verb.tag == "Dial" and verb.get("answerOnBridge") == "true"


def after(verb: Element, fields: dict[str, str]) -> Next | None:
    """To the `action` of a verb, if it has one."""
    return Next(verb.get("action", ""), fields) if verb.get("action") else None


def seconds(verb: Element, attribute: str, default: int) -> int:
    """A whole number of an attribute; `auto` and the like mean the default."""
    text = verb.get(attribute, "")
    return int(text) if text.isdigit() else default
