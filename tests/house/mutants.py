"""How many small changes, planted into the rules, do their tests notice? `make mutants` counts.

mutmut plants them and finds out which tests reach which; here each is tried in a fork of a session that has collected
the tests already, the quickest test first. A change that runs for ever is noticed; one that no test reaches is not.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOAL = 0.95
ROOT = Path(__file__).parents[2]
PLANTED = ROOT / "mutants"
FIRST = "opportune.rules.segment.*"  # mutmut plants and maps everything whatever is asked of it: these are few
PATIENCE = 60  # seconds of CPU; all tests together take twenty
SESSION = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--hypothesis-seed=1",
           "--ignore=tests/rules/test_reasons.py", "--ignore=tests/rules/test_windows_oracle.py",
           "tests/rules"]  # fmt: skip


def main() -> None:
    subprocess.run([sys.executable, "-m", "mutmut", "run", FIRST], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    shards = os.cpu_count() or 2
    paths = os.pathsep.join([str(PLANTED), str(PLANTED / "tests")])
    command, env = [sys.executable, __file__, str(shards)], {**os.environ, "PYTHONPATH": paths, "MUTANT_UNDER_TEST": ""}
    quiet: dict[str, Any] = {"cwd": PLANTED, "env": env, "stdout": subprocess.DEVNULL}
    working = [subprocess.Popen([*command, str(number)], **quiet) for number in range(shards)]
    ended = [process.wait() for process in working]
    if any(ended):
        sys.exit("the tests of the rules fail without any planted change: mend them first")
    found: dict[str, int] = {}
    for number in range(shards):
        found |= json.loads(_result(number).read_text())
    unnoticed = sorted(name for name, code in found.items() if code == 0)
    noticed = len(found) - len(unnoticed)
    share = noticed / len(found)
    figures = {"planted": len(found), "noticed": noticed, "share": round(share, 4), "goal": f"≥ {GOAL}"}
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build" / "mutants.json").write_text(json.dumps({**figures, "unnoticed": unnoticed}, indent=1) + "\n")
    print(f"{noticed} of {len(found)} planted changes noticed: {share:.1%}, wanted {GOAL:.0%}; build/mutants.json")
    sys.exit(share < GOAL)


def shard(shards: int, number: int) -> int:
    """Every so many-th change, in a session of its own."""
    return int(pytest.main(SESSION, plugins=[Tries(planted()[number::shards], _result(number))]))


def planted() -> list[str]:
    """The names of all changes."""
    metas = sorted((PLANTED / "opportune" / "rules").rglob("*.meta"))
    return [name for meta in metas for name in json.loads(meta.read_text())["exit_code_by_key"]]


def _result(number: int) -> Path:
    return PLANTED / f"noticed-{number}.json"


class Tries:
    """In place of pytest's own loop over the tests."""

    def __init__(self, names: list[str], result: Path) -> None:
        stats = json.loads((PLANTED / "mutmut-stats.json").read_text())
        self.names, self.result = names, result
        self.tests_of, self.seconds = stats["tests_by_mangled_function_name"], stats["duration_by_test"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if in_fork(session, session.items, ""):
            pytest.exit("a test fails without any planted change", 1)
        tests = {item.nodeid: item for item in session.items}
        found = {}
        for name in self.names:
            reach = [id for id in self.tests_of.get(_function(name), ()) if id in tests]
            reach.sort(key=lambda id: self.seconds.get(id, 1.0))
            found[name] = in_fork(session, [tests[id] for id in reach], name)
            self.result.write_text(json.dumps(found))
        return True


def _function(name: str) -> str:
    """What the change is in, as mutmut calls it."""
    return name.rsplit("__mutmut_", 1)[0].replace("__init__.", "")


def in_fork(session: pytest.Session, tests: list[Any], name: str) -> int:
    """0: no test of these failed with this change."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))  # a test may set an alarm of its own
    os.environ["MUTANT_UNDER_TEST"] = name.replace("__init__.", "")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    for test, following in zip(tests, [*tests[1:], None], strict=True):
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
        if session.testsfailed:
            os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(shard(*map(int, sys.argv[1:])))
    main()
