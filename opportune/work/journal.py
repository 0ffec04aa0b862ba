"""Which opt-outs and erasures are kept outside the database? Appended and synced before we answer: a restore replays
them. No address stands here, only keyed hashes of them; of who was forgotten only a number.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from opportune import faults
from opportune.rules.facts import Instant
from opportune.work.world import World

GONE = {"reason": "erased"}


def path(world: World) -> Path:
    return world.settings.home / ("opt-outs-practice.jsonl" if world.settings.practice else "opt-outs.jsonl")


def _waiting_path(world: World) -> Path:
    return path(world).with_suffix(".waiting")


def erasures_path(world: World) -> Path:
    return world.settings.home / ("erasures-practice.jsonl" if world.settings.practice else "erasures.jsonl")


def append(world: World, *entries: dict[str, Any]) -> None:
    """All lines in one write, so that two processes never mix theirs; on the disk before we answer (promise 3)."""
    _append(path(world), *entries)
    faults.point("optout.journaled")


def _append(file: Path, *entries: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if not os.fstat(descriptor).st_size:
            _sync(file.parent)
        lines = _end_of_half(descriptor) + "".join(json.dumps(entry) + "\n" for entry in entries).encode()
        if os.write(descriptor, lines) < len(lines):  # a full disk takes a part, and says nothing
            raise OSError(errno.ENOSPC, "the disk took only a part of the line: make room", str(file))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def wait(world: World, digest: str) -> None:
    """A no of this hash stands in the journal alone: until the database knows of it nothing leaves (see the gate). A
    file of its own for each, so that one that comes while others are applied is not taken for one of them."""
    folder = _waiting_path(world)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{digest}.{uuid4().hex}").touch(0o600)
    _sync(folder)
    _sync(folder.parent)


def waiting(world: World) -> list[str]:
    """Which noes wait so, each by a name that begins with its hash."""
    try:
        return os.listdir(_waiting_path(world))
    except FileNotFoundError:
        return []


def applied(world: World, names: Sequence[str]) -> None:
    for name in names:
        (_waiting_path(world) / name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """A new file's name outlives a power cut, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _end_of_half(descriptor: int) -> bytes:
    """A line that was cut off ends here: what we acknowledge now is not read as its rest."""
    size = os.fstat(descriptor).st_size
    return b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""


def forgotten(world: World, people: Sequence[tuple[int, Instant]], now: Instant) -> None:
    """Records, each by its number and when it was made, whose data is gone; and no hash tells any more whose it was."""
    _append(erasures_path(world), {"at": now, "people": [list(each) for each in people]})
    _nameless(path(world), {id for id, _ in people})


def _nameless(file: Path, people: set[int]) -> None:
    """In place, each line as long as it was: somebody may be appending."""
    if not file.exists():
        return
    with file.open("r+b") as journal:
        for line in iter(journal.readline, b""):
            entry = _read(line.decode(errors="replace"))
            if entry and entry.get("contact") in people:
                bare = json.dumps({name: value for name, value in entry.items() if name != "contact"} | GONE)
                journal.seek(-len(line), os.SEEK_CUR)
                journal.write(bare.encode().ljust(len(line) - 1) + b"\n")
        journal.flush()
        os.fsync(journal.fileno())


def read(world: World) -> Iterator[dict[str, Any]]:
    """In the order in which they were said. A line that a crash cut off was never acknowledged."""
    return _lines(path(world))


def erasures(world: World) -> Iterator[dict[str, Any]]:
    return _lines(erasures_path(world))


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = file.read_text("utf-8", errors="replace").splitlines()  # a power cut may leave anything
    except FileNotFoundError:
        return
    for line in lines:
        if entry := _read(line):
            yield entry


def _read(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
