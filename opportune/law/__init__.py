"""Which law applies at a place? Rows are data in `jurisdictions.toml`: read here, handed to the rules. No legal advice.

More files (`OPPORTUNE_LAW_FILES`) replace rows of the same place. A subdivision ("US-FL") takes over the values of its
country that it does not state, but never a signature.
"""

from __future__ import annotations

from pathlib import Path

from opportune.law.book import ELSEWHERE, LawBook, Signature
from opportune.law.decrees import read
from opportune.law.files import TABLE, LawError, sheets
from opportune.law.sheet import Sheet

__all__ = ["ELSEWHERE", "TABLE", "LawBook", "LawError", "Sheet", "Signature", "load"]


def load(*extra: Path, holidays: str = "") -> LawBook:
    """The shipped rows, and those of `extra` files in their place; `holidays`: one's own file of moved days off."""
    return LawBook(sheets(extra), decrees=read([Path(holidays)] if holidays else []))
