"""Our numbers and what holds calls back, as sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.markup import escape

from opportune.cli.show import out
from opportune.rules.facts import Instant
from opportune.work.number_book import Told
from opportune.work.numbers import TILL_TOLD


def held(found: Sequence[dict[str, Any]]) -> None:
    for each in found:
        often = f" ({each['times']} times today)" if each.get("times", 1) > 1 else ""
        line = f"Calls, {each['what']}: {each['why']}{often}"
        out.print(f"[yellow]{escape(line)}[/]", soft_wrap=True)


def listed(found: Sequence[Told]) -> None:
    if not found:
        out.print("None: OPPORTUNE_TWILIO_CALLER is shown to everybody. `opportune number add +44…`")
    for each in found:
        seen = f"{each.calls} calls, {each.complaints} complaints, {each.blocked} blocked as spam in 30 days"
        named = " ".join(filter(None, (each.number, each.country, each.label)))
        line = f"{named}: {_state(each)}; {seen}"
        out.print(line, markup=False, soft_wrap=True)
        for what, note in (("directories", each.directory_note), ("reputation", each.reputation_note)):
            if note:
                out.print(f"  {what}: {note} ({_day(each.noted_at)}, {each.noted_by})", markup=False, soft_wrap=True)


def _state(each: Told) -> str:
    if each.resting_until is None:
        return each.state
    until = "until `number use`" if each.resting_until == TILL_TOLD else f"until {_day(each.resting_until)}"
    return f"rests {until}: {each.rest_why}"


def _day(at: Instant | None) -> str:
    return datetime.fromtimestamp(at or 0, UTC).strftime("%d %b %Y")
