"""what the board counts of promised calls, leads by phone, meetings kept, and reports that came twice; segments; visits of mails"""

from alembic import op
import sqlalchemy as sa

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CALLBACKS = sa.text("kind = 'callback'")
LEADS = sa.text("result IN ('interested', 'meeting_booked')")


def upgrade() -> None:
    with op.batch_alter_table("provider_event") as table:
        table.add_column(sa.Column("repeats", sa.SmallInteger(), nullable=False, server_default="0"))
    op.create_index("ix_touch_callback", "touch", ["due_at"], sqlite_where=CALLBACKS, postgresql_where=CALLBACKS)
    op.create_index("ix_touch_lead", "touch", ["campaign_id", "sending_at"], sqlite_where=LEADS, postgresql_where=LEADS)
    op.create_index("ix_outcome_kind_at", "outcome", ["kind", "at"])
    op.create_table(
        "segment",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("author", sa.String(500)),
        sa.Column("note", sa.String(500)),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_segment_key", "segment", ["key", "id"])
    op.create_table(
        "mail_visit",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("click_id", BIG, sa.ForeignKey("mail_click.id", name="fk_mail_visit_click_id"), nullable=False),
        sa.Column("touch_id", BIG, sa.ForeignKey("touch.id", name="fk_mail_visit_touch_id"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.UniqueConstraint("click_id", name="uq_mail_visit_click_id"),
    )
    op.create_index("ix_mail_visit_touch_id", "mail_visit", ["touch_id"])


def downgrade() -> None:
    op.drop_table("mail_visit")
    op.drop_table("segment")
    op.drop_index("ix_outcome_kind_at", "outcome")
    op.drop_index("ix_touch_lead", "touch")
    op.drop_index("ix_touch_callback", "touch")
    op.drop_column("provider_event", "repeats")
