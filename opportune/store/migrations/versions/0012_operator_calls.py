"""calls that ring a colleague first"""

from typing import Any

from alembic import op
import sqlalchemy as sa

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

CALL_WAITS = sa.text("state = 'planned' AND channel = 'call'")
OPEN = sa.text('over_at IS NULL')


def upgrade() -> None:
    for column in _duty():
        op.add_column('operator', column)
    op.create_index('ix_operator_phone', 'operator', ['phone'], unique=True)
    op.create_table(
        'operator_call',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('operator_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('touch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
        sa.Column('token', sa.String(length=64), nullable=False),
        sa.Column('state', sa.String(length=64), nullable=False),
        sa.Column('provider_id', sa.String(length=200), nullable=True),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.Column('moved_at', sa.BigInteger(), nullable=False),
        sa.Column('accepted_at', sa.BigInteger(), nullable=True),
        sa.Column('over_at', sa.BigInteger(), nullable=True),
        sa.Column('why', sa.String(length=500), nullable=True),
        sa.Column('waits', sa.SmallInteger(), server_default='0', nullable=False),
        sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_operator_call_operator_id')),
        sa.ForeignKeyConstraint(['touch_id'], ['touch.id'], name=op.f('fk_operator_call_touch_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_operator_call')),
        sa.UniqueConstraint('token', name=op.f('uq_operator_call_token')),
    )
    for key in ('operator_id', 'touch_id', 'provider_id'):
        op.create_index(op.f(f'ix_operator_call_{key}'), 'operator_call', [key], unique=False)
    for name, key in (('one_line', 'operator_id'), ('one_touch', 'touch_id')):
        op.create_index(
            f'ix_operator_call_{name}', 'operator_call', [key], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        )
    _call_turn(['automated', 'priority', 'due_at'])


def downgrade() -> None:
    _call_turn(['priority', 'due_at'])
    op.drop_table('operator_call')
    op.drop_index('ix_operator_phone', 'operator')
    with op.batch_alter_table('operator') as batch:
        for column in _duty():
            batch.drop_column(column.name)


def _duty() -> list[sa.Column[Any]]:
    return [
        sa.Column('house', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('language', sa.String(length=64), server_default='en', nullable=False),
        sa.Column('on_duty_since', sa.BigInteger(), nullable=True),
        sa.Column('off_duty_why', sa.String(length=500), nullable=True),
        sa.Column('idle_since', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('misses', sa.SmallInteger(), server_default='0', nullable=False),
    ]


def _call_turn(columns: list[str]) -> None:
    """Who waits for a colleague and who is announced to are claimed by different hands."""
    op.drop_index('ix_touch_call_turn', 'touch')
    op.create_index('ix_touch_call_turn', 'touch', columns, sqlite_where=CALL_WAITS, postgresql_where=CALL_WAITS)
