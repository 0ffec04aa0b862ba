"""How are segments, and how alike somebody is to our customers, told on a terminal?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.markup import escape

from opportune.cli.show import err, out
from opportune.rules.fit import TARGET
from opportune.rules.segment import Segment
from opportune.work import segments
from opportune.work.fit_story import TARGET_KEY, FitStory
from opportune.work.segment_counts import Counted


def counted(found: Sequence[Counted]) -> None:
    for each in found:
        people = "1 person" if each.people == 1 else f"{each.people:,} people"
        out.print(f"[bold]{escape(each.key)}[/]  {escape(each.name)}: {people} ({each.share:.1%})", soft_wrap=True)
        if each.advice:
            out.print(f"     [yellow]{escape(each.advice)}[/]", soft_wrap=True)
    if not found:
        out.print("There is no segment yet: opportune segment count FILE, then opportune segment add FILE.")


def used(campaigns: Sequence[str]) -> None:
    """Said aside: a program reads one object only."""
    if campaigns:
        again = "they keep it as it was approved: opportune campaign approve KEY takes the new one"
        err.print(f"Live campaigns whose audience it is: {', '.join(campaigns)}; {again}.", soft_wrap=True)


def conditions(segment: Segment) -> None:
    for part, words in (("all", "all of"), ("any", "at least one of"), ("none", "none of")):
        for each in getattr(segment, part):
            said = each.model_dump(mode="json", exclude_defaults=True)
            told = "; ".join(f"{name} {_values(value)}" for name, value in said.items())
            out.print(f"{words}: {escape(told)}", soft_wrap=True)


def _values(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def groups(found: Sequence[segments.Segment]) -> None:
    if found:
        columns = " / ".join(("outcome of the last call", "customer or not", *TARGET))
        out.print(f"{'people':>9}  {columns}, as far as they are divided", soft_wrap=True)
    for each in found:
        out.print(f"{each.people:>9,}  {escape(' / '.join(each.words))}", soft_wrap=True)
    if not found:
        out.print("Nobody was called yet: groups are suggested by what came of the calls.")


def completeness(known: Mapping[str, float], targets: int | None) -> None:
    for name, share in known.items():
        out.print(f"{name:<10}{share:>6.0%} known")
    if targets is None:
        out.print(f"Nobody said who is a target customer: add a segment with the key {TARGET_KEY}.", soft_wrap=True)
    else:
        out.print(f"{targets:,} target customers (segment {TARGET_KEY}).")


def fit(found: FitStory) -> None:
    """Each known field with its weight, the strongest first."""
    if found.fit is None:
        told = f"Fit is not known: {found.customers} customers are counted, and fewer than {found.least} teach nothing."
        out.print(told, soft_wrap=True)
    else:
        likeness = "like our customers" if found.fit > 0.55 else "unlike them" if found.fit < 0.45 else "like everybody"
        out.print(f"Fit {found.fit:.2f}: {likeness} (0.5 is like everybody). Learned from {found.customers:,} "
                  f"customers among {found.people:,} people, each counted once.", soft_wrap=True)  # fmt: skip
    for name, times in sorted(found.times.items(), key=lambda each: -abs(each[1] - 1)):
        value = escape(str(found.fields[name]))
        out.print(f"  {name} {value}: {times:.1f} times the usual share of customers", soft_wrap=True)
    unknown = [name for name, value in found.fields.items() if not value or value == "unknown"]
    if unknown:
        out.print(f"  not known, hence neither for nor against: {', '.join(unknown)}", soft_wrap=True)
    _target(found.target)


def _target(target: bool | None) -> None:
    if target is None:
        out.print(f"Whether it is a target customer was never set: add a segment with the key {TARGET_KEY}.")
    else:
        out.print(f"{'A' if target else 'Not a'} target customer (segment {TARGET_KEY}).")
