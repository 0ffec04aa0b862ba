"""Which files go with a mail? Read with a limit, since many mailboxes refuse large ones, and written as parts of it."""

from __future__ import annotations

import mimetypes
import re
from base64 import encodebytes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

MOST_MB = 10
ANY = "application/octet-stream"
KIND = re.compile(r"(?!multipart/|message/)[a-z]+/[A-Za-z0-9][A-Za-z0-9.+-]{0,100}")
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff/\\]")  # a name is no path, and stays in its header
ADVICE = "put a link into the mail instead, or raise OPPORTUNE_MAIL_ATTACHMENTS_MB"


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes
    kind: str = ANY  # its media type


def read(files: Iterable[Path], most_mb: int = MOST_MB) -> tuple[Attachment, ...]:
    """The files, if all of them together are not too large: looked at before any is read."""
    paths = tuple(files)
    try:
        _within([(path.name, path.stat().st_size) for path in paths], most_mb)
        return tuple(Attachment(path.name, path.read_bytes(), _kind(path)) for path in paths)
    except OSError as error:
        raise ValueError(f"attachment {error.filename}: {error.strerror}") from error


def parts(attachments: Sequence[Attachment], most_mb: int = MOST_MB) -> list[bytes]:
    """Each as a part of a mail, headers and all. Raises ValueError for too much, or for a name that is none."""
    _within([(each.name, len(each.content)) for each in attachments], most_mb)
    return [_part(each) for each in attachments]


def _within(sizes: Sequence[tuple[str, int]], most_mb: int) -> None:
    total = sum(size for _, size in sizes)
    if total > most_mb * 1_000_000:
        name, size = max(sizes, key=lambda each: each[1])
        raise ValueError(
            f"letter.attachments: {total / 1e6:.1f} MB, the largest {name!r} with {size / 1e6:.1f} MB, and at most "
            f"{most_mb} MB may go with a mail: {ADVICE}"
        )


def _kind(path: Path) -> str:
    kind, packed = mimetypes.guess_type(path.name)
    return kind if kind and not packed and KIND.fullmatch(kind) else ANY


def _part(attachment: Attachment) -> bytes:
    if not KIND.fullmatch(attachment.kind):
        raise ValueError(f"letter.attachments: {attachment.kind!r} is no media type of a file, like application/pdf")
    head = (
        f"Content-Type: {attachment.kind}\r\n"
        f"Content-Disposition: attachment;\r\n {_filename(attachment.name.strip())}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + encodebytes(attachment.content).replace(b"\n", b"\r\n")


def _filename(name: str) -> str:
    """Plain, or percent-encoded (RFC 2231)."""
    if not name or UNFIT.search(name):
        raise ValueError(f"letter.attachments: {name!r} is no name of a file (a path, a line break, or nothing)")
    if re.fullmatch(r"[A-Za-z0-9 ._()+-]{1,200}", name):
        return f'filename="{name}"'
    coded = quote(name, safe="")
    if len(coded) > 900:
        raise ValueError(f"letter.attachments: the name {name[:40]!r}… is too long for a mail, shorten it")
    return f"filename*=utf-8''{coded}"
