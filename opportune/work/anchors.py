"""What of the audit is kept outside the database?

Once a day where the chain stands, in a file that only grows: whoever rewrites the audit with all its hashes must
rewrite that too. Copy it to another machine, and nobody can rewrite both.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from opportune.store import audit, audit_check, notes
from opportune.work.world import World


def path(world: World) -> Path:
    return world.settings.home / ("audit-anchors-practice.jsonl" if world.settings.practice else "audit-anchors.jsonl")


def drop(world: World) -> dict[str, Any]:
    """Each night: where the chain stands now, on the disk."""
    head = notes.get(world.db, audit.HEAD)
    line = {"at": world.clock.now(), "id": head["id"], "hash": head["hash"]}
    file = path(world)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return line


def read(world: World) -> list[dict[str, Any]]:
    """Oldest first; a line that a crash cut off is none."""
    found = []
    try:
        lines = path(world).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    for line in lines:
        try:
            each = json.loads(line)
        except ValueError:
            continue
        if isinstance(each, dict) and isinstance(each.get("id"), int) and each["id"] > 0:
            found.append(each)
    return found


def last(world: World) -> dict[str, Any] | None:
    """For `/health`: when the chain was noted last."""
    noted = read(world)
    return noted[-1] if noted else None


def verify(world: World) -> audit_check.Report:
    with world.db.read() as session:
        return audit_check.verify(session, read(world))
