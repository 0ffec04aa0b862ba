"""No error of the database carries what it was told of people: neither in a log, nor in the reason of a kept report."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.exc import DBAPIError

from opportune.store import events, hushed
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.db import Database, gave_way

ANA, BOB, NUMBER = "ana@private.example", "bob@private.example", "49301234567890123456"
COLUMNS = ("email", "name", "role", "active", "created_at", "factor_step", "recovery")


def row(email: str) -> tuple[object, ...]:
    return email, f"Ana {ANA}", "viewer", True, 1, 0, "[]"


def by_object(session):
    session.add(m.User(**dict(zip(COLUMNS, row(ANA), strict=True)) | {"recovery": []}))
    session.flush()


def by_driver(session):
    Bulk(session).insert(m.User, COLUMNS, [row(ANA)])


def by_copy(session):
    Bulk(session).insert(m.User, COLUMNS, [row(BOB), row(ANA)])


def by_statement(session):
    Bulk(session).run("UPDATE user_account SET email = ?", ANA)


#: What refuses an address that is there already.
WAYS = [by_object, by_driver, by_copy, by_statement]


@pytest.fixture
def known(db: Database) -> Database:
    """Ana is there, and somebody else."""
    with db.write() as session:
        Bulk(session).insert(m.User, COLUMNS, [row(ANA), row("eve@private.example")])
    return db


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_row_names_nobody_in_log_and_reason(known, caplog, way):
    with known.write() as session:
        id, _ = events.keep(session, "test", "one", kind="x", payload={}, received_at=1)
    caplog.set_level(logging.INFO)
    with pytest.raises(DBAPIError, match="user_account") as raised:
        events.apply(known, id, way)
    said = logging.Formatter().format(caplog.records[-1])
    with known.read() as session:
        why = session.scalars(select(m.ProviderEvent.failed_why)).one()
    for told in (said, why, str(raised.value), str(raised.value.orig), repr(raised.value.orig)):
        assert "private.example" not in told
    assert "Error" in why
    assert "Traceback" in said  # where it came from is what the log is for


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("SELECT CAST(? AS BIGINT)", ANA),  # the sentence itself quotes it
        ("SELECT CAST(? AS INTEGER)", NUMBER),
    ],
)
def test_a_value_of_the_wrong_kind_is_not_quoted(known, words, value):
    with known.read() as session, pytest.raises(DBAPIError) as raised:
        Bulk(session).rows(words, value)
    assert value not in f"{raised.value} {raised.value.orig}"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_a_hushed_error_is_stays_known(known):
    with known.read() as session, pytest.raises(DBAPIError) as raised:
        Bulk(session).rows("DO $$ BEGIN RAISE EXCEPTION 'wait' USING ERRCODE = '40P01', DETAIL = 'of ana'; END $$")
    assert gave_way(raised.value)
    assert str(raised.value.orig) == "wait"


def test_an_engine_of_ours_is_quieter_than_others(known):
    """Also that of the migrations, which move rows."""
    users, values = m.User.__table__.insert(), dict(zip(COLUMNS, row(ANA), strict=True)) | {"recovery": []}
    told = []
    for each in (hushed.engine(known.url), create_engine(known.url)):
        with each.connect() as connection, pytest.raises(DBAPIError) as raised:
            connection.execute(users, [values])
        told.append(ANA in str(raised.value))
        each.dispose()
    assert told == [False, True]
