"""Is a post from a page of ours told apart from one of another site?"""

from __future__ import annotations

import pytest
from starlette.requests import Request

from opportune.web.origin import same_origin


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),  # a program
        ({"origin": "http://127.0.0.1:8080"}, True),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, True),  # a form of a page without a referrer
        ({"origin": "null"}, False),  # a frame that hides where it comes from
        ({"origin": "null", "sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-site"}, False),  # another port of this machine
        ({"origin": "http://elsewhere.example"}, False),
        ({"origin": "http://127.0.0.1:8080.elsewhere.example"}, False),
    ],
)
def test_only_our_own_pages_post(headers: dict[str, str], ours: bool) -> None:
    sent = {"host": "127.0.0.1:8080", **headers}
    scope = {"type": "http", "headers": [(name.encode(), text.encode()) for name, text in sent.items()]}
    assert same_origin(Request(scope)) is ours
