"""Segments on a terminal: counted before they are kept, and fit told in words (E6, E12, B15)."""

from __future__ import annotations

import pytest
from support_commands import opportune
from support_world import add_people, make_world

from opportune.cli import told_segments
from opportune.store.db import Database
from opportune.work import fitting
from opportune.work.segments import Segment

NEAR = """\
key: near
name: Near us
all:
  - countries: [RO, MD]
none:
  - statuses: [staff]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory, sqlite_template):
    """40 Romanian customers, 60 Germans; of nobody the industry is known."""
    home = tmp_path_factory.mktemp("home")
    (home / "opportune.db").write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{home / 'opportune.db'}")
    kinds = [("RO", "customer")] * 40 + [("DE", "person")] * 60
    each = enumerate(kinds)
    world = make_world(db, home)
    add_people(
        world,
        ({"country": c, "stage": s, "email": f"p{n}@x.example", "phone": None, "consents": ()} for n, (c, s) in each),
    )
    fitting.learn_anew(world, world.clock.now())
    db.close()
    return home


@pytest.fixture
def near(home):
    (home / "near.yaml").write_text(NEAR)
    return home / "near.yaml"


def test_a_segment_is_counted_kept_split_and_shown(home, near):
    told = opportune(home, "segment", "count", near).words
    assert "near Near us: 40 people (40.0%)" in told
    assert "no field divides it" in told
    assert "There is no segment yet" in opportune(home, "segment", "list").words  # counting keeps nothing
    opportune(home, "segment", "add", near, "--by", "Ana", "--note", "for the spring")
    assert opportune(home, "segment", "list", "--json").json["segments"][0]["people"] == 40
    shown = opportune(home, "segment", "show", "near").words
    assert "all of: countries RO or MD" in shown
    assert "none of: statuses staff" in shown
    refused = opportune(home, "segment", "split", "near", "--by", "sizes")
    assert refused.code == 1
    assert "choose another field" in refused.words


def test_suggested_groups_stand_under_the_names_of_their_columns(capsys):
    told_segments.groups([Segment(("no answer", "customer"), 1234), Segment(("interested", "other"), 30)])
    assert capsys.readouterr().out.splitlines() == [
        "   people  outcome of the last call / customer or not / industry / size / country / status, "
        "as far as they are divided",
        "    1,234  no answer / customer",
        "       30  interested / other",
    ]


def test_mistakes_name_the_line(home, near):
    near.write_text(NEAR.replace("countries", "country"))
    said = opportune(home, "segment", "add", near)
    assert said.code == 1
    assert "near.yaml:4" in said.words
    assert "countries" in said.words
    assert opportune(home, "segment", "count", near, "--json").json["problems"][0]["code"] == "unknown_key"


def test_what_is_known_and_whom_we_look_for(home):
    told = opportune(home, "segment", "completeness").words
    assert "industry 0% known" in told
    assert "country 100% known" in told
    assert "add a segment with the key target" in told
    fit = opportune(home, "fit", "#3").words
    assert "like our customers (0.5 is like everybody). Learned from 40 customers among 100 people" in fit
    assert "country RO: 2.0 times the usual share of customers" in fit
    assert "not known, hence neither for nor against: industry, size" in fit
    assert opportune(home, "fit", "#3", "--json").json["fields"]["country"] == "RO"
    assert opportune(home, "fit", "nobody@x.example").code == 1
    assert "Nobody was called yet" in opportune(home, "segment", "suggest").words
