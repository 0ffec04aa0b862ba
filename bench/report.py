"""What was measured, beside what, and does it hold?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """`ratio`: value ÷ floor. `bound`: for the ratio where there is one, else for the value; smaller is better, except
    `at_least`, whose floor is a ceiling."""

    name: str
    n: int
    value: float
    unit: str
    bound: float
    floor: float | None = None
    of_ratio: bool = True
    note: str = ""
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def holds(self) -> bool:
        judged = self.ratio if self.of_ratio and self.ratio is not None else self.value
        return judged >= self.bound if self.at_least else judged <= self.bound

    @property
    def goal(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"

    def told(self) -> str:
        floor, ratio = (f"{each:.3g}" if each is not None else "-" for each in (self.floor, self.ratio))
        verdict = "holds" if self.holds else "MISSED"
        return (
            f"{self.name:<26} n={self.n:<9,} {self.value:>9.3g} {self.unit:<6} floor {floor:>8} ratio {ratio:>6} "
            f"bound {self.goal:<8} {verdict}{'  ' + self.note if self.note else ''}"
        )


def tell(figure: Figure) -> None:
    print(figure.told(), file=sys.stderr, flush=True)


def write(path: Path, figures: Iterable[Figure]) -> None:
    """Beside what other runs of other subjects left there."""
    known = json.loads(path.read_text()) if path.exists() else {}
    for figure in figures:
        row = asdict(figure)
        known[figure.name] = {
            "value": row["value"], "unit": row["unit"], "floor": row["floor"], "ratio": figure.ratio,
            "goal": figure.goal, "holds": figure.holds,
        }  # fmt: skip
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
