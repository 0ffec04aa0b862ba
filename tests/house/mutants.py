"""How many small changes, planted into the rules do their tests notice? `make mutants` counts.

A change that runs for ever is noticed; one that no test reaches is not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

GOAL = 0.95
ROOT = Path(__file__).parents[2]
NOTICED = ("killed", "timeout", "segfault")


def main() -> None:
    mutmut("run", "--max-children", str(os.cpu_count() or 2))
    mutmut("export-cicd-stats")
    counts = json.loads((ROOT / "mutants" / "mutmut-cicd-stats.json").read_text())
    noticed, planted = sum(counts[kind] for kind in NOTICED), counts["total"]
    figures = {**counts, "noticed": noticed, "share": round(noticed / planted, 4), "goal": f"≥ {GOAL}"}
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build" / "mutants.json").write_text(json.dumps(figures) + "\n")
    print(f"{noticed} of {planted} planted changes noticed: {noticed / planted:.1%}, wanted {GOAL:.0%}")
    sys.exit(noticed < GOAL * planted)


def mutmut(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "mutmut", *words], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
