"""law signatures"""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'law_signature',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('place', sa.String(length=64), nullable=False),
        sa.Column('signed', sa.Boolean(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('who', sa.String(length=500), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('note', sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_law_signature')),
    )


def downgrade() -> None:
    op.drop_table('law_signature')
