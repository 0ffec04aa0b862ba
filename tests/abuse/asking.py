"""An application asked directly, thousands of times: as a server would ask it, without the sockets between."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, NamedTuple

Headers = dict[str, bytes]
#: What the desk's page is made of; words add nothing to it.
DESK = {"doctype html", "html", "head", "meta", "title", "link", "style", "body", "main", "nav", "h1", "h2", "p",
        "table", "tr", "td", "th", "strong", "br", "span", "iframe", "form", "input", "select", "option", "button", "a",
        "label", "summary", "details", "ul", "li", "div", "tbody", "thead"}  # fmt: skip


class Answer(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name.encode()), "")


async def ask(
    app: Any, method: str, path: str, query: bytes = b"", body: bytes = b"", headers: Headers | None = None
) -> Answer:
    """`path` is what a server has decoded already."""
    raw = [(name.lower().encode(), value) for name, value in {"host": b"ours.example", **(headers or {})}.items()]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
             "path": path, "raw_path": path.encode("utf-8", "replace"), "query_string": query, "root_path": "",
             "headers": raw, "client": ("203.0.113.7", 1), "server": ("ours.example", 80)}  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    parts = b"".join(each.get("body", b"") for each in sent[1:])
    return Answer(sent[0]["status"], sent[0]["headers"], parts)


class Bones(HTMLParser):
    """The elements of a page and the names of their attributes: what nobody's words may change."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action", "formaction")]

    def handle_comment(self, _data: str) -> None:
        self.found.append(("comment", ()))

    def handle_decl(self, decl: str) -> None:
        self.found.append((decl, ()))
