"""Who may write to the SQLite file now, and who keeps the others waiting?

`flock` on a descriptor opened for this transaction: a shared descriptor, or `lockf`, would let two threads of one
process in together. Whoever waits too long is told who has the lock, instead of hanging for ever.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 30.0  # seconds; webhooks are given up on after fifteen, and no transaction of ours takes one


class Locked(OSError):
    """Somebody holds the database and does not let go."""


_ours: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # by path
os.register_at_fork(after_in_child=_ours.clear)  # whoever held one does not live in the child


@contextmanager
def held(path: str) -> Iterator[None]:
    """The one writer's lock for the length of the block. Threads of one process queue for each other more cheaply."""
    if not _ours[path].acquire(timeout=PATIENCE):
        raise _locked(path)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _take(descriptor, path)
            yield
        finally:
            os.close(descriptor)
    finally:
        _ours[path].release()


def _take(descriptor: int, path: str) -> None:
    try:
        return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # a thread waits for us: the kernel knows no time limit, and asking again and again starves
        got = threading.Event()
        threading.Thread(target=_wait, args=(os.dup(descriptor), got), daemon=True).start()
    if not got.wait(PATIENCE):  # the lock, should it still come, ends with the thread's own copy of the descriptor
        raise _locked(path)


def _wait(copy: int, got: threading.Event) -> None:
    fcntl.flock(copy, fcntl.LOCK_EX)
    os.close(copy)  # the lock stays as long as the other descriptor is open
    got.set()


def _locked(path: str) -> Locked:
    who = _holder(path)
    return Locked(f"the database is locked for {PATIENCE:g} s by {who}: wait until it ends, or end it ({path})")


def _holder(path: str) -> str:
    """Number and command of the process, as far as the kernel tells."""
    file = os.stat(path)
    place = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}:{file.st_ino}"
    for line in Path("/proc/locks").read_text().splitlines():
        _, kind, *_, pid, where, _, _ = line.split()
        if kind == "FLOCK" and where == place:
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return f"process {pid} ({' '.join(words.split())[:80]})"
    return "another process"
