"""How are people who may be one shown on a terminal?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from opportune.cli.show import out
from opportune.rules.same_person import WEIGHTS
from opportune.store import models as m


def pair(row: m.MaybeSame, one: m.Contact, other: m.Contact) -> dict[str, Any]:
    """Of one question, for programs too."""
    reasons = [WEIGHTS[each][1] if each in WEIGHTS else each for each in row.reasons]
    return {"score": row.score, "reasons": reasons, "people": [_known(each) for each in (one, other)]}


def merge(row: m.Merge) -> dict[str, Any]:
    names = ("id", "kept_id", "gone_id", "by", "why", "at", "undone_at", "undone_by", "undone_why")
    return {name: getattr(row, name) for name in names}


def pairs(found: list[dict[str, Any]], tally: Mapping[str, int]) -> None:
    for each in found:
        out.print(f"[bold]{each['score']:.0%}[/]  {escape(', '.join(each['reasons']))}", soft_wrap=True)
        for person in each["people"]:
            out.print(f"     {_line(person)}", soft_wrap=True)
    if tally:
        out.print(f"{tally['people_merged']} were merged by rule; {tally['people_to_ask_about']} need your look.")
    if found:
        out.print("opportune people merge KEEP GONE --by YOU --why …, or: opportune people apart ONE OTHER")
    else:
        out.print("Nobody is in doubt. `opportune people same --look` compares everybody now.")


def merges(found: list[dict[str, Any]]) -> None:
    for each in found:
        told = f"{each['gone_id']} into {each['kept_id']}, by {each['by']}: {each['why']}"
        if each["undone_at"] is not None:
            told += f"; undone by {each['undone_by']}: {each['undone_why']}"
        out.print(f"[bold]{each['id']}[/]  {escape(told)}", soft_wrap=True)
    if not found:
        out.print("Nobody was merged.")


def _known(contact: m.Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in ("id", "name", "title", "email", "phone")}


def _line(person: Mapping[str, Any]) -> str:
    said = (person[name] for name in ("name", "title", "email", "phone"))
    return f"#{person['id']}  " + escape("  ".join(each for each in said if each))
