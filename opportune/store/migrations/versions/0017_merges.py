"""one person once: merges and what may be one"""

from alembic import op
import sqlalchemy as sa

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'merge',
        sa.Column('id', BIG, nullable=False),
        sa.Column('kept_id', BIG, nullable=False),
        sa.Column('gone_id', BIG, nullable=False),
        sa.Column('by', sa.String(length=500), nullable=False),
        sa.Column('why', sa.String(length=500), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('moved', sa.JSON(), nullable=False),
        sa.Column('before', sa.JSON(), nullable=False),
        sa.Column('undone_at', sa.BigInteger(), nullable=True),
        sa.Column('undone_by', sa.String(length=500), nullable=True),
        sa.Column('undone_why', sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(['kept_id'], ['contact.id'], name=op.f('fk_merge_kept_id')),
        sa.ForeignKeyConstraint(['gone_id'], ['contact.id'], name=op.f('fk_merge_gone_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_merge')),
    )
    op.create_index(op.f('ix_merge_kept_id'), 'merge', ['kept_id'], unique=False)
    op.create_index(op.f('ix_merge_gone_id'), 'merge', ['gone_id'], unique=False)
    op.create_table(
        'maybe_same',
        sa.Column('id', BIG, nullable=False),
        sa.Column('one_id', BIG, nullable=False),
        sa.Column('other_id', BIG, nullable=False),
        sa.Column('score', sa.Float(), nullable=False),
        sa.Column('reasons', sa.JSON(), nullable=False),
        sa.Column('state', sa.String(length=64), nullable=False),
        sa.Column('by', sa.String(length=500), nullable=True),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['one_id'], ['contact.id'], name=op.f('fk_maybe_same_one_id')),
        sa.ForeignKeyConstraint(['other_id'], ['contact.id'], name=op.f('fk_maybe_same_other_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_maybe_same')),
        sa.UniqueConstraint('one_id', 'other_id', name=op.f('uq_maybe_same_one_id')),
    )
    op.create_index(op.f('ix_maybe_same_other_id'), 'maybe_same', ['other_id'], unique=False)
    op.create_index(op.f('ix_maybe_same_state'), 'maybe_same', ['state'], unique=False)


def downgrade() -> None:
    op.drop_table('maybe_same')
    op.drop_table('merge')
