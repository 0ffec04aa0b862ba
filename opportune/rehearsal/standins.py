"""How do the stand-ins run beside us, and which settings lead to them?

Two programs of their own on loopback: a carrier and a mailbox. They end when we end. Practice has its own database,
secret and law row; nothing of it can reach a real person.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from opportune.rehearsal.line import Line
from opportune.settings import ROOT, Settings

ACCOUNT, TOKEN = "ACpractice00000000000000000000000000", "practice-token-of-the-stand-in-carrier"
SECRET = "practice only: this secret signs nothing real"
EXAMPLES = ROOT / "examples"
OPERATOR = "+442079460999"  # where key 1 leads
COLLEAGUES = {"Ada Moser": "+442079460996", "Boris Nagy": "+442079460997", "Clara Popa": "+442079460998"}
CALLER = "+442079460100"


class StandinFailed(Exception):
    """A stand-in did not start: its log says why."""


@dataclass
class Standins:
    """The running stand-ins. `carrier` and `mailbox` are their addresses."""

    processes: list[subprocess.Popen[bytes]]
    carrier: str
    mailbox: str
    smtp: int
    imap: int
    lines: dict[str, Line] = field(default_factory=dict)

    def set_clock(self, address: str, now: int) -> None:
        """Let one of them live in this virtual moment."""
        self.tell(f"{address}/_sim/clock", {"now": now})

    def run_on(self, offset: int) -> None:
        """From here on real time, `offset` seconds away from ours."""
        for address in (self.carrier, self.mailbox):
            self.tell(f"{address}/_sim/clock", {"offset": offset})

    def ask(self, address: str) -> Any:
        """GET a path of a stand-in; its JSON answer."""
        return self._line(address).send("GET", address)

    def tell(self, address: str, what: object) -> Any:
        """POST JSON to a path of a stand-in; its JSON answer."""
        return self._line(address).send("POST", address, json.dumps(what))

    def _line(self, address: str) -> Line:
        host = urlsplit(address).netloc
        return self.lines.setdefault(host, Line(host))

    def stop(self) -> None:
        for line in self.lines.values():
            line.close()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()


def start(home: Path, *, seed: int = 1, fresh: bool = False, block_mail: bool = False, telephone: str = "") -> Standins:
    """Start both; `fresh` forgets what they saw before, `block_mail` lets nothing listen on the SMTP port, `telephone`
    is the page that theirs link to."""
    folder = home / "practice"
    folder.mkdir(parents=True, exist_ok=True)
    if fresh:
        for old in folder.glob("*.sqlite*"):
            old.unlink()
    linked = ["--telephone", telephone] if telephone else []
    carrier = _launch(
        folder, "carrier", "--port", "0", "--log", str(folder / "carrier.sqlite"), "--seed", str(seed),
        "--account", ACCOUNT, "--token", TOKEN, *linked,
    )  # fmt: skip
    blocked = ["--no-smtp"] if block_mail else []
    mailbox = _launch(
        folder, "mailbox", "--smtp-port", "0", "--imap-port", "0", "--http-port", "0",
        "--store", str(folder / "mailbox.sqlite"), *blocked, *linked,
    )  # fmt: skip
    said = [_ready(process, folder) for process in (carrier, mailbox)]
    return Standins([carrier, mailbox], said[0]["url"], said[1]["url"], said[1]["smtp"], said[1]["imap"])


def _launch(folder: Path, name: str, *options: str) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C on a terminal would reach it at once, while flow runs still need it.
    with (folder / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", f"channels.standin.{name}", *options]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, start_new_session=True)


def _ready(process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise StandinFailed(f"a stand-in did not start: read the logs in {folder}")
    found: dict[str, Any] = json.loads(line)
    return found


def on_practice_data(base: Settings) -> Settings:
    """To look at what a practice left; nothing is sent, so no stand-in is needed."""
    known = {"practice": True, "secret": SecretStr(SECRET), "law_files": (EXAMPLES / "practice-law.toml",)}
    return base.model_copy(update=known)


def practice_settings(base: Settings, standins: Standins, port: int) -> Settings:
    """The settings of practice: everything that could reach a person points to the stand-ins."""
    return base.model_copy(update=_overrides(base, standins, port))


def environment(base: Settings, standins: Standins, port: int) -> dict[str, str]:
    """The same for child processes, as environment variables."""
    return {f"OPPORTUNE_{name.upper()}": _written(value) for name, value in _overrides(base, standins, port).items()}


def _written(value: object) -> str:
    if hasattr(value, "get_secret_value"):
        return str(value.get_secret_value())
    if isinstance(value, tuple):
        return json.dumps([str(each) for each in value])
    return str(value)


def _overrides(base: Settings, standins: Standins, port: int) -> dict[str, Any]:
    return {
        "home": base.home.resolve(),
        "port": port,
        "public_url": f"http://127.0.0.1:{port}",
        "practice": True,
        "database_url": "",
        "secret": SecretStr(SECRET),
        "law_files": (EXAMPLES / "practice-law.toml",),
        "smtp_host": "127.0.0.1",
        "smtp_port": standins.smtp,
        "smtp_user": "",
        "smtp_password": SecretStr(""),
        "smtp_security": "none",
        "smtp_connections": 16,
        "imap_host": "127.0.0.1",
        "imap_port": standins.imap,
        "imap_user": "practice",
        "imap_password": SecretStr("practice"),
        "imap_security": "none",
        "imap_sent": "Sent",
        "mail_domain": "practice.example",
        "mail_sender": "team@practice.example",
        "mail_reply_to": "reply@practice.example",
        "twilio_account": ACCOUNT,
        "twilio_token": SecretStr(TOKEN),
        "twilio_token_old": SecretStr(""),
        "twilio_url": standins.carrier,
        "twilio_caller": CALLER,
        "operator_phone": OPERATOR,
        "approval_above": 1_000_000,  # nobody is called in earnest, so one person decides
        "calls_per_second": 30.0,
    }
