"""What does the practice mail server do to which address?

A script is `POINT ACTION`. POINT: `mail`, `rcpt`, `data` (in answer to that verb), `dot` (after the final dot, before
the mail is stored) or `stored` (after it was stored, before the answer). ACTION: a reply (`550 5.1.1 No such user`),
`drop` (the connection breaks), `hang` (silence until the client gives up) or `wait` (late, then as usual).

After some mails an answer comes back by itself, as the reader's program or the reader would send it: `ANSWERS`.

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
    "unsigned": "dot 550 5.7.26 This mail has been blocked: the sender is unauthenticated",
    "spam": "dot 554 5.7.1 Refused as spam",
    "later421": "rcpt 421 4.3.2 Closing the connection, try later",
    "dropmail": "mail drop",
    "droprcpt": "rcpt drop",
    "dropdata": "data drop",
    "dropdot": "dot drop",
    "dropstored": "stored drop",
    "hang": "stored hang",
    "slow": "stored wait",
}
#: What comes back after the mail was taken: which kind of answer (`answers`), and its words.
ANSWERS = {
    "replies": ("human", "Thank you, this is of interest. Could you send me the price list?"),
    "stop": ("human", "Please stop writing to me."),
    "away": ("auto", "I am out of the office and will answer when I am back."),
    "bounces": ("bounce", "550 5.1.1 No such user here"),
    "bouncesfull": ("bounce", "452 4.2.2 Mailbox full, we gave up"),
    "complains": ("complaint", ""),
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
            if script and script not in ANSWERS and not SCRIPT.fullmatch(script):
                names = ", ".join((*NAMED, *ANSWERS))
                raise ValueError(f"{address}: {script!r} is neither one of {names} nor 'POINT ACTION'")
        self._registered.update(known)

    def action(self, address: str, point: str) -> str:
        """What to do at this point of the conversation; empty: nothing special."""
        script = self._registered.get(address.lower()) or NAMED.get(_name(address), "")
        at, _, action = script.partition(" ")
        return action if at == point else ""

    def answer(self, address: str) -> tuple[str, str] | None:
        """What this reader sends back by themselves: kind and words."""
        return ANSWERS.get(self._registered.get(address.lower()) or _name(address))


def _name(address: str) -> str:
    return address.lower().rpartition("@")[0].rpartition("+")[2]
