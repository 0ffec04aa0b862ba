"""said preferences: what people said of how to reach them"""

from alembic import op
import sqlalchemy as sa

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('remark',
    sa.Column('id', BIG, nullable=False),
    sa.Column('contact_id', BIG, nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.String(length=64), nullable=False),
    sa.Column('ref', sa.String(length=500), nullable=True),
    sa.Column('words', sa.String(length=500), nullable=False),
    sa.Column('channel', sa.String(length=64), nullable=True),
    sa.Column('strength', sa.String(length=64), nullable=True),
    sa.Column('number', sa.String(length=64), nullable=True),
    sa.Column('name', sa.String(length=500), nullable=True),
    sa.Column('said_when', sa.String(length=500), nullable=True),
    sa.Column('promised_at', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_remark_contact_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remark')),
    )
    op.create_index(op.f('ix_remark_contact_id'), 'remark', ['contact_id'])
    op.create_index(op.f('ix_remark_kind'), 'remark', ['kind'])


def downgrade() -> None:
    op.drop_table('remark')
