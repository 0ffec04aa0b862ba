"""What does a use case need around it? Wired once, by the flow, the web application, the CLI or the rehearsal."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from channels import accounts
from channels.accounts import Account
from channels.carrier import Carrier
from channels.mail import Mailer
from channels.voice import Twilio
from opportune import law
from opportune.law import LawBook
from opportune.settings import Settings
from opportune.store import notes, sealed, sealed_check
from opportune.store.db import Database
from opportune.store.secrets import Signer
from opportune.work.clock import Clock, RealClock

T = TypeVar("T")


@dataclass
class World:
    settings: Settings
    db: Database
    clock: Clock
    law: LawBook
    owner: str = "cli"  # who claims: host and process, in the lease
    extras: dict[str, object] = field(default_factory=dict)

    @cached_property
    def signer(self) -> Signer:
        return Signer(self.settings.secret.get_secret_value())

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        """The mail accounts; the `smtp_` settings are the one there is without a file."""
        s = self.settings
        if s.mail_accounts:
            return accounts.read(Path(s.mail_accounts))
        only = {"name": "default", "host": s.smtp_host or "localhost", "port": s.smtp_port, "user": s.smtp_user}
        limits = {"per_hour": s.smtp_per_hour or None, "per_day": s.smtp_per_day or None}
        warm_up = {"warm_up_from": s.smtp_warm_up_from or None, "connections": s.smtp_connections}
        return (Account(**only, **limits, **warm_up, password=s.smtp_password, security=s.smtp_security),)

    @cached_property
    def mailer(self) -> Mailer:
        """That of the first account, which also carries what no other one claims."""
        return self._open_mailer(self.accounts[0])

    def mailer_of(self, account: Account) -> Mailer:
        if account is self.accounts[0]:
            return self.mailer
        known: dict[str, Mailer] = self.extras.setdefault("mailers", {})  # type: ignore[assignment]
        if account.name not in known:
            known[account.name] = self._open_mailer(account)
        return known[account.name]

    @staticmethod
    def _open_mailer(of: Account) -> Mailer:
        return Mailer(of.host, of.port, of.user, of.secret(), of.security, connections=of.connections)

    @cached_property
    def carrier(self) -> Carrier:
        s = self.settings
        token, old = s.twilio_token.get_secret_value(), s.twilio_token_old.get_secret_value()
        return Twilio(s.twilio_account, token, s.twilio_url or None, old_token=old)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run asynchronous channel work from synchronous code; one loop for the world's life keeps connections open."""
        return self._runner.run(work)

    @cached_property
    def _runner(self) -> asyncio.Runner:
        return asyncio.Runner()

    def close(self) -> None:
        if "mailer" in self.__dict__:
            self.run(self.mailer.close())
        for mailer in self.extras.get("mailers", {}).values():  # type: ignore[attr-defined]
            self.run(mailer.close())
        if "_runner" in self.__dict__:
            self._runner.close()
        self.db.close()


def open_world(settings: Settings, clock: Clock | None = None, owner: str = "cli") -> World:
    """The world of these settings. In practice the clock runs with the offset that the rehearsal left behind."""
    sealed.use([each.get_secret_value() for each in settings.data_keys])
    db = Database(settings.database, durable=not settings.practice)
    sealed_check.check(db)
    if clock is None:
        clock = RealClock(notes.get(db, "clock_offset", 0) if settings.practice else 0)
    return World(settings, db, clock, law.load(*settings.law_files, holidays=settings.holidays), owner)
