"""How do we read an Excel workbook as a person sees it? Numbers without a tail of zeros, days as days."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from opportune.work.sheets import Record, SheetError, Table, look

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class Workbook:
    """One sheet of a workbook, with the same questions as `sheets.Table`."""

    path: Path
    encoding: str
    sha: str
    lines: int
    sheet: Any

    def headers(self) -> dict[str, list[str]]:
        first = next(self._all(None), None)
        return {"": first.fields} if first else {}

    def records(self, _delimiter: str, width: int | None) -> Iterator[Record]:
        found = self._all(width)
        next(found, None)
        return found

    def _all(self, width: int | None) -> Iterator[Record]:
        for line, row in enumerate(self.sheet.iter_rows(), start=1):
            cells = [as_seen(cell) for cell in row]
            if any(cell.strip() for cell in cells):
                yield Record(line, cells[:width] if width else cells, _raw(cells))


def opened(path: Path, sheet: str | None = None) -> Table | Workbook:
    """The file as a table. `sheet` names one of a workbook; else its first."""
    if path.suffix.lower() not in ENDINGS:
        if sheet:
            raise SheetError(f"{path}: only a workbook has sheets; leave out --sheet")
        return look(path)
    try:
        data = path.read_bytes()
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except OSError as error:
        raise SheetError(f"{path}: cannot be read ({error.strerror}); check the name") from error
    except CalamineError as error:
        raise SheetError(
            f"{path}: no workbook that can be read ({error}); save it as .xlsx or .csv without a password"
        ) from error
    if sheet and sheet not in book.sheet_names:
        raise SheetError(f"{path}: there is no sheet {sheet!r}; it has {', '.join(book.sheet_names)}")
    if not book.sheet_names:
        raise SheetError(f"{path}: the workbook has no sheet")
    chosen = book.get_sheet_by_name(sheet or book.sheet_names[0])
    return Workbook(path, f"sheet {chosen.name}", hashlib.sha256(data).hexdigest(), chosen.total_height, chosen)


def as_seen(cell: Any) -> str:
    """A number typed as a number keeps all its digits: 442079460123, not 4.4E+11."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d" if cell.time() == time() else "%Y-%m-%d %H:%M")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _raw(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().rstrip("\r\n")
