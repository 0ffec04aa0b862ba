"""Which words and keys does somebody get who calls us? The sentences stand in `templates/inbound`."""

from __future__ import annotations

from typing import Any

from channels import voice
from channels import voice_inbound as documents
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work import inbound_ends, leads, places, spoken
from opportune.work.world import World

PATH = "/voice/inbound"


def greeting(world: World, row: m.InboundCall) -> str:
    """No name of theirs: whoever shows a number need not be its owner. The way out is told to whom we know: nobody
    else was ever contacted."""
    said = [_say(world, row, "greeting", company=_company(world)), _say(world, row, "stop") if row.people else ""]
    return documents.greet(" ".join(said).strip(), _locale(world, row), _url(world, "/keys"))


def never_again(world: World, row: m.InboundCall) -> str:
    return voice.say_and_hang_up(_say(world, row, "never_again", company=_company(world)), _locale(world, row))


def through(world: World, row: m.InboundCall, colleague: m.Operator, limit: int, *, first: bool) -> str:
    """The colleague sees the caller's number, where there is one."""
    said, caller = _say(world, row, "connecting") if first else "", row.number or row.called
    after, brief_url = _url(world, "/after"), _url(world, "/brief")
    return documents.through(said, _locale(world, row), colleague.phone or "", caller, after, brief_url, limit)


def brief(world: World, row: m.InboundCall, name: str, language: str) -> str:
    """B9, B10: who it is, as far as we know, and of which kind (C1)."""
    who = name or _line(world, language, "several" if row.people else "somebody")
    said = _line(world, language, "brief", who=who, kind=_line(world, language, f"kind.{row.kind}"))
    return documents.brief(said, spoken.locale(world.settings.templates, language))


def queue(world: World) -> str:
    return documents.queue(_url(world, "/queue"), _url(world, "/wait"))


def on_hold(world: World, row: m.InboundCall, now: Instant) -> str:
    """Key 1 leaves the queue for a call back; not where the number is withheld."""
    said = _say(world, row, "waiting", when=_call_back(world, row, now)) if row.number else _say(world, row, "nobody")
    return documents.hold(said, _locale(world, row), _url(world, "/keys"))


def offer(world: World, row: m.InboundCall, why: str, now: Instant) -> str:
    said = f"{_say(world, row, why)} {_say(world, row, 'offer', when=_call_back(world, row, now))}"
    return documents.offer(said, _locale(world, row), _url(world, "/keys"))


def promised(world: World, row: m.InboundCall, at: Instant, now: Instant) -> str:
    said = _say(world, row, "promised", when=_when(world, row, at, now), number=row.id)
    return voice.say_and_hang_up(said, _locale(world, row))


def record(world: World, row: m.InboundCall, why: str = "") -> str:
    said = f"{_say(world, row, why) if why else ''} {_say(world, row, 'leave')}".strip()
    text_url = _url(world, "/text") if world.settings.voicemail_text and row.language == "en" else ""
    longest = world.settings.voicemail_seconds
    return documents.record(said, _locale(world, row), _url(world, "/left"), longest, text_url)


def left(world: World, row: m.InboundCall, now: Instant) -> str:
    """When we answer, and the number of the request (D3)."""
    said = _say(world, row, "left", when=_when(world, row, row.due_at or now, now), number=row.id)
    return voice.say_and_hang_up(said, _locale(world, row))


def _company(world: World) -> str:
    return world.settings.house_name or leads.advertiser(world)


def _call_back(world: World, row: m.InboundCall, now: Instant) -> str:
    return _when(world, row, inbound_ends.hours(world.settings).call_back_at(now), now)


def _when(world: World, row: m.InboundCall, at: Instant, now: Instant) -> str:
    """On the caller's own clock, where their number tells which one that is."""
    zones = places.zones_of(None, None, None, row.number)[0] if row.number else []
    zone = zones[0] if len(zones) == 1 else world.settings.house_zone
    return spoken.when(world.settings.templates, row.language, at, now, zone)


def _say(world: World, row: m.InboundCall, key: str, **values: Any) -> str:
    return _line(world, row.language, key, **values)


def _line(world: World, language: str, key: str, **values: Any) -> str:
    return spoken.line(world.settings.templates, language, key, **values)


def _locale(world: World, row: m.InboundCall) -> str:
    return spoken.locale(world.settings.templates, row.language)


def _url(world: World, leaf: str) -> str:
    return f"{world.settings.public_url.rstrip('/')}{PATH}{leaf}"
