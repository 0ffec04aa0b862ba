"""How do answers get smaller on their way? In the thread that made them: on the event loop a webhook would wait for it.

What never changes, most of a first load, is packed once.
"""

from __future__ import annotations

import gzip

import flask

LEAST = 1024  # bytes; below, nothing is won
LEVEL, ONCE = 5, 9  # what is packed once may take its time
MOST_KEPT = 100  # files
_kept: dict[tuple[str, int], bytes] = {}


def pack(answer: flask.Response) -> flask.Response:
    answer.vary.add("Accept-Encoding")
    asked = flask.request.accept_encodings.quality("gzip") > 0
    if not asked or answer.status_code != 200 or answer.content_encoding:
        return answer
    answer.direct_passthrough = False  # a file is read here, too
    plain = answer.get_data()
    if len(plain) >= LEAST:
        answer.set_data(_once(plain) if _is_fixed(answer) else gzip.compress(plain, LEVEL))
        answer.content_encoding = "gzip"
        answer.headers.pop("ETag", None)  # of the plain one
    return answer


def _is_fixed(answer: flask.Response) -> bool:
    """Its address holds a fingerprint of what it says."""
    return bool(answer.cache_control.max_age)


def _once(plain: bytes) -> bytes:
    what = flask.request.path, len(plain)
    if what not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[what] = gzip.compress(plain, ONCE)
    return _kept[what]
