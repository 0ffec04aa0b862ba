"""Do the models say what the migrations build? `make lint` asks; on a difference Alembic names it and this fails."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from alembic import command

from opportune.store.db import Database
from opportune.store.migrating import alembic_config


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'lint.db'}"
        Database(url).migrate()
        command.check(alembic_config(url))


if __name__ == "__main__":
    logging.disable()
    main()
