"""planning: the index of who is due holds only those who are"""

from alembic import op
import sqlalchemy as sa

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('ix_enrolment_due', table_name='enrolment')
    due = sa.text('decide_at IS NOT NULL')
    op.create_index('ix_enrolment_due', 'enrolment', ['decide_at'], sqlite_where=due, postgresql_where=due)


def downgrade() -> None:
    op.drop_index('ix_enrolment_due', table_name='enrolment')
    op.create_index('ix_enrolment_due', 'enrolment', ['state', 'decide_at'])
