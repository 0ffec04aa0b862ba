"""Where do the rows go that could not be understood?

`contacts.csv` -> `contacts.csv.rejects.csv`: line, reason and the row as it was.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from types import TracebackType

from opportune.work.export_text import harmless
from opportune.work.sheets import Record

HEADER = ["line", "reason", "row"]
_QUOTED = re.compile(r"'[^']*'")


class Rejects:
    """Written as the list is read. `behind`: what an import that was broken off had passed by stays."""

    def __init__(self, folder: Path, path: Path, behind: int) -> None:
        self.target = folder / f"{path.name}.rejects.csv"
        kept = [row for row in self._there() if behind and int(row["line"]) <= behind]
        folder.mkdir(parents=True, exist_ok=True)
        self._file = self.target.open("w", newline="", encoding="utf-8-sig")
        self._rows = csv.writer(self._file)
        self._rows.writerow(HEADER)
        self._rows.writerows([row[name] for name in HEADER] for row in kept)
        self._reasons = Counter(short(row["reason"]) for row in kept)

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, rejects: list[tuple[Record, str]]) -> None:
        for record, reason in rejects:
            self._rows.writerow([record.line, harmless(reason), harmless(record.raw)])
            self._reasons[short(reason)] += 1
        self._file.flush()

    def ended(self) -> Path | None:
        """The file, where there is anything in it: an earlier import's rejects have been mended."""
        self._file.close()
        if not self._reasons:
            self.target.unlink()
            return None
        return self.target

    def reasons(self) -> dict[str, int]:
        return dict(self._reasons.most_common())

    def _there(self) -> list[dict[str, str]]:
        if not self.target.exists():
            return []
        with self.target.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def short(reason: str) -> str:
    """Without the words of the row, so that equal reasons are counted together."""
    return _QUOTED.sub("…", reason)
