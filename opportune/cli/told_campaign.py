"""Campaigns, their versions and what differs, as sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.markup import escape

from opportune.cli import show
from opportune.cli.show import out
from opportune.rules.differences import Difference
from opportune.work.campaign_life import CANARY
from opportune.work.comparing import Effect


def done(figures: dict[str, Any], sentence: str, json: bool) -> None:
    show.as_json(figures) if json else out.print(escape(sentence), soft_wrap=True)


def story(found: dict[str, Any]) -> None:
    """`opportune campaign show`."""
    out.print(f"[bold]{escape(found['name'])}[/] ({found['key']}) is {escape(_state(found))}", soft_wrap=True)
    for line in found["words"].splitlines():
        out.print(f"  {escape(line)}", soft_wrap=True)
    out.print(escape(people(found["audience"])), soft_wrap=True)
    for line in brakes(found["brakes"]):
        out.print(escape(line), soft_wrap=True)
    out.print("Versions, the newest first:")
    for version in found["versions"]:
        out.print(escape(f"  {_version(version)}"), soft_wrap=True)


def _state(found: dict[str, Any]) -> str:
    days = f"; {found['over']}" if found["over"] and found["state"] in ("live", "paused") else ""
    if found["state"] == "live" and found["paused_why"] == CANARY:
        return f"live, and waits: opportune campaign continue {found['key']}{days}"
    if found["state"] == "live" and found["starts_on"]:
        return f"live, and starts on {found['starts_on']}"
    return f"{found['state']}: {found['paused_why']}{days}" if found["paused_why"] else f"{found['state']}{days}"


def people(counts: dict[str, Any]) -> str:
    """The audience in one sentence."""
    places = ", ".join(f"{country} {number:,}" for country, number in list(counts["countries"].items())[:5])
    more = f" and {len(counts['countries']) - 5} more" if len(counts["countries"]) > 5 else ""
    return (
        f"Meant for {counts['people']:,} people ({places or 'nobody'}{more}): {counts['reachable']:,} can be reached; "
        f"{counts['with_phone']:,} have a phone number, {counts['with_email']:,} an email address, "
        f"{counts['waiting']:,} wait for data to be mended, {counts['said_no']:,} said no."
    )


def brakes(found: dict[str, Any]) -> list[str]:
    lines = []
    if found["canary"]:
        gone_on = "; it was let go on" if found["continued_at"] else ""
        lines.append(f"Of the first {found['canary']} people {found['begun']} were reached{gone_on}.")
    if found["daily_spend"] is not None:
        lines.append(f"Spent today: {found['spent_today']:g} of {found['daily_spend']:g}.")
    return lines


def _version(version: dict[str, Any]) -> str:
    approved = f", approved by {version['approved_by']}" if version["approved_by"] else ""
    note = f": {version['note']}" if version["note"] else ""
    parent = f", after {version['parent'][:12]}" if version["parent"] else ""
    when = datetime.fromtimestamp(version["published_at"] or version["created_at"], UTC).strftime("%Y-%m-%d %H:%M")
    inside = f", {version['inside']:,} inside" if version["inside"] else ""
    return f"{version['sha'][:12]} {version['state']} {when} UTC by {version['author']}{approved}{parent}{inside}{note}"


def published(figures: dict[str, Any], what: str) -> None:
    """`opportune campaign activate` and `rollback`."""
    when = f"on {figures['starts_on']}, its first day" if figures["starts_on"] else "within the hour"
    live = f"{what} as version {figures['sha'][:12]}; the planner takes it up {when}."
    out.print(escape(live), soft_wrap=True)
    out.print(escape(people(figures["audience"])), soft_wrap=True)
    if figures["moved"]:
        out.print(f"{figures['moved']:,} people who were inside are decided anew under it.")
    if figures["under_other_versions"]:
        number = figures["under_other_versions"]
        out.print(f"{number:,} people inside keep the version they came in with (--move moves them).", soft_wrap=True)


def differences(found: Sequence[Difference], effect: Effect | None) -> None:
    """`opportune campaign diff`."""
    for each in found:
        out.print(escape(each.words), soft_wrap=True)
    if not found:
        out.print("They say the same.")
    if effect is not None and not effect.people:
        out.print("Nobody is meant by both yet, so it makes no difference to anybody.")
    elif effect is not None:
        parts = [
            f"{effect.to_call:,} would be called instead of written to",
            f"{effect.to_email:,} written to instead of called",
            f"{effect.to_nothing:,} no longer contacted now",
            f"{effect.from_nothing:,} contacted who are not now",
        ]
        out.print(f"Of {effect.people:,} people {effect.changed:,} would change channel: {', '.join(parts)}.",
                  soft_wrap=True)  # fmt: skip
