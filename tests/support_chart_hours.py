"""What do the plain tables say of each hour of the week, and which of them stand out?"""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests
from support_chart_estimates import drawn
from support_chart_tables import PART, Counted, Rows, Tables, share


def executives(of: Tables) -> Rows:
    rows = []
    for who, condition in (("early", "IN"), ("later", "NOT IN")):
        k, n = of.one(f"""SELECT SUM(answered), COUNT(*) FROM made
          WHERE channel = 'call' AND status = 'executive' AND half {condition} (15, 16)""")
        rows.append((who, n, k, *share(k, n), 0.25))
    return rows


def mails(of: Tables) -> Rows:
    cut = "half % 2 * 40 + 10, COUNT(*), SUM(answered) FROM made WHERE channel = 'email' AND half IS NOT NULL"
    found = of.ask(f"SELECT {PART}, {cut} GROUP BY 1, 2")
    whole = {minute: ("all", minute, 0, 0) for minute in (10, 50)}
    whole |= {row[1]: row for row in of.ask(f"SELECT 'all', {cut} GROUP BY 2")}
    return [(part, minute, n, k, *share(k, n)) for part, minute, n, k in [*whole.values(), *found]]


def apart(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> list[bool]:
    """(tried, answered) beside (tried, answered): G test, all judged together."""
    if not pairs:
        return []
    chances = [_luck(*one, *other) if other[0] else 1.0 for one, other in pairs]
    judged = [i for i, (_, other) in enumerate(pairs) if other[0]]
    real = multipletests([chances[i] for i in judged], method="fdr_bh")[1] <= 0.05 if judged else []
    found = dict(zip(judged, real, strict=True))
    return [bool(found.get(i, False)) for i in range(len(pairs))]


def _luck(n: int, k: int, others: int, answered: int) -> float:
    table = np.array([[k, n - k], [answered, others - answered]])
    if not table.sum(axis=0).all():
        return 1.0
    return float(chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue)


def week(of: Tables) -> Rows:
    rows: Rows = []
    for which, first in (("all", ""), ("first", "AND number = 1")):
        calls = f"COUNT(*), SUM(answered) FROM made WHERE channel = 'call' AND half IS NOT NULL {first} GROUP BY 1, 2"
        fields = of.ask(f"SELECT weekday, half, {calls}")
        tried, answered = (sum(row[place] for row in fields) for place in (2, 3))
        if 2 * sum(row[2] for row in fields if row[2] >= 30) < tried or not fields:
            fields = of.ask(f"SELECT weekday, {PART}, {calls}")
        shown = [row for row in fields if row[2] >= 30]
        real = apart([((n, k), (tried - n, answered - k)) for *_, n, k in shown])
        alike = [row for row, odd in zip(shown, real, strict=True) if not odd]
        pulled = dict(zip(alike, drawn([row[3] for row in alike], [row[2] for row in alike]), strict=True))
        odd = {row for row, it in zip(shown, real, strict=True) if it}
        for row in fields:
            said = pulled[row][0] if row in pulled else row[3] / row[2] if row in odd else None
            rows.append((which, *row, said, row in odd))
    return rows


def fair(of: Tables) -> Rows:
    """First calls of people whom the planner spread, beside the other half hours of the same part of the day."""
    fields = of.ask(f"""SELECT half, {PART}, COUNT(*), SUM(answered) FROM made WHERE channel = 'call'
      AND kind = 'approach' AND priority > 0 AND step = 1 AND attempt = 1 AND half IS NOT NULL
      AND status <> 'executive' GROUP BY 1""")
    rest = [[(n, k) for half, part, n, k in fields if part == row[1] and half != row[0]] for row in fields]
    others = [(sum(n for n, _ in each), sum(k for _, k in each)) for each in rest]
    kept = [(row, other) for row, other in zip(fields, others, strict=True) if min(row[2], other[0]) >= 30]
    real = apart([((row[2], row[3]), other) for row, other in kept])
    return [(*row, *share(row[3], row[2]), *other, odd) for (row, other), odd in zip(kept, real, strict=True)]


COUNTED: Counted = {
    "hours-week": (3, week),
    "hours-fair": (1, fair),
    "hours-mails": (2, mails),
    "hours-executives": (1, executives),
}
