"""Do we start, watch and end programs as `opportune up` needs it?"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from opportune.cli import processes
from opportune.cli.processes import MARK, House, Part, alone, end, free_port, mark, marked

SLEEP = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
ORPHAN = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}], start_new_session=True)"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.end()


def part(name: str, script: str, **more: object) -> Part:
    return Part(name, [sys.executable, "-c", script], **more)  # type: ignore[arg-type]


def look_until(house: House, state: str, name: str) -> None:
    for _ in range(300):
        house.look()
        if {part.name: part.state for part in house.parts}[name] == state:
            return
        time.sleep(0.05)
    pytest.fail(f"{name} never became {state}")


def test_an_orphan_in_a_session_of_its_own_is_found_and_ended(house: House) -> None:
    house.parts = [part("worker", ORPHAN, passing=True)]
    look_until(house, "ready", "worker")  # its parent has ended
    assert len(marked(mark(house.home))) == 1
    house.end()
    assert marked(mark(house.home)) == []


def test_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    env = {MARK: mark(tmp_path, "deaf")}
    with subprocess.Popen([sys.executable, "-c", DEAF], env=env, stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout
        deaf.stdout.readline()
        assert end(mark(tmp_path), patience=0.3) == 1
        assert deaf.wait() == -9


def test_another_home_is_left_alone(tmp_path: Path) -> None:
    env = {MARK: mark(tmp_path / "two", "web")}
    with subprocess.Popen([sys.executable, "-c", SLEEP], env=env) as other:
        assert end(mark(tmp_path), patience=0.3) == end(mark(tmp_path / "t"), patience=0.3) == 0
        assert other.poll() is None
        other.kill()


def test_what_acts_ends_before_what_it_talks_to(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []
    monkeypatch.setattr(processes, "end", lambda prefix, only="", **_: ended.append(prefix.rpartition("|")[2] + only))
    house.end()
    assert ended == [processes.FLOW_RUN, "worker", ""]


def test_a_part_waits_for_what_it_needs(house: House) -> None:
    house.parts = [part("deployments", SLEEP, needs=("server",)), part("server", SLEEP, ready=lambda: False)]
    house.look()
    assert [p.process is None for p in house.parts] == [True, False]
    house.parts[1].ready = lambda: True
    look_until(house, "ready", "server")
    house.look()
    assert house.parts[0].process


def test_a_part_that_dies_is_failed_and_the_page_may_say_so(house: House) -> None:
    house.parts = [part("web", "raise SystemExit('no such port')")]
    look_until(house, "failed", "web")
    assert json.loads((house.home / "up.json").read_text()) == {"web": "failed"}
    assert "no such port" in house.log(house.parts[0]).read_text()


def test_a_passing_part_that_ends_badly_is_failed(house: House) -> None:
    house.parts = [part("deployments", "raise SystemExit(2)", passing=True)]
    look_until(house, "failed", "deployments")


def test_nobody_is_told_of_a_house_that_has_ended(house: House) -> None:
    house.parts = [part("web", SLEEP)]
    house.look()
    assert (house.home / "up.json").exists()
    house.end()
    assert not (house.home / "up.json").exists()


def test_one_home_has_one_house(tmp_path: Path) -> None:
    with alone(tmp_path) as first, alone(tmp_path) as second:
        assert (first, second) == (True, False)
    with alone(tmp_path) as again:
        assert again


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port, tries=1) == 0
        assert free_port("127.0.0.1", port, tries=50) > port
