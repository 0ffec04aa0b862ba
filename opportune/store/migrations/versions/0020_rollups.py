"""what the board counts by: the person's status, the words and the local hour of each decision and touch; tables of
people, attempts and cells, built from what is there and kept by triggers (`store.rollup_triggers`, put in place after
every migration)"""

from typing import Any

from alembic import op
import sqlalchemy as sa

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
PERSON = ('campaign_id', 'version_id', 'day', 'channel', 'mode', 'chance', 'status', 'source_id', 'script', 'hour')
STAGES = ('decided', 'attempted', 'reached', 'conversation', 'goal', 'kept', 'opted_out', 'cost')
TRY = ('campaign_id', 'version_id', 'day', 'channel', 'half', 'attempt', 'fresh', 'status', 'source_id', 'script')
RESULTS = ('tried', 'answered', 'conversation', 'goal', 'cost')
PEOPLE_KEY = ('kind', 'status', 'source_id', 'script', 'campaign_id', 'day', 'version_id', 'channel', 'mode', 'chance',
              'hour')
TRY_KEY = ('kind', 'status', 'source_id', 'script', 'attempt', 'campaign_id', 'day', 'version_id', 'channel', 'half', 'fresh')
WORDS = ('kind', 'channel', 'mode', 'status', 'script')


def _columns(names: tuple[str, ...]) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(length=64) if name in WORDS else sa.BigInteger(), nullable=False) for name in names]


def _row(name: str, key: str, names: tuple[str, ...]) -> None:
    op.create_table(name, sa.Column(key, BIG, nullable=False, autoincrement=False), *_columns(names),
                    sa.PrimaryKeyConstraint(key, name=op.f(f'pk_{name}')))


def _cells(name: str, key: tuple[str, ...], sums: tuple[str, ...]) -> None:
    op.create_table(name, *_columns((*key, *sums)), sa.PrimaryKeyConstraint(*key, name=op.f(f'pk_{name}')),
                    sqlite_with_rowid=False)


def upgrade() -> None:
    op.add_column('decision', sa.Column('status', sa.String(length=64), nullable=True))
    op.add_column('decision', sa.Column('template', sa.String(length=64), nullable=True))
    op.add_column('decision', sa.Column('ahead', sa.Integer(), nullable=True))
    op.add_column('touch', sa.Column('ahead', sa.Integer(), nullable=True))
    op.create_index('ix_decision_verdict', 'decision', ['verdict', 'campaign_id', 'at'])
    _row('outcome_window', 'version_id', ('seconds',))
    for name in ('board_dirty', 'board_taken'):
        op.create_table(name, sa.Column('id', BIG, nullable=False),
                        sa.Column('enrolment_id', sa.BigInteger(), nullable=False),
                        sa.Column('touch_id', sa.BigInteger(), nullable=True),
                        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{name}')))
    _row('board_fold', 'id', ())
    for suffix in ('', '_new'):
        _row(f'cohort{suffix}', 'enrolment_id', (*PERSON, *STAGES))
        _row(f'attempt{suffix}', 'touch_id', (*TRY, *RESULTS))
    op.create_table('cohort_change', *_columns((*PERSON, *STAGES)))
    op.create_table('attempt_change', *_columns((*TRY, *RESULTS)))
    _cells('people_cell', PEOPLE_KEY, STAGES)
    _cells('try_cell', TRY_KEY, RESULTS)


def downgrade() -> None:
    for name in ('try_cell', 'people_cell', 'attempt_change', 'cohort_change', 'attempt_new', 'cohort_new', 'attempt', 'cohort', 'board_fold', 'board_taken',
                 'board_dirty', 'outcome_window'):
        op.drop_table(name)
    op.drop_index('ix_decision_verdict', 'decision')
    with op.batch_alter_table('touch') as batch:
        batch.drop_column('ahead')
    with op.batch_alter_table('decision') as batch:
        for name in ('ahead', 'template', 'status'):
            batch.drop_column(name)
