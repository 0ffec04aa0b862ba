"""Which table is this file, and which of its columns are ours?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from opportune.work import layouts, people
from opportune.work.layouts import Columns
from opportune.work.sheets import Record, SheetError, Table
from opportune.work.workbooks import Workbook, opened


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list whose columns are known."""

    table: Table | Workbook
    mapping: layouts.Mapping
    at: Columns
    delimiter: str
    width: int

    def records(self) -> Iterator[Record]:
        return self.table.records(self.delimiter, self.width)


def open_sheet(
    path: Path, needed: set[str], *, sheet: str | None = None, mapping: tuple[Path, str] | None = None
) -> Sheet:
    """A header without any of `needed` is an error, nothing is imported. `mapping`: (home, name) of a kept one."""
    table = opened(path, sheet)
    headers = table.headers()
    if not headers:
        raise SheetError(f"{path}: the file is empty")
    known = {mark: layouts.recognised(header) for mark, header in headers.items()}
    delimiter = max(headers, key=lambda mark: (len(known[mark].columns), len(headers[mark])))
    header = headers[delimiter]
    chosen = layouts.given(*mapping, header) if mapping else known[delimiter]
    if not needed & set(chosen.columns):
        raise SheetError(
            f"{path}, line 1: the header {delimiter.join(header)[:200]!r} has no column for "
            f"{' or '.join(sorted(needed))}; known columns: {', '.join(layouts.data())} (see docs/importing.md)"
        )
    doubled = layouts.twice(chosen) if not mapping else None
    if doubled:
        names = " and ".join(doubled[1])
        raise SheetError(f"{path}, line 1: two columns for {doubled[0]} ({names}); rename or remove one")
    return Sheet(table, chosen, chosen.positions(header), delimiter, len(header))


def cells(record: Record, at: Columns) -> dict[str, str]:
    """Our columns, cleaned; of several that may say it the first that does."""
    fields = record.fields
    return {
        ours: next((text for place in places_ if (text := people.clean(fields[place]))), "")
        for ours, places_ in at.items()
    }
