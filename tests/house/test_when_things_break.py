"""Does each case of `docs/when-things-break.md` have its test, and does that test exist?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOLD = (ROOT / "docs/when-things-break.md").read_text()
SECTIONS = dict(re.findall(r"^## ([A-G])\. (.+?)(?=^## |\Z)", TOLD, re.M | re.S))
#: number of a case -> what is said of it
CASES = dict(re.findall(r"^\| ([A-F]\d+) \| (.+) \|$", TOLD, re.M))
FILE = re.compile(r"`(tests/[\w/]+\.py|test_\w+\.py)`")


def shown_by(case: str) -> list[str]:
    """The files named in the row, or once for all cases of the section."""
    section = SECTIONS[case[0]]
    return FILE.findall(CASES[case]) or FILE.findall(section.partition("|")[0])


def checks_in(path: Path) -> list[str]:
    tree = ast.walk(ast.parse(path.read_text()))
    return [node.name for node in tree if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def test_cases_are_numbered_without_a_gap():
    for letter in "ABCDEF":
        numbers = [int(case[1:]) for case in CASES if case[0] == letter]
        assert numbers == list(range(1, len(numbers) + 1)), letter
        assert numbers, letter


@pytest.mark.parametrize("case", CASES)
def test_each_case_names_a_test(case):
    assert [name for name in shown_by(case) if Path(name).name.startswith("test_")], CASES[case]


@pytest.mark.parametrize("name", sorted(set(FILE.findall(TOLD))))
def test_each_named_test_exists(name):
    path = ROOT / (name if "/" in name else f"tests/faults/{name}")
    assert path.is_file()
    if path.name.startswith("test_"):
        assert checks_in(path)
