"""Are bounces told that others collected? The mails of flufl.bounce's own tests, with what those say of them."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

from channels.inbox import read

FOLDER = Path(__file__).parent.parent / "data" / "mail" / "flufl.bounce"
ENOUGH = 0.95


def test_at_least_95_of_100_foreign_bounces_are_told_as_their_collectors_do():
    with (FOLDER / "expected.csv").open() as file, zipfile.ZipFile(FOLDER / "mails.zip") as mails:
        told = [(row["mail"], row["kind"], read(mails.read(row["mail"])).kind) for row in csv.DictReader(file)]
    wrong = [each for each in told if each[1] != each[2]]
    assert len(told) > 100
    assert len(wrong) <= (1 - ENOUGH) * len(told), wrong
