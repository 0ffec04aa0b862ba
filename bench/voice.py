"""Is Twilio answered in time while mail leaves, is any webhook lost, and do calls leave as fast as allowed, no faster?

The real application on a real socket, signed webhooks, SQLite on disk. A thousand calls are open at once, beside a mail
slot that sends all it can; then 300 webhooks a second for five minutes. The floor is a server that answers 204 and
stores nothing, under the same calls. Two workers place calls through one database, at a carrier that only counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench import mail_load
from bench.mail import load, sink
from bench.report import Figure
from bench.voice_callers import EACH
from opportune.rehearsal.server import free_socket
from opportune.settings import ROOT

SHORT = float(os.environ.get("BENCH_VOICE", "1"))  # 0.1: a tenth, to try something out
CALLS, LIFE, OVER = max(10, int(1_000 * SHORT)), max(9.0, 60 * SHORT), max(4.5, 30 * SHORT)
# when the last one has begun none has ended
SLOT = int(10_000 * SHORT)
WEBHOOKS, SECONDS = 300, 300 * SHORT
RATE, PLACING = 10, max(15.0, 60 * SHORT)
P99_MS, USED = 250.0, 0.95

Told = dict[str, Any]


def figures() -> Iterator[Figure]:
    """Beside the code, since /tmp may be memory."""
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as name:
        yield _beside_a_slot(Path(name))
        yield _lost(Path(name))
        yield _pacing(Path(name))


def _beside_a_slot(folder: Path) -> Figure:
    url = f"sqlite:///{folder / 'slot.db'}"
    tokens = load("bench.voice_load", "fill", url, SLOT, CALLS)["tokens"]
    with _listening("bare") as (port, _):
        floor = _calls(port, tokens, LIFE, OVER)
    offset = _offset()
    with sink() as mail, _process("slot", url, folder, offset, mail) as slot:
        assert slot.stdout
        assert slot.stdout.readline() == "ready\n"
        with _listening("serve", url, folder, offset) as (port, server):
            print("go", file=slot.stdin, flush=True)
            began = _cpu(server)
            seen = _calls(port, tokens, LIFE, OVER)
            cpu = _cpu(server) - began
        sent = json.loads(slot.communicate()[0].splitlines()[-1])
    _all_there(url, seen)
    note = (
        f"half of them {seen['p50']:.0f}; {cpu / seen['sent'] * 1e3:.1f} ms of CPU each; "
        f"{sent['sent']:,} mails left in {sent['seconds']:.0f} s beside"
    )
    return Figure("voice_webhook_p99_ms", seen["sent"], seen["p99"], "ms", P99_MS, floor["p99"], False, note)


def _lost(folder: Path) -> Figure:
    url = f"sqlite:///{folder / 'lost.db'}"
    count = int(WEBHOOKS * SECONDS / EACH)
    tokens = load("bench.voice_load", "fill", url, 1, count)["tokens"]
    with _listening("serve", url, folder, _offset()) as (port, server):
        began = _cpu(server)
        seen = _calls(port, tokens, min(10.0, SECONDS), SECONDS)
        cpu = _cpu(server) - began
    kept = load("bench.voice_load", "stored", url)
    lost = seen["sent"] - min(seen["acknowledged"], kept["stored"])
    note = (
        f"{seen['sent'] / seen['seconds']:.0f} a second; "
        f"p99 {seen['p99']:.0f} ms, {cpu / seen['sent'] * 1e3:.1f} of them CPU; "
        f"{kept['stored'] - kept['applied']:.0f} not understood; {seen['refused'] or 'none refused'}"
    )
    return Figure("voice_webhooks_lost", seen["sent"], lost, "", 0, note=note)


def _pacing(folder: Path) -> Figure:
    url = f"sqlite:///{folder / 'pacing.db'}"
    load("bench.voice_load", "due", url, int(RATE * (PLACING + 10)))
    ours = free_socket()
    ours.listen()
    with _process("carrier", ours.fileno(), pass_fds=[ours.fileno()]) as carrier:
        given = (url, folder, _offset(), ours.getsockname()[1], RATE, PLACING)
        with _process("place", *given) as one, _process("place", *given) as other:
            placed = [json.loads(each.communicate()[0].splitlines()[-1])["sent"] for each in (one, other)]
        came = sorted(json.loads(carrier.communicate()[0].splitlines()[-1])["came"])
    ours.close()
    most = max(bisect_left(came, moment + 1) - number for number, moment in enumerate(came))
    used = (len(came) - 1) / (came[-1] - came[0]) / RATE
    note = f"{used:.2f} of {RATE} a second, at most {most} in any; {placed[0]:.0f} and {placed[1]:.0f} by two workers"
    value = used if most <= RATE else 0.0
    return Figure("voice_pacing", len(came), value, "", USED, None, False, note, at_least=True)


def _offset() -> int:
    """The clock of all processes: the mark of a mail slot is now."""
    return round(mail_load.MARK - time.time())


def _calls(port: int, tokens: list[str], life: float, over: float) -> Told:
    plan = json.dumps({"port": port, "tokens": tokens, "life": life, "over": over})
    done = subprocess.run(
        [sys.executable, "-m", "bench.voice_callers"], input=plan, check=True, stdout=subprocess.PIPE, text=True
    )
    told: Told = json.loads(done.stdout)
    return told


def _all_there(url: str, seen: Told) -> None:
    kept = load("bench.voice_load", "stored", url)
    assert seen["sent"] == seen["acknowledged"] == kept["stored"], f"{seen} {kept}"


@contextmanager
def _listening(what: str, *given: object) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    ours = free_socket()
    ours.listen(2048)
    with _process(what, ours.fileno(), *given, pass_fds=[ours.fileno()]) as server:
        httpx.get(f"http://127.0.0.1:{ours.getsockname()[1]}/health", timeout=60)  # it has begun
        yield ours.getsockname()[1], server
        server.terminate()
    ours.close()


@contextmanager
def _process(what: str, *given: object, pass_fds: list[int] | None = None) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.voice_load", what, *map(str, given)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=pass_fds or ()
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def _cpu(process: subprocess.Popen[str]) -> float:
    """Seconds so far."""
    spent = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")
