"""the audit becomes a chain: each entry carries the hash of the one before it"""

import hashlib
import json
import secrets

from alembic import op
import sqlalchemy as sa

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

CHAIN = ('salt', 'personal', 'prev', 'hash')
OF_A_PERSON = ('set_zone', 'allowed', 'consent withdrawn')
OF_A_TOUCH = ('decided_assumed_sent', 'decided_not_sent', 'illegal_move')
PART = 1000


def upgrade() -> None:
    with op.batch_alter_table('audit') as batch:
        for name in CHAIN:
            batch.add_column(sa.Column(name, sa.String(length=64), nullable=True))
    for what, acts in (('contact', OF_A_PERSON), ('touch', OF_A_TOUCH), ('reply', ('handled_reply',))):
        named = ', '.join(f"'{each}'" for each in acts)
        op.execute(f"UPDATE audit SET subject = '{what} ' || subject WHERE act IN ({named}) AND subject IS NOT NULL")
    head = _chained(op.get_bind())
    note = sa.table('note', sa.column('key', sa.String), sa.column('value', sa.JSON))
    op.execute(note.insert().values(key='audit_head', value=head))
    with op.batch_alter_table('audit') as batch:
        for name in CHAIN[1:]:
            batch.alter_column(name, existing_type=sa.String(length=64), nullable=False)
        batch.create_index('ix_audit_subject', ['subject'])


def _chained(bind: sa.Connection) -> dict[str, object]:
    """The entries there are, in the order of their ids."""
    names = ('id', 'at', 'who', 'act', 'subject', 'why', *CHAIN)
    audit = sa.table('audit', *map(sa.column, names), sa.column('data', sa.JSON))
    id, prev = 0, ''
    while True:
        part = bind.execute(sa.select(audit).where(audit.c.id > id).order_by(audit.c.id).limit(PART)).all()
        for row in part:
            salt, id = secrets.token_hex(16), row.id
            personal = _sha(salt, row.why, row.data)
            hash = _sha(prev, id, row.at, row.who, row.act, row.subject, personal)
            chain = {'salt': salt, 'personal': personal, 'prev': prev, 'hash': hash}
            bind.execute(audit.update().where(audit.c.id == id).values(chain))
            prev = hash
        if len(part) < PART:
            return {'id': id, 'hash': prev}


def _sha(*parts: object) -> str:
    """As `opportune.store.audit` writes it; a migration stays what it was."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(',', ':')).encode()).hexdigest()


def downgrade() -> None:
    with op.batch_alter_table('audit') as batch:
        batch.drop_index('ix_audit_subject')
        for name in CHAIN:
            batch.drop_column(name)
    op.execute("DELETE FROM note WHERE key IN ('audit_head', 'audit_tail')")
