"""What do the plain tables say of each person's course: after how many attempts and days reached, and by which ways?"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import permutations

import numpy as np
from scipy.stats import norm
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight
from support_chart_tables import ANSWERED, FIRST, LEFT, WINDOW, Counted, Rows, Tables, wilson

Z = norm.ppf(0.975)
REACHED, NO, OPEN = 1, 2, 0
#: (attempts until the end, whole days until then, how it ended) of everybody for whom something left.
COURSES = f"""WITH gone AS (SELECT p.enrolment, p.contact, t.id, t.sending_at AS at, t.channel, t.result
    FROM person p JOIN touch t ON t.enrolment_id = p.enrolment WHERE t.sending_at IS NOT NULL AND {LEFT}),
  begun AS (SELECT enrolment, contact, MIN(at) AS first FROM gone GROUP BY 1),
  came AS (SELECT enrolment, at FROM gone WHERE channel = 'call' AND result IN {ANSWERED}
    UNION ALL SELECT g.enrolment, k.at FROM gone g JOIN mail_click k ON k.touch_id = g.id WHERE k.machine IS NULL
    UNION ALL SELECT enrolment_id, at FROM outcome WHERE kind = 'reply'),
  ends AS (SELECT b.*, (SELECT MIN(c.at) FROM came c WHERE c.enrolment = b.enrolment) AS reached,
    (SELECT MIN(o.at) FROM outcome o WHERE o.contact_id = b.contact AND o.kind = 'opt_out' AND o.at >= b.first) AS no
    FROM begun b),
  told AS (SELECT *, COALESCE(MIN(reached, no), reached, no, :now) AS until,
    CASE WHEN reached <= COALESCE(no, reached) THEN 1 WHEN no IS NOT NULL THEN 2 ELSE 0 END AS ended FROM ends)
  SELECT (SELECT COUNT(*) FROM gone g WHERE g.enrolment = t.enrolment AND g.at <= t.until),
    MAX(0, until - first) / 86400, ended FROM told t"""


def courses(of: Tables, by: str) -> tuple[np.ndarray, np.ndarray, range]:
    """(times, ends) of people; what came later than is shown is open at the end of it."""
    last, place = (8, 0) if by == "attempts" else (28, 1)
    found = [(row[place], row[2]) if row[place] <= last else (last, OPEN) for row in of.ask(COURSES)]
    times, ends = np.array(found, int).reshape(-1, 2).T
    return times, ends, range(1 - place, last + 1)


def counts(times: np.ndarray, ends: np.ndarray, at: int, end: int) -> tuple[int, int]:
    return int((times >= at).sum()), int(((times == at) & (ends == end)).sum())


def band(share: float, error: float) -> tuple[float, float]:
    """On the scale of log(-log share)."""
    if not 0 < share < 1:
        return share, share
    wide = Z * error / abs(share * np.log(share))
    return share ** np.exp(wide), share ** np.exp(-wide)


def still_open(of: Tables, by: str) -> Rows:
    times, ends, shown = courses(of, by)
    rows = []
    theirs = SurvfuncRight(times, (ends == REACHED).astype(int)) if (ends == REACHED).any() else None
    for at in shown:
        until = np.flatnonzero(theirs.surv_times <= at)[-1:] if theirs else []
        share, error = (theirs.surv_prob[until[0]], theirs.surv_prob_se[until[0]]) if len(until) else (1.0, 0.0)
        rows.append((at, *counts(times, ends, at, REACHED), share, *band(share, error)))
    return rows


def hazards(of: Tables) -> Rows:
    times, ends, shown = courses(of, "attempts")
    found = [(at, *counts(times, ends, at, REACHED)) for at in shown]
    return [(at, n, k, k / n if n else None, *wilson(k, n)) for at, n, k in found]


def incidence(times: np.ndarray, ends: np.ndarray, end: int, at: int) -> tuple[float, float, float]:
    """Aalen and Johansen, of the one end beside the other."""
    if not (times <= at).any() or not (ends == end).any():
        return 0.0, 0.0, 0.0
    swapped = np.choose(ends, (0, 1, 2) if end == REACHED else (0, 2, 1))
    with np.errstate(all="ignore"):  # where nobody is left to wait for
        theirs = CumIncidenceRight(times, swapped)
    place = np.flatnonzero(theirs.times <= at)[-1]
    share = theirs.cinc[0][place]
    return share, *band(share, theirs.cinc_se[0][place])


def both_ends(of: Tables) -> Rows:
    times, ends, shown = courses(of, "attempts")
    rows = []
    for at in shown:
        (n, k), (_, no) = (counts(times, ends, at, end) for end in (REACHED, NO))
        rows.append((at, n, k, *incidence(times, ends, REACHED, at), no, *incidence(times, ends, NO, at)))
    return rows


# ---- who gets the credit

WAYS = ("call", "voicemail", "email", "form", "came_in")
MET = """SELECT o.contact_id, o.at FROM outcome o JOIN campaign c ON c.id = o.campaign_id WHERE o.kind = 'goal_met'
  AND o.at >= :since AND c.key = COALESCE(:campaign, c.key) AND c.goal = COALESCE(:goal, c.goal)
  ORDER BY o.at DESC LIMIT 250"""
#: In each campaign those decided last whose window is over, without a goal.
NOWHERE = f"""SELECT contact_id, at + seconds FROM (
    SELECT d.*, w.seconds, ROW_NUMBER() OVER (PARTITION BY d.campaign_id ORDER BY d.at DESC) AS place
    FROM {FIRST} d JOIN campaign c ON c.id = d.campaign_id JOIN {WINDOW} w ON w.id = d.version_id
    WHERE d.at + w.seconds <= :now AND d.at >= :since
      AND c.key = COALESCE(:campaign, c.key) AND c.goal = COALESCE(:goal, c.goal))
  WHERE place <= :each AND enrolment_id NOT IN (SELECT enrolment_id FROM outcome WHERE kind = 'goal_met') LIMIT 150"""
WAY = f"""SELECT way FROM (
    SELECT t.sending_at AS at, CASE WHEN t.result = 'voicemail_left' THEN 'voicemail' ELSE t.channel END AS way
      FROM touch t WHERE t.contact_id = :who AND t.kind <> 'requested' AND {LEFT}
    UNION ALL SELECT received_at, 'form' FROM lead WHERE contact_id = :who
    UNION ALL SELECT at, 'came_in' FROM inbound_call WHERE contact_id = :who)
  WHERE at > :end - 90 * 86400 AND at <= :end ORDER BY at, way"""
Paths = dict[tuple[str, ...], tuple[float, float]]  # people, goals


def paths(of: Tables) -> tuple[Paths, int]:
    [(campaigns,)] = of.ask("SELECT COUNT(*) FROM campaign c WHERE c.key = COALESCE(:campaign, c.key)"
                            " AND c.goal = COALESCE(:goal, c.goal)")  # fmt: skip
    met, others = of.ask(MET), of.ask(NOWHERE, each=-(-150 // campaigns))
    decided, goals = of.one("SELECT COUNT(*), SUM(goal) FROM person WHERE over")
    weight = (decided - goals) / goals * len(met) / len(others) if goals and others else 1.0
    found = [Counter(tuple(way for (way,) in of.ask(WAY, who=who, end=end)[-20:]) for who, end in each)
             for each in (met, others)]  # fmt: skip
    won, lost = ({path: n for path, n in each.items() if path} for each in found)
    return {path: (round(won.get(path, 0) + weight * lost.get(path, 0)), won.get(path, 0)) for path in won | lost}, sum(
        won.values()
    )


def by_place(them: Paths, rule: str) -> dict[str, float]:
    credit: defaultdict[str, float] = defaultdict(float)
    for path, (_, goals) in them.items():
        n = len(path)
        parts = {"first": np.eye(n)[0], "last": np.eye(n)[-1], "linear": np.full(n, 1 / n),
                 "late": 2.0 ** np.arange(n) / (2.0**n - 1)}[rule]  # fmt: skip
        for way, part in zip(path, parts, strict=True):
            credit[way] += goals * part
    return credit


def shapley(them: Paths) -> dict[str, float]:
    """By its definition: what each way adds, in the mean of all orders of joining."""
    worth = {frozenset(ways): sum(goals for path, (_, goals) in them.items() if set(path) <= set(ways))
             for n in range(6) for ways in permutations(WAYS, n)}  # fmt: skip
    orders = list(permutations(WAYS))
    return {
        way: sum(worth[frozenset(o[: o.index(way) + 1])] - worth[frozenset(o[: o.index(way)])] for o in orders) / 120
        for way in WAYS
    }


def markov(them: Paths) -> dict[str, float]:
    """By walking: how much rarer goals are when this way leads nowhere."""
    moves: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path, (people, goals) in them.items():
        for here, there in zip(("start", *path), path, strict=False):
            moves[here][there] += people
        moves[path[-1]]["goal"] += goals
        moves[path[-1]]["nowhere"] += people - goals

    def arrives(without: str = "") -> float:
        at, there = {"start": 1.0}, 0.0
        for _ in range(300):
            then: defaultdict[str, float] = defaultdict(float)
            for here, mass in at.items():
                for to, n in moves[here].items():
                    then[to] += mass * n / moves[here].total()
            there += then.pop("goal", 0.0)
            at = {here: mass for here, mass in then.items() if here not in ("nowhere", without)}
        return there

    whole = arrives()
    return {way: 1 - arrives(way) / whole for way in WAYS if way in moves}


def credit(of: Tables) -> Rows:
    them, goals = paths(of)
    if goals < 30:
        return []
    found = [by_place(them, rule) for rule in ("first", "last", "linear", "late")] + [markov(them), shapley(them)]
    return [(way, *(each.get(way, 0.0) / sum(each.values()) for each in found)) for way in WAYS]


COUNTED: Counted = {
    "cadence-attempts": (1, lambda of: still_open(of, "attempts")),
    "cadence-days": (1, lambda of: still_open(of, "days")),
    "cadence-hazards": (1, hazards),
    "cadence-ends": (1, both_ends),
    "sources-credit": (1, credit),
}
