"""who asked for their data or to be forgotten, who was; room for addresses that are sealed"""

from alembic import op
import sqlalchemy as sa

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
SHORT, LONG = sa.String(length=500), sa.String(length=1000)


def upgrade() -> None:
    op.create_table(
        'person_request',
        sa.Column('id', BIG, nullable=False),
        sa.Column('contact_id', BIG, nullable=False),
        sa.Column('kind', sa.String(length=64), nullable=False),
        sa.Column('by', sa.String(length=500), nullable=False),
        sa.Column('why', sa.String(length=500), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('due_at', sa.BigInteger(), nullable=False),
        sa.Column('done_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_person_request_contact_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_person_request')),
    )
    op.create_index(op.f('ix_person_request_contact_id'), 'person_request', ['contact_id'], unique=False)
    op.create_index(op.f('ix_person_request_done_at'), 'person_request', ['done_at'], unique=False)
    with op.batch_alter_table('contact') as batch:
        batch.add_column(sa.Column('erased_at', sa.BigInteger(), nullable=True))
    with op.batch_alter_table('address') as batch:
        batch.alter_column('value', existing_type=SHORT, type_=LONG, existing_nullable=False)
        batch.alter_column('given', existing_type=SHORT, type_=LONG, existing_nullable=True)
    with op.batch_alter_table('prepared_message') as batch:
        for name in ('recipient', 'subject'):
            batch.alter_column(name, existing_type=SHORT, type_=LONG, existing_nullable=True)


def downgrade() -> None:
    with op.batch_alter_table('prepared_message') as batch:
        for name in ('recipient', 'subject'):
            batch.alter_column(name, existing_type=LONG, type_=SHORT, existing_nullable=True)
    with op.batch_alter_table('address') as batch:
        batch.alter_column('given', existing_type=LONG, type_=SHORT, existing_nullable=True)
        batch.alter_column('value', existing_type=LONG, type_=SHORT, existing_nullable=False)
    with op.batch_alter_table('contact') as batch:
        batch.drop_column('erased_at')
    op.drop_table('person_request')
