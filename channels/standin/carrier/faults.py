"""What goes wrong on purpose, at which number, and how often?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

REPORTS = ("duplicate_callbacks", "reverse_callbacks", "lose_callbacks")
AT_ONCE = ("late_201", "error_500_after", "before_201")
FAULTS = (
    *AT_ONCE,  # the call happens, and: the answer comes after the client gave up, is HTTP 500, comes after reports
    "error_429",  # no call
    "refuse",  # no call either: with the `code` of any error
    *REPORTS,
)


@dataclass(slots=True)
class Fault:
    """One order for trouble; `to` may be "*". `seconds`: how late the 201 is; `code`: Twilio's, of a refusal."""

    to: str
    fault: str
    times: int = 1
    seconds: float = 15
    code: int = 0

    @property
    def refuses(self) -> int:
        """The error's code, where no phone rings."""
        return 20429 if self.fault == "error_429" else self.code if self.fault == "refuse" else 0

    @property
    def at_once(self) -> bool:
        """The phone rings before the answer."""
        return self.fault in AT_ONCE


class Faults:
    """The troubles still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def order(self, message: dict[str, Any]) -> None:
        """Take one order."""
        fault = Fault(**message)
        if fault.fault not in FAULTS:
            raise ValueError(f"fault: give one of {', '.join(FAULTS)}, not {fault.fault!r}.")
        if (fault.fault == "refuse") != (10_000 <= fault.code < 100_000):
            raise ValueError("refuse needs the code of an error, five digits; no other fault does.")
        self._waiting.append(fault)

    def take(self, number: str, reports: bool = False) -> Fault | None:
        """The trouble of this call, if any is left for it; of a child leg only the reports can go wrong."""
        for fault in self._waiting:
            if fault.times > 0 and fault.to in (number, "*") and (not reports or fault.fault in REPORTS):
                fault.times -= 1
                return fault
        return None
