"""How is a segment written, kept, merged, split and named by a campaign, and who fits (E6, E12, B15)?"""

from __future__ import annotations

import shutil
from dataclasses import asdict

import pytest
import yaml
from sqlalchemy import select
from support_world import EXAMPLES, TUESDAY, add_people, make_world

from opportune.rules import parts
from opportune.rules.segment import Condition, Segment
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work import audience, campaigns, fit_story, fitting, segment_counts, segment_life, segment_sql
from opportune.work.versions import NotAllowed

NOW = TUESDAY


# --- keeping, merging, splitting


@pytest.fixture
def world(sqlite_db, tmp_path):
    """400 Germans of every interest, 100 Romanians, 5 Moldovans; 40 of the latter two bought."""
    world = make_world(sqlite_db, tmp_path, now=NOW)
    places = ["DE"] * 400 + ["RO"] * 100 + ["MD"] * 5
    kinds = {"DE": "person", "RO": "customer", "MD": "person"}
    heat = ("cold", "warm", "hot")
    each = (
        {"country": place, "interest": heat[n % 3], "stage": kinds[place], "email": f"p{n}@x.example", "phone": None}
        for n, place in enumerate(places)
    )
    add_people(world, ({**one, "consents": ()} for one in each))
    return world


@pytest.fixture
def sqlite_db(sqlite_template, tmp_path):
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'one.db')}")
    yield db
    db.close()


def place(key, *countries):
    return Segment(key=key, name=key, all=(Condition(countries=countries),))


def counted(world, *segments):
    with world.db.read() as session:
        return segment_counts.count(session, segments, NOW)


def test_tiny_ones_are_merged_with_the_most_alike_and_large_ones_split(world):
    for each in (place("germany", "DE"), place("moldova", "MD"), place("both", "MD", "RO")):
        segment_life.keep(world, each, by="ana")
    germany, moldova, both = counted(world, place("germany", "DE"), place("moldova", "MD"), place("both", "RO", "MD"))
    assert [each.people for each in (germany, moldova, both)] == [400, 5, 105]
    assert moldova.advice == "tiny: merge it with both (opportune segment merge moldova both)"
    assert germany.advice == "large: split it by interests (opportune segment split germany --by interests)"
    assert both.advice == ""


def test_merging_and_splitting_lose_nobody(world):
    for each in (place("romania", "RO"), place("moldova", "MD"), place("germany", "DE")):
        segment_life.keep(world, each, by="ana")
    merged = segment_life.merge(world, "romania", "moldova", by="ana")
    assert counted(world, merged)[0].people == 105
    shares = segment_life.split(world, "germany", "interests", by="ana")
    assert [each.key for each in shares] == ["germany-cold", "germany-hot", "germany-warm", "germany-others"]
    assert [each.people for each in counted(world, *shares)] == [134, 133, 133, 0]
    again = segment_life.split(world, merged.key, "countries", by="ana")
    assert {each.key: each.people for each in counted(world, *again)} == {
        "romania-or-moldova-ro": 100,
        "romania-or-moldova-others": 5,
    }
    with world.db.read() as session:
        live = [row.key for row in segment_sql.listed(session)]
        acts = set(session.scalars(select(m.Audit.subject).where(m.Audit.act == "segment_kept")))
    assert live == sorted(each.key for each in (*shares, *again))
    assert acts >= {*live, "romania", "germany"}


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda w: segment_life.merge(w, "romania", "romania", by="a"), "name two"),
        (lambda w: segment_life.merge(w, "romania", "nowhere", by="a"), "there are: romania"),
        (lambda w: segment_life.split(w, "romania", "sql", by="a"), "split by one of"),
        (lambda w: segment_life.split(w, "romania", "sizes", by="a"), "choose another field"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(world, act, told):
    segment_life.keep(world, place("romania", "RO"), by="ana")
    with pytest.raises(NotAllowed, match=told):
        act(world)
    with world.db.read() as session:
        assert [row.state for row in session.scalars(select(m.Segment))] == ["live"]


def test_names_that_lead_nowhere_or_in_a_circle_are_refused_with_their_line(world, tmp_path):
    segment_life.keep(world, Segment(key="b", name="B", all=(Condition(segment="a"),)), by="ana")
    file = tmp_path / "a.yaml"
    for named, told in (("b", "in turn"), ("c", "no segment `c`"), ("a", "in turn")):
        file.write_text(f"key: a\nname: A\nall:\n  - {{countries: [DE]}}\n  - {{segment: {named}}}\n")
        found, [wrong] = segment_life.check(world, file)
        assert found is None
        assert (wrong.line, wrong.key) == (5, "all.1.segment")
        assert told in wrong.message


def test_a_campaign_may_be_meant_for_a_segment(world):
    segment_life.keep(world, place("near", "RO", "MD"), by="ana")
    with world.db.read() as session:
        for given_, people in (
            ({"segment": "near"}, 105),
            ({"segment": "near", "countries": ("MD",)}, 5),
            ({"segment": "nowhere"}, 0),  # never everybody
        ):
            where = audience.meant(session, parts.Audience(**given_), NOW)
            assert len(session.scalars(select(m.Contact.id).where(*where)).all()) == people


# --- who fits


def test_fit_is_told_with_what_it_rests_on_and_who_is_a_target_customer(world):
    fitting.learn_anew(world, NOW)
    with world.db.read() as session:
        german, romanian = session.get_one(m.Contact, 1), session.get_one(m.Contact, 450)
        one, other = (fit_story.story(world, session, each) for each in (german, romanian))
        assert fit_story.targets(world, session) is None
    assert (one.customers, one.people, one.target) == (100, 505, None)
    assert one.fit is not None
    assert other.fit is not None
    assert one.fit < 0.5 < other.fit
    assert other.times["country"] == pytest.approx(4.375, abs=0.01)  # (100 + 20/5.05) / (100 + 20) / (100/505)
    assert set(asdict(other)["fields"]) == {"industry", "size", "country", "status"}
    segment_life.keep(world, place("target", "RO"), by="ana")
    with world.db.read() as session:
        assert [fit_story.story(world, session, each).target for each in (german, romanian)] == [False, True]
        assert fit_story.targets(world, session) == 100


def test_it_is_said_which_live_campaigns_a_segment_feeds(world):
    segment_life.keep(world, place("near", "RO"), by="ana")
    segment_life.keep(world, Segment(key="warm", name="W", all=(Condition(segment="near"),)), by="ana")
    with world.db.write() as session:
        for key, state, audience_ in (
            ("direct", "live", {"segment": "near"}),
            ("through-another", "live", {"segment": "warm"}),
            ("paused", "paused", {"segment": "near"}),
            ("everybody", "live", {}),
        ):
            campaign = m.Campaign(key=key, name=key, goal="meeting", state=state)
            session.add(campaign)
            session.flush()
            version = m.CampaignVersion(campaign_id=campaign.id, sha=key, text="", created_at=1)
            version.document = {"audience": audience_}
            session.add(version)
            session.flush()
            campaign.version_id = version.id
    with world.db.read() as session:
        assert segment_life.used_by(session, "near") == ["direct", "through-another"]
        assert segment_life.used_by(session, "warm") == ["through-another"]


def test_a_campaign_that_names_a_segment_nobody_knows_is_refused(world):
    meetings = yaml.safe_load((EXAMPLES / "meetings.yaml").read_text()) | {"audience": {"segment": "near"}}
    file = world.settings.home / "near.yaml"
    file.write_text(yaml.safe_dump(meetings))
    with pytest.raises(campaigns.Refused, match="There is no segment `near`"):
        campaigns.store(world, file, author="ana")
    segment_life.keep(world, place("near", "RO"), by="ana")
    assert campaigns.store(world, file, author="ana").document["audience"]["segment"] == "near"


def inside(world) -> list[str]:
    """Whom the planner takes in now, beside those it took before."""
    audience.enrol(world, NOW)
    with world.db.read() as session:
        query = select(m.Contact.country).join(m.Enrolment, m.Enrolment.contact_id == m.Contact.id).distinct()
        return sorted(session.scalars(query))


def test_a_live_campaign_keeps_its_audience_until_somebody_approves_it_again(world):
    """Also where only a segment that its segment speaks of is a new one."""
    segment_life.keep(world, place("near", "MD"), by="ana")
    segment_life.keep(world, Segment(key="ours", name="O", all=(Condition(segment="near"),)), by="ana")
    file = world.settings.home / "near.yaml"
    meetings = yaml.safe_load((EXAMPLES / "meetings.yaml").read_text()) | {"audience": {"segment": "ours"}}
    file.write_text(yaml.safe_dump(meetings))
    campaigns.activate(world, file, author="ana", without_preflight="a test")
    segment_life.keep(world, place("near", "MD", "RO"), by="bob")
    with world.db.read() as session:
        assert segment_life.used_by(session, "near") == ["meetings"]
    assert inside(world) == ["MD"]
    campaigns.approve(world, "meetings", by="cleo")
    assert inside(world) == ["MD", "RO"]
    segment_life.keep(world, place("near", "DE"), by="bob")
    assert inside(world) == ["MD", "RO"]  # what was approved again holds in its turn
    campaigns.activate(world, file, author="ana", without_preflight="a test")
    assert inside(world) == ["DE", "MD", "RO"]  # who is inside stays


def test_more_people_through_a_new_segment_need_a_second_person(world):
    world.settings = world.settings.model_copy(update={"approval_above": 50})
    segment_life.keep(world, place("near", "MD"), by="ana")
    file = world.settings.home / "near.yaml"
    meetings = yaml.safe_load((EXAMPLES / "meetings.yaml").read_text()) | {"audience": {"segment": "near"}}
    file.write_text(yaml.safe_dump(meetings))
    campaigns.activate(world, file, author="ana", without_preflight="a test")
    segment_life.keep(world, place("near", "MD", "RO"), by="ana")
    with pytest.raises(NotAllowed, match="105 people are more than one person decides for"):
        campaigns.activate(world, file, author="ana", without_preflight="a test")
    assert inside(world) == ["MD"]
