"""`python -m bench [SUBJECT …]`: measure, tell, write build/bench.json; exit 1 when a goal is missed."""

from __future__ import annotations

import sys
import time
import traceback
from importlib import import_module

from bench.report import Figure, tell, write
from opportune.settings import ROOT

#: Subject -> modules whose `figures()` yields what was measured.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "planning": ("bench.planning", "bench.growth", "bench.beside", "bench.flows"),
    "why": ("bench.why",),
    "claims": ("bench.claims", "bench.durable"),
    "mail": ("bench.mail", "bench.mail_slot"),
    "imports": ("bench.imports",),
    "voice": ("bench.voice",),
    "board": ("bench.board",),
    "intake": ("bench.intake",),
}


def main(asked: list[str]) -> int:
    unknown = set(asked) - set(SUBJECTS)
    if unknown:
        print(f"no subject {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}", file=sys.stderr)
        return 2
    measured: list[Figure] = []
    broken = False
    for subject in asked or SUBJECTS:
        began = time.monotonic()
        for module in SUBJECTS[subject]:
            try:
                for figure in import_module(module).figures():
                    tell(figure)
                    measured.append(figure)
            except Exception:  # the others' figures are still worth having
                traceback.print_exc()
                broken = True
            write(ROOT / "build" / "bench.json", measured)
        print(f"{subject}: {(time.monotonic() - began) / 60:.1f} minutes", file=sys.stderr, flush=True)
    return int(broken or not all(figure.holds for figure in measured))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
