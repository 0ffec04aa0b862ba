"""the ledger: when a doubt is looked up next, and which provider events wait to be applied"""

from alembic import op
import sqlalchemy as sa

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

WAITING = sa.text('applied_at IS NULL')


def upgrade() -> None:
    with op.batch_alter_table('touch') as table:
        table.add_column(sa.Column('look_at', sa.BigInteger(), nullable=True))
        table.add_column(sa.Column('looks', sa.SmallInteger(), nullable=False, server_default='0'))
    with op.batch_alter_table('provider_event') as table:
        table.add_column(sa.Column('tries', sa.SmallInteger(), nullable=False, server_default='0'))
        table.add_column(sa.Column('failed_why', sa.String(length=500), nullable=True))
    # Mail of people whom we do not know was left open; it was understood all the same.
    op.execute('UPDATE provider_event SET applied_at = received_at WHERE applied_at IS NULL')
    op.create_index('ix_provider_event_waiting', 'provider_event', ['id'], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_index('ix_provider_event_waiting', 'provider_event')
    for table, names in (('provider_event', ('failed_why', 'tries')), ('touch', ('looks', 'look_at'))):
        for name in names:
            op.drop_column(table, name)
