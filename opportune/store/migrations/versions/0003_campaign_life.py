"""campaign life: who checked, approved and published a version; a rollback publishes the same words once more"""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

LEFT = sa.text('sending_at IS NOT NULL')
NEW = ('checked_at', 'approved_at', 'published_at', 'continued_at')


def upgrade() -> None:
    with op.batch_alter_table('campaign_version') as table:
        for name in NEW:
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        table.add_column(sa.Column('approved_by', sa.String(length=500), nullable=True))
        table.drop_constraint(op.f('uq_campaign_version_campaign_id'), type_='unique')
        table.drop_index(op.f('ix_campaign_version_campaign_id'))
    op.create_index('ix_campaign_version_sha', 'campaign_version', ['campaign_id', 'sha'])
    op.execute('UPDATE campaign_version SET checked_at = created_at, approved_at = created_at, '
               'approved_by = author, published_at = created_at')
    op.create_index('ix_touch_campaign_sent', 'touch', ['campaign_id', 'sending_at'],
                    sqlite_where=LEFT, postgresql_where=LEFT)


def downgrade() -> None:
    op.drop_index('ix_touch_campaign_sent', 'touch')
    op.drop_index('ix_campaign_version_sha', 'campaign_version')
    with op.batch_alter_table('campaign_version') as table:
        table.create_unique_constraint(op.f('uq_campaign_version_campaign_id'), ['campaign_id', 'sha'])
        table.create_index(op.f('ix_campaign_version_campaign_id'), ['campaign_id'])
        for name in (*NEW, 'approved_by'):
            table.drop_column(name)
