"""How does the whole house start, and end? `opportune up`: the page first, then Prefect, deployments and worker."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from opportune.cli import told_ledger
from opportune.cli.processes import MARK, House, Part, alone, end, free_port, mark
from opportune.rehearsal import standins
from opportune.settings import ROOT, Settings, settings
from opportune.store import notes
from opportune.store.db import Database
from opportune.work import afterwards, chosen_passwords, doors
from opportune.work.watch import AT_WORK, died
from opportune.work.world import open_world

PYTHON = sys.executable
POOL = "opportune"
TELEPHONE = 8060  # its port, or the next free one


def up(*, practice: bool, as_json: bool = False) -> int:
    """Start everything, say where it is, and stay until Ctrl-C or SIGTERM; then end everything that was started."""
    chosen = settings().model_copy(update={"home": settings().home.resolve()})
    if practice or chosen.practice:  # never on the real database
        chosen = chosen.model_copy(update={"practice": True, "database_url": ""})
    chosen.home.mkdir(parents=True, exist_ok=True)
    with alone(chosen.home) as free:
        if not free:
            return refuse(f"`opportune up` runs already on {chosen.home}: end it first, or set OPPORTUNE_HOME.")
        if left := end(mark(chosen.home), patience=10):
            say(f"Ended {left} processes that an earlier run had left behind.")
        if not (port := free_port(chosen.host, chosen.port, tries=50 if chosen.practice else 1)):
            taken = f"Port {chosen.port} of {chosen.host} is taken, or not ours: end the program that listens there"
            return refuse(f"{taken}, or set OPPORTUNE_PORT or OPPORTUNE_HOST.")
        return run(chosen.model_copy(update={"port": port}), as_json)


def run(chosen: Settings, as_json: bool) -> int:
    house = House(chosen.home)
    with asked_to_stop() as stop:
        try:
            (db := Database(chosen.database)).migrate()
            if why := doors.closed(chosen, db):
                return refuse(why)
            say_what_left(chosen, db)
            furnish(house, chosen)
            say_first_link(chosen, db)
            watch(house, stop, as_json)
        except standins.StandinFailed as trouble:
            return refuse(str(trouble))
        finally:
            say("Ending …")
            house.end()
    return int(any(part.state == "failed" for part in house.parts))


def furnish(house: House, chosen: Settings) -> None:
    """Name the parts and what each needs. The stand-ins come first: the page must know their secrets and ports."""
    page = doors.here(chosen)
    if chosen.practice:
        os.environ[MARK] = mark(chosen.home, "stand-ins")
        port = free_port("127.0.0.1", TELEPHONE, tries=50)
        ours = standins.start(chosen.home, telephone=(telephone := f"http://127.0.0.1:{port}/telephone"))
        db = Database(chosen.database)
        ours.run_on(offset := notes.get(db, "clock_offset", 0))
        house.env |= standins.environment(chosen, ours, chosen.port)
        house.parts += [Part(f"stand-in {n}", (), process=process) for n, process in enumerate(ours.processes, 1)]
        house.addresses |= {"carrier": ours.carrier, "mailbox": ours.mailbox, "telephone": telephone}
        notes.put(db, "telephone", telephone)  # the board links to it
        house.parts += [telephone_part(port, ours.mailbox, offset)]
    wanted = chosen.prefect_port + (chosen.prefect_port == chosen.port)
    server = f"http://127.0.0.1:{free_port('127.0.0.1', wanted, tries=50)}"
    house.env |= environment(chosen, f"{server}/api")
    house.addresses |= {"page": page, "board": f"{page}/board/", "health": f"{page}/health", "prefect": server}
    house.parts += [web(chosen, page), *prefect(chosen, server)]


def environment(chosen: Settings, api: str) -> dict[str, str]:
    """What every part is told, besides what we were told ourselves."""
    return {
        "OPPORTUNE_HOME": str(chosen.home),
        "OPPORTUNE_PRACTICE": str(chosen.practice).lower(),
        "OPPORTUNE_PORT": str(chosen.port),
        "OPPORTUNE_FOLDER": str(Path.cwd()),  # flows run here: they must find the same .env
        "OPPORTUNE_PYTHON": PYTHON,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "PREFECT_HOME": str(chosen.home / "prefect"),
        "PREFECT_API_URL": api,
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
    }


def web(chosen: Settings, page: str) -> Part:
    where = ["--host", chosen.host, "--port", str(chosen.port)]
    command = [PYTHON, "-m", "uvicorn", "--factory", "opportune.app:create", *where]
    return Part("web", command, ready=lambda: answer("GET", f"{page}/health") is not None)


def telephone_part(port: int, mailbox: str, offset: int) -> Part:
    """After the page, which is what people wait for."""
    told = ["--port", str(port), "--mailbox", mailbox, "--offset", str(offset)]
    command = [PYTHON, "-m", "opportune.rehearsal.telephone_page", *told]
    health = f"http://127.0.0.1:{port}/health"
    return Part("telephone", command, ready=lambda: answer("GET", health) is not None, needs=("web",))


def prefect(chosen: Settings, server: str) -> list[Part]:
    """Deploying drops the runs that were missed while the house was closed; hence before the worker."""
    port, name = server.rpartition(":")[2], f"up-{os.getpid()}"
    call = [PYTHON, "-m", "prefect", "--no-prompt"]
    start = [*call, "server", "start", "--host", "127.0.0.1", "--port", port]
    deploy = [*call, "deploy", "--all", "--prefect-file", str(ROOT / "deployments/prefect.yaml")]
    limit = str(chosen.worker_limit)
    work = [*call, "worker", "start", "--type", "process", "--pool", POOL, "--name", name, "--limit", limit]
    return [
        Part("prefect server", start, ready=lambda: pool_is_open(f"{server}/api")),
        Part("deployments", deploy, needs=("prefect server",), passing=True),
        Part("worker", work, ready=lambda: works(f"{server}/api", name), needs=("deployments",)),
    ]


def pool_is_open(api: str) -> bool:
    """Does the server answer, and has it our work pool? (409: it had it already.)"""
    made = answer("POST", f"{api}/work_pools/", {"name": POOL, "type": "process"})
    return made is not None and made.status_code in (201, 409)


def works(api: str, name: str) -> bool:
    workers = answer("POST", f"{api}/work_pools/{POOL}/workers/filter", {})
    return workers is not None and workers.is_success and name in {worker["name"] for worker in workers.json()}


def answer(verb: str, url: str, body: object = None) -> httpx.Response | None:
    """What it says, or None while it does not answer."""
    try:
        with httpx.Client(trust_env=False, timeout=5) as client:
            return client.request(verb, url, json=body)
    except httpx.TransportError:
        return None


def watch(house: House, stop: threading.Event, as_json: bool) -> None:
    """Say what changes until we are asked to stop. A part that dies is named, with its log; the others go on."""
    announced = False
    while not stop.wait(0.2):
        for part in house.look():
            say(f"{part.name}: {part.state}{f', see {house.log(part)}' if part.state == 'failed' else ''}")
            if part.name == "web" and part.state == "ready":
                say(f"The board is open at {house.addresses['board']} while the rest starts.")
        if not announced and all(part.state == "ready" for part in house.parts):
            announced = True
            lines = [f"{name:<9} {address}" for name, address in house.addresses.items()]
            print(json.dumps(house.addresses) if as_json else "\n".join(lines), flush=True)
            say("Everything is up. Ctrl-C ends it.")


@contextlib.contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """Set by Ctrl-C, by `kill` and by a closed terminal; a second Ctrl-C changes nothing."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    yield stop
    for number, handler in before.items():
        signal.signal(number, handler)


def say_what_left(chosen: Settings, db: Database) -> None:
    """Where the last run died while it was sending: before anything leaves again."""
    if notes.starting(db, AT_WORK):
        world = open_world(chosen, owner="up")
        if died(world):
            say(f"The last run died while it was sending. {told_ledger.sentence(afterwards.around(world))}")
        world.close()


def say_first_link(chosen: Settings, db: Database) -> None:
    """While nobody has an account: whoever reads this terminal makes the first one."""
    if not chosen.practice and (token := chosen_passwords.first_link(db, int(time.time()))):
        at = f"{doors.here(chosen)}/login/link/{token}"
        say(f"Nobody has an account yet. Make the admin's here, once, within the hour: {at}")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def refuse(line: str) -> int:
    say(line)
    return 1
