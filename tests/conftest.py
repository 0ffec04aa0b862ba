"""What does every test stand on? No network, nobody's settings, and a migrated database of its own on either engine."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import support_network
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from support_postgres import MEMORY, Cluster, NoPostgres

support_network.block()
if MEMORY:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
for _name in [name for name in os.environ if name.startswith(("OPPORTUNE_", "PREFECT_"))]:
    if not _name.startswith(("OPPORTUNE_SOAK", "OPPORTUNE_LIVE_")):  # those are meant for the tests
        del os.environ[_name]
# Prefect reads these when it is imported.
os.environ |= {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_HOME": tempfile.mkdtemp()}

from opportune.settings import Settings, settings  # noqa: E402
from opportune.store import sealed  # noqa: E402
from opportune.store.db import Database  # noqa: E402

Settings.model_config["env_file"] = None

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")

_numbers = itertools.count(1)
_compiled: LRUCache[object, object] = LRUCache(4_000)


def pytest_configure() -> None:
    """A statement is compiled once for all databases of the run: the engines of each test would begin anew, and that
    is a third of what a small test costs."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
        # What was compiled without keys seals nothing: with others it is another statement.
        dialect.__hash__ = lambda one: hash((type(one), *sealed.ids()))  # type: ignore[method-assign]
    Engine._execution_options = Engine._execution_options.union({"compiled_cache": _compiled})


def pytest_collection_finish() -> None:
    """What was imported by now stays: no later search for garbage need walk through all of it."""
    gc.freeze()


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["PREFECT_HOME"], ignore_errors=True)


@pytest.fixture(autouse=True)
def nobodys_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Settings are the defaults, in a home of this test; what a test sets in the environment ends with it."""
    monkeypatch.setenv("OPPORTUNE_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    mask = os.umask(0o022)
    os.umask(mask)
    yield
    os.umask(mask)  # the commands set a narrow one, in which no other user's server finds its files
    settings.cache_clear()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One cluster per process of the run; skipped aloud where there is no PostgreSQL."""
    try:
        cluster = Cluster()
    except NoPostgres as reason:
        pytest.skip(str(reason))
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster) -> str:
    postgres.run("CREATE DATABASE migrated")
    _migrate(postgres.url("migrated"))
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of this test's own, once on each engine."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
        yield f"sqlite:///{path}"
    else:
        yield from _clone(request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table: for the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from _clone(request.getfixturevalue("postgres"), "template0")


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close()


def _clone(cluster: Cluster, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    cluster.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # a seventh of the log's CPU
    yield cluster.url(name)
    cluster.run(f"DROP DATABASE {name} WITH (FORCE)")
