"""How do tests start a real IMAP server and lay mails into it? dovecot, on loopback, over a Maildir of its own."""

from __future__ import annotations

import contextlib
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MISSING = pytest.mark.skipif(DOVECOT is None, reason="dovecot is not installed: infra/packages says how")

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {base}/run
log_path = {base}/log
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
mail_max_userip_connections = 100
mail_location = maildir:{base}/mail/%u
{users}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {base}/passwords
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass
class Dovecot:
    port: int
    base: Path
    owner: pwd.struct_passwd
    laid: int = field(default=0)

    def lay(self, user: str, raw: bytes) -> None:
        """One mail more in that mailbox."""
        self.laid += 1
        folder = self.base / "mail" / user
        for each in (folder, *(folder / name for name in ("tmp", "new", "cur"))):
            each.mkdir(exist_ok=True)
            os.chown(each, self.owner.pw_uid, self.owner.pw_gid)
        draft = folder / "tmp" / f"{1_700_000_000 + self.laid}.{self.laid:06}.test"
        draft.write_bytes(raw)
        os.chown(draft, self.owner.pw_uid, self.owner.pw_gid)
        draft.rename(folder / "new" / draft.name)

    def renumber(self, user: str) -> None:
        """As after a restore or a move to another server: the same mails under another UIDVALIDITY."""
        folder = self.base / "mail" / user
        for index in folder.glob("dovecot*"):
            if index.name == "dovecot-uidlist":
                old = int(index.read_text().split()[1].removeprefix("V"))
                index.write_text(f"3 V{old + 7} N1\n")
            else:
                index.unlink()

    def counted(self, user: str, password: str) -> tuple[int, int]:
        """(all mails, unseen ones) as any other program sees them."""
        with imaplib.IMAP4("127.0.0.1", self.port) as box:
            box.login(user, password)
            box.select("INBOX", readonly=True)
            return tuple(len(box.search(None, what)[1][0].split()) for what in ("ALL", "UNSEEN"))


@contextmanager
def running_dovecot(**passwords: str) -> Iterator[Dovecot]:
    """For these users. Only loopback, only files of its own."""
    root = os.getuid() == 0
    owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
    users = "" if root else f"default_internal_user = {owner.pw_name}\ndefault_login_user = {owner.pw_name}\n"
    base = Path(tempfile.mkdtemp(prefix="dovecot"))
    base.chmod(0o755)
    (base / "mail").mkdir()
    os.chown(base / "mail", owner.pw_uid, owner.pw_gid)
    (base / "passwords").write_text("".join(f"{user}:{password}\n" for user, password in passwords.items()))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = base / "dovecot.conf"
    config.write_text(CONFIG.format(base=base, users=users, uid=owner.pw_uid, gid=owner.pw_gid, port=port))
    process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(config)])
    try:
        _until_open(port, process, base)
        yield Dovecot(port, base, owner)
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(base, ignore_errors=True)


def _until_open(port: int, process: subprocess.Popen, base: Path) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        assert process.poll() is None, (base / "log").read_text() if (base / "log").exists() else "dovecot ended"
        time.sleep(0.05)
    raise AssertionError((base / "log").read_text())
