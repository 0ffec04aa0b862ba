"""How does a program read the answers in the practice INBOX?

As little of IMAP4rev1 as imaplib and imap-tools need to read: one folder, read only, whole messages. Commands with
literals, searches for words and changes of flags are answered NO or BAD.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from contextlib import suppress

from channels.standin.mailbox.smtp import PASSWORD, USER
from channels.standin.mailbox.store import Store

WITH_BODY = re.compile(r"BODY(?:\.PEEK)?\[\]|RFC822(?!\.)", re.I)
SENT = "Sent"  # every mail that was taken; it can be searched by its Message-ID, nothing else
UID_RANGE = re.compile(r"(?:UID )?(\d+|\*)(?::(\d+|\*))?", re.I)


class ImapServer:
    """Answers one client after the other's line; the store is the only state besides who is logged in."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK practice mailbox\r\n")
        state = "greeted"
        with suppress(OSError, asyncio.LimitOverrunError, ValueError, asyncio.CancelledError):  # cancelled: the end
            while state != "bye" and (line := await reader.readline()):
                state = self.answer(line.decode("utf-8", "replace").strip(), state, writer)
                await writer.drain()
        writer.close()

    def answer(self, line: str, state: str, writer: asyncio.StreamWriter) -> str:
        """One command; the state after it: greeted, known (logged in), open (INBOX), sent or bye."""
        tag, _, rest = line.partition(" ")
        verb, _, words = rest.partition(" ")
        verb = verb.upper()
        if verb == "UID":
            verb, _, words = words.partition(" ")
            verb = "UID " + verb.upper()
        result, state, lines = self._act(verb, words, state)
        writer.write(b"".join(lines) + f"{tag} {result}\r\n".encode())
        return state

    def _act(self, verb: str, words: str, state: str) -> tuple[str, str, list[bytes]]:
        if verb in ("CAPABILITY", "NOOP"):
            return "OK done", state, [b"* CAPABILITY IMAP4rev1\r\n"] if verb == "CAPABILITY" else []
        if verb == "LOGOUT":
            return "OK bye", "bye", [b"* BYE practice mailbox\r\n"]
        if verb == "LOGIN":
            good = _words(words) == [USER, PASSWORD]
            return ("OK welcome", "known", []) if good else ("NO only the practice credentials", "greeted", [])
        if state == "greeted":
            return "NO log in first", state, []
        if state == "sent" and verb == "UID SEARCH":
            found = " ".join(map(str, self.store.copies(_words(words)[-1]))) if words else ""
            return "OK found", state, [f"* SEARCH {found}".strip().encode() + b"\r\n"]
        if verb in ("SELECT", "EXAMINE"):
            return self._select(words, "READ-WRITE" if verb == "SELECT" else "READ-ONLY")
        if state != "open":
            return "NO select INBOX first", state, []
        if verb == "CLOSE":
            return "OK closed", "known", []
        if verb == "UID SEARCH":
            return "OK found", state, [f"* SEARCH {' '.join(map(str, self._search(words)))}".strip().encode() + b"\r\n"]
        if verb == "UID FETCH":
            return "OK fetched", state, self._fetch(words)
        return f"BAD {verb} is not known here", state, []

    def _select(self, words: str, how: str) -> tuple[str, str, list[bytes]]:
        if _words(words) == [SENT]:
            return f"OK [{how}] {SENT}", "sent", [f"* OK [UIDVALIDITY {self.store.validity}] this mailbox\r\n".encode()]
        if _words(words) != ["INBOX"]:
            return f"NO there are only INBOX and {SENT}", "known", []
        uids = self.store.uids()
        lines = (
            f"{len(uids)} EXISTS",
            "0 RECENT",
            "FLAGS (\\Seen)",
            f"OK [UIDVALIDITY {self.store.validity}] this mailbox",
            f"OK [UIDNEXT {max(uids, default=0) + 1}] the next",
        )
        return f"OK [{how}] INBOX", "open", [f"* {line}\r\n".encode() for line in lines]

    def _search(self, words: str) -> list[int]:
        wanted = re.sub(r"^CHARSET \S+ ", "", words, flags=re.I).strip("()")
        return self.store.uids() if wanted.upper() == "ALL" else self._chosen(wanted)

    def _chosen(self, ranges: str) -> list[int]:
        """UIDs of `5`, `5:9`, `5:*`, with commas; `*` is the last one, so `n:*` names at least that (RFC 3501)."""
        uids = self.store.uids()
        chosen: set[int] = set()
        for found in filter(None, map(UID_RANGE.fullmatch, ranges.split(","))):
            ends = [(max(uids, default=0) if end == "*" else int(end)) for end in (found[1], found[2] or found[1])]
            chosen.update(uid for uid in uids if min(ends) <= uid <= max(ends))
        return sorted(chosen)

    def _fetch(self, words: str) -> list[bytes]:
        ranges, _, wanted = words.partition(" ")
        places = {uid: place for place, uid in enumerate(self.store.uids(), 1)}
        lines = []
        for uid in self._chosen(ranges):
            raw = self.store.incoming(uid)
            head = f"* {places[uid]} FETCH (UID {uid} FLAGS () RFC822.SIZE {len(raw)}".encode()
            body = b" BODY[] {%d}\r\n%b" % (len(raw), raw) if WITH_BODY.search(wanted) else b""
            lines.append(head + body + b")\r\n")
        return lines


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an open quotation mark
        return []
