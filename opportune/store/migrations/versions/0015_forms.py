"""forms as versioned documents"""

from alembic import op
import sqlalchemy as sa

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'form_version',
        sa.Column('id', BIG, nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('sha', sa.String(length=64), nullable=False),
        sa.Column('document', sa.JSON(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('author', sa.String(length=500), nullable=True),
        sa.Column('note', sa.String(length=500), nullable=True),
        sa.Column('says', sa.String(length=64), nullable=False),
        sa.Column('raises_hand', sa.Boolean(), nullable=False),
        sa.Column('live', sa.Boolean(), nullable=False),
        sa.Column('published_at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_form_version')),
        sa.UniqueConstraint('sha', name=op.f('uq_form_version_sha')),
    )
    op.create_index('ix_form_version_key', 'form_version', ['key', 'live'], unique=False)
    op.create_table(
        'lead_answer',
        sa.Column('id', BIG, nullable=False),
        sa.Column('lead_id', BIG, nullable=False),
        sa.Column('step', sa.Integer(), nullable=False),
        sa.Column('said', sa.JSON(), nullable=False),
        sa.Column('file', sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(['lead_id'], ['lead.id'], name=op.f('fk_lead_answer_lead_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_lead_answer')),
        sa.UniqueConstraint('lead_id', 'step', name=op.f('uq_lead_answer_lead_id')),
    )
    op.create_table(
        'coupon',
        sa.Column('id', BIG, nullable=False),
        sa.Column('form', sa.String(length=64), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=64), nullable=False),
        sa.Column('contact_id', BIG, nullable=False),
        sa.Column('issued_at', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=False),
        sa.Column('redeemed_at', sa.BigInteger(), nullable=True),
        sa.Column('redeemed_by', sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_coupon_contact_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_coupon')),
        sa.UniqueConstraint('code', name=op.f('uq_coupon_code')),
        sa.UniqueConstraint('form', 'number', name='uq_coupon_number'),
        sa.UniqueConstraint('form', 'contact_id', name='uq_coupon_contact'),
    )
    op.create_index(op.f('ix_coupon_contact_id'), 'coupon', ['contact_id'], unique=False)


def downgrade() -> None:
    op.drop_table('coupon')
    op.drop_table('lead_answer')
    op.drop_table('form_version')
