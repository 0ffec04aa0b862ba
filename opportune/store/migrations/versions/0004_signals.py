"""signals: what tells of a person's interest, what follows from it, and the order of calls"""

from alembic import op
import sqlalchemy as sa

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
CALL_WAITS = sa.text("state = 'planned' AND channel = 'call'")


def upgrade() -> None:
    op.create_table('signal',
    sa.Column('id', BIG, nullable=False),
    sa.Column('contact_id', BIG, nullable=False),
    sa.Column('source_id', BIG, nullable=True),
    sa.Column('introduced_by', BIG, nullable=True),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('evidence', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_signal_contact_id')),
    sa.ForeignKeyConstraint(['introduced_by'], ['contact.id'], name=op.f('fk_signal_introduced_by')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_signal_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signal')),
    sa.UniqueConstraint('contact_id', 'kind', 'at', name=op.f('uq_signal_contact_id')),
    )
    with op.batch_alter_table('contact') as table:
        table.add_column(sa.Column('interest_since', sa.BigInteger(), nullable=False, server_default='0'))
        table.add_column(sa.Column('familiarity', sa.String(length=64), nullable=False, server_default='cold'))
        table.add_column(sa.Column('call_kind', sa.String(length=64), nullable=False, server_default='first_time'))
        table.add_column(sa.Column('stage', sa.String(length=64), nullable=False, server_default='person'))
        table.add_column(sa.Column('fit', sa.Float(), nullable=True))
        table.add_column(sa.Column('only_informs', sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column('inbound', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('touch') as table:
        table.add_column(sa.Column('priority', sa.SmallInteger(), nullable=False, server_default='0'))
    op.create_index('ix_touch_call_turn', 'touch', ['priority', 'due_at'], sqlite_where=CALL_WAITS, postgresql_where=CALL_WAITS)
    # What a list said of somebody's interest so far stood in the label itself: it becomes a signal, so nobody cools at once.
    op.execute("INSERT INTO signal (contact_id, source_id, kind, at, evidence) "
               "SELECT id, source_id, 'list_says_' || interest, created_at, 'known as ' || interest || ' before' "
               "FROM contact WHERE interest IN ('warm', 'hot')")


def downgrade() -> None:
    op.drop_index('ix_touch_call_turn', 'touch')
    op.drop_column('touch', 'priority')
    for name in ('interest_since', 'familiarity', 'call_kind', 'stage', 'fit', 'only_informs', 'inbound'):
        op.drop_column('contact', name)
    op.drop_table('signal')
