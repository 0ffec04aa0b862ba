"""Which opt-outs are kept outside the database? Appended and synced before we answer: a restore replays them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opportune import faults
from opportune.work.world import World


def path(world: World) -> Path:
    return world.settings.home / ("opt-outs-practice.jsonl" if world.settings.practice else "opt-outs.jsonl")


def append(world: World, *entries: dict[str, Any]) -> None:
    """All lines in one write, so that two processes never mix theirs; on the disk before we answer (promise 3)."""
    file = path(world)
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, "".join(json.dumps(entry) + "\n" for entry in entries).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    faults.point("optout.journaled")


def read(world: World) -> Iterator[dict[str, Any]]:
    """In the order in which they were said. A line that a crash cut off was never acknowledged."""
    try:
        lines = path(world).read_text().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry
