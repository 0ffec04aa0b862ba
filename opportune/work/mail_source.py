"""What stands in the folder of a mail's template, and has it changed?

`mail/<name>/` holds `subject.txt`, `body.txt` and `body.mjml` in English, and `meta.yaml` for all languages;
`mail/<name>.ru/` holds the same three in Russian. `mail/_frame.*` put letterhead, signature and the way out around each
body, unless its MJML is a whole document.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from opportune.rules.mail_problems import WordsError

SUBJECT, TEXT, HTML, META = "subject.txt", "body.txt", "body.mjml", "meta.yaml"
FRAMES = {TEXT: "_frame.txt", HTML: "_frame.mjml"}
PHRASES = "_frame.yaml"
BODY, LANGUAGE = "{# body #}", "{# language #}"
MOST_FILE = 200_000  # bytes
DEFAULT = "en"


@dataclass(frozen=True)
class Source:
    """One template in one language, as it was written. `frames`: what stands around its text and MJML."""

    name: str
    language: str
    folder: str
    subject: str
    text: str
    html: str
    frames: tuple[tuple[str, str], ...] = ()
    phrases: tuple[tuple[str, str], ...] = ()
    purpose: str = "marketing"
    about: str = ""
    answers: bool = False
    attachments: tuple[str, ...] = ()  # paths: of this language where it has one of that name, else of the plain folder

    def frame(self, part: str) -> str:
        """What stands around this part: nothing where the MJML is a whole document."""
        return "" if self.html.lstrip().startswith("<mjml") else dict(self.frames).get(part, "")

    def body(self, part: str) -> str:
        return {SUBJECT: self.subject, TEXT: self.text, HTML: self.html}[part]

    def framed(self, part: str) -> str:
        """The part with its frame around it."""
        body, frame = self.body(part), self.frame(part)
        whole = frame.replace(BODY, body.rstrip("\n")) if frame else body
        return whole.replace(LANGUAGE, self.language)

    def at(self, part: str, line: int) -> tuple[str, int]:
        """File and line in which this line of the framed part was written: the body's or the frame's."""
        before = self.frame(part).partition(BODY)[0].count("\n")
        lines = self.body(part).rstrip("\n").count("\n") + 1
        if not self.frame(part) or before < line <= before + lines:
            return f"{self.folder}/{part}", line - before
        return str(Path(self.folder).parent / FRAMES[part]), line if line <= before else line - lines + 1


def names(root: Path, channel: str = "mail") -> list[str]:
    """All templates, without the languages they are translated into."""
    base = root / channel
    found = base.iterdir() if base.is_dir() else ()
    return sorted({each.name.partition(".")[0] for each in found if each.is_dir()})


def languages(root: Path, name: str, channel: str = "mail") -> list[str]:
    """In which this template is written, English first."""
    others = sorted(each.name.partition(".")[2] for each in (root / channel).glob(f"{name}.*") if each.is_dir())
    return [DEFAULT, *others] if (root / channel / name).is_dir() else others


def folder(base: Path, name: str, language: str) -> Path:
    """The template in this language where there is one, else in English.

    Raises:
        WordsError: there is none; says which there are.
    """
    if name.replace("_", "").replace("-", "").isalnum() and name.isascii():
        for each in (f"{name}.{language[:2]}", name):
            if language[:2].isalpha() and (base / each).is_dir():
                return base / each
    known = sorted({each.name.partition(".")[0] for each in base.iterdir() if each.is_dir()}) if base.is_dir() else []
    raise WordsError("no_such_template", str(base), 1, name, given=name, folder=str(base), allowed=known)


def load(root: Path, name: str, language: str) -> Source:
    """The template in this language, read again when a file of it has changed.

    Raises:
        WordsError: there is none, or a file is missing or unreadable.
    """
    base = root / "mail"
    where = folder(base, name, language)
    files = [where / SUBJECT, where / TEXT, where / HTML, base / name / META, *_frames(base)]
    return _read(where, name, tuple(_stamp(each) for each in files))


def _frames(base: Path) -> list[Path]:
    return [*(base / each for each in FRAMES.values()), base / PHRASES]


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=512)
def _read(where: Path, name: str, _stamps: tuple[tuple[int, int], ...]) -> Source:
    base = where.parent
    language = where.name.partition(".")[2] or DEFAULT
    meta = _meta(base / name / META)
    files = [where / each if (where / each).exists() else base / name / each for each in meta.pop("attachments", ())]
    phrases = _yaml(base / PHRASES).get(language) or {}
    return Source(
        name=name,
        language=language,
        folder=str(where),
        subject=words(where / SUBJECT),
        text=words(where / TEXT),
        html=words(where / HTML),
        frames=tuple((part, words(base / file)) for part, file in FRAMES.items() if (base / file).is_file()),
        phrases=tuple(sorted((str(key), str(value)) for key, value in phrases.items())),
        attachments=tuple(map(str, files)),
        **meta,
    )


def words(file: Path) -> str:
    """What stands in the file.

    Raises:
        WordsError: it is missing, too long or not UTF-8.
    """
    try:
        if file.stat().st_size > MOST_FILE:
            raise WordsError("file_unreadable", str(file), why="too long", most=MOST_FILE)
        return file.read_text("utf-8")
    except FileNotFoundError as error:
        raise WordsError("file_missing", str(file)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise WordsError("file_unreadable", str(file), why=error, most=MOST_FILE) from error


def _yaml(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(words(file)) if file.is_file() else {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WordsError("yaml", str(file), line, why=error.problem) from error
    return found if isinstance(found, dict) else {}


def _meta(file: Path) -> dict[str, Any]:
    """Without the file: marketing mail, the strictest reading."""
    found = _yaml(file)
    good = {
        "about": isinstance(found.get("about", ""), str),
        "purpose": found.get("purpose", "marketing") in ("marketing", "requested"),
        "answers": isinstance(found.get("answers", False), bool),
        "attachments": _file_names(found.get("attachments", [])),
    }
    for key in found:
        if not good.get(key, False):
            raise WordsError("meta_wrong", str(file), field=str(key), name=key)
    return found


def _file_names(given: Any) -> bool:
    """Names of files beside the words: a path could lead out of the folder."""
    return isinstance(given, list) and all(isinstance(each, str) and each == Path(each).name != "" for each in given)


def fingerprint(root: Path, channel: str, name: str) -> str:
    """Of all files that this template's words come from, in every language; empty where there is none."""
    base = root / channel
    folders = sorted(each for each in base.glob(f"{name}*") if each.name.partition(".")[0] == name)
    files = [file for each in folders for file in sorted(each.iterdir()) if file.is_file()]
    files += [frame for frame in _frames(base) if frame.is_file()] if files else []
    return _hash(tuple((file, _stamp(file)) for file in files)) if files else ""


@lru_cache(maxsize=1024)
def _hash(files: tuple[tuple[Path, tuple[int, int]], ...]) -> str:
    found = hashlib.sha256()
    for file, _ in files:
        content = file.read_bytes()
        found.update(f"{file.parent.name}/{file.name} {len(content)}\n".encode() + content)
    return found.hexdigest()
