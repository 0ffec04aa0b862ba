"""Did a mail of which no answer came leave all the same? Where the mail server keeps copies, its folder is asked."""

from __future__ import annotations

import logging

from channels import inbox
from opportune.work.world import World

log = logging.getLogger(__name__)


def kept(world: World, message_id: str | None) -> bool:
    """True proves that the server took it; False proves nothing.

    Raises:
        inbox.Unreadable: the mailbox did not answer, which takes a minute.
    """
    s = world.settings
    if not (s.imap_host and s.imap_sent and message_id):
        return False
    try:
        password = s.imap_password.get_secret_value()
        return inbox.has_copy(s.imap_host, s.imap_port, s.imap_user, password, s.imap_security, s.imap_sent, message_id)
    except inbox.Unreadable as trouble:
        log.warning("Whether %s left cannot be looked up: %s", message_id, trouble)
        raise
