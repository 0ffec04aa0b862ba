"""the past: which line a call went to, and an index from which the board counts without reading a row"""

from alembic import op
import sqlalchemy as sa

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('past_touch') as table:
        table.add_column(sa.Column('line', sa.String(length=64), nullable=True))
    # Until now the line stood only in the notes of the person.
    for line in ('cellular', 'telephone', 'unknown'):
        told = f"contact.id = past_touch.contact_id AND contact.notes LIKE '%; called by {line}'"
        op.execute(f"UPDATE past_touch SET line = '{line}' WHERE EXISTS (SELECT 1 FROM contact WHERE {told})")
    op.create_index('ix_past_touch_told', 'past_touch', ['channel', 'line', 'at', 'times', 'said_yes'])


def downgrade() -> None:
    op.drop_index('ix_past_touch_told', 'past_touch')
    op.drop_column('past_touch', 'line')
