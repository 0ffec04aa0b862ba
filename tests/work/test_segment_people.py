"""A segment has exactly the people whom a second reader finds in it, whatever stands in its values (E6)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from support_segments import CONSENTS, COUNTRIES, HOSTILE, INDUSTRIES, NOW, RESULTS, chosen, crowd

from opportune.rules.facts import CallResult
from opportune.rules.segment import Condition, Segment
from opportune.store import models as m
from opportune.work import segment_counts, segment_sql

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


def written(session, segment):
    """The query without its values."""
    return str(segment_sql.Reader(session, NOW).people(segment))


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


def test_hostile_words_are_values_and_nothing_more(there):
    people, session = there
    for name in ("industries", "sources"):
        harmless = Segment(key="x", name="X", all=(Condition(**{name: ("x",)}),))
        for value in HOSTILE:
            segment = Segment(key="x", name="X", all=(Condition(**{name: (value,)}),))
            assert ids(session, segment) == chosen(people, segment, OTHERS)
            assert written(session, segment) == written(session, harmless)


def test_who_speaks_of_nobody_or_of_itself_has_nobody_more(there):
    _, session = there
    assert ids(session, Segment(key="x", name="X", all=(Condition(segment="nowhere"),))) == set()
    germans = ids(session, Segment(key="x", name="X", all=(Condition(countries=("DE",)),)))
    assert ids(session, Segment(key="x", name="X", all=(Condition(segment="circle"),))) == germans
