"""how far each mailbox was read"""

from alembic import op
import sqlalchemy as sa

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

OPEN = sa.text('handled_at IS NULL')
BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('mailbox',
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.Column('validity', sa.BigInteger(), nullable=False),
    sa.Column('uid', sa.BigInteger(), nullable=False),
    sa.Column('read_at', sa.BigInteger(), nullable=True),
    sa.Column('failed_at', sa.BigInteger(), nullable=True),
    sa.Column('failed_why', sa.String(length=500), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_mailbox')),
    )
    op.create_table('reply',
    sa.Column('id', BIG, nullable=False),
    sa.Column('mail_key', sa.String(length=300), nullable=False),
    sa.Column('contact_id', BIG, nullable=True),
    sa.Column('touch_id', BIG, nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('sender', sa.String(length=500), nullable=False),
    sa.Column('subject', sa.String(length=500), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('meant', sa.String(length=64), nullable=True),
    sa.Column('handled_at', sa.BigInteger(), nullable=True),
    sa.Column('handled_by', sa.String(length=500), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_reply_contact_id')),
    sa.ForeignKeyConstraint(['touch_id'], ['touch.id'], name=op.f('fk_reply_touch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reply')),
    sa.UniqueConstraint('mail_key', name=op.f('uq_reply_mail_key')),
    )
    op.create_index(op.f('ix_reply_contact_id'), 'reply', ['contact_id'])
    op.create_index(op.f('ix_reply_touch_id'), 'reply', ['touch_id'])
    op.create_index('ix_reply_open', 'reply', ['id'], sqlite_where=OPEN, postgresql_where=OPEN)
    op.execute("DELETE FROM note WHERE key = 'inbox_cursor'")  # the mails are read again, and known by their Message-ID


def downgrade() -> None:
    op.drop_table('reply')
    op.drop_table('mailbox')
