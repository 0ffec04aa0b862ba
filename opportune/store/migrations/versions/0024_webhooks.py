"""leads that wait for a look, outgoing webhooks and what they still have to deliver"""

from alembic import op
import sqlalchemy as sa

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OPEN = sa.text('handled_at IS NULL')
WAITS = sa.text("state = 'waiting'")


def upgrade() -> None:
    with op.batch_alter_table('lead') as lead:
        lead.add_column(sa.Column('marks', sa.String(length=500), nullable=True))
        lead.add_column(sa.Column('held', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index('ix_lead_open', 'lead', ['id'], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        'webhook',
        sa.Column('id', BIG, nullable=False),
        sa.Column('url', sa.String(length=500), nullable=False),
        sa.Column('events', sa.JSON(), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('why_off', sa.String(length=500), nullable=True),
        sa.Column('failing_since', sa.BigInteger(), nullable=True),
        sa.Column('made_by', sa.String(length=500), nullable=True),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook')),
    )
    op.create_table(
        'webhook_delivery',
        sa.Column('id', BIG, nullable=False),
        sa.Column('webhook_id', BIG, nullable=False),
        sa.Column('event', sa.String(length=64), nullable=False),
        sa.Column('event_key', sa.String(length=200), nullable=False),
        sa.Column('contact_id', BIG, nullable=True),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=64), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('due_at', sa.BigInteger(), nullable=False),
        sa.Column('answer', sa.String(length=64), nullable=True),
        sa.Column('why', sa.String(length=500), nullable=True),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.Column('ended_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_webhook_delivery_webhook_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_delivery')),
        sa.UniqueConstraint('webhook_id', 'event_key', name=op.f('uq_webhook_delivery_webhook_id')),
    )
    op.create_index(op.f('ix_webhook_delivery_contact_id'), 'webhook_delivery', ['contact_id'], unique=False)
    op.create_index(
        'ix_webhook_delivery_due', 'webhook_delivery', ['due_at'], unique=False,
        sqlite_where=WAITS, postgresql_where=WAITS,
    )


def downgrade() -> None:
    op.drop_table('webhook_delivery')
    op.drop_table('webhook')
    op.drop_index('ix_lead_open', table_name='lead')
    with op.batch_alter_table('lead') as lead:
        lead.drop_column('held')
        lead.drop_column('marks')
