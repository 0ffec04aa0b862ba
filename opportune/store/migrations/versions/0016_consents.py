"""consents with their form, page and confirmation"""

from alembic import op
import sqlalchemy as sa

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
SAID = (
    'source_id', 'channel', 'purpose', 'advertiser', 'at', 'expires_at', 'wording', 'wording_version', 'form_version',
    'page', 'ip', 'agent', 'proof',
)
# Whose a word is may change by a merge; what was said never.
SEALED = {
    'consent': (*SAID, 'granted', 'confirmed_at', 'pending_id'),
    'consent_pending': (*SAID, 'token', 'digest', 'mailed', 'until'),
}
OPEN = "EXISTS (SELECT 1 FROM note WHERE key = 'consents_unsealed')"
REFUSAL = 'consents are append-only: what was said stays as it was said'


def upgrade() -> None:
    op.create_table(
        'consent_pending',
        sa.Column('id', BIG, nullable=False),
        sa.Column('contact_id', BIG, nullable=False),
        sa.Column('source_id', BIG, nullable=True),
        sa.Column('token', sa.String(length=64), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('mailed', sa.Boolean(), nullable=False),
        sa.Column('channel', sa.String(length=64), nullable=False),
        sa.Column('purpose', sa.String(length=64), nullable=False),
        sa.Column('advertiser', sa.String(length=500), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('until', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=True),
        sa.Column('wording', sa.Text(), nullable=False),
        sa.Column('wording_version', sa.String(length=64), nullable=False),
        sa.Column('form_version', sa.String(length=64), nullable=True),
        sa.Column('page', sa.String(length=500), nullable=True),
        sa.Column('ip', sa.String(length=500), nullable=True),
        sa.Column('agent', sa.String(length=500), nullable=True),
        sa.Column('proof', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_consent_pending_contact_id')),
        sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_consent_pending_source_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_pending')),
    )
    op.create_index(op.f('ix_consent_pending_contact_id'), 'consent_pending', ['contact_id'], unique=False)
    op.create_index(op.f('ix_consent_pending_token'), 'consent_pending', ['token'], unique=False)
    op.create_index('ix_consent_pending_mailed', 'consent_pending', ['digest', 'at'], unique=False)
    with op.batch_alter_table('consent') as batch:
        batch.add_column(sa.Column('form_version', sa.String(length=64), nullable=True))
        batch.add_column(sa.Column('confirmed_at', sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column('pending_id', BIG, nullable=True))
        batch.create_foreign_key(op.f('fk_consent_pending_id'), 'consent_pending', ['pending_id'], ['id'])
    with op.batch_alter_table('source') as batch:
        batch.add_column(sa.Column('document', sa.String(length=500), nullable=True))
        batch.add_column(sa.Column('document_hash', sa.String(length=64), nullable=True))
    _seal()


def _seal() -> None:
    lite = op.get_bind().dialect.name == 'sqlite'
    if not lite:
        op.execute(
            'CREATE FUNCTION said_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
            f"IF NOT {OPEN} THEN RAISE EXCEPTION '{REFUSAL}'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )
    for table, columns in SEALED.items():
        for act, name in ((f'UPDATE OF {", ".join(columns)}', 'change'), ('DELETE', 'delete')):
            head = f'CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table}'
            if lite:
                op.execute(f"{head} WHEN NOT {OPEN} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END")
            else:
                op.execute(f'{head} FOR EACH ROW EXECUTE FUNCTION said_once()')


def downgrade() -> None:
    lite = op.get_bind().dialect.name == 'sqlite'
    for table in SEALED:
        for name in ('change', 'delete'):
            op.execute(f'DROP TRIGGER {table}_no_{name}' + ('' if lite else f' ON {table}'))
    if not lite:
        op.execute('DROP FUNCTION said_once')
    with op.batch_alter_table('source') as batch:
        batch.drop_column('document_hash')
        batch.drop_column('document')
    with op.batch_alter_table('consent') as batch:
        batch.drop_constraint('fk_consent_pending_id', type_='foreignkey')
        batch.drop_column('pending_id')
        batch.drop_column('confirmed_at')
        batch.drop_column('form_version')
    op.drop_table('consent_pending')
