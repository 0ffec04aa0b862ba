"""Do the pinned versions work together? docs/decisions/0002-pins.md"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest


@pytest.mark.prefect
@pytest.mark.timeout(120)
def test_the_server_can_be_built() -> None:
    """Newer FastAPI breaks it at import."""
    script = "from prefect.server.api.server import create_app; assert create_app(ephemeral=True).routes"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=110)


def test_the_scheduler_has_the_sqlalchemy_it_works_with() -> None:
    """With 2.1 the server looks healthy and schedules nothing."""
    assert version("sqlalchemy").startswith("2.0.")
