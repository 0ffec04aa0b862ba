"""How well do the promises hold when things break? Every experiment, two at a time, and one table.

`python tests/faults/run.py` is the table that `make faults` prints; only such a full run writes `build/faults.json`.
`--scale 10` repeats it with other seeds (`make soak`): what is done is kept in `build/soak.json`, and a run that was
stopped goes on there. Words after the options choose experiments. Each one is a process of its own: `--one NAME`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TABLE, SOAK = ROOT / "build/faults.json", ROOT / "build/soak.json"
#: name -> where it stands, and how many runs scale 1 means; the longest first
EXPERIMENTS: dict[str, tuple[str, int]] = {
    "worlds": ("faults.worlds.figures:worlds", 200),
    "webhook_histories": ("faults.worlds.figures:webhook_histories", 20_000),
    "optout_races_simulated": ("faults.worlds.figures:optout_races", 20_000),
    "seeded_bugs": ("faults.worlds.figures:seeded_bugs", 12),
    "lead_kills": ("faults.kills.lead_kills:run", 200),
    "kill_sqlite": ("faults.kills.random_kills:sqlite", 1_000),
    "kill_points_sqlite": ("faults.kills.points:run", 10),
    "kill_postgresql": ("faults.kills.random_kills:postgresql", 200),
    "smtp_faults": ("faults.kills.smtp_faults:run", 50),
    "optout_races_real": ("faults.kills.optout_races:run", 500),
    "call_faults": ("faults.kills.call_faults:run", 1_000),
    "forged_webhooks": ("faults.kills.forged:run", 5_000),
    "bad_network": ("faults.kills.proxy:run", 20),
    "sync_kills": ("faults.kills.disk:synced", 20),
    "database_locked": ("faults.kills.disk:locked", 5),
    "disk_full": ("faults.kills.disk:full", 3),
    "deadlocks": ("faults.kills.deadlocks:run", 3),
}
COLUMNS = ("runs", "violations", "lost", "uncertain", "seconds")


def one(name: str, scale: float, seed: int) -> dict[str, Any]:
    """This experiment, here and now; its figures, with a sentence for each violation."""
    where, runs = EXPERIMENTS[name]
    module, _, function = where.partition(":")
    from faults.kills.figures import NotHere  # only a process of its own has these paths
    from support_postgres import NoPostgres

    try:
        figures = getattr(importlib.import_module(module), function)(max(1, round(runs * scale)), seed)
    except (NotHere, NoPostgres) as reason:
        return dict.fromkeys(COLUMNS, 0) | {"wrong": [], "told": f"skipped: {reason}"}
    return figures.counts() | {"wrong": figures.violations[:20], "told": figures.told}


def started(name: str, scale: float, seed: int) -> dict[str, Any]:
    """The same in a process of its own, which no setting of this machine's user reaches."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OPPORTUNE_", "PREFECT_"))}
    paths = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
    command = [sys.executable, __file__, "--one", name, "--scale", str(scale), "--seed", str(seed)]
    done = subprocess.run(command, env=clean | {"PYTHONPATH": paths}, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return dict.fromkeys(COLUMNS, 0) | {"violations": 1, "wrong": [f"it failed: {last}"], "told": {}}
    return json.loads(done.stdout.splitlines()[-1])


def found(name: str, scale: float) -> dict[str, Any]:
    """For a test: the figures, or a skip that says aloud why."""
    import pytest

    figures = started(name, scale, 1)
    if str(figures["told"]).startswith("skipped"):
        pytest.skip(figures["told"])
    return figures


def all_of(names: list[str], scale: float) -> dict[str, dict[str, Any]]:
    """Two at a time. Above scale 1 in parts, each with a seed of its own; finished parts are remembered."""
    kept = json.loads(SOAK.read_text()) if scale > 1 and SOAK.exists() else {}
    parts = [(name, seed) for seed in range(1, max(1, round(scale)) + 1) for name in names]

    def work(part: tuple[str, int]) -> None:
        name, seed = part
        if f"{name}:{seed}" not in kept:
            kept[f"{name}:{seed}"] = found = started(name, min(1.0, scale), seed)
            _told(name, found, seed)
            if scale > 1:
                SOAK.parent.mkdir(exist_ok=True)
                SOAK.write_text(json.dumps(kept))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, parts))
    return {name: _sum([kept[f"{name}:{seed}"] for each, seed in parts if each == name]) for name in names}


def _sum(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {column: round(sum(part[column] for part in parts), 1) for column in COLUMNS}


def _told(name: str, found: dict[str, Any], seed: int) -> None:
    print(f"{name} ({seed}): {found['runs']} runs, {found['violations']} violations, {found['seconds']} s, "
          f"{found['told'] or ''}", file=sys.stderr, flush=True)  # fmt: skip
    for sentence in found["wrong"]:
        print(f"  {sentence}", file=sys.stderr)


def show(table: dict[str, dict[str, Any]]) -> None:
    print(f"{'':<22}" + "".join(f"{column:>12}" for column in COLUMNS))
    for name, row in table.items():
        print(f"{name:<22}" + "".join(f"{row[column]:>12}" for column in COLUMNS))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--one", choices=EXPERIMENTS)
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("names", nargs="*", choices=[*EXPERIMENTS, []])
    given = options.parse_args()
    if given.one:
        print(json.dumps(one(given.one, given.scale, given.seed)))
        return 0
    table = all_of(given.names or list(EXPERIMENTS), given.scale)
    if "seeded_bugs" in table:
        table["seeded_bugs"]["caught"] = table["seeded_bugs"]["runs"] - table["seeded_bugs"]["violations"]
    show(table)
    if not given.names and given.scale == 1:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(json.dumps(table, indent=1) + "\n")
    return 1 if any(row["violations"] or row["lost"] for row in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
