"""Do two listeners who score the same calls agree by more than chance?

Cohen (1960), Educ. Psychol. Meas. 20:37; weighted: Cohen (1968), Psychol. Bull. 70:213.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np


def kappa(table: Sequence[Sequence[int]], weights: Literal["none", "linear", "quadratic"] = "none") -> float | None:
    """Cohen's kappa of a square table (rows: one listener, columns: the other); 1 all agree, 0 as by chance.

    `weights` for ordered marks: one apart counts less than three apart. None where no chance disagreement exists.
    """
    counts = np.asarray(table, dtype=float)
    size = len(counts)
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(float)
    cost = {"none": (apart > 0).astype(float), "linear": apart, "quadratic": apart**2}[weights]
    if not counts.sum():
        return None
    shares = counts / counts.sum()
    by_chance = float((cost * np.outer(shares.sum(axis=1), shares.sum(axis=0))).sum())
    return 1 - float((cost * shares).sum()) / by_chance if by_chance else None
