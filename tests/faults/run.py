"""How well do the promises hold when things break? Every experiment, one for each core, and one table.

`python tests/faults/run.py` is the table that `make faults` prints; only such a full run writes `build/faults.json`.
What this machine cannot do is a row that says why, and the run fails: a promise nobody tried is none.
`--soak` goes on for hours with ever other seeds (`make soak`): what is done is kept in `build/soak.json`, and a run
that was stopped goes on there, as long as the code is the same. Words after the options choose experiments. Each part
of one is a process of its own, which keeps about one core busy: `--one NAME` is such a part.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TABLE, SOAK = ROOT / "build/faults.json", ROOT / "build/soak.json"
COLUMNS = ("runs", "violations", "lost", "uncertain", "seconds")
SKIPPED = "skipped: "
#: What an experiment tries, and with what.
SOURCES = ("opportune/**/*", "channels/**/*", "templates/**/*", "tests/faults/**/*", "tests/support_*.py")


class Experiment(NamedTuple):
    """Where it stands, how many runs `make faults` wants, in how many parts, and how many times as many a soak wants;
    `row`: what the table sums it up under, if not its name."""

    where: str
    runs: int
    parts: int
    soak: int
    row: str = ""


#: the longest first
EXPERIMENTS: dict[str, Experiment] = {
    "lead_kills": Experiment("faults.kills.lead_kills:run", 200, 2, 10),
    "kill_points_sqlite": Experiment("faults.kills.points:run", 10, 1, 10),
    "kill_postgresql": Experiment("faults.kills.random_kills:postgresql", 200, 1, 10),
    "smtp_faults": Experiment("faults.kills.smtp_faults:run", 50, 1, 10),
    "kill_sqlite": Experiment("faults.kills.random_kills:sqlite", 1_000, 1, 10),
    "webhook_histories": Experiment("faults.worlds.figures:webhook_histories", 20_000, 1, 50),
    "optout_races_simulated": Experiment("faults.worlds.figures:optout_races", 20_000, 4, 50, "optout_races"),
    "worlds": Experiment("faults.worlds.figures:worlds", 200, 4, 500),
    "optout_races_real": Experiment("faults.kills.optout_races:run", 500, 1, 20, "optout_races"),
    "call_faults": Experiment("faults.kills.call_faults:run", 1_000, 1, 10),
    "seeded_bugs": Experiment("faults.worlds.figures:seeded_bugs", 12, 1, 1),
    "accept_kills": Experiment("faults.kills.accepts:run", 20, 1, 10),
    "clock_jumps": Experiment("faults.kills.jumps:run", 4, 1, 10),
    "bad_network": Experiment("faults.kills.proxy:run", 20, 1, 10),
    "sync_kills": Experiment("faults.kills.disk:synced", 20, 1, 10),
    "forged_webhooks": Experiment("faults.kills.forged:run", 5_000, 1, 10),
    "night_kills": Experiment("faults.kills.night:run", 24, 1, 10),
    "database_locked": Experiment("faults.kills.disk:locked", 5, 1, 10),
    "disk_full": Experiment("faults.kills.disk:full", 3, 1, 10),
    "deadlocks": Experiment("faults.kills.deadlocks:run", 3, 1, 10),
}
#: The rows of `build/faults.json`; others are for the eye.
ROWS = ("kill_sqlite", "kill_points_sqlite", "kill_postgresql", "optout_races", "webhook_histories", "forged_webhooks",
        "lead_kills", "smtp_faults", "call_faults", "worlds", "seeded_bugs")  # fmt: skip
Table = dict[str, dict[str, Any]]


class Part(NamedTuple):
    """A share of an experiment, with a seed of its own."""

    name: str
    scale: float
    seed: int

    @property
    def asked(self) -> int:
        """So many runs at least: some experiments go through whole lists, or rounds."""
        return max(1, round(EXPERIMENTS[self.name].runs * self.scale))

    @property
    def key(self) -> str:
        """Its name among what a soak remembers: results of older code count for nothing."""
        return ":".join(map(str, (*self, sources())))


@cache
def sources() -> str:
    whole = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return whole.hexdigest()[:12]


def one(part: Part) -> dict[str, Any]:
    """This part, here and now; its figures, with a sentence for each violation."""
    experiment = EXPERIMENTS[part.name]
    module, _, function = experiment.where.partition(":")
    from faults.kills.figures import NotHere  # only a process of its own has these paths
    from support_postgres import NoPostgres

    try:
        figures = getattr(importlib.import_module(module), function)(part.asked, part.seed)
    except (NotHere, NoPostgres) as reason:
        return dict.fromkeys(COLUMNS, 0) | {"wrong": [], "told": f"{SKIPPED}{reason}"}
    return figures.counts() | {"wrong": figures.violations[:20], "told": figures.told, "cpu": round(_cpu(), 1)}


def _cpu() -> float:
    """What this process and its ended children used: seconds on the clock say little where others work too."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def started(part: Part) -> dict[str, Any]:
    """The same in a process of its own, which no setting of this machine's user reaches."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OPPORTUNE_", "PREFECT_"))}
    paths = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
    command = [sys.executable, __file__, "--one", part.name, "--scale", str(part.scale), "--seed", str(part.seed)]
    with subprocess.Popen(command, env=clean | {"PYTHONPATH": paths}, cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # fmt: skip
        running.append(process)
        said, cried = process.communicate()
        running.remove(process)
    if process.returncode:
        wrong = f"it ended with {process.returncode}: " + "\n    ".join(cried.strip().splitlines()[-8:])
        return dict.fromkeys(COLUMNS, 0) | {"violations": 1, "wrong": [wrong], "told": {}, "died": True}
    return json.loads(said.splitlines()[-1])


running: list[subprocess.Popen[str]] = []


def found(name: str, scale: float) -> dict[str, Any]:
    """For a test: the figures, or a skip that says aloud why."""
    import pytest

    figures = started(Part(name, scale, 1))
    if str(figures["told"]).startswith(SKIPPED):
        pytest.skip(figures["told"])
    return figures


def divided(names: list[str], scale: float, soak: bool) -> list[Part]:
    """All parts; in a soak every experiment comes near its end at the same time, however far we get."""
    parts = []
    for name in names:
        experiment = EXPERIMENTS[name]
        count = experiment.parts if scale == 1 else max(1, round(experiment.parts * scale))
        many = experiment.soak * count if soak else count
        parts += [((seed - 1) / many if soak else 0, Part(name, scale / count, seed)) for seed in range(1, many + 1)]
    return [part for _, part in sorted(parts, key=lambda each: each[0])]


def all_of(parts: list[Part], soak: bool) -> dict[Part, dict[str, Any]]:
    """As many at a time as there are cores. In a soak what ran is remembered; what died or was skipped runs again."""
    read = json.loads(SOAK.read_text()) if soak and SOAK.exists() else {}
    kept = {key: figures for key, figures in read.items() if key.endswith(sources())}
    done = {part: kept[part.key] for part in parts if part.key in kept}

    def work(part: Part) -> None:
        done[part] = figures = started(part)
        _told(part, figures)
        if soak and figures["runs"]:
            kept[part.key] = figures
            _remember(kept)

    pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    try:
        list(pool.map(work, [part for part in parts if part not in done]))
    except KeyboardInterrupt:
        print("stopped; what is done counts" + (", and the same command goes on" if soak else ""), file=sys.stderr)
        _stop(pool)
    return {part: figures for part, figures in done.items() if not (stopping and "died" in figures)}


stopping: list[bool] = []


def _stop(pool: ThreadPoolExecutor) -> None:
    """Each part is asked to end as by Ctrl-C, so that it takes its databases with it."""
    stopping.append(True)
    pool.shutdown(wait=False, cancel_futures=True)
    for process in list(running):
        process.send_signal(signal.SIGINT)
    pool.shutdown()


def _remember(kept: dict[str, Any]) -> None:
    """Never half a file, whenever we are stopped, nor that of a part which ended in the same moment."""
    SOAK.parent.mkdir(exist_ok=True)
    new = SOAK.with_suffix(f".{os.getpid()}")
    with remembering:
        new.write_text(json.dumps(dict(kept)))
        new.replace(SOAK)


remembering = Lock()


def _told(part: Part, figures: dict[str, Any]) -> None:
    if stopping:
        return
    print(f"{part.name} ({part.seed}): {figures['runs']} runs, {figures['violations']} violations, "
          f"{figures['seconds']} s ({figures.get('cpu', 0)} of them CPU), {figures['told'] or ''}",
          file=sys.stderr, flush=True)  # fmt: skip
    for sentence in figures["wrong"]:
        print(f"  {sentence}", file=sys.stderr)


def summed(done: dict[Part, dict[str, Any]]) -> Table:
    """One row for each experiment, or for those that belong together."""
    table: Table = {}
    for name, experiment in EXPERIMENTS.items():
        mine = {part: figures for part, figures in done.items() if part.name == name}
        if mine:
            row = table.setdefault(experiment.row or name, dict.fromkeys((*COLUMNS, "asked"), 0))
            row.update({c: round(row[c] + sum(each[c] for each in mine.values()), 1) for c in COLUMNS})
            row["asked"] += sum(part.asked for part in mine)
            reasons = [str(each["told"]) for each in mine.values() if str(each["told"]).startswith(SKIPPED)]
            row.update({"skipped": reasons[0].removeprefix(SKIPPED)} if reasons else {})
    if "seeded_bugs" in table:
        table["seeded_bugs"]["caught"] = table["seeded_bugs"]["runs"] - table["seeded_bugs"]["violations"]
    order = [*ROWS, *table]
    return dict(sorted(table.items(), key=lambda row: order.index(row[0])))


def show(table: Table) -> None:
    print(f"{'':<22}" + "".join(f"{column:>12}" for column in COLUMNS))
    for name, row in table.items():
        words = f"  {row['caught']} of {row['runs']} caught" if "caught" in row else ""
        words += f"  of {row['asked']}" if row["runs"] < row["asked"] else ""
        words += f"  {SKIPPED}{row['skipped']}" if "skipped" in row else ""
        print(f"{name:<22}" + "".join(f"{row[column]:>12}" for column in COLUMNS) + words)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--one", choices=EXPERIMENTS)
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--soak", action="store_true")
    options.add_argument("names", nargs="*", choices=[*EXPERIMENTS, []])
    given = options.parse_args()
    for each in (signal.SIGINT, signal.SIGTERM):  # whoever was started in the background would ignore the first
        signal.signal(each, signal.default_int_handler)
    if given.one:
        print(json.dumps(one(Part(given.one, given.scale, given.seed))))
        return 0
    parts = divided(given.names or list(EXPERIMENTS), given.scale, given.soak)
    done = all_of(parts, given.soak)
    table = summed(done)
    show(table)
    if given.soak:
        print(f"{len(done)} of {len(parts)} parts are done")
    if not stopping and not given.names and not given.soak and given.scale == 1:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(json.dumps({name: table[name] for name in ROWS}, indent=1) + "\n")
    wrong = any(row["violations"] or row["lost"] or row["runs"] < row["asked"] for row in table.values())
    return 1 if wrong else 130 if stopping else 0


if __name__ == "__main__":
    sys.exit(main())
