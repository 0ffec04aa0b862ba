"""Thirty ways in which a mail server misbehaves: does the ledger know exactly what happened, and is nobody twice?

Each way meets a house of people, through the dispatcher and real sockets; then the server is well again, and what may
be tried again is.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from faults.kills import audit
from faults.kills.figures import Figures
from faults.kills.home import Home, build, ports, scratch
from faults.kills.mailserver import TROUBLES
from faults.kills.outside import outside
from faults.kills.processes import ended, fork
from faults.kills.workers import settle, warm

from opportune.rehearsal.server import free_socket
from opportune.work import dispatch, reputation

SHORT = 0.4  # seconds of patience with a server that is silent
REFUSED = "refused"  # nobody listens
WAYS = (REFUSED, *TROUBLES)
STATE = {"mail_550": "failed", "rcpt_nouser": "failed", "rcpt_354": "failed", "rcpt_policy": "failed",
         "dot_554": "failed", "dot_drop": "uncertain", "stored_drop": "uncertain", "stored_hang": "uncertain",
         "stored_garbage": "uncertain", "stored_half": "uncertain", "drips": "sent", "merged": "sent",
         "quit_drop": "sent"}  # fmt: skip
STORED = ("stored_drop", "stored_hang", "stored_garbage", "stored_half", "drips", "merged", "quit_drop")
CLEANED = ("rcpt_nouser", "rcpt_354")  # only these are about the address
IMPATIENT = {"greet_silent": "timeout", "rcpt_hang": "timeout", "stored_hang": "after_dot_timeout",
             "stored_half": "after_dot_timeout"}  # fmt: skip


def run(each: int, seed: int = 1, ways: tuple[str, ...] = WAYS) -> Figures:
    figures = Figures()
    with scratch() as folder, ports() as sockets:
        template = build(folder / "template", f"sqlite:///{folder}/template/test.db", sockets, each, ("email",))
        with outside(home := template.copy(folder / "round")):
            warm(home)
        stranger = _certificate(folder)
        for way in ways:
            _one(template.copy(folder / "round"), way, each, stranger, figures)
    return figures


def _one(home: Home, way: str, each: int, stranger: ssl.SSLContext, figures: Figures) -> None:
    certificate = stranger if way == "tls_stranger" else None
    with outside(home, mail=way, certificate=certificate):
        if ended(fork(lambda: _send(_facing(home, way), way))):
            figures.wrong(f"{way}: the sender failed")
        _judge(home, way, each, figures)
    with outside(home):
        if ended(fork(lambda: _again(home))):
            figures.wrong(f"{way}: the sender failed later")
    figures.runs += each
    figures.uncertain += audit.closed_in_time(home, figures)
    audit.compare(home, figures)
    _afterwards(home, way, each, figures)


def _facing(home: Home, way: str) -> Home:
    """The settings that this way needs."""
    given = {"smtp_security": "starttls"} if way.startswith("tls_") else {}
    if way == REFUSED:
        with free_socket() as nobody:
            given = {"smtp_port": nobody.getsockname()[1]}
    return replace(home, settings=home.settings.model_copy(update=given))


def _send(home: Home, way: str) -> None:
    world = home.open("sender")
    reputation.heard = lambda *_: None  # each mail meets the server: none is held for what befell another
    if way in IMPATIENT:
        setattr(world.mailer, IMPATIENT[way], SHORT)
    dispatch.mails(world, until=world.clock.now() + 60)
    world.close()


def _judge(home: Home, way: str, each: int, figures: Figures) -> None:
    """What the ledger says right afterwards, held against what the server stored."""
    state = STATE.get(way, "not_sent")
    [(right,)] = home.rows(f"SELECT count(*) FROM touch WHERE state = '{state}' AND attempt = 1")
    if right != each:
        told = home.rows("SELECT state, count(*) FROM touch GROUP BY state")
        figures.wrong(f"{way}: {each - right} of {each} are not {state} but {told}")
    stored = sum(audit.effects(home).values())
    if stored != (each if way in STORED else 0):
        figures.wrong(f"{way}: the server stored {stored} mails")
    [(cleaned,)] = home.rows("SELECT count(*) FROM contact WHERE email IS NULL")
    if cleaned != (each if way in CLEANED else 0):
        figures.wrong(f"{way}: {cleaned} addresses were cleaned out")


def _again(home: Home) -> None:
    """The next slots with a server that is well, and a day for the doubts."""
    world = home.open("sender")
    while due := home.rows("SELECT min(due_at) FROM touch WHERE state = 'planned' AND attempt > 1")[0][0]:
        home.clock.move_to(due)
        dispatch.mails(world, until=world.clock.now() + 60)
    world.close()
    settle(home)


def _afterwards(home: Home, way: str, each: int, figures: Figures) -> None:
    """Definitely not sent: tried again, once. Doubtful or refused for good: never."""
    reached = sum(audit.effects(home).values())
    hopeless = STATE.get(way) == "failed" or way == "dot_drop"
    if reached != (0 if hopeless else each):
        figures.wrong(f"{way}: in the end {reached} of {each} were reached")


def _certificate(folder: Path) -> ssl.SSLContext:
    """A server whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a stranger")])
    days = [datetime.now(UTC) + timedelta(days=days) for days in (-1, 1)]
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), *days)
    made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "both.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*plain))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context
