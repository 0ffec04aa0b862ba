"""What does the practice mail server do to which address?

A script is `POINT ACTION`. POINT: `mail`, `rcpt`, `data` (in answer to that verb), `dot` (after the final dot, before
the mail is stored) or `stored` (after it was stored, before the answer). ACTION: a reply (`550 5.1.1 No such user`),
`drop` (the connection breaks), `hang` (silence until the client gives up) or `wait` (late, then as usual).

An address gets its script from POST /_sim/scripts, else from its plus suffix (`ann+nouser@…`) or local part
(`nouser@…`) by the names below. Points read the recipient's script; only `mail` reads the sender's, for at MAIL no
recipient is known yet: `bounce+dropmail@…` as the sender.
"""

from __future__ import annotations

import re

NAMED = {
    "nouser": "rcpt 550 5.1.1 No such user here",
    "full": "rcpt 452 4.2.2 Mailbox full",
    "busy": "rcpt 451 4.3.0 Try again later",
    "policy": "rcpt 550 5.7.1 Refused by policy",
    "later421": "rcpt 421 4.3.2 Closing the connection, try later",
    "dropmail": "mail drop",
    "droprcpt": "rcpt drop",
    "dropdata": "data drop",
    "dropdot": "dot drop",
    "dropstored": "stored drop",
    "slow": "stored wait",
}
SCRIPT = re.compile(r"(mail|rcpt|data|dot|stored) (drop|hang|wait|[2-5]\d\d [ -~]+)")


class Scripts:
    """The scripts of this run."""

    def __init__(self) -> None:
        self._registered: dict[str, str] = {}

    def register(self, scripts: dict[str, str]) -> None:
        """Takes names or scripts by address; an empty one forgets the address. All or nothing."""
        known = {address.lower(): NAMED.get(script, script) for address, script in scripts.items()}
        for address, script in known.items():
            if script and not SCRIPT.fullmatch(script):
                raise ValueError(f"{address}: {script!r} is neither one of {', '.join(NAMED)} nor 'POINT ACTION'")
        self._registered.update(known)

    def action(self, address: str, point: str) -> str:
        """What to do at this point of the conversation; empty: nothing special."""
        script = self._registered.get(address.lower()) or _by_name(address)
        at, _, action = script.partition(" ")
        return action if at == point else ""


def _by_name(address: str) -> str:
    local = address.lower().rpartition("@")[0]
    return NAMED.get(local.rpartition("+")[2], "")
