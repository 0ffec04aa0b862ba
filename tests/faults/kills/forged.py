"""Whoever is not the carrier changes nothing: five thousand forged webhooks, and not one row differs afterwards."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from urllib.parse import urlencode

from faults.kills.figures import Figures
from faults.kills.home import ACCOUNT, SEEN, TOKEN, Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import ended, fork, kill
from faults.kills.roles import ROLES
from faults.kills.web import FORM, Visitor, application, report

from channels.standin.carrier.webhooks import sign

PEOPLE = 24
#: Of a call of ours, of a colleague's line, and of a call that comes in.
LEAVES = {
    "/voice/TOKEN": ("", "/keys", "/after", "/status", "/sorry", "/whisper"),
    "/voice/operator/TOKEN": ("", "/accept", "/next", "/after", "/status", "/sorry"),
    "/voice/inbound": ("", "/keys", "/after", "/queue", "/wait", "/left", "/brief", "/text", "/status", "/sorry"),
}
Forged = tuple[str, str, bytes, dict[str, str]]  # method, path, body, headers
Fields = dict[str, str]


def run(posts: int, seed: int = 1) -> Figures:
    figures = Figures(runs=posts)
    dice = random.Random(seed)
    with scratch() as folder, ports() as sockets:
        home = build(folder / "template", f"sqlite:///{folder}/template/test.db", sockets, PEOPLE, ("call",))
        home = home.copy(folder / "round")
        with outside(home):
            assert ended(fork(lambda: ROLES["send"](home, None))) == 0
            web = fork(application(home))
            visitor = Visitor(home)
            genuine = [report(home, token, sid, "ringing", 1) for token, sid in _calls(home)]
            assert {visitor.ask(*each) for each in genuine} == {204}
            before = _everything(home)
            answers = [_ask(visitor, home, dice, figures) for _ in range(posts)]
            for each in genuine:  # the real one once more: known already
                visitor.ask(*each)
            visitor.close()
            if _everything(home) != before:
                figures.wrong("a forged webhook changed something")
            kill(web)
        figures.told = {status: answers.count(status) for status in set(answers)}
    return figures


def _calls(home: Home) -> list[tuple[str, str]]:
    return home.rows("SELECT token, provider_id FROM touch WHERE state = 'sent' ORDER BY id")


def _everything(home: Home) -> str:
    """A digest of every row of every table, but for how often something true was told again; of the journal of noes;
    and of what the carrier saw."""
    digest = hashlib.sha256()
    for path in (*sorted(home.folder.glob("opt-outs*")), home.folder / SEEN):
        digest.update(path.read_bytes() if path.exists() else b"")
    for (table,) in home.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
        names = [name for _, name, *_ in home.rows(f"PRAGMA table_info({table})") if name != "repeats"]
        for row in sorted(map(repr, home.rows(f"SELECT {', '.join(names)} FROM {table}"))):
            digest.update(row.encode())
    return digest.hexdigest()


def _ask(visitor: Visitor, home: Home, dice: random.Random, figures: Figures) -> int | None:
    way = dice.choice(tuple(WAYS))
    token, sid = dice.choice(TOKENS.setdefault(home.url, home.rows("SELECT token, provider_id FROM touch")))
    base = dice.choice(tuple(LEAVES))
    path = f"{base.replace('TOKEN', token)}{dice.choice(LEAVES[base])}"
    status = dice.choice(("ringing", "in-progress", "completed", "no-answer", "busy", "failed", "canceled"))
    fields = {"AccountSid": ACCOUNT, "CallSid": sid, "CallStatus": status, "Digits": "9", "AnsweredBy": "human",
              "SequenceNumber": str(dice.randrange(2, 9)), "CallbackSource": "call-progress-events"}  # fmt: skip
    method, path, body, headers = WAYS[way](home, path, fields, dice)
    status_seen = visitor.ask(path, body, headers, method)
    if status_seen not in (403, 405):
        figures.wrong(f"{way} was answered {status_seen}")
    return status_seen


TOKENS: dict[str, list[tuple[str, str]]] = {}


def _signed(home: Home, path: str, fields: Fields, token: str = TOKEN, base: str = "") -> dict[str, str]:
    return FORM | {"X-Twilio-Signature": sign(token, (base or home.settings.public_url) + path, fields)}


def _body(fields: Fields) -> bytes:
    return urlencode(fields).encode()


def _unsigned(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "POST", path, _body(fields), FORM


def _random(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "POST", path, _body(fields), FORM | {"X-Twilio-Signature": dice.randbytes(20).hex()}


def _other_token(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "POST", path, _body(fields), _signed(home, path, fields, token="another token")


def _empty_token(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "POST", path, _body(fields), _signed(home, path, fields, token="")


def _other_account(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    """Signed with our token: an account of the same owner, say."""
    fields = fields | {"AccountSid": "ACanother"}
    return "POST", path, _body(fields), _signed(home, path, fields)


def _https(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    base = home.settings.public_url.replace("http:", "https:")
    return "POST", path, _body(fields), _signed(home, path, fields, base=base)


def _other_host(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    headers = _signed(home, path, fields, base="http://theirs.example")
    return "POST", path, _body(fields), headers | {"X-Forwarded-Host": "theirs.example"}


def _extra_field(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "POST", path, _body(fields | {"Extra": "1"}), _signed(home, path, fields)


def _doubled_field(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "POST", path, _body(fields) + b"&CallStatus=another", _signed(home, path, fields)


def _changed_field(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "POST", path, _body(fields | {"CallSid": "CAanother"}), _signed(home, path, fields)


def _query(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "POST", f"{path}?x=1", _body(fields), _signed(home, path, fields)


def _json(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "POST", path, json.dumps(fields).encode(), _signed(home, path, fields) | {"Content-Type": "application/json"}


def _elsewhere(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    """A real old one, sent to another call's address."""
    token, sid = dice.choice(TOKENS[home.url])
    old, body, headers = report(home, token, sid, "ringing", 1)
    return "POST", path if path != old else path.replace("status", "keys"), body, headers


def _read(home: Home, path: str, fields: Fields, dice: random.Random) -> Forged:
    return "GET", path, b"", _signed(home, path, {})


WAYS: dict[str, Callable[[Home, str, Fields, random.Random], Forged]] = {
    work.__name__.strip("_"): work
    for work in (
        _unsigned, _random, _other_token, _empty_token, _other_account, _https, _other_host, _extra_field,
        _doubled_field, _changed_field, _query, _json, _elsewhere, _read,
    )
}  # fmt: skip
