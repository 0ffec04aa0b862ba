"""long notes: what a list says of a person is kept whole"""

from alembic import op
import sqlalchemy as sa

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('contact') as contact:
        contact.alter_column('notes', type_=sa.Text(), existing_type=sa.String(500), existing_nullable=True)


def downgrade() -> None:
    with op.batch_alter_table('contact') as contact:
        contact.alter_column('notes', type_=sa.String(500), existing_type=sa.Text(), existing_nullable=True)
