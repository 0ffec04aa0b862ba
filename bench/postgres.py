"""A PostgreSQL of our own for the benchmarks, durable as in earnest, and what its processes cost."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from opportune.settings import ROOT

sys.path.append(str(ROOT / "tests"))
from support_postgres import Cluster, NoPostgres

__all__ = ["Cluster", "NoPostgres", "cluster", "measured"]

DURABLE = {"listen_addresses": "", "max_connections": "40", "shared_buffers": "256MB", "max_wal_size": "4GB"}
POSTMASTER = "BENCH_POSTMASTER"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Children of this process find the server's processes by the environment."""
    mine = Cluster(DURABLE)
    os.environ[POSTMASTER] = str(mine.pid)
    try:
        yield mine
    finally:
        del os.environ[POSTMASTER]
        mine.stop()


@contextmanager
def measured(url: str) -> Iterator[Callable[[], float]]:
    """CPU seconds of the block: ours, and on PostgreSQL those of the server's processes too."""
    began = _cpu(url)
    ended: list[float] = []
    yield lambda: ended[0]
    ended.append(_cpu(url) - began)


def _cpu(url: str) -> float:
    return time.process_time() + (0.0 if url.startswith("sqlite") else _server())


def _server() -> float:
    """Of every process that still runs; connections stay open while we measure."""
    pid = os.environ[POSTMASTER]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(_spent(each) for each in (pid, *children))


def _spent(pid: str) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except FileNotFoundError:  # it ended just now
        return 0.0
