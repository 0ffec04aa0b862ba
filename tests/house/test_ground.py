"""Does the ground hold that every test stands on?"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from support_network import NoNetwork

from opportune.settings import settings
from opportune.store import notes
from opportune.store.db import Database


@pytest.mark.parametrize("address", [("192.0.2.1", 25), ("2001:db8::1", 25), ("smtp.example", 25)])
def test_no_test_reaches_the_world(address: tuple[str, int]) -> None:
    with pytest.raises(NoNetwork, match="stand-in"):
        socket.create_connection(address, timeout=0.1)


def test_nor_does_a_coroutine() -> None:
    with pytest.raises(NoNetwork):
        asyncio.run(asyncio.wait_for(asyncio.open_connection("192.0.2.1", 25), 1))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as ours:
        assert ours.getpeername() == server.getsockname()


def test_settings_are_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("OPPORTUNE_PORT=1\n")
    monkeypatch.chdir(tmp_path)
    assert settings().port == 8080
    assert settings().home == tmp_path / "home"


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_migrated_database_of_its_own(db: Database, turn: int) -> None:
    assert not db.pending()
    assert notes.get(db, "turn") is None  # the other turn's note is not here
    notes.put(db, "turn", turn)
    assert notes.get(db, "turn") == turn


def test_the_migrations_build_a_database_from_nothing(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert database.pending()
    database.migrate()
    assert not database.pending()
    database.close()
