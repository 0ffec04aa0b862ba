"""Is a file of mail accounts read as it was meant, and does an error say where it is and what to do?"""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from channels.accounts import read
from opportune.settings import SettingError

GOOD = """
[[account]]
name = "sales"
host = "smtp.acme.test"
user = "sales"
password_env = "SALES_PASSWORD"
from = ["acme.test", "Ann@Other.test"]
connections = 4
per_hour = 500
per_day = 2000
warm_up_from = 2026-03-02

[[account]]
name = "rest"
host = "relay.acme.test"
port = 465
security = "tls"
password = "secret"
"""


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SALES_PASSWORD", "from the environment")

    def reads(text: str):
        file = tmp_path / "accounts.toml"
        file.write_text(text)
        return read(file)

    return reads


def test_each_account_has_its_own_server_limits_and_senders(accounts):
    sales, rest = accounts(GOOD)
    assert (sales.secret(), sales.port, sales.security, sales.connections) == (
        "from the environment",
        587,
        "starttls",
        4,
    )
    assert (sales.per_hour, sales.per_day, sales.warm_up_from) == (500, 2000, datetime.date(2026, 3, 2))
    assert (rest.secret(), rest.security, rest.senders, rest.per_day) == ("secret", "tls", (), None)


@pytest.mark.parametrize(
    ("address", "fits"), [("bob@acme.test", 1), ("ann@other.test", 2), ("bob@other.test", 0), ("BOB@ACME.TEST", 1)]
)
def test_an_account_takes_its_domains_and_addresses_in_any_case(accounts, address: str, fits: int):
    assert accounts(GOOD)[0].takes(address) == fits


def test_a_password_is_never_shown(accounts):
    assert "secret" not in repr(accounts(GOOD))


WRONG = [
    # what is changed, in the line of which the error is, what it says
    ('port = 465', 'port = "x"', 16, "port: "),
    ('port = 465', "port = 70000", 16, "port: Input should be less than or equal to 65535"),
    ('security = "tls"', 'security = "ssl"', 17, "security: Input should be 'starttls', 'tls' or 'none'"),
    ('password = "secret"', 'passwort = "secret"', 18, "passwort: there is no such field; there are connections"),
    ('host = "relay.acme.test"\n', "", 13, "host: add it"),
    ('password_env = "SALES_PASSWORD"', 'password_env = "NOT_SET"', 6, "password_env: the variable NOT_SET is not set"),
    ('password = "secret"', 'password = "a"\npassword_env = "SALES_PASSWORD"', 19, "password_env: there is a password"),
    ('from = ["acme.test", "Ann@Other.test"]', 'from = ["no domain"]', 7, "from: "),
    ("per_day = 2000", "per_day = 0", 10, "per_day: Input should be greater than or equal to 1"),
    ("warm_up_from = 2026-03-02", 'warm_up_from = "soon"', 11, "warm_up_from: "),
    ('name = "rest"', 'name = "sales"', 14, "name: 'sales' stands in account 'sales' already; name it once"),
    ('password = "secret"', 'from = ["acme.test"]', 18, "from: 'acme.test' stands in account 'sales' already"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "says"), WRONG)
def test_an_error_names_file_line_field_and_remedy(accounts, tmp_path, old: str, new: str, line: int, says: str):
    assert old in GOOD
    with pytest.raises(SettingError) as error:
        accounts(GOOD.replace(old, new))
    assert str(error.value).startswith(f"{tmp_path / 'accounts.toml'}:{line}: {says}")
    assert "secret" not in str(error.value).replace("passwort", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no account in it; each account begins with a line [[account]]"),
        ("name = 'x'", "unknown: name; each account begins with a line [[account]]"),
        ("[account]\nname = 'x'", "no account in it; each account begins"),
        ("[[account]]\nname = \n", "(at line 2, column 8)"),
    ],
)
def test_a_file_that_is_none_says_so(accounts, text: str, says: str):
    with pytest.raises(SettingError) as error:
        accounts(text)
    assert says in str(error.value)


def test_a_file_that_is_not_there_names_the_setting(tmp_path: Path):
    with pytest.raises(SettingError, match="No such file or directory; OPPORTUNE_MAIL_ACCOUNTS names the file"):
        read(tmp_path / "nothing.toml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="no UTF-8 text"):
        read(tmp_path / "binary")
