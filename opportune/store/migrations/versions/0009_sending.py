"""how mail is paced, paused and warmed up"""

from alembic import op
import sqlalchemy as sa

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sending_tally',
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.Column('hour', sa.Integer(), autoincrement=False, nullable=False),
    *(sa.Column(name, sa.Integer(), nullable=False) for name in ('sent', 'bounced', 'blocked', 'complained')),
    sa.PrimaryKeyConstraint('key', 'hour', name=op.f('pk_sending_tally')),
    )
    op.create_table('sending_pause',
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.Column('why', sa.String(length=500), nullable=False),
    sa.Column('strikes', sa.Integer(), nullable=False),
    sa.Column('probing', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_sending_pause')),
    )
    op.create_table('sending_domain',
    sa.Column('domain', sa.String(length=255), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('day', sa.BigInteger(), nullable=False),
    sa.Column('judged_from', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('domain', name=op.f('pk_sending_domain')),
    )
    with op.batch_alter_table('pacing_bucket') as table:
        table.alter_column('key', existing_type=sa.String(length=64), type_=sa.String(length=300), existing_nullable=False)
    op.add_column('touch', sa.Column('paced_at', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column('touch', 'paced_at')
    op.execute("DELETE FROM pacing_bucket WHERE length(key) > 64")
    with op.batch_alter_table('pacing_bucket') as table:
        table.alter_column('key', existing_type=sa.String(length=300), type_=sa.String(length=64), existing_nullable=False)
    for name in ('sending_domain', 'sending_pause', 'sending_tally'):
        op.drop_table(name)
