"""links in mails, templates and their approval"""

from alembic import op
import sqlalchemy as sa

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('campaign_version', sa.Column('templates', sa.JSON(), nullable=True))
    op.create_table(
        'mail_link',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('target', sa.String(length=2000), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_link')),
        sa.UniqueConstraint('digest', name=op.f('uq_mail_link_digest')),
    )
    op.create_table(
        'mail_click',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('touch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('link_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('machine', sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(['touch_id'], ['touch.id'], name=op.f('fk_mail_click_touch_id')),
        sa.ForeignKeyConstraint(['link_id'], ['mail_link.id'], name=op.f('fk_mail_click_link_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_click')),
    )
    op.create_index(op.f('ix_mail_click_touch_id'), 'mail_click', ['touch_id'], unique=False)
    op.create_table(
        'mail_preflight',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('domain', sa.String(length=255), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('passed', sa.Boolean(), nullable=False),
        sa.Column('who', sa.String(length=500), nullable=False),
        sa.Column('findings', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_preflight')),
    )
    op.create_index('ix_mail_preflight_domain_at', 'mail_preflight', ['domain', 'at'], unique=False)


def downgrade() -> None:
    op.drop_table('mail_preflight')
    op.drop_table('mail_click')
    op.drop_table('mail_link')
    with op.batch_alter_table('campaign_version') as batch:
        batch.drop_column('templates')
