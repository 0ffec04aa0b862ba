"""Did a person record these words? Then the carrier plays the file, and the text stands for it on screen.

`voice/<name>.<language>/say.mp3` (or `.wav`) beside `say.j2`. Its address holds the hash of its content: what was
approved is what is played, and nothing else of the folder can be asked for.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from opportune.work import mail_source
from opportune.work.world import World

KINDS = {".mp3": "audio/mpeg", ".wav": "audio/x-wav"}
MOST_BYTES = 5_000_000


def beside(folder: Path) -> Path | None:
    """The recording in this folder, if there is one."""
    return next((file for kind in KINDS if (file := folder / f"say{kind}").is_file()), None)


def address(world: World, template: str, language: str) -> str:
    """Where the carrier finds the recording of this template; empty: the words are synthetic."""
    file = beside(mail_source.folder(world.settings.templates / "voice", template, language))
    return f"{world.settings.public_url.rstrip('/')}/voice/said/{_name(file)}" if file else ""


def found(root: Path, name: str) -> Path | None:
    """The recording of this name; None: there is none (any more)."""
    folders = sorted(each for each in (root / "voice").glob("*") if each.is_dir())
    return next((file for each in folders if (file := beside(each)) and _name(file) == name), None)


def _name(file: Path) -> str:
    return f"{_digest(file, file.stat().st_mtime_ns)}{file.suffix}"


@lru_cache(maxsize=256)
def _digest(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:32]
