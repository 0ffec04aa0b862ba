"""Which files go along with a template's mail? Those that its `meta.yaml` names, beside its words."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from channels import attachments
from channels.attachments import Attachment
from opportune.rules.mail_problems import WordsError
from opportune.work.mail_source import META, Source

AHEAD_MOST = 200_000  # bytes: with more, ten thousand mails made ahead would fill the disk; they are made as they leave


def files(source: Source, most_mb: int) -> tuple[Attachment, ...]:
    """Read again when one of them has changed.

    Raises:
        WordsError: one is missing, or all of them together are too large for a mail.
    """
    if not source.attachments:
        return ()
    try:
        return _read(source.attachments, tuple(Path(each).stat().st_mtime_ns for each in source.attachments), most_mb)
    except (OSError, ValueError) as error:
        raise WordsError("attachment", f"{source.folder}/{META}", field="attachments", why=error) from error


def large(source: Source) -> bool:
    return sum(Path(each).stat().st_size for each in source.attachments if Path(each).is_file()) > AHEAD_MOST


@lru_cache(maxsize=8)
def _read(paths: tuple[str, ...], _stamps: tuple[int, ...], most_mb: int) -> tuple[Attachment, ...]:
    return attachments.read(map(Path, paths), most_mb)
