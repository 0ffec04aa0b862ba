"""Signing in: whose calls are theirs, second factors, sessions, tickets that count once, and who tried too often."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("user_account") as users:
        users.add_column(sa.Column("operator_id", BIG, nullable=True))
        users.add_column(sa.Column("factor_seed", sa.String(length=500), nullable=True))
        users.add_column(sa.Column("factor_step", sa.BigInteger(), nullable=False, server_default="0"))
        users.add_column(sa.Column("recovery", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
        users.add_column(sa.Column("subject", sa.String(length=500), nullable=True))
        users.create_foreign_key(op.f("fk_user_account_operator_id"), "operator", ["operator_id"], ["id"])
        users.create_unique_constraint(op.f("uq_user_account_subject"), ["subject"])
        users.create_index(op.f("ix_user_account_operator_id"), ["operator_id"])
    op.create_table(
        "login_session",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("digest", sa.String(length=64), nullable=False, unique=True),
        sa.Column("user_id", BIG, sa.ForeignKey("user_account.id"), nullable=False, index=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ip", sa.String(length=500), nullable=True),
    )
    op.create_table(
        "login_ticket",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("digest", sa.String(length=64), nullable=False, unique=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG, sa.ForeignKey("user_account.id"), nullable=True, index=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False, index=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "login_brake",
        sa.Column("key", sa.String(length=64), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_until", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_login_brake_last_at", "login_brake", ["last_at"])


def downgrade() -> None:
    for table in ("login_brake", "login_ticket", "login_session"):
        op.drop_table(table)
    with op.batch_alter_table("user_account") as users:
        users.drop_index(op.f("ix_user_account_operator_id"))
        users.drop_constraint(op.f("uq_user_account_subject"), type_="unique")
        users.drop_constraint(op.f("fk_user_account_operator_id"), type_="foreignkey")
        for column in ("operator_id", "factor_seed", "factor_step", "recovery", "subject"):
            users.drop_column(column)
