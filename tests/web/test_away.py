"""While nothing can be stored nobody hears a 2xx, and nobody sees our insides: 503, and when to ask again."""

from __future__ import annotations

import pytest
from support_web import browsing
from support_world import make_world

from opportune.app import build
from opportune.store.db import Database

LEAD = {"name": "Ana", "email": "ana@web.example", "answer_by": "email"}


@pytest.mark.parametrize(("path", "fields"), [("/forms/lead_magnet", LEAD), ("/u/token", {})])
def test_a_database_that_cannot_be_used_is_no_page_of_ours(tmp_path, path, fields):
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 100)
    world = make_world(Database(f"sqlite:///{tmp_path / 'broken.db'}"), tmp_path)
    with browsing(build(world, with_board=False)) as client:
        answer = client.post(path, data=fields)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Nothing was taken" in answer.text
    assert "sqlite" not in answer.text
