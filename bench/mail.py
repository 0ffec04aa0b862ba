"""What does one mail cost beside django-post-office, and does memory grow with the queue?

CPU seconds of the sending process, since others use the machine too. Ours renders, inlines, signs, keeps its ledger and
asks the gate; the peer sends what was rendered before. Both send mails of the same words to the same sink, in turns.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.report import Figure
from opportune.store.db import Database

COUNT = int(os.environ.get("BENCH_MAILS", "2000"))
MANY = int(os.environ.get("BENCH_QUEUED", "100000"))
FEW, ROUNDS = 1_000, 5
SIGNED, UNSIGNED = 0.9, 0.55
GROWTH = 1.1

Load = dict[str, float]


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, sink() as port:
        folder = Path(name)
        load("bench.mail_load", "key", folder / "rsa.pem", "rsa")
        load("bench.mail_load", "fill", _url(folder / "full.db"), COUNT)
        rounds = [_round(folder, port) for _ in range(ROUNDS)]
        yield _beside("mail_vs_post_office_signed", SIGNED, rounds, 0)
        yield _beside("mail_vs_post_office_unsigned", UNSIGNED, rounds, 1)
        yield _memory(folder, port)


def _beside(name: str, bound: float, rounds: list[list[Load]], which: int) -> Figure:
    ours, peer = (statistics.median(each[turn]["cpu"] / COUNT * 1e6 for each in rounds) for turn in (which, 2))
    size = rounds[0][which]["bytes"]
    return Figure(name, COUNT, ours, "us", bound, peer, note=f"CPU a mail of {size / 1000:.1f} KB")


def _round(folder: Path, port: int) -> list[Load]:
    """Signed, unsigned, the peer."""
    ours = [_send(folder, folder / "full.db", port, key) for key in (str(folder / "rsa.pem"), "-")]
    os.environ |= {"BENCH_PEER_DB": str(folder / "peer.db"), "BENCH_PEER_PORT": str(port)}
    load("bench.post_office", "fill", folder / "sample.eml", COUNT)
    peer = load("bench.post_office", "send")
    _remove(folder / "peer.db")
    for each in (*ours, peer):
        assert each["n"] == COUNT, f"{each['n']} of {COUNT} sent"
    return [*ours, peer]


def _send(folder: Path, full: Path, port: int, key: str) -> Load:
    """Over a copy of the same planned mails; one of the mails stays as the sample."""
    copy = folder / "ours.db"
    shutil.copy(full, copy)
    done = load("bench.mail_load", "send", _url(copy), folder, port, key)
    if key == "-":
        with Database(_url(copy)).read() as session:
            [(content,)] = session.connection().exec_driver_sql("SELECT content FROM prepared_message LIMIT 1")
        (folder / "sample.eml").write_bytes(content)
    _remove(copy)
    return done


def _memory(folder: Path, port: int) -> Figure:
    """Of the whole process at its highest, with so many mails waiting and sent."""
    few, many = (_queued(folder, port, count) for count in (FEW, MANY))
    note = f"floor: with {FEW:,}; {many['cpu'] / MANY * 1e6:.0f} us a mail, {few['cpu'] / FEW * 1e6:.0f} with {FEW:,}"
    return Figure("mail_memory_mb", MANY, many["mb"], "MB", GROWTH, few["mb"], note=note)


def _queued(folder: Path, port: int, count: int) -> Load:
    full = folder / f"queued{count}.db"
    load("bench.mail_load", "fill", _url(full), count)
    done = _send(folder, full, port, str(folder / "rsa.pem"))
    _remove(full)
    assert done["n"] == count, f"{done['n']} of {count} sent"
    return done


@contextmanager
def sink() -> Iterator[int]:
    """postfix's smtp-sink, which costs next to nothing; on a port of its own."""
    program = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program, "smtp-sink is not there: install postfix"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = ("-u", "nobody") if os.geteuid() == 0 else ()
    server = subprocess.Popen([program, *user, "-m", "256", f"127.0.0.1:{port}", "256"])
    try:
        _answers(port)
        yield int(port)
    finally:
        server.terminate()
        server.wait(10)


def _answers(port: int) -> None:
    for _ in range(100):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("smtp-sink does not listen")


def load(module: str, what: str, *given: object) -> Load:
    command = [sys.executable, "-m", module, what, *map(str, given)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: Load = json.loads(done.stdout.splitlines()[-1])
    return told


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


def _remove(path: Path) -> None:
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
