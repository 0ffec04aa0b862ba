"""Talks that were drawn to be listened to, and what the listeners found (E5)."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text("scored_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "call_review",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("touch_id", BIG, sa.ForeignKey("touch.id"), nullable=False),
        sa.Column("operator_id", BIG, sa.ForeignKey("operator.id"), nullable=False, index=True),
        sa.Column("turn", sa.SmallInteger(), nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.Column("reviewer_id", BIG, sa.ForeignKey("user_account.id"), nullable=True, index=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("scored_at", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("touch_id", "turn", name=op.f("uq_call_review_touch_id")),
    )
    op.create_index("ix_call_review_waits", "call_review", ["id"], sqlite_where=WAITS, postgresql_where=WAITS)


def downgrade() -> None:
    op.drop_table("call_review")
