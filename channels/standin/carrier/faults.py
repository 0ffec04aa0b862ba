"""What goes wrong on purpose, at which number, and how often?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

REPORTS = ("duplicate_callbacks", "reverse_callbacks", "lose_callbacks")
FAULTS = (
    "late_201",  # the call happens, the answer comes after the client gave up
    "error_500_after",  # the call happens, the answer is HTTP 500
    "error_429",  # no call
    "before_201",  # the first reports come before the answer
    *REPORTS,
)


@dataclass(slots=True)
class Fault:
    """One order for trouble; `to` may be "*". `seconds`: how late the 201 is."""

    to: str
    fault: str
    times: int = 1
    seconds: float = 15


class Faults:
    """The troubles still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def order(self, message: dict[str, Any]) -> None:
        """Take one order."""
        fault = Fault(**message)
        if fault.fault not in FAULTS:
            raise ValueError(f"fault: give one of {', '.join(FAULTS)}, not {fault.fault!r}.")
        self._waiting.append(fault)

    def take(self, number: str, reports: bool = False) -> Fault | None:
        """The trouble of this call, if any is left for it; of a child leg only the reports can go wrong."""
        for fault in self._waiting:
            if fault.times > 0 and fault.to in (number, "*") and (not reports or fault.fault in REPORTS):
                fault.times -= 1
                return fault
        return None
