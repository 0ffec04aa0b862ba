"""How are the explaining commands laid out? As a colleague would tell it, the rule's number faintly behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.markup import escape

from opportune.cli.show import out
from opportune.rules.reasons import phrase

Told = dict[str, Any]


def say(text: str, indent: int = 0, style: str = "") -> None:
    """One sentence, exactly as it is: names and notes may hold brackets."""
    shown = escape(text)
    out.print(" " * indent + (f"[{style}]{shown}[/]" if style else shown), soft_wrap=True)


def because(reason: Told, indent: int, before: str = "") -> None:
    out.print(f"{' ' * indent}{escape(before + reason['sentence'])} [dim]({reason['rule']})[/]", soft_wrap=True)


def story(found: Told, language: str) -> None:
    post = found["title"] or ""
    if post and found["company"]:
        post = phrase("works_at", language, title=post, company=found["company"])
    about = ", ".join(filter(None, (post or found["company"], found["standing"])))
    out.print(f"[bold]{escape(found['name'])}[/] ({escape(about)})", soft_wrap=True)
    for sentence in found["told"]:
        say(sentence, 2)
    if not found["campaigns"]:
        say(phrase("no_campaign", language), 2)
    for campaign in found["campaigns"]:
        _campaign(campaign, found["do_not_contact"] is not None, language)


def _campaign(told: Told, said_no: bool, language: str) -> None:
    out.print()
    say(told["told"], 0, "bold")
    if not said_no:
        _eligible(told["eligibility"].values())
    if told["as_if"]:
        say(told["as_if"]["told"], 2)
        _decision(told["as_if"], language)
        return
    for decision in told["decisions"][:-1]:
        say(decision["headline"], 2, "cyan")
        because(_main(decision), 4)
    for decision in told["decisions"][-1:]:
        _decision(decision, language)
    say(told["present"], 2)


def _eligible(kinds: Iterable[Told]) -> None:
    """Kinds of contact with the same answer in one line."""
    answers: dict[str, list[str]] = {}
    for each in kinds:
        answers.setdefault(each["told"], []).append(each["name"])
    for answer, names in answers.items():
        say(f"{', '.join([names[0], *map(str.lower, names[1:])])}: {answer}", 2)


#: Of a contact these only tell the moment.
TIMING = frozenset(
    {"mail_slot", "cold_hour", "call_hour", "executive_hour", "other_part", "voicemail"}
    | {"aim_interest", "aim_meeting", "aim_terms"}
)


def _main(decision: Told) -> Told:
    """The one reason that an earlier decision is remembered by."""
    chosen = [r for r in decision["reasons"] if r["code"] not in TIMING] if decision["channel"] else []
    told: Told = (chosen or decision["reasons"])[-1]
    return told


def _decision(told: Told, language: str) -> None:
    say(told["headline"], 2, "bold cyan")
    for reason in told["reasons"]:
        because(reason, 4)
    already = {reason["sentence"] for reason in told["reasons"]}
    for channel, reason in told["ruled_out"].items():
        if reason["sentence"] not in already:
            because(reason | {"sentence": phrase(f"not_by_{channel}", language, why=reason["sentence"])}, 4)
    if told["lot"]:
        say(told["lot"], 4)
    if told["not_earlier"]:
        say(phrase("why_not_earlier", language), 4)
        for stretch in told["not_earlier"]:
            because(stretch, 6, f"{stretch['span']}: ")
    for sentence in told["otherwise"]:
        say(sentence, 4, "dim")


def groups(found: Told) -> None:
    """`opportune why-not`: who is under way needs no word."""
    say(found["told"], 0, "bold")
    for sentence in found["starts"]:
        say(sentence)
    for group in found["groups"]:
        examples = ", ".join(f"{each['contact']} {each['name']}" for each in group["examples"])
        say(f"{group['people']:>9,}  {group['told']}")
        if examples:
            say(f"           {examples}", 0, "dim")


def timeline(found: Told) -> None:
    """`opportune campaign preview`."""
    say(f"{found['name']} · {found['campaign']}", 0, "bold")
    say(found["whereabouts"], 2)
    say(found["assumed"], 2)
    for step in found["steps"]:
        say(step["headline"], 2, "cyan")
        for reason in step["reasons"]:
            because(reason, 4)
    say(found["then"]["told"], 2, "cyan")
    for reason in found["then"]["reasons"]:
        because(reason, 4)
    say(found["if_they_answer"], 2)
