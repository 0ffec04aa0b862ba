"""What does the reader make of a folder of mails? To measure it on a collection that is not ours to pass on.

`.venv/bin/python tests/channels/measure_returned.py FOLDER [FOLDER …]` counts the kinds of all files below each;
`--list KIND` names those of that kind.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from channels.returned import read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--list", default="", help="name the files of this kind")
    given = parser.parse_args()
    for folder in given.folder:
        found = {path: read(path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()}
        kinds = Counter(back.kind for back in found.values())
        blames = Counter(back.blame for back in found.values() if back.kind == "bounce")
        print(folder, len(found), dict(kinds), dict(blames))
        for path, back in found.items():
            if back.kind == given.list:
                print(f"  {path.name}: {back.sender}: {back.subject}")


if __name__ == "__main__":
    main()
