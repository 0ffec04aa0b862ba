"""How are the replies of people shown, and a mailbox that cannot be read?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.markup import escape

from opportune.cli.show import out

MEANT = {
    "opt_out": "asked to be left alone; done",
    "opt_out_email": "wants no mail any more; done",
    "opt_out_call": "wants no calls any more; done",
}


def replies(found: list[dict[str, Any]], *, everything: bool) -> None:
    if not found:
        out.print("Nobody wrote yet." if everything else "No reply waits. `opportune replies --all` shows every one.")
    for reply in found:
        who = f"{reply['name']} <{reply['sender']}>" if reply["name"] else f"<{reply['sender']}>, whom we do not know"
        out.print(f"[bold]{reply['id']}[/]  {_clock(reply['at'])} {escape(who)}: {escape(reply['subject'] or '')}")
        for line in (reply["text"] or "(no words)").splitlines():
            out.print(f"      {escape(line)}", soft_wrap=True)
        if said := MEANT.get(reply["meant"] or ""):
            out.print(f"      [dim]{said}[/]")
        if reply["handled_at"] and reply["meant"] != "opt_out":
            note = f": {reply['note']}" if reply["note"] else ""
            out.print(f"      [dim]handled by {escape(reply['handled_by'] + note)}[/]")
    if found and not everything:
        out.print('Answered? opportune replies done NUMBER --note "…"', markup=False)


def mailboxes(found: list[dict[str, Any]]) -> None:
    for trouble in found:
        out.print(f"[red]Not read since {_clock(trouble['since'])}:[/] {escape(trouble['why'])}", soft_wrap=True)


def _clock(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
