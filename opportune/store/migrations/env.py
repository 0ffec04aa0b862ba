"""How does Alembic reach our database? `store.db.Database.migrate` and `make lint` come through here."""

from alembic import context
from sqlalchemy import create_engine, pool

from opportune.store.models import Base


def run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
