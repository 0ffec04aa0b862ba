"""Does the whole house start, work and end? The real Prefect server, worker, page and stand-ins, from the pinned lock.

One house for the whole file; the last test ends it. What each flow does: tests/flows.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from opportune.cli.processes import end, mark, marked

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.timeout(300)]

UP = "from opportune.cli.up import up; raise SystemExit(up(practice=True, as_json=True))"
FLOWS = {"plan", "mail-slot", "live", "inbox", "reconcile", "nightly"}
PATIENCE = 150


@dataclass
class House:
    process: subprocess.Popen[bytes]
    home: Path
    addresses: dict[str, str]
    runs: dict[str, str] = field(default_factory=dict)

    def api(self, verb: str, path: str, body: object = None) -> Any:
        return httpx.request(verb, f"{self.addresses['prefect']}/api{path}", json=body, timeout=30).json()

    def start(self, name: str, due: datetime | None = None) -> str:
        """Ask for a run of this deployment; returns its id."""
        deployment = self.api("GET", f"/deployments/name/{name}/{name}".replace("/mail-slot/", "/mail slot/"))
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": (due or datetime.now(UTC)).isoformat()}}
        asked = f"/deployments/{deployment['id']}/create_flow_run"
        # Prefect's own database may be busy with the first scheduled runs: then it answers without an id.
        return wait_for(lambda: self.api("POST", asked, {"state": state}).get("id"))

    def run(self, id: str) -> dict[str, Any]:
        return self.api("GET", f"/flow_runs/{id}")

    def ended(self, id: str) -> str | None:
        state = self.run(id)["state"]
        return state["name"] if state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else None


def wait_for(what: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.3)
    return found


def launch(home: Path, folder: Path) -> subprocess.Popen[bytes]:
    base = 20_000 + os.getpid() % 10_000  # below the ports that the system gives away by itself
    env = {
        **os.environ,
        "OPPORTUNE_HOME": str(home),
        "OPPORTUNE_PORT": str(base),
        "OPPORTUNE_PREFECT_PORT": str(base + 60),
    }
    with (folder / "up.out").open("w") as out, (folder / "up.err").open("w") as err:
        return subprocess.Popen([sys.executable, "-c", UP], env=env, cwd=folder, stdout=out, stderr=err)


def addresses(folder: Path) -> dict[str, str] | None:
    said = (folder / "up.err").read_text()
    assert "failed" not in said, said
    line = (folder / "up.out").read_text()
    return json.loads(line) if line else None


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("up")
    home = folder / "home"
    process = launch(home, folder)
    try:
        house = House(process, home, wait_for(lambda: addresses(folder)))
        # All at once: each flow process costs seconds before its first line.
        house.runs["live"] = house.start("live")
        house.runs["plan"] = house.start("plan")
        house.runs["late"] = house.start("mail-slot", due=datetime.now(UTC) - timedelta(hours=10))
        yield house
    finally:
        process.kill()
        process.wait()
        end(mark(home), patience=0)


def test_the_page_is_up_before_prefect(house: House) -> None:
    said = (house.home.parent / "up.err").read_text()
    assert said.index("web: ready") < said.index("prefect server: ready") < said.index("worker: ready")


def test_health_tells_of_every_part(house: House) -> None:
    parts = httpx.get(house.addresses["health"]).json()["parts"]
    assert {"web", "prefect server", "deployments", "worker"} <= set(parts)
    assert set(parts.values()) == {"ready"}


def test_the_board_opens(house: House) -> None:
    assert httpx.get(house.addresses["board"]).status_code == 200


def test_every_flow_is_scheduled(house: House) -> None:
    """With SQLAlchemy 2.1 everything looks healthy and nothing is."""
    deployments = {d["id"]: d["name"] for d in house.api("POST", "/deployments/filter", {})}
    coming = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}, "limit": 200}

    def scheduled() -> bool:
        runs = house.api("POST", "/flow_runs/filter", coming)
        return {deployments[run["deployment_id"]] for run in runs if run["auto_scheduled"]} == FLOWS

    assert wait_for(scheduled)


def test_a_run_completes_and_shows_what_it_decided(house: House) -> None:
    assert wait_for(lambda: house.ended(house.runs["plan"])) == "Completed"
    shown = house.api("POST", "/artifacts/filter", {"artifacts": {"key": {"any_": ["decisions"]}}})
    assert shown[0]["type"] == "table"


def test_a_run_that_was_due_hours_ago_ends_at_once(house: House) -> None:
    assert wait_for(lambda: house.ended(house.runs["late"])) == "Skipped"


def test_after_ctrl_c_nothing_that_was_started_is_left(house: House) -> None:
    """Flow processes too: they lead groups of their own and outlive their worker."""
    # Prefect says RUNNING before the flow's first line: only its step tells that it heeds a signal by now.
    step = {"flow_runs": {"id": {"any_": [house.runs["live"]]}}}
    wait_for(lambda: house.api("POST", "/task_runs/filter", step))
    flows = [pid for pid in marked(mark(house.home)) if "prefect.engine" in command(pid)]
    assert flows
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(60) == 0
    assert marked(mark(house.home)) == []
    assert not [pid for pid in flows if command(pid)]
    with closing(sqlite3.connect(house.home / "prefect/prefect.db")) as prefect:
        ended = prefect.execute("SELECT state_name FROM flow_run WHERE id = ?", [house.runs["live"]]).fetchone()
    log = (house.home / "logs/worker.log").read_text()[-3000:]
    assert ended == ("Completed",), log  # it was asked to stop, not killed
    for address in house.addresses.values():
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
