"""Which mails arrived, seen by a person in the browser or a program over HTTP?

`/` is a page that shows the mails and answers them. `/_sim/…` is the same for programs: mails, replies, scripts, the
practice clock and the counts.
"""

from __future__ import annotations

import email
import json
import sqlite3
from collections.abc import Awaitable, Callable
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from functools import wraps
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from channels.standin.mailbox.answers import answered, body_of
from channels.standin.mailbox.scripts import Scripts
from channels.standin.mailbox.smtp import SmtpServer
from channels.standin.mailbox.store import LISTED, Store

PAGE = Path(__file__).with_name("page.html")
# Nothing may be fetched from elsewhere, neither by the page nor by a mail shown in it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'"
Handler = Callable[[Request], Awaitable[Response]]


class Web:
    """The routes over one store."""

    def __init__(self, store: Store, scripts: Scripts, smtp: SmtpServer, telephone: str = "") -> None:
        self.store, self.scripts, self.smtp, self.telephone = store, scripts, smtp, telephone

    def app(self) -> Starlette:
        get, post = ["GET"], ["POST"]
        routes = [
            Route("/", self.page, methods=get),
            Route("/_sim/mails", self.mails, methods=get),
            Route("/_sim/mails/{number:int}", self.mail, methods=get),
            Route("/_sim/stats", self.stats, methods=get),
            Route("/_sim/reply", _plain_errors(self.reply), methods=post),
            Route("/_sim/scripts", _plain_errors(self.register), methods=post),
            Route("/_sim/clock", _plain_errors(self.clock), methods=post),
            Route("/_sim/hangup", self.hangup, methods=post),
        ]
        # Another site's name that resolves to loopback must not reach us through somebody's browser.
        guard = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
        return Starlette(routes=routes, middleware=[guard])

    async def page(self, _: Request) -> Response:
        return HTMLResponse(PAGE.read_text("utf-8"), headers={"Content-Security-Policy": POLICY})

    async def mails(self, request: Request) -> Response:
        after, limit = (request.query_params.get(name, "") for name in ("after", "limit"))
        rows = self.store.mails(int(after) if after.isdigit() else 0, int(limit) if limit.isdigit() else 10_000)
        return JSONResponse([_listed(row) for row in rows])

    async def mail(self, request: Request) -> Response:
        row = self.store.mail(request.path_params["number"])
        if row is None:
            return JSONResponse({"error": "there is no mail with this id"}, 404)
        parsed = email.message_from_bytes(row["raw"], policy=default)
        assert isinstance(parsed, EmailMessage)
        shown = {"text": body_of(parsed, "plain"), "html": body_of(parsed, "html")}
        people = {"from": _header(parsed, "From"), "to": _header(parsed, "To")}
        source = row["raw"].decode("utf-8", "replace").replace("\r\n", "\n")
        answers = [{"kind": each["kind"], "text": _words(each["raw"])} for each in self.store.answers_to(row["id"])]
        raw = {"headers": source.partition("\n\n")[0], "raw": source, "bytes": len(row["raw"])}
        files = [_file(part) for part in parsed.iter_attachments()]
        return JSONResponse(_listed(row) | people | shown | raw | {"files": files, "answers": answers})

    async def stats(self, _: Request) -> Response:
        now = {"connections": len(self.smtp.open), "most_connections": self.smtp.most, "accepted": self.smtp.accepted}
        return JSONResponse(self.store.stats() | now | {"now": self.store.clock.now()} | {"telephone": self.telephone})

    async def reply(self, request: Request) -> Response:
        wanted = await _object(request)
        kind, text = str(wanted.get("kind", "human")), str(wanted.get("text", ""))
        return JSONResponse({"uid": answered(self.store, int(wanted.get("id", 0)), kind, text)})

    async def register(self, request: Request) -> Response:
        scripts = {str(address): str(script) for address, script in (await _object(request)).items()}
        self.scripts.register(scripts)
        return JSONResponse({"registered": len(scripts)})

    async def clock(self, request: Request) -> Response:
        """`now` stops the clock there; `offset` lets it run again, that many seconds away from real time."""
        wanted = await _object(request)
        if not wanted.keys() & {"now", "offset"}:
            raise ValueError("give now (epoch seconds) or offset (seconds)")
        clock = self.store.clock
        clock.standing = int(wanted["now"]) if "now" in wanted else None
        clock.offset = int(wanted.get("offset", clock.offset))
        return JSONResponse({"now": clock.now()})

    async def hangup(self, _: Request) -> Response:
        return JSONResponse({"closed": self.smtp.hang_up()})


def _listed(row: sqlite3.Row) -> dict[str, Any]:
    listed = {name: row[name] for name in LISTED}
    return listed | {"subject": str(make_header(decode_header(row["subject"])))}


def _header(mail: EmailMessage, name: str) -> str:
    """Names and addresses as a mail program shows them; empty when there are none that can be read."""
    try:
        people = mail[name].addresses
    except (ValueError, IndexError, AttributeError):  # some broken headers break the standard library's parser
        return ""
    named = (f"{each.display_name} <{each.addr_spec}>" if each.display_name else each.addr_spec for each in people)
    return ", ".join(named)


def _words(raw: bytes) -> str:
    """What an answer says, without what it quotes."""
    parsed = email.message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    return body_of(parsed, "plain").partition("\n\nOn ")[0].strip()


def _file(part: EmailMessage) -> dict[str, Any]:
    octets = part.get_payload(decode=True)
    size = len(octets) if isinstance(octets, bytes) else 0
    return {"name": part.get_filename() or "(no name)", "type": part.get_content_type(), "bytes": size}


async def _object(request: Request) -> dict[str, Any]:
    wanted = json.loads(await request.body() or b"{}")
    if not isinstance(wanted, dict):
        raise ValueError("a JSON object is expected")
    return wanted


def _plain_errors(handler: Handler) -> Handler:
    """What is wrong with a request is said to its sender: 400 with a sentence."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except (ValueError, TypeError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)

    return guarded
