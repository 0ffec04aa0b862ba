"""What do people see of the practice carrier? The latest calls, the words heard and the keys pressed."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from itertools import islice
from pathlib import Path
from string import Template

from channels.standin.carrier.calls import Call
from channels.standin.carrier.exchange import Exchange

LATEST = 60
PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
GOOD, MISSED = ("completed",), ("busy", "no-answer", "canceled")


def page(exchange: Exchange) -> str:
    """The whole page; it loads nothing else."""
    legs = (call for call in reversed(exchange.calls.values()) if not call.parent)
    stats = exchange.stats()
    return PAGE.substitute(
        rows="".join(map(_row, islice(legs, LATEST))) or '<tr><td colspan="6" class="empty">No calls yet.</td></tr>',
        now=_moment(exchange.clock.now()),
        phone=' · <a href="/phone">Be called yourself</a>' if exchange.options.telephone else "",
        **{name: f"{stats[name]:,}" for name in ("calls", "voicemails", "child_legs", "errors")},
    )


def _row(call: Call) -> str:
    tone = "good" if call.status in GOOD else "missed" if call.status in MISSED else "bad"
    tone = "live" if call.ended_at is None else tone
    heard = "".join(f"<p>{escape(words)}</p>" for words in call.heard) or '<p class="quiet">nothing</p>'
    who = escape(call.script) + (f"<small>{escape(call.answered_by)}</small>" if call.answered_by else "")
    mail = '<span class="chip voicemail">voicemail</span>' if call.voicemail else ""
    seconds = "" if call.duration is None else f"<small>{call.duration} s</small>"
    keys = "".join(f"<kbd>{escape(key)}</kbd>" for key in call.pressed)
    return (
        f"<tr><td>{_moment(call.created_at)}</td><td class=number>{escape(call.to)}</td><td>{who}</td>"
        f'<td><span class="chip {tone}">{escape(call.status)}</span>{mail}{seconds}</td>'
        f"<td class=words>{heard}</td><td>{keys}</td></tr>"
    )


def _moment(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%a %d %b %H:%M:%S")
