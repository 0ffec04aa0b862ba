"""One name, however it was written."""

from __future__ import annotations

import pytest

from opportune.rules.same_person import CLOSE, SIMILAR
from opportune.work.alike import alike, folded

SAME = [
    # order, case, salutation
    ("SCHMIDT, Hans", "Dr. Hans Schmidt"),
    # accents, and how keyboards without them write
    ("Jürgen Müller", "Juergen Mueller"),
    ("Ştefan Ţepeş", "Stefan Tepes"),
    # the same name in two alphabets
    ("Алексей Петров", "Aleksey Petrov"),
    ("Юлия Щербакова", "Yulia Shcherbakova"),
    ("Михаил Ковалёв", "Mikhail Kovalev"),
]
CLOSE_ONES = [
    # one letter
    ("Hans Schmidt", "Hans Schmitt"),
    ("Jan Petersen", "Jana Petersen"),
    # only the first letter of a first name is known
    ("H. Schmidt", "Hans Schmidt"),
    # only the last name is known; "M." is French for Mr
    ("Herr Schmidt", "Hans Schmidt"),
    ("M. Dupont", "Marie Dupont"),
    # a middle name
    ("Ana Popescu", "Ana Maria Popescu"),
]
OTHERS = [
    ("Ana Popescu", "Bogdan Ionescu"),
    ("Hans Schmidt", "Peter Wagner"),
    # the letter fits, the last name does not
    ("H. Wagner", "Hans Schmidt"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_name_are_the_same(one, other):
    assert alike(folded(one), folded(other)) == 1


@pytest.mark.parametrize(("one", "other"), CLOSE_ONES)
def test_nearly_the_same_is_close_but_never_the_same(one, other):
    assert CLOSE <= alike(folded(one), folded(other)) < 1


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_names_are_not_close(one, other):
    assert alike(folded(one), folded(other)) < SIMILAR


def test_without_a_name_nothing_can_be_said():
    assert alike("", folded("Hans Schmidt")) is None
