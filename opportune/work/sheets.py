"""How do we read a table that some other program exported?

Encoding and delimiter are found out, records keep the line number they began at, and a broken record costs only
itself: an unclosed quote may not swallow the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

DELIMITERS = ",;\t|"
MOST_BYTES = 500_000_000
TELLING = 2000  # lines that tell one old code page from another
LONGEST_RECORD = 20  # lines: a note may hold line breaks, an unclosed quote must not eat the file
#: Letters that names and places really use, per encoding; others in a word mean that the guess is wrong.
LATIN = {
    "cp1252": "äöüßéèêëàâçîïôùûáíóúñãõåæøœžš’ÄÖÜÉÈÀÇÁÍÓÚÑÅØŽŠ",
    "cp1250": "ăâîșşțţąćęłńóśźżčďěňřšťůžőűáíéýúôľĺŕđöüäßşŞŢĂÂÎĄĆĘŁŃŚŹŻČĎĚŇŘŠŤŮŽŐŰÁÍÉÝÚÓÖÜÄ’",
}
LATIN["iso8859_2"] = LATIN["cp1250"]
CYRILLIC = ("cp1251", "koi8_r", "cp866")


class SheetError(ValueError):
    """The file as a whole cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line it begins at, its fields, the text it came from, and what is wrong with it (else "")."""

    line: int
    fields: list[str]
    raw: str
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read again and again, a line at a time: a million rows need no more memory than one."""

    path: Path
    encoding: str
    sha: str  # of the file's bytes: an import that goes on must meet the same file
    lines: int

    def headers(self) -> dict[str, list[str]]:
        """The header as each delimiter would split it; {} of an empty file."""
        first = next(records(self._text(), "\0"), None)
        return {mark: next(records([first.raw], mark)).fields for mark in DELIMITERS} if first else {}

    def records(self, delimiter: str, width: int | None) -> Iterator[Record]:
        """Everything after the header."""
        return islice(records(self._text(), delimiter, width), 1, None)

    def _text(self) -> Iterator[str]:
        with _opened(self.path) as file, io.TextIOWrapper(file, self.encoding, errors="replace") as text:
            for at, line in enumerate(text):
                yield (line if at else line.removeprefix("\ufeff")).removesuffix("\n")


def look(path: Path) -> Table:
    """Encoding, hash and length, in one pass."""
    sha, utf8, lines, head, telling = hashlib.sha256(), True, 0, b"", list[bytes]()
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SheetError(f"{path}: larger than {MOST_BYTES:,} bytes; split the file")
        with _opened(path) as file:
            while chunk := file.read(1 << 20):
                head, lines = head or chunk, lines + chunk.count(b"\n")
                sha.update(chunk)
                utf8 = utf8 and _decodes(decoder, chunk)
                telling += (line for line in chunk.splitlines() if len(telling) < TELLING and not line.isascii())
    except OSError as error:
        raise SheetError(f"{path}: cannot be read ({error.strerror or error}); check the name") from error
    wide = encoding_of(head[:4096]) if b"\0" in head[:4096] or not utf8 else "utf-8-sig"
    if wide.startswith("utf-16"):
        return Table(path, wide, sha.hexdigest(), max(lines, 1))
    return Table(path, "utf-8-sig" if utf8 else _old_page(telling), sha.hexdigest(), max(lines, 1))


def _opened(path: Path) -> Any:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(data: bytes) -> str:
    """A byte order mark says it; then UTF-8 when it decodes; then the old code page whose letters make words."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[:4096]
    if sample.count(0) > len(sample) // 4:
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    try:
        data.decode("utf-8")
        return "utf-8-sig"
    except UnicodeDecodeError:
        return _old_page([line for line in data.splitlines() if not line.isascii()][:TELLING])


def _old_page(telling: list[bytes]) -> str:
    return max([*LATIN, *CYRILLIC], key=lambda encoding: _sense(b"\n".join(telling), encoding))


def _sense(data: bytes, encoding: str) -> float:
    """How much like words the data reads in this encoding."""
    text = data.decode(encoding, errors="replace")
    words = [word for word in re.findall(r"[^\s,;|\t\"@.()+0-9:/-]+", text) if not word.isascii()]
    judge = _latin_word if encoding in LATIN else _cyrillic_word
    return sum(judge(word, LATIN.get(encoding, "")) for word in words)


def _latin_word(word: str, letters: str) -> float:
    strange = [letter for letter in word if not letter.isascii()]
    if len(strange) > 1 and len(strange) > len(word) / 2:  # Latin words are mostly ASCII
        return -len(strange)
    return sum(1 if letter in letters else -3 for letter in strange)


def _cyrillic_word(word: str, _letters: str) -> float:
    if any(letter.isascii() and letter.isalpha() for letter in word):
        return -3
    if not all("\u0400" <= letter <= "\u04ff" or not letter.isalpha() for letter in word):
        return -len(word)
    usual = word.islower() or word.isupper() or word.istitle()
    return len(word) if usual and word.replace("’", "").isalpha() else -len(word)


def records(text: Iterable[str], delimiter: str, width: int | None = None) -> Iterator[Record]:
    """Every record of these lines that is not empty. `width`: how many fields a record has; others are broken."""
    rest = iter(text)
    ahead = list(islice(rest, LONGEST_RECORD))
    at = 0
    while ahead:
        record, used = _record(ahead, at, delimiter, width)
        if record.broken or any(field.strip() for field in record.fields):
            yield record
        at += used
        ahead = [*ahead[used:], *islice(rest, used)]


def _record(lines: list[str], at: int, delimiter: str, width: int | None) -> tuple[Record, int]:
    """The record that begins with the first of these lines, and the number of lines it takes."""
    why = "a quotation mark is never closed"
    for used in range(1, len(lines) + 1):
        raw = "\n".join(lines[:used])
        if raw.count('"') % 2:  # inside a quoted field
            continue
        try:
            fields = next(csv.reader(raw.splitlines(keepends=True), delimiter=delimiter, strict=True), [])
        except csv.Error:
            why = "a quotation mark stands inside a field; double it or quote the whole field"
            break
        if width in (None, len(fields)):
            return Record(at + 1, fields, raw), used
        if used == 1:
            empty = not any(field.strip() for field in fields)
            why = "" if empty else f"{len(fields)} fields where the header has {width}"
            break
    return Record(at + 1, [], lines[0], why), 1
