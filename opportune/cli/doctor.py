"""What is missing before real people can be contacted? Each finding names the setting and says what to do."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from opportune import law
from opportune.settings import SettingError, Settings
from opportune.store.db import Database
from opportune.work import retention, signatures


@dataclass(frozen=True, slots=True)
class Finding:
    """`good` or not; `remedy` says what to do when not."""

    what: str
    good: bool
    says: str
    remedy: str = ""


NEEDED = {
    "smtp_host": "the mail server that takes your mail",
    "mail_sender": "the From address of your mails",
    "mail_domain": "your sending domain",
    "mail_reply_to": "the mailbox that replies come to",
    "imap_host": "the server of that mailbox",
    "imap_user": "the user of that mailbox",
    "twilio_account": "your Account SID from Twilio's console",
    "twilio_token": "your Auth Token from Twilio's console",
    "twilio_caller": "your number at Twilio, like +4420…",
    "operator_phone": "the number of the colleague who takes over when somebody presses 1",
}


def examine(settings: Settings) -> list[Finding]:
    """Everything looked at, good and bad; nothing is changed and nothing leaves this machine."""
    return [
        *_python(),
        *_secret(settings),
        *_database(settings),
        *_public(settings),
        *_needed(settings),
        *_law(settings),
        *_retention(settings),
    ]


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")


def _secret(settings: Settings) -> Iterator[Finding]:
    long_enough = len(settings.secret.get_secret_value()) >= 32
    says = "set" if long_enough else "missing or shorter than 32 characters"
    yield Finding("OPPORTUNE_SECRET", long_enough, says, f"put into .env: OPPORTUNE_SECRET={secrets.token_urlsafe(36)}")


def _database(settings: Settings) -> Iterator[Finding]:
    file = Path(settings.database.removeprefix("sqlite:///"))
    if settings.database.startswith("sqlite:///") and not file.exists():  # opening it would make it
        yield Finding("database", False, f"{file} is not there yet", "run: opportune migrate")
        return
    try:
        with closing(Database(settings.database)) as db:
            pending = db.pending()
    except Exception as error:  # any trouble with the database is what we are here to tell
        yield Finding("database", False, f"cannot be opened: {error}", "check OPPORTUNE_DATABASE_URL")
        return
    yield Finding("database", not pending, "needs new tables" if pending else "up to date", "run: opportune migrate")


def _public(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.public_url)
    good = url.scheme == "https" and url.hostname not in ("127.0.0.1", "localhost", "::1")
    yield Finding(
        "OPPORTUNE_PUBLIC_URL",
        good,
        settings.public_url,
        "give the https address under which Twilio and readers reach this server; its webhooks are signed with it",
    )


def _needed(settings: Settings) -> Iterator[Finding]:
    for name, meaning in NEEDED.items():
        value = getattr(settings, name)
        given = bool(value.get_secret_value() if hasattr(value, "get_secret_value") else value)
        variable = f"OPPORTUNE_{name.upper()}"
        yield Finding(variable, given, "set" if given else "missing", f"set {variable} to {meaning}, in .env")


def _law(settings: Settings) -> Iterator[Finding]:
    book = _with_signatures(settings, law.load(*settings.law_files, holidays=settings.holidays))
    signed = [place for place in book.sheets if book.state(place) == "signed"]
    yield Finding(
        "law rows",
        bool(signed),
        f"signed: {', '.join(signed)}" if signed else "none is signed",
        "have a lawyer check the row of each place you contact (opportune law RO) and sign it (opportune law sign RO "
        "--by … --note …); until then whatever is risky stays blocked",
    )


def _retention(settings: Settings) -> Iterator[Finding]:
    try:
        found = retention.timers(settings.retention)
    except SettingError as wrong:
        yield Finding("retention", False, str(wrong), "mend the file that OPPORTUNE_RETENTION names")
        return
    kept = (f"{name.replace('_', ' ')} {timer.days or 'no end of'} days" for name, timer in found.items())
    yield Finding("retention", True, f"kept: {', '.join(kept)}")


def _with_signatures(settings: Settings, book: law.LawBook) -> law.LawBook:
    """As far as the database can be asked; what is wrong with it has been told already."""
    if not all(finding.good for finding in _database(settings)):
        return book
    with closing(Database(settings.database)) as db, db.read() as session:
        return signatures.laid_over(book, session)
