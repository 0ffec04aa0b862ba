"""How does Alembic reach our database? `store.db.Database.migrate` and `make lint` come through here."""

from alembic import context
from sqlalchemy import pool

from opportune.store import hushed, rollup_build
from opportune.store.models import Base

ROLLUPS = "0020"  # the migration that brings their tables


def run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url
    engine = hushed.engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
        was = _revision()
        if was != context.get_head_revision():
            rollup_build.put_away(connection)
        with context.begin_transaction():
            context.run_migrations()
        rollup_build.put_in_place(connection, anew=was < ROLLUPS)
        connection.commit()


def _revision() -> str:
    """Where the database stands; empty for a new one."""
    return context.get_context().get_current_revision() or ""


run()
