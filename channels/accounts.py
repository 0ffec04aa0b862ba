"""Through which mail accounts do we send, from which addresses, and how much may each carry?

Several stand in a TOML file, one `[[account]]` each. An error names the file, the line and what to write instead.
"""

from __future__ import annotations

import datetime
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError, model_validator

from opportune.settings import SettingError

FROM = r"(?i)^([^@\s]+@)?[a-z0-9-]+(\.[a-z0-9-]+)+$"


class Account(BaseModel):
    """One login at one mail server. Times are hours and days of UTC; no limit where none is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=40)]
    host: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    port: int = Field(587, ge=1, le=65535)
    user: str = ""
    password: SecretStr = SecretStr("")
    password_env: str = Field("", description="Name of the variable that holds the password.")
    security: Literal["starttls", "tls", "none"] = "starttls"  # A15
    senders: tuple[Annotated[str, StringConstraints(pattern=FROM, to_lower=True)], ...] = Field(
        (), alias="from", description="Domains and addresses that may stand in From; empty: all that no other takes."
    )
    connections: int = Field(8, ge=1, le=64)
    per_hour: int | None = Field(None, ge=1)
    per_day: int | None = Field(None, ge=1)
    warm_up_from: datetime.date | None = Field(None, description="First day of sending domains that are new.")

    @model_validator(mode="after")
    def _password_is_there(self) -> Account:
        if self.password_env and not os.environ.get(self.password_env):
            raise ValueError(f"password_env: the variable {self.password_env} is not set; set it, or write password")
        if self.password_env and self.password.get_secret_value():
            raise ValueError("password_env: there is a password as well; write one of the two")
        return self

    def secret(self) -> str:
        return os.environ.get(self.password_env, "") if self.password_env else self.password.get_secret_value()

    def takes(self, address: str) -> int:
        """How well this account fits a From address: 2 by address or 1 by domain; 0 not at all."""
        address = address.lower()
        return 2 if address in self.senders else int(address.rpartition("@")[2] in self.senders)


FIELDS = sorted(field.alias or name for name, field in Account.model_fields.items())


def read(path: Path) -> tuple[Account, ...]:
    """The accounts of a file.

    Raises:
        SettingError: it cannot be used; says where and what to do.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no UTF-8 text"
        raise SettingError(f"{path}: {reason}; OPPORTUNE_MAIL_ACCOUNTS names the file of mail accounts") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path}: {error}: this line is no TOML") from None
    rows = found.get("account")
    if not isinstance(rows, list) or not rows or set(found) != {"account"}:
        strange = ", ".join(sorted(set(found) - {"account"}))
        told = f"unknown: {strange}" if strange else "no account in it"
        raise SettingError(f"{path}: {told}; each account begins with a line [[account]]")
    accounts = tuple(_account(path, text, place, row) for place, row in enumerate(rows))
    _apart(path, text, accounts)
    return accounts


def _account(path: Path, text: str, place: int, row: Mapping[str, Any]) -> Account:
    try:
        return Account.model_validate(row)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]  # its input may be a password
    field, _, said = wrong["msg"].removeprefix("Value error, ").rpartition(": ")
    field = str(wrong["loc"][0]) if wrong["loc"] else field
    remedies = {"extra_forbidden": f"there is no such field; there are {', '.join(FIELDS)}", "missing": "add it"}
    raise SettingError(f"{path}:{_line(text, place, field)}: {field}: {remedies.get(wrong['type'], said)}")


def _apart(path: Path, text: str, accounts: tuple[Account, ...]) -> None:
    """Each name once, and each From in one account only: else nobody could say which one sends."""
    seen: dict[tuple[str, str], str] = {}
    for place, account in enumerate(accounts):
        for field, value in (("name", account.name), *(("from", each) for each in account.senders)):
            if (field, value) in seen:
                where = f"{path}:{_line(text, place, field)}: {field}"
                raise SettingError(f"{where}: {value!r} stands in account {seen[field, value]!r} already; name it once")
            seen[field, value] = account.name


def _line(text: str, place: int, field: str) -> int:
    """Where the field of the account at this place is written; the account's own line when it is not."""
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines) if re.match(r"\s*\[\[\s*account\s*\]\]", line)]
    start = heads[place] if place < len(heads) else 0
    stop = heads[place + 1] if place + 1 < len(heads) else len(lines)
    own = (n for n in range(start, stop) if re.match(rf'\s*"?{re.escape(field)}"?\s*=', lines[n]))
    return next(own, start) + 1
