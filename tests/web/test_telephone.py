"""Is the telephone of practice nowhere but in practice?"""

from __future__ import annotations

from pathlib import Path

import pytest
from support_web import browsing
from support_world import TUESDAY, make_world

from opportune.app import build
from opportune.rehearsal.telephone import open_house
from opportune.settings import Settings
from opportune.store.db import Database


def test_the_application_of_production_has_no_telephone(db: Database, tmp_path: Path):
    with browsing(build(make_world(db, tmp_path), with_board=False)) as client:
        asked = [client.get("/telephone"), client.post("/telephone", json={"name": "Ada", "language": "en"})]
    assert [answer.status_code for answer in asked] == [404, 404]


@pytest.mark.parametrize(
    "given",
    [
        {"practice": False, "twilio_url": "http://127.0.0.1:9"},  # real people, a stand-in
        {"practice": True, "twilio_url": ""},  # Twilio itself
        {"practice": True, "twilio_url": "http://carrier.example:80"},  # somebody else's machine
    ],
)
def test_it_does_not_start_where_it_could_reach_somebody(tmp_path: Path, given: dict[str, object]):
    with pytest.raises(ValueError, match="for practice only"):
        open_house(Settings(home=tmp_path, **given), TUESDAY)
    assert not (tmp_path / "practice").exists()
