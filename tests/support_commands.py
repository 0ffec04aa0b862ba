"""How does a test run a command? As a process with streams and an exit code of its own, without waiting for imports.

The program needs two seconds before its first line, and the tests run a hundred commands: each is forked from a process
that has imported everything already. `fresh=True` starts the program as a user does.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opportune.cli import modules_of

SECRET = "a secret of the tests, long enough to sign"
PATIENCE = 120
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(modules_of([]))


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout is exactly one JSON value in one line, and nothing else."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Everything it said, without line breaks; never a traceback."""
        assert "Traceback" not in self.out + self.err
        return " ".join((self.out + self.err).split())


def opportune(home: Path, *words: object, fresh: bool = False, **settings: str) -> Said:
    """One command, in a folder without `.env`."""
    home.mkdir(parents=True, exist_ok=True)
    given = {"OPPORTUNE_HOME": str(home), "OPPORTUNE_SECRET": SECRET, "OPPORTUNE_OPERATOR_PHONE": "+4930231250199"}
    run = _started if fresh else _forked
    return run(list(map(str, words)), home, {**os.environ, **given, "NO_COLOR": "1", **settings})


def _started(words: list[str], home: Path, env: Mapping[str, str]) -> Said:
    command = [sys.executable, "-m", "opportune", *words]
    ran = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, timeout=PATIENCE)
    return Said(ran.returncode, ran.stdout, ran.stderr)


def _forked(words: list[str], home: Path, env: Mapping[str, str]) -> Said:
    with tempfile.TemporaryDirectory() as folder:
        streams = Path(folder, "out"), Path(folder, "err")
        process = _forks.Process(target=_command, args=(words, home, dict(env), streams))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(words)
        return Said(process.exitcode, *(each.read_text("utf-8") for each in streams))


def _command(words: list[str], home: Path, env: Mapping[str, str], streams: tuple[Path, Path]) -> None:
    """In the child: what the shell and the interpreter would have done, then the program."""
    os.chdir(home)
    os.environ.clear()
    os.environ.update(env)
    for number, file in enumerate(streams, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = ["opportune", *words]
    from opportune.cli import main

    main()
