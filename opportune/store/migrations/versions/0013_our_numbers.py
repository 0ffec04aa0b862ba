"""our own numbers, their rest and reputation"""

from alembic import op
import sqlalchemy as sa

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('touch', sa.Column('caller', sa.String(length=32), nullable=True))
    op.create_table(
        'our_number',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('number', sa.String(length=32), nullable=False),
        sa.Column('country', sa.String(length=64), nullable=True),
        sa.Column('label', sa.String(length=500), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('added_at', sa.BigInteger(), nullable=False),
        sa.Column('resting_until', sa.BigInteger(), nullable=True),
        sa.Column('rest_why', sa.String(length=500), nullable=True),
        sa.Column('judged_from', sa.BigInteger(), nullable=False),
        sa.Column('directory_note', sa.String(length=500), nullable=True),
        sa.Column('reputation_note', sa.String(length=500), nullable=True),
        sa.Column('noted_at', sa.BigInteger(), nullable=True),
        sa.Column('noted_by', sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_our_number')),
        sa.UniqueConstraint('number', name=op.f('uq_our_number_number')),
    )


def downgrade() -> None:
    op.drop_table('our_number')
    op.drop_column('touch', 'caller')
