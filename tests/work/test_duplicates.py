"""E7: who is found to be one with whom, among many, and what is never asked again."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import insert, select
from support_world import add_person, make_world

from opportune.store import models as m
from opportune.work import duplicates, one_person, undo_merge


def words(text):
    return text.split()


FIRST = words(
    "Ana Ion Maria Andrei Elena Mihai Hans Peter Klaus Sabine Jürgen Ursula John Mary Robert Linda James Susan Pavel"
    " Olga Ivan Natalia Dmitri Irina Chloe Louis Hugo Emma Lucas Alice"
)
START = words(
    "Ba Be Bo Da Du Fa Fi Ga Gre Ha Hu Ka Kro La Li Lu Ma Me Mo Na Ne Pa Pe Po Ra Re Ri Ro Sa Schu Ste To Va Vo Wa"
)
END = words(
    "ban bert burg cescu dorf enko escu feld ger hard iak inger kin lau lich mann mer nard ner off ov rich sen ski son"
    " stein ton witz"
)
LAST = [start + end for start in START for end in END]


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path)


def queue(world):
    with world.db.read() as session:
        return [(one.id, other.id) for _, one, other in duplicates.queue(session)]


def alive(world):
    with world.db.read() as session:
        return set(session.scalars(select(m.Contact.id).where(m.Contact.merged_into.is_(None))))


def find(world):
    return duplicates.find(world, world.clock.now())


def test_the_sure_ones_merge_by_rule_and_the_others_are_asked_about_once(world):
    sure = add_person(world, 1, name="Ana Stan"), add_person(world, 2, name="STAN, Ana", phone="+493023125001")
    doubt = (
        add_person(world, 3, name="Jan Petersen"),
        add_person(world, 4, name="Jana Petersen", phone="+493023125003"),
    )
    assert find(world) == {"people_merged": 1, "people_to_ask_about": 1, "rows_that_came_late": 0}
    assert alive(world) == {sure[0], *doubt}
    assert queue(world) == [doubt]
    assert find(world)["people_to_ask_about"] == 1  # still open
    duplicates.apart(world, f"#{doubt[1]}", f"#{doubt[0]}", by="Ana")
    assert queue(world) == []
    assert not any(find(world).values())
    with world.db.read() as session:
        row = session.scalars(select(m.Merge)).one()
    assert (row.by, row.why) == ("rule", "the same number, the same name, mail addresses of the same company")


def test_whom_the_one_was_not_the_other_is_not_either(world):
    """`apart` is remembered through a merge, and an unmerged pair is never merged by rule again."""
    one, two, three = (add_person(world, n, name="Ana Stan", email="ana@firm.example") for n in (1, 2, 3))
    duplicates.apart(world, f"#{two}", f"#{three}", by="Ana")
    merge = one_person.by_hand(world, f"#{one}", f"#{two}", by="Ana", why="they said so")
    find(world)
    assert alive(world) == {one, three}
    undo_merge.by_hand(world, merge.id, by="Ana", why="they did not")
    find(world)
    assert {one, two} <= alive(world) | {three}
    assert {two, three} <= alive(world) | {one}


def test_a_large_company_is_compared_with_few_neighbours_only(world, monkeypatch):
    """Memory and time grow with the people, not with their pairs."""
    seen = []
    compared = duplicates.compared
    monkeypatch.setattr(duplicates, "compared", lambda s, pairs: seen.extend(pairs) or compared(s, pairs))
    rng = random.Random(1)
    for number in range(60):
        add_person(world, number, name=f"{rng.choice(FIRST)} Mann{rng.choice(END)}", consents=())
    find(world)
    assert 0 < len(set(seen)) <= 60 * duplicates.NEAR * 2


# --- ten thousand people


def invented(rng, count, companies):
    """People with companies of their own size; three in ten write from a free mailbox, some share info@ or a number."""
    for id in range(1, count + 1):
        name, company = f"{rng.choice(FIRST)} {rng.choice(LAST)}", rng.randrange(1, companies + 1)
        own = f"{name.replace(' ', '.').lower()}.{id}@" + (
            "gmail.com" if rng.random() < 0.3 else f"firm{company}.example"
        )
        email = f"info@firm{company}.example" if rng.random() < 0.03 else own
        switchboard = f"+4930{20000000 + company}"
        phone = switchboard if rng.random() < 0.1 else f"+4917{10000000 + id}"
        yield {
            "id": id,
            "name": name,
            "company_id": company if rng.random() < 0.7 else None,
            "email": email,
            "phone": phone,
        }


def other_spelling(person, _rng):
    first, last = person["name"].split()
    return {"name": f"{last.upper()}, {first}", "email": None}


def no_number(_person, _rng):
    return {"phone": None}


def typing_error(person, rng):
    name, place = person["name"], rng.randrange(2, len(person["name"]) - 2)
    return {"name": name[:place] + rng.choice("aeiou") + name[place + 1 :], "email": None}


def new_address(person, _rng):
    return {"email": f"new.{person['email']}", "phone": None}


def first_letter(person, _rng):
    first, last = person["name"].split()
    return {"name": f"{first[0]}. {last}", "email": None}


#: How the second record of somebody differs from the first: the same number thrice, the same mailbox, the same company.
TWISTS = (other_spelling, typing_error, first_letter, no_number, new_address)
#: Of a hundred each: merged by rule, asked about. Five typing errors hit the space between the names.
FOUND = {
    "other_spelling": (100, 0),
    "typing_error": (8, 87),
    "first_letter": (0, 100),
    "no_number": (100, 0),
    "new_address": (0, 100),
}


def fill(world, people, companies):
    same = {"status": "unknown", "business": True, "interest": "cold", "bought": False, "language": "en", "zones": []}
    same |= {"asked_for_contact": False, "created_at": 5, "version": 1}
    with world.db.write() as session:
        firms = [{"id": id, "name": f"Firm {id}", "facts": {}, "created_at": 5} for id in range(1, companies + 1)]
        session.execute(insert(m.Company), firms)
        session.execute(insert(m.Contact), [{**same, **person} for person in people])
        session.execute(
            insert(m.Address),
            [
                {"contact_id": person["id"], "kind": kind, "value": value}
                for person in people
                for kind, value in (("email", person["email"]), ("phone", person["phone"]))
                if value
            ],
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_among_ten_thousand_people_planted_duplicates_are_found_and_nobody_else_is_merged(world, monkeypatch):
    """The figures of docs/one-person.md."""
    rng = random.Random(2026)
    people = list(invented(rng, 9_500, 1_200))
    own = [p for p in people if "info@" not in p["email"] and p["phone"].startswith("+4917") and p["company_id"]]
    planted = {}
    for id, (first, twist) in enumerate(zip(rng.sample(own, 500), TWISTS * 100, strict=True), start=9_501):
        people.append({**first, "id": id, **twist(first, rng)})
        planted[first["id"], id] = twist.__name__
    fill(world, people, 1_200)
    merged = set()
    monkeypatch.setattr(duplicates, "_by_rule", lambda _world, pair, *_: merged.add(pair) or True)
    find(world)
    with world.db.read() as session:
        asked = set(session.execute(select(m.MaybeSame.one_id, m.MaybeSame.other_id)).tuples())
    found = {twist.__name__: tuple(_count(planted, twist, where) for where in (merged, asked)) for twist in TWISTS}
    assert found == FOUND
    assert not merged - set(planted)
    assert len(asked - set(planted)) == 5  # namesakes of one company, and names that differ in one letter


def _count(planted, twist, where):
    return sum(pair in where for pair, each in planted.items() if each == twist.__name__)
