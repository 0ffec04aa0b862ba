"""What does a use case need around it? Wired once, by the flow, the web application, the CLI or the rehearsal."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from channels.mail import Mailer
from channels.voice import Carrier
from opportune import law
from opportune.law import LawBook
from opportune.settings import Settings
from opportune.store import notes
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
    def mailer(self) -> Mailer:
        s = self.settings
        return Mailer(
            s.smtp_host,
            s.smtp_port,
            s.smtp_user,
            s.smtp_password.get_secret_value(),
            s.smtp_security,
            connections=s.smtp_connections,
        )

    @cached_property
    def carrier(self) -> Carrier:
        s = self.settings
        return Carrier(s.twilio_account, s.twilio_token.get_secret_value(), s.twilio_url or None)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run asynchronous channel work from synchronous code; one loop for the world's life keeps connections open."""
        return self._runner.run(work)

    @cached_property
    def _runner(self) -> asyncio.Runner:
        return asyncio.Runner()

    def close(self) -> None:
        if "mailer" in self.__dict__:
            self.run(self.mailer.close())
        if "_runner" in self.__dict__:
            self._runner.close()
        self.db.close()


def open_world(settings: Settings, clock: Clock | None = None, owner: str = "cli") -> World:
    """The world of these settings. In practice the clock runs with the offset that the rehearsal left behind."""
    db = Database(settings.database, durable=not settings.practice)
    if clock is None:
        clock = RealClock(notes.get(db, "clock_offset", 0) if settings.practice else 0)
    return World(settings, db, clock, law.load(*settings.law_files, holidays=settings.holidays), owner)
