"""How surely are two records one person (E7)?

A table of points. What is somebody's own (their mail address, their number) counts much, what many have (a shared box,
a switchboard, an employer) counts little, and a different name speaks against it. From `MERGE` points on nobody is
asked; from `ASK` on a colleague looks.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What each finding is worth, and how it is said.
WEIGHTS = {
    "mail": (92, "the same mail address"),
    "shared_mail": (25, "the same shared mailbox"),
    "number": (50, "the same number"),
    "shared_number": (15, "the same number, which others have too"),
    "same_name": (45, "the same name"),
    "close_name": (35, "nearly the same name"),
    "similar_name": (0, "similar names"),
    "no_name": (5, "one of them has no name"),
    "other_name": (-30, "different names"),
    "company": (15, "the same company"),
    "domain": (10, "mail addresses of the same company"),
}
MERGE = 92
ASK = 55
SIMILAR = 0.7  # Bob and Robert Smith: says nothing
CLOSE = 0.88  # of 1: one or two letters apart, or a first name of which only the letter is known
MANY = 3  # people with one number: it is a switchboard's


@dataclass(frozen=True, slots=True)
class Common:
    """What two people have in common. `name`: how alike their names are, 0 to 1, 1 only for the same one; None when
    one has none. A mail address is `shared` when it is a box like info@, a number when `MANY` have it."""

    name: float | None
    mail: bool = False
    shared_mail: bool = False
    number: bool = False
    shared_number: bool = False
    company: bool = False
    domain: bool = False


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score` from 0 to 1; `reasons`: names in `WEIGHTS`."""

    score: float
    reasons: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """merge | ask | nothing"""
        return "merge" if self.score >= MERGE / 100 else "ask" if self.score >= ASK / 100 else "nothing"

    @property
    def words(self) -> str:
        return ", ".join(WEIGHTS[reason][1] for reason in self.reasons)


def likeness(common: Common) -> Likeness:
    """One finding of each sort counts: three common addresses are no surer than one."""
    found = [
        "mail" if common.mail else "shared_mail" if common.shared_mail else "",
        "number" if common.number else "shared_number" if common.shared_number else "",
        _name(common.name),
        "company" if common.company else "",
        "domain" if common.domain else "",
    ]
    reasons = tuple(reason for reason in found if reason)
    points = sum(WEIGHTS[reason][0] for reason in reasons)
    # Namesakes, and brothers on one line: a name that is only close never merges two people without their own address.
    most = 100 if common.mail or common.name == 1 else MERGE - 1
    return Likeness(min(max(points, 0), most) / 100, reasons)


def _name(alike: float | None) -> str:
    if alike is None:
        return "no_name"
    steps = ((1, "same_name"), (CLOSE, "close_name"), (SIMILAR, "similar_name"))
    return next((name for least, name in steps if alike >= least), "other_name")
