"""Is the way to our mail server encrypted, with a certificate that we trust? Asked of real servers (A15)."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support_mailbox import running_mailbox

from channels.greeting import Unreached, Untrusted, greet


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


def serve(listener: socket.socket, certificate: Path, security: str) -> None:
    """One polite conversation, encrypted at once or after STARTTLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with suppress(OSError), ExitStack() as stack:
        connection = stack.enter_context(listener.accept()[0])
        if security == "tls":
            connection = stack.enter_context(context.wrap_socket(connection, server_side=True))
        connection.sendall(b"220 x\r\n")
        while line := connection.recv(1000):
            if line.startswith(b"STARTTLS"):
                connection.sendall(b"220 go\r\n")
                connection = stack.enter_context(context.wrap_socket(connection, server_side=True))
            else:
                connection.sendall(b"250-x\r\n250 STARTTLS\r\n" if line.startswith(b"ehlo") else b"221 bye\r\n")


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("trusted", [True, False])
def test_the_certificate_is_checked(certificate, security, trusted, monkeypatch):
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener, certificate, security), daemon=True)
        server.start()
        port = listener.getsockname()[1]
        if trusted:
            assert greet("127.0.0.1", port, security).startswith("TLSv1")
        else:
            with pytest.raises(Untrusted, match="certificate"):
                greet("127.0.0.1", port, security)
        server.join(10)


def test_a_server_without_tls_is_not_trusted_unless_that_is_what_we_want():
    with running_mailbox() as mailbox:
        with pytest.raises(Untrusted, match="STARTTLS"):
            greet("127.0.0.1", mailbox.smtp, "starttls")
        assert greet("127.0.0.1", mailbox.smtp, "none") == ""


def test_a_server_that_is_not_there_is_unreached():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreached):
        greet("127.0.0.1", port, "starttls")
