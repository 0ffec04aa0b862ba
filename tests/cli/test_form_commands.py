"""Can a marketer check, publish, see and embed a form, and a till redeem a code, by commands alone?"""

from __future__ import annotations

from pathlib import Path

import pytest
from support_commands import opportune

SHIPPED = Path(__file__).parents[2] / "examples" / "forms"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    file = tmp_path / "order.yaml"
    file.write_text((SHIPPED / "order.yaml").read_text().replace("title: Place an order", "title: Order now"))
    return file


def test_a_form_goes_its_way(tmp_path, ours):
    assert opportune(tmp_path, "form", "check", str(ours)).words.startswith("ok")
    live = opportune(tmp_path, "form", "publish", str(ours), "--by", "Ana", "--note", "shorter", "--json").json
    assert live["key"] == "order"
    listed = {row["key"]: row for row in opportune(tmp_path, "form", "list", "--json").json["forms"]}
    assert (listed["order"]["title"], listed["order"]["built_in"]) == ("Order now", False)
    assert listed["callback"]["built_in"] is True
    shown = opportune(tmp_path, "form", "show", "order").words
    assert live["version"][:12] in shown
    assert "Ana" in shown
    assert "shorter" in shown
    assert "/forms/order/embed.js" in opportune(tmp_path, "form", "embed", "order").out
    plain = opportune(tmp_path, "form", "embed", "order", "--plain", "--language", "ru").out
    assert 'method="post"' in plain
    assert "Ваше имя" in plain
    page = tmp_path / "page.html"
    opportune(tmp_path, "form", "preview", str(ours), "--language", "ro", "--out", str(page))
    assert "Trimiteți comanda" in page.read_text()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("kind: order", "kind: odrer"), "Did you mean `order`?"),
        (("kind: order", "kind: order\nmail: recieved"), "Did you mean `received`?"),
        (("kind: order", "kind: order\nsignal: ordered"), "Did you mean `order`?"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_published(tmp_path, ours, change, words):
    ours.write_text(ours.read_text().replace(*change, 1))
    for command in ("check", "publish"):
        said = opportune(tmp_path, "form", command, str(ours))
        assert said.code == 1
        assert words in said.words


@pytest.mark.parametrize("command", [("show", "nothing"), ("redeem", "SPRING-NOTHING"), ("check", "nowhere.yaml")])
def test_what_is_not_there_is_one_sentence(tmp_path, command):
    said = opportune(tmp_path, "form", *command)
    assert said.code == 1
    assert "Traceback" not in said.words
