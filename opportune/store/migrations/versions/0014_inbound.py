"""calls that come in, and what they left"""

from alembic import op
import sqlalchemy as sa

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OWED = sa.text('due_at IS NOT NULL AND handled_at IS NULL')


def upgrade() -> None:
    op.create_table(
        'inbound_call',
        sa.Column('id', BIG, nullable=False),
        sa.Column('sid', sa.String(length=64), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('caller', sa.String(length=500), nullable=False),
        sa.Column('number', sa.String(length=64), nullable=True),
        sa.Column('called', sa.String(length=64), nullable=False),
        sa.Column('caller_name', sa.String(length=500), nullable=True),
        sa.Column('contact_id', BIG, nullable=True),
        sa.Column('people', sa.SmallInteger(), nullable=False),
        sa.Column('kind', sa.String(length=64), nullable=False),
        sa.Column('language', sa.String(length=64), nullable=False),
        sa.Column('state', sa.String(length=64), nullable=False),
        sa.Column('operator_id', BIG, nullable=True),
        sa.Column('rings', sa.SmallInteger(), nullable=False),
        sa.Column('queued_at', sa.BigInteger(), nullable=True),
        sa.Column('talk_seconds', sa.Integer(), nullable=True),
        sa.Column('promised_at', sa.BigInteger(), nullable=True),
        sa.Column('recording_url', sa.String(length=500), nullable=True),
        sa.Column('recording_seconds', sa.Integer(), nullable=True),
        sa.Column('said', sa.Text(), nullable=True),
        sa.Column('said_number', sa.String(length=500), nullable=True),
        sa.Column('said_name', sa.String(length=500), nullable=True),
        sa.Column('due_at', sa.BigInteger(), nullable=True),
        sa.Column('handled_at', sa.BigInteger(), nullable=True),
        sa.Column('handled_by', sa.String(length=500), nullable=True),
        sa.Column('note', sa.String(length=500), nullable=True),
        sa.Column('told_key', sa.String(length=300), nullable=True),
        sa.Column('told', sa.Text(), nullable=True),
        sa.Column('over_at', sa.BigInteger(), nullable=True),
        sa.Column('pressed', sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_inbound_call_contact_id')),
        sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_inbound_call_operator_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_call')),
        sa.UniqueConstraint('sid', name=op.f('uq_inbound_call_sid')),
    )
    op.create_index(op.f('ix_inbound_call_contact_id'), 'inbound_call', ['contact_id'], unique=False)
    op.create_index(op.f('ix_inbound_call_number'), 'inbound_call', ['number'], unique=False)
    op.create_index('ix_inbound_call_owed', 'inbound_call', ['due_at'], unique=False, sqlite_where=OWED,
                    postgresql_where=OWED)


def downgrade() -> None:
    op.drop_table('inbound_call')
