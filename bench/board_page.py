"""What does the first page weigh, and does a webhook wait behind pages? The real application on a real socket.

`python -m bench.board_page FD URL HOME OFFSET` serves it, in practice: nobody signs in. The weight is what a browser
took from the wire until the overview stood there.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.board_fill import NOW
from bench.report import Figure
from bench.voice_callers import Line, _request
from opportune.rehearsal.server import free_socket
from opportune.store.bulk import Bulk
from opportune.store.db import Database

MB, WAIT_MS = 2.5, 50.0
WEBHOOKS, PAUSE = 200, 0.05
RINGING = """UPDATE touch SET state = 'sent', provider = 'twilio', provider_id = 'CA' || token, sending_at = ?,
    sent_at = ? WHERE state = 'planned' AND channel = 'call' AND id IN (SELECT id FROM touch WHERE state = 'planned'
    AND channel = 'call' LIMIT ?) RETURNING token"""
PAGES = ("", "channels", "hours", "cadence", "sources", "compliance", "health")


def figures(file: Path) -> Iterator[Figure]:
    url = f"sqlite:///{file}"
    tokens = _ringing(url, 2 * WEBHOOKS)
    with tempfile.TemporaryDirectory(prefix="bench-") as home, _application(url, home) as port:
        yield Figure("board_first_load_mb", 1, _first_load(port), "MB", MB, note="until the overview stands there")
        alone = asyncio.run(_webhooks(port, tokens[:WEBHOOKS]))
        with _readers(port) as seen:
            beside = asyncio.run(_webhooks(port, tokens[WEBHOOKS:]))
    waited = _p99(beside) - statistics.median(alone)
    note = (
        f"alone {statistics.median(alone):.0f}, beside {_p99(beside):.0f} (slowest {max(beside):.0f}); {seen[0]} pages"
    )
    yield Figure("webhook_wait_behind_page_ms", len(beside), waited, "ms", WAIT_MS, note=note)


def _ringing(url: str, count: int) -> list[str]:
    """Calls that are under way."""
    db = Database(url)
    with db.write() as session:
        tokens = [token for (token,) in Bulk(session).rows(RINGING, NOW, NOW, count)]
    db.close()
    assert len(tokens) == count, f"{len(tokens)} calls to ring"
    return tokens


@contextmanager
def _application(url: str, home: str) -> Iterator[int]:
    ours = free_socket()
    ours.listen(128)
    given = [str(ours.fileno()), url, home, str(round(NOW - time.time()))]
    server = subprocess.Popen([sys.executable, "-m", "bench.board_page", *given], pass_fds=[ours.fileno()])
    port = ours.getsockname()[1]
    try:
        httpx.get(f"http://127.0.0.1:{port}/health", timeout=120, trust_env=False)  # waits until it is up
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _first_load(port: int) -> float:
    from playwright.sync_api import sync_playwright

    weight = 0.0
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page()
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")

        def took(event: dict[str, Any]) -> None:
            nonlocal weight
            weight += event["encodedDataLength"]

        wire.on("Network.loadingFinished", took)
        page.goto(f"http://127.0.0.1:{port}/board/")
        page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
        page.wait_for_load_state("networkidle")
    return weight / 1e6


async def _webhooks(port: int, tokens: list[str]) -> list[float]:
    """Milliseconds until each was acknowledged."""
    line, waits = Line(port), []
    for number, token in enumerate(tokens):
        await asyncio.sleep(PAUSE)
        began = time.perf_counter()
        status = await line.ask(_request(token, "/status", {"CallStatus": "ringing"}, number))
        waits.append((time.perf_counter() - began) * 1e3)
        assert status < 300, f"a webhook was answered {status}"
    return waits


@contextmanager
def _readers(port: int) -> Iterator[list[int]]:
    """Somebody who opens one page after another."""
    done, seen = threading.Event(), [0]

    def read() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
            while not done.is_set():
                client.post(
                    "/board/_dash-update-component", json=_asked(PAGES[seen[0] % len(PAGES)])
                ).raise_for_status()
                seen[0] += 1

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        done.set()
        reader.join()
    assert seen[0] > 0, "no page was read meanwhile"


def _asked(page: str) -> dict[str, Any]:
    """As the browser asks for a page."""
    where = {"pathname": f"/board/{page}", "search": ""}
    outputs = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    return {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": outputs,
        "inputs": [{"id": "_pages_location", "property": name, "value": value} for name, value in where.items()],
        "changedPropIds": ["_pages_location.pathname"],
    }


def _p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)]


def serve(descriptor: str, url: str, home: str, offset: str) -> None:
    import logging

    import uvicorn

    from bench.voice_load import _world
    from opportune.app import build, steady

    logging.disable(logging.ERROR)
    world = _world(url, home, offset, twilio_url="http://127.0.0.1:9", practice=True)
    application = build(world)
    steady()
    config = uvicorn.Config(application, log_level="warning", lifespan="off", access_log=False)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    serve(*sys.argv[1:])
