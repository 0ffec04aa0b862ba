"""Does the mailer say exactly what happened to a mail, whatever the server does and wherever it does it?"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support_mailbox import Mailbox, running_mailbox

from channels.base import Accepted, Answer, Mail, Refused, Unknown
from channels.mail import Mailer

CONTENT = (
    b"Subject: Hello\r\nMessage-ID: <1@acme.test>\r\n\r\n.A line that begins with a dot\r\n..\r\n.\r\nand goes on\r\n"
)


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox("--slow-seconds", "0.6") as running:
        yield running


def mail_to(recipient: str, sender: str = "bounce+t1@acme.test", content: bytes = CONTENT) -> Mail:
    return Mail(sender, recipient, content)


def with_mailer(port: int, use: Callable[[Mailer], Awaitable[object]], **settings: object) -> object:
    async def run() -> object:
        mailer = Mailer("127.0.0.1", port, **{"user": "", "password": "", "security": "none", **settings})
        try:
            return await use(mailer)
        finally:
            await mailer.close()

    return asyncio.run(run())


def send(port: int, mail: Mail, **settings: object) -> Answer:
    return with_mailer(port, lambda mailer: mailer.send(mail), **settings)


def test_a_mail_that_is_taken_arrives_unchanged_with_its_queue_id(mailbox: Mailbox):
    answer = send(mailbox.smtp, mail_to("ann@reader.test"))
    (taken,) = mailbox.taken_for("ann@reader.test")
    assert answer == Accepted(f"P{taken['id']}", detail=f"2.0.0 Ok: queued as P{taken['id']}")
    assert taken["sender"] == "bounce+t1@acme.test"
    assert mailbox.get(f"/_sim/mails/{taken['id']}")["text"] == CONTENT.decode().partition("\r\n\r\n")[2].replace(
        "\r\n", "\n"
    )


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        ("nouser", Refused("550 5.1.1", "5.1.1 No such user here", True, "address", "rcpt")),
        ("full", Refused("452 4.2.2", "4.2.2 Mailbox full", False, "address", "rcpt")),
        ("busy", Refused("451 4.3.0", "4.3.0 Try again later", False, "address", "rcpt")),
        ("policy", Refused("550 5.7.1", "5.7.1 Refused by policy", True, "sender", "rcpt")),
        ("later421", Refused("421 4.3.2", "4.3.2 Closing the connection, try later", False, "sender", "rcpt")),
    ],
)
def test_a_scripted_refusal_is_told_exactly_and_nothing_is_stored(mailbox: Mailbox, suffix: str, expected: Refused):
    assert send(mailbox.smtp, mail_to(f"ben+{suffix}@reader.test")) == expected
    assert mailbox.taken_for(f"ben+{suffix}@reader.test") == []


@pytest.mark.parametrize("how", ["drop", "hang"])
@pytest.mark.parametrize(
    ("point", "kind", "phase", "stored"),
    [
        ("mail", Refused, "mail", 0),
        ("rcpt", Refused, "rcpt", 0),
        ("data", Refused, "data", 0),
        ("dot", Unknown, "body", 0),  # for the client the same as the next
        ("stored", Unknown, "body", 1),
    ],
)
def test_only_what_breaks_after_the_dot_is_unknown(
    mailbox: Mailbox, how: str, point: str, kind: type, phase: str, stored: int
):
    recipient, sender = f"{how}.{point}@reader.test", f"{how}.{point}@acme.test"
    mailbox.post_object("/_sim/scripts", {sender if point == "mail" else recipient: f"{point} {how}"})
    answer = send(mailbox.smtp, mail_to(recipient, sender), timeout=0.3, after_dot_timeout=0.3)
    assert (type(answer), answer.phase) == (kind, phase)
    assert not isinstance(answer, Refused) or (answer.permanent, answer.scope, answer.code) == (False, "sender", "")
    assert len(mailbox.taken_for(recipient)) == stored


@pytest.mark.parametrize("name", ["dropmail", "droprcpt", "dropdata", "dropdot", "dropstored"])
def test_the_named_drops_do_what_their_names_say(mailbox: Mailbox, name: str):
    recipient = f"eve+{name}@reader.test"
    answer = send(
        mailbox.smtp, mail_to(recipient, sender=f"bounce+{name}@acme.test" if name == "dropmail" else "b@a.test")
    )
    expected = {"dropmail": "mail", "droprcpt": "rcpt", "dropdata": "data"}.get(name, "body")
    assert answer.phase == expected
    assert len(mailbox.taken_for(recipient)) == (name == "dropstored")


def test_a_reply_after_the_dot_is_definite(mailbox: Mailbox):
    replies = {"late4@reader.test": "dot 451 4.3.0 Later", "late5@reader.test": "dot 554 5.6.0 Not like this"}
    mailbox.post_object("/_sim/scripts", replies)
    assert send(mailbox.smtp, mail_to("late4@reader.test")) == Refused(
        "451 4.3.0", "4.3.0 Later", False, "address", "body"
    )
    refused = Refused("554 5.6.0", "5.6.0 Not like this", True, "message", "body")
    assert send(mailbox.smtp, mail_to("late5@reader.test")) == refused


def test_a_slow_server_is_waited_for_after_the_dot(mailbox: Mailbox):
    answer = send(mailbox.smtp, mail_to("fay+slow@reader.test"), timeout=0.3, after_dot_timeout=30)
    assert isinstance(answer, Accepted)


def test_where_nothing_listens_nothing_was_sent():
    with running_mailbox("--no-smtp") as blocked:
        answer = send(blocked.smtp, mail_to("ann@reader.test"))
        assert (answer.phase, answer.permanent, answer.scope) == ("connect", False, "sender")
        assert blocked.get("/_sim/stats")["mails"] == 0


def test_a_server_without_tls_gets_no_mail_unless_that_is_set_on_purpose(mailbox: Mailbox):  # A15
    for security in ("starttls", "tls"):
        answer = send(mailbox.smtp, mail_to("gil@reader.test"), security=security, timeout=2)
        assert (answer.phase, answer.permanent, answer.scope) == ("connect", False, "sender")
    assert mailbox.taken_for("gil@reader.test") == []


def test_only_the_practice_credentials_open_the_practice_server(mailbox: Mailbox):
    assert isinstance(send(mailbox.smtp, mail_to("h@reader.test"), user="practice", password="practice"), Accepted)
    refused = send(mailbox.smtp, mail_to("h@reader.test"), user="real", password="secret")
    assert (refused.code, refused.phase, refused.permanent, refused.scope) == (
        "535 5.7.8",
        "connect",
        False,
        "sender",
    )
    assert refused.meaning == "login"


@pytest.mark.parametrize(
    ("sender", "recipient", "scope"),
    [
        ("a@acme.test", "ann@reader.test\r\nRCPT TO:<eve@reader.test>", "address"),  # a command of its own
        ("a@acme.test", "ann@reader.test> NOTIFY=NEVER", "address"),  # an option of its own
        ("a@acme.test", "ann\x00@reader.test", "address"),
        ("a@acme.test", "ann", "address"),
        ("a@acme.test", "анна@reader.test", "address"),
        ("a@acme.test\nDATA", "ann@reader.test", "sender"),
    ],
)
def test_an_address_that_could_be_a_command_is_refused_before_anything_is_said(sender: str, recipient: str, scope: str):
    answer = send(9, mail_to(recipient, sender))  # nothing listens on the discard port: it is not even tried
    assert (answer.permanent, answer.scope, answer.phase) == (True, scope, "mail")


def test_connections_are_reused_and_one_that_was_closed_while_idle_is_replaced(mailbox: Mailbox):
    async def three_mails(mailer: Mailer) -> None:
        before = mailbox.get("/_sim/stats")["accepted"]
        for _ in range(2):
            assert isinstance(await mailer.send(mail_to("ida@reader.test")), Accepted)
        assert mailbox.get("/_sim/stats")["accepted"] == before + 1
        # Blocking on purpose: the mailer cannot learn of it before it speaks.
        assert mailbox.post("/_sim/hangup")["closed"] >= 1
        assert isinstance(await mailer.send(mail_to("ida@reader.test")), Accepted)
        assert mailbox.get("/_sim/stats")["accepted"] == before + 2

    with_mailer(mailbox.smtp, three_mails)
    assert len(mailbox.taken_for("ida@reader.test")) == 3


def test_a_server_that_has_had_enough_of_a_connection_is_called_anew(mailbox: Mailbox):
    async def two_mails(mailer: Mailer) -> Answer:
        await mailer.send(mail_to("joe@reader.test"))
        mailbox.post_object("/_sim/scripts", {"tired@acme.test": "mail 421 4.7.0 Too many mails in this connection"})
        accepted = mailbox.get("/_sim/stats")["accepted"]
        answer = await mailer.send(mail_to("joe@reader.test", sender="tired@acme.test"))
        assert mailbox.get("/_sim/stats")["accepted"] == accepted + 1  # tried once more, and once only
        return answer

    assert with_mailer(mailbox.smtp, two_mails).code == "421 4.7.0"


def test_a_refused_mail_leaves_its_connection_fit_for_the_next(mailbox: Mailbox):
    async def bad_then_good(mailer: Mailer) -> list[Answer]:
        before = mailbox.get("/_sim/stats")["accepted"]
        answers = [await mailer.send(mail_to(each)) for each in ("kim+nouser@reader.test", "kim@reader.test")]
        assert mailbox.get("/_sim/stats")["accepted"] == before + 1
        return answers

    refused, accepted = with_mailer(mailbox.smtp, bad_then_good)
    assert (type(refused), type(accepted)) == (Refused, Accepted)
    assert len(mailbox.taken_for("kim@reader.test")) == 1


def test_many_mails_keep_their_order_and_never_use_more_connections_than_set():
    names = [f"p{place}{'+nouser' if place % 7 == 3 else ''}@reader.test" for place in range(200)]
    with running_mailbox() as own:
        answers = with_mailer(
            own.smtp, lambda mailer: mailer.send_all([mail_to(name) for name in names]), connections=4
        )
        assert [isinstance(answer, Refused) for answer in answers] == ["nouser" in name for name in names]
        by_id = {f"P{mail['id']}": mail["recipient"] for mail in own.get("/_sim/mails?after=0")}
        assert [by_id[a.provider_id] for a in answers if isinstance(a, Accepted)] == [n for n in names if "+" not in n]
        assert own.get("/_sim/stats")["most_connections"] == 4


def test_mails_sent_one_by_one_share_the_same_few_connections():
    async def at_once(mailer: Mailer) -> list[Answer]:
        return await asyncio.gather(*(mailer.send(mail_to("nan@reader.test")) for _ in range(30)))

    with running_mailbox() as own:
        answers = with_mailer(own.smtp, at_once, connections=3)
        assert {type(answer) for answer in answers} == {Accepted}
        assert own.get("/_sim/stats")["most_connections"] == 3


def test_no_mails_are_no_work():
    assert with_mailer(9, lambda mailer: mailer.send_all([])) == []


def test_a_cancelled_mail_takes_its_connection_along(mailbox: Mailbox):
    async def cancelled_then_good(mailer: Mailer) -> Answer:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(mailer.send(mail_to("lea+slow@reader.test")), 0.2)
        return await mailer.send(mail_to("lou@reader.test"))  # a late reply to lea's must not be taken for lou's

    answer = with_mailer(mailbox.smtp, cancelled_then_good, connections=1)
    assert answer.provider_id == f"P{mailbox.taken_for('lou@reader.test')[0]['id']}"


def test_a_lone_line_end_cannot_smuggle_a_second_mail(mailbox: Mailbox):
    smuggled = b"Subject: x\r\n\r\nhello\n.\nMAIL FROM:<eve@evil.test>\r.\rRCPT TO:<vic@reader.test>\r\n"
    assert isinstance(send(mailbox.smtp, mail_to("mia@reader.test", content=smuggled)), Accepted)
    (taken,) = mailbox.taken_for("mia@reader.test")
    assert mailbox.get(f"/_sim/mails/{taken['id']}")["text"].count("\n.\n") == 2


def odd_server(*replies: bytes) -> tuple[socket.socket, int]:
    """A listener that answers each line it gets with the next of these bytes, whatever was asked."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            for reply in replies:
                connection.sendall(reply)
                if reply.startswith(b"354"):
                    while lines.readline() not in (b".\r\n", b""):
                        pass
                else:
                    lines.readline()

    threading.Thread(target=serve, daemon=True).start()
    return listener, listener.getsockname()[1]


@pytest.mark.parametrize(
    ("replies", "kind", "phase"),
    [
        ((b"220 x\r\n", b"250 x\r\n", b"hello?\r\n"), Refused, "mail"),  # not SMTP at all
        ((b"220 x\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 go on?\r\n"), Refused, "data"),  # not 354
        ((b"220 x\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n250 early\r\n"), Refused, "data"),
        ((b"220 x\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"what\r\n"), Unknown, "body"),
        ((b"220 x\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"354 go\r\n"), Unknown, "body"),
        ((b"220 x\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 half a li"), Unknown, "body"),
        ((b"554 not today\r\n",), Refused, "connect"),
        ((b"220 " + b"x" * 100_000,), Refused, "connect"),  # an endless banner
        ((b"220 x\r\n", b"502 no EHLO\r\n"), Refused, "connect"),
    ],
)
def test_a_server_that_talks_nonsense_never_makes_a_sent_mail(replies: tuple[bytes, ...], kind: type, phase: str):
    listener, port = odd_server(*replies)
    with listener:
        answer = send(port, mail_to("ann@reader.test"), timeout=1, after_dot_timeout=1)
    assert (type(answer), answer.phase) == (kind, phase)


@contextlib.contextmanager
def one_write_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Offers PIPELINING; after EHLO each connection is the test's."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                with listener.accept()[0] as connection:
                    for reply in (b"220 x\r\n", b"250-x\r\n250 PIPELINING\r\n"):
                        connection.sendall(reply)
                        heard = connection.recv(1000) if reply.startswith(b"220") else b""
                        assert heard[:4] in (b"EHLO", b"")
                    talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    ("replies", "phase", "then"),
    [
        (b"250 ok\r\n550 5.1.1 no\r\n503 no\r\n", "rcpt", b"RSET\r\nQUIT\r\n"),  # fit for the next mail
        (b"250 ok\r\n550 5.1.1 no\r\n354 go\r\n", "rcpt", b""),  # a body for what it refused: not even a dot
        (b"451 4.3.0 no\r\n250 ok\r\n354 go\r\n", "mail", b""),
        (b"250 ok\r\n250 ok\r\n451 4.3.0 no\r\n", "data", b"RSET\r\nQUIT\r\n"),
        (b"250 ok\r\n421 4.3.2 bye\r\n421 4.3.2 bye\r\n", "rcpt", b""),
        (b"250 ok\r\n250 ok\r\n", "data", b""),  # and gone
        (b"250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n", "data", b""),  # an answer too many: out of step
    ],
)
def test_each_reply_to_one_write_is_looked_at_by_itself(replies: bytes, phase: str, then: bytes):
    heard = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(1000))
        connection.sendall(replies)
        if replies.count(b"\n") < 3:
            return connection.shutdown(socket.SHUT_WR)
        while data := connection.recv(100_000):
            heard.append(data)
            connection.sendall(b"250 ok\r\n")

    with one_write_server(talk) as port:
        answer = send(port, mail_to("ann@reader.test"), timeout=2, after_dot_timeout=2)
    assert (type(answer), answer.phase) == (Refused, phase)
    assert heard[0] == b"MAIL FROM:<bounce+t1@acme.test>\r\nRCPT TO:<ann@reader.test>\r\nDATA\r\n"
    assert b"".join(heard[1:]) == then


def test_where_commands_that_come_together_are_lost_they_are_sent_one_by_one():
    """Some firewalls look at the first line of a packet and forget the others."""

    def talk(connection: socket.socket) -> None:
        while data := connection.recv(100_000):
            first = data.split(b"\r\n")[0]
            connection.sendall(b"354 go\r\n" if first == b"DATA" else b"250 ok\r\n")

    async def two(mailer: Mailer) -> list[Answer]:
        return [await mailer.send(mail_to("ann@reader.test")) for _ in range(2)]

    with one_write_server(talk) as port:
        lost, taken = with_mailer(port, two, timeout=0.4)
    assert (type(lost), lost.phase, type(taken)) == (Refused, "rcpt", Accepted)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "practice")])
    days = [datetime.now(UTC) + timedelta(days=days) for days in (-1, 1)]
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), *days)
    made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*plain))
    return file


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(("trusted", "reached"), [(True, "mail"), (False, "connect")])
def test_the_servers_certificate_is_checked(
    certificate: Path, security: str, trusted: bool, reached: str, monkeypatch: pytest.MonkeyPatch
):  # A15
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def talk(connection: socket.socket) -> None:
        """Until MAIL: who says that trusts us."""
        connection.sendall(b"220 x\r\n")
        while (line := connection.recv(1000)) and not line.startswith(b"MAIL"):
            connection.sendall(b"220 go\r\n" if line.startswith(b"STARTTLS") else b"250-x\r\n250 STARTTLS\r\n")
            if line.startswith(b"STARTTLS"):
                connection = stack.enter_context(context.wrap_socket(connection, server_side=True))

    def serve() -> None:
        with contextlib.suppress(OSError):
            plain = stack.enter_context(listener.accept()[0])
            wrapped = context.wrap_socket(plain, server_side=True) if security == "tls" else plain
            talk(stack.enter_context(wrapped))
        stack.close()

    with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.ExitStack() as stack:
        server = threading.Thread(target=serve)
        server.start()
        answer = send(listener.getsockname()[1], mail_to("ann@reader.test"), security=security, timeout=5)
        server.join()
    assert (type(answer), answer.phase) == (Refused, reached)
    assert trusted or "certificate" in answer.detail.lower()


class Keeper:
    """An aiosmtpd server's memory of what it took."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        del server, session
        self.taken.append(envelope.content)
        return "250 2.0.0 Ok: queued as K1"


@contextlib.contextmanager
def tls_server(certificate: Path, security: str) -> Iterator[tuple[int, Keeper]]:
    """A real mail server on localhost that takes mail only encrypted."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ways = {"tls": {"ssl_context": context}, "starttls": {"tls_context": context, "require_starttls": True}}
    controller = Controller(keeper := Keeper(), hostname="127.0.0.1", port=port, **ways[security])
    controller.start()
    try:
        yield port, keeper
    finally:
        controller.stop()


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("host", "vouched", "says"),
    [
        ("127.0.0.1", True, None),
        ("localhost", True, "Hostname mismatch, certificate is not valid for 'localhost'"),  # not whom we meant
        ("127.0.0.1", False, "self-signed certificate"),  # anybody may have made it
    ],
)
def test_mail_travels_encrypted_and_only_to_whom_we_meant(
    certificate: Path, security: str, host: str, vouched: bool, says: str | None, monkeypatch: pytest.MonkeyPatch
):  # A15
    if vouched:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def once(port: int) -> Answer:
        mailer = Mailer(host, port, "", "", security)
        try:
            return await mailer.send(mail_to("ann@reader.test"))
        finally:
            await mailer.close()

    with tls_server(certificate, security) as (port, keeper):
        answer = asyncio.run(once(port))
    assert len(keeper.taken) == (says is None)
    if says is None:
        assert answer == Accepted("K1", "2.0.0 Ok: queued as K1")
        return
    assert (answer.phase, answer.permanent, answer.meaning) == ("connect", False, "unreachable")
    assert says in answer.detail
    assert "use the host name that it is made for" in answer.detail


def test_a_connection_carries_only_so_many_mails(mailbox: Mailbox):
    async def seven(mailer: Mailer) -> int:
        before = mailbox.get("/_sim/stats")["accepted"]
        answers = await mailer.send_all([mail_to("oda@reader.test")] * 7)
        assert {type(answer) for answer in answers} == {Accepted}
        return mailbox.get("/_sim/stats")["accepted"] - before

    assert with_mailer(mailbox.smtp, seven, connections=1, most_each=3) == 3
    assert with_mailer(mailbox.smtp, seven, connections=1) == 1


def test_eight_hundred_mails_on_sixteen_connections_reach_a_c_server():
    """Postfix's smtp-sink counts what it took: each mail once, though connections are replaced on the way."""
    sink = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    if sink is None:
        pytest.skip("smtp-sink of postfix is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([sink, *who, "-c", f"127.0.0.1:{port}", "100"], stdout=subprocess.PIPE) as server:
        _until_it_listens(port)
        names = [f"p{number}@reader.test" for number in range(800)]
        answers = with_mailer(
            port, lambda mailer: mailer.send_all([mail_to(name) for name in names]), connections=16, most_each=20
        )
        server.terminate()
        told = server.communicate()[0].decode()
    assert {type(answer) for answer in answers} == {Accepted}
    assert told.rpartition("mesg=")[2].strip() == "800"


def _until_it_listens(port: int) -> None:
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
