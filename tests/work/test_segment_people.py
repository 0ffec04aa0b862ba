"""A segment has exactly the people whom a second reader finds in it, whatever stands in its values (E6, E12, B15)."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from support_segments import CONSENTS, COUNTRIES, HOSTILE, INDUSTRIES, NOW, RESULTS, chosen, crowd
from support_world import add_people, make_world

from opportune.rules import parts
from opportune.rules.facts import CallResult
from opportune.rules.segment import Condition, Segment, read
from opportune.store import models as m
from opportune.work import audience, fit_story, fitting, segment_counts, segment_life, segment_sql
from opportune.work.versions import NotAllowed

ROMANIA = Segment(key="romania", name="Romania", all=(Condition(countries=("RO",)),))
OTHERS = {
    "romania": ROMANIA,
    "not-romania": Segment(key="not-romania", name="Not", none=(Condition(segment="romania"),)),
    "circle": Segment(key="circle", name="Circle", any=(Condition(segment="circle"), Condition(countries=("DE",)))),
}


def some(*values):
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


FIELDS = {
    "statuses": some("executive", "staff", "unknown"),
    "countries": some(*(each for each in COUNTRIES if each)),
    "interests": some("cold", "warm"),
    "sources": some("fair", "%", "chat", "import", *HOSTILE[:3]),
    "languages": some("de", "ro"),
    "industries": some(*(each for each in INDUSTRIES if each), *HOSTILE),
    "sizes": some("1-9", "10-49", "250+"),
    "stages": some("person", "customer"),
    "familiarity": some("cold", "hot"),
    "kinds": some("first_time", "repeat"),
    "last_call": some(*(CallResult(each) for each in RESULTS if each)),
    "consents": some(*CONSENTS),
    "business": st.sampled_from([None, True, False]),
    "contacted_within_days": st.sampled_from([None, 1, 10, 300]),
    "answered_within_days": st.sampled_from([None, 1, 10, 300]),
    "fit_from": st.sampled_from([None, 0.2, 0.9]),
    "fit_below": st.sampled_from([None, 0.5]),
    "segment": st.sampled_from([None, "romania", "not-romania", "nowhere"]),
}


@st.composite
def conditions(draw):
    """One to three fields: more would leave nobody, and tell the readers apart less often."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=3, unique=True))
    said = {name: draw(FIELDS[name]) for name in names}
    return Condition(
        **({name: value for name, value in said.items() if value not in ((), None)} or {"kinds": ("repeat",)})
    )


some_conditions = st.lists(conditions(), max_size=2).map(tuple)
documents = st.tuples(some_conditions, some_conditions, some_conditions).filter(any)


def keep(session, segment, state="live"):
    document = segment.model_dump(mode="json", exclude_defaults=True)
    session.add(m.Segment(key=segment.key, document=document, state=state, at=NOW))


def ids(session, segment):
    where = segment_sql.Reader(session, NOW).people(segment)
    return set(session.scalars(select(m.Contact.id).where(*segment_sql.ALIVE, where)))


@pytest.fixture
def there(db):
    """The crowd, a session to look at it, and three segments to speak of."""
    with db.write() as session:
        people = crowd(session)
        for each in OTHERS.values():
            keep(session, each)
    with db.read() as session:
        yield people, session


def test_the_query_and_a_second_reader_choose_the_same_people(there):
    people, session = there

    @settings(max_examples=120)
    @given(documents)
    def same(found):
        segment = Segment(key="x", name="X", all=found[0], any=found[1], none=found[2])
        expected = chosen(people, segment, OTHERS)
        assert ids(session, segment) == expected
        assert segment_counts.count(session, [segment], NOW)[0].people == len(expected)

    same()


def test_the_crowd_is_one_in_which_each_field_divides(there):
    people, session = there
    everybody = len(chosen(people, Segment(key="x", name="X", none=(Condition(segment="nowhere"),)), OTHERS))
    asked = [{"consents": (each,)} for each in CONSENTS] + [{"answered_within_days": 10}, {"fit_below": 0.5}]
    asked += [{"last_call": ("talked",)}, {"industries": ("bäckerei",)}, {"sizes": ("10-49",)}, {"sources": ("%",)}]
    for each in asked:
        assert 0 < len(ids(session, Segment(key="x", name="X", all=(Condition(**each),)))) < everybody


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_words_are_values_and_nothing_more(there, value):
    people, session = there
    for name in ("industries", "sources"):
        segment = Segment(key="x", name="X", all=(Condition(**{name: (value,)}),))
        assert ids(session, segment) == chosen(people, segment, OTHERS)
        assert value not in str(segment_sql.Reader(session, NOW).people(segment)) or value in ("?", "_", "%s")


def test_who_speaks_of_nobody_or_of_itself_has_nobody_more(there):
    _, session = there
    assert ids(session, Segment(key="x", name="X", all=(Condition(segment="nowhere"),))) == set()
    germans = ids(session, Segment(key="x", name="X", all=(Condition(countries=("DE",)),)))
    assert ids(session, Segment(key="x", name="X", all=(Condition(segment="circle"),))) == germans


# --- how a document is read


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("key: a\nname: A\n", 1, "no condition"),
        ("key: a\nname: A\nall:\n  - {}\n", 4, "says nothing"),
        ("key: a\nname: A\nall:\n  - {countrys: [DE]}\n", 4, "countries"),  # the nearest key is named
        ("key: a\nname: A\nany:\n  - countries: [Germany]\n", 4, "capital letters"),
        ("key: a\nname: A\nnone:\n  - {sql: 1=1}\n", 4, "Unknown key"),
        ("key: a\nname: A\nall:\n  - {stages: [client]}\n", 4, "no value"),
        ("key: a\nname: A\nall:\n  - {contacted_within_days: 0}\n", 4, "at least 1"),
        ("key: a'--\nname: A\nall:\n  - {business: true}\n", 1, "no name"),
    ],
)
def test_mistakes_name_line_and_remedy(text, line, told):
    found, problems = read(text, "a.yaml")
    assert found is None
    assert problems[0].line == line
    assert told in f"{problems[0].message} {problems[0].remedy}"


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
    import shutil

    from opportune.store.db import Database

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
