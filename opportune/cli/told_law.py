"""How is the law of a place shown? All places with their state, or one row in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.markup import escape

from opportune.cli.law_words import sentences
from opportune.cli.show import out
from opportune.law import LawBook
from opportune.law.sheet import Value

NO_ADVICE = "This is a reading aid, no legal advice: have a lawyer of yours check it, then sign it."
STATES = {
    "signed": "signed",
    "changed": "signed once, but the row has changed since: it waits for a new signature",
    "blocked": "blocked: nothing at all leaves until somebody signs",
    "unsigned": "not signed: automated calls, voicemail, email and calls to consumers only with a recorded yes",
}
COLOURS = {"signed": "green", "changed": "yellow", "blocked": "red", "unsigned": "yellow"}
SURE = {"H": "read in an official text", "M": "one decent secondary source", "L": "a guess"}


def listed(book: LawBook) -> dict[str, Any]:
    return {"advice": NO_ADVICE, "places": [_facts(book, place) for place in sorted(book.sheets)]}


def as_data(book: LawBook, place: str) -> dict[str, Any]:
    """One row for programs, each value with its source."""
    return {"advice": NO_ADVICE, **_facts(book, place), "row": book.sheets[place].model_dump(mode="json")}


def _facts(book: LawBook, place: str) -> dict[str, Any]:
    sheet, given = book.sheets[place], book.signatures.get(place)
    facts = {"place": place, "name": sheet.name, "state": book.state(place), "digest": sheet.digest}
    if given:
        return facts | {"by": given.who, "at": given.at, "note": given.note}
    return facts | {"by": sheet.verified_by, "on": sheet.verified_on}


def places(book: LawBook) -> None:
    for place in sorted(book.sheets):
        state = book.state(place)
        name, colour = escape(book.sheets[place].name), COLOURS[state]
        out.print(f"  {place:<6} {name:<16} [{colour}]{STATES[state]}[/]{_by(book, place)}", soft_wrap=True)
    out.print(f"\n{NO_ADVICE}\nOne of them in words: opportune law RO", soft_wrap=True)


def row(book: LawBook, place: str, asked: str) -> None:
    """`asked`: what the reader typed; a place without a row of its own is shown the one that holds there."""
    sheet, state = book.sheets[place], book.state(place)
    if asked != place:
        out.print(f"{escape(asked)} has no row of its own; this one holds there.")
    out.print(f"[bold]{escape(sheet.name)}[/] ({place}): [{COLOURS[state]}]{STATES[state]}[/]{_by(book, place)}")
    out.print(f"{NO_ADVICE}\n", soft_wrap=True)
    for key, versions in sheet.values.items():
        for value in versions:
            _value(key, value)
    if "-" in place:
        out.print(f"  What {place} does not say is taken from {place.partition('-')[0]}; it can only narrow it.")
    if sheet.notes:
        out.print(f"  To know: {escape(sheet.notes)}", soft_wrap=True)
    if state != "signed":
        out.print(f'\nTo sign: opportune law sign {place} --by "…" --note "…"', markup=False)


def _by(book: LawBook, place: str) -> str:
    given, sheet = book.signatures.get(place), book.sheets[place]
    if given:
        return escape(f", by {given.who} on {datetime.fromtimestamp(given.at, UTC):%d %b %Y}: {given.note}")
    return escape(f", by {sheet.verified_by} {sheet.verified_on}".rstrip()) if sheet.verified_by else ""


def _value(key: str, value: Value) -> None:
    for line in sentences(key, value):
        out.print(f"  {escape(line)}", soft_wrap=True)
    source = f"{value.source}; seen {value.source_seen}; {SURE[value.confidence]}"
    out.print(f"      [dim]{escape(source)}[/]", soft_wrap=True)
