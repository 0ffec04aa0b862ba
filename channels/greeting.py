"""Does our mail server answer, and is the way to it encrypted with a certificate that we trust (A15)?"""

from __future__ import annotations

import smtplib
import ssl
from typing import Literal

Security = Literal["starttls", "tls", "none"]
PATIENCE = 10.0  # seconds


class Untrusted(Exception):
    """It answers, but not under TLS, or with a certificate that is not its own."""


class Unreached(Exception):
    """It does not answer."""


def greet(host: str, port: int, security: Security) -> str:
    """Says hello and goodbye, without a login; the protocol that was agreed on, like "TLSv1.3", empty without TLS."""
    context = ssl.create_default_context()
    try:
        with _connected(host, port, security, context) as server:
            if security == "starttls":
                server.starttls(context=context)
            sock = server.sock
            return str(sock.version()) if isinstance(sock, ssl.SSLSocket) else ""
    except (ssl.SSLError, smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as trouble:
        raise Untrusted(str(trouble)) from trouble
    except (OSError, smtplib.SMTPException) as trouble:
        raise Unreached(str(trouble)) from trouble


def _connected(host: str, port: int, security: Security, context: ssl.SSLContext) -> smtplib.SMTP:
    if security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=context)
    return smtplib.SMTP(host, port, timeout=PATIENCE)
