"""imports that can be resumed and undone"""

from alembic import op
import sqlalchemy as sa

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'import_run',
        sa.Column('id', BIG, nullable=False),
        sa.Column('file', sa.String(length=500), nullable=False),
        sa.Column('sha', sa.String(length=64), nullable=False),
        sa.Column('layout', sa.String(length=500), nullable=False),
        sa.Column('mapping', sa.JSON(), nullable=False),
        sa.Column('options', sa.JSON(), nullable=False),
        sa.Column('by', sa.String(length=500), nullable=True),
        sa.Column('state', sa.String(length=64), nullable=False),
        sa.Column('cursor', sa.Integer(), nullable=False),
        sa.Column('counts', sa.JSON(), nullable=False),
        sa.Column('started_at', sa.BigInteger(), nullable=False),
        sa.Column('ended_at', sa.BigInteger(), nullable=True),
        sa.Column('undone_at', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_import_run')),
    )
    op.create_index('ix_import_run_sha', 'import_run', ['sha', 'state'], unique=False)
    op.create_table(
        'import_row',
        sa.Column('id', BIG, nullable=False),
        sa.Column('run_id', BIG, nullable=False),
        sa.Column('contact_id', BIG, nullable=False),
        sa.Column('line', sa.Integer(), nullable=False),
        sa.Column('made', sa.Boolean(), nullable=False),
        sa.Column('changed', sa.JSON(none_as_null=True), nullable=True),
        sa.Column('added', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['run_id'], ['import_run.id'], name=op.f('fk_import_row_run_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_import_row')),
    )
    op.create_index(op.f('ix_import_row_run_id'), 'import_row', ['run_id'], unique=False)
    op.create_index(op.f('ix_import_row_contact_id'), 'import_row', ['contact_id'], unique=False)
    op.create_table(
        'past_touch',
        sa.Column('id', BIG, nullable=False),
        sa.Column('run_id', BIG, nullable=False),
        sa.Column('contact_id', BIG, nullable=False),
        sa.Column('channel', sa.String(length=64), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('times', sa.Integer(), nullable=False),
        sa.Column('result', sa.String(length=64), nullable=False),
        sa.Column('said_yes', sa.Boolean(), nullable=False),
        sa.Column('seconds', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['run_id'], ['import_run.id'], name=op.f('fk_past_touch_run_id')),
        sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_past_touch_contact_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_past_touch')),
    )
    op.create_index(op.f('ix_past_touch_run_id'), 'past_touch', ['run_id'], unique=False)
    op.create_index(op.f('ix_past_touch_contact_id'), 'past_touch', ['contact_id'], unique=False)


def downgrade() -> None:
    op.drop_table('past_touch')
    op.drop_table('import_row')
    op.drop_table('import_run')
