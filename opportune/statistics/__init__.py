"""Which differences are real? Small, checked formulas over counts; no database, no clock, no chance.

Each is explained to a marketer first, to a statistician after, in docs/statistics.md.
"""

from opportune.statistics.agreement import kappa
from opportune.statistics.anytime import Look, always_valid
from opportune.statistics.control import limits, outside
from opportune.statistics.credit import by_place, markov, shapley
from opportune.statistics.doubly import doubly_robust
from opportune.statistics.exact import beta_cdf, beta_quantile, binomial_p, clopper_pearson, poisson
from opportune.statistics.groups import Estimate, Group, arms
from opportune.statistics.lot import lopsided, sample_ratio_p
from opportune.statistics.many import benjamini_hochberg
from opportune.statistics.money import Ratio, cost_of_a_share, cost_per_goal
from opportune.statistics.planning import people_needed, per_channel_needed, per_channel_to_see, weeks_needed
from opportune.statistics.shares import difference_p, newcombe, two_sided, wilson
from opportune.statistics.shrinkage import Shrunk, shrunk
from opportune.statistics.survival import Step, cumulative_incidence, kaplan_meier
from opportune.statistics.weighing import Overlap, overlap, snips

__all__ = [
    "Estimate", "Group", "Look", "Overlap", "Ratio", "Shrunk", "Step", "always_valid", "arms", "benjamini_hochberg",
    "beta_cdf", "beta_quantile", "binomial_p", "by_place", "clopper_pearson", "cost_of_a_share", "cost_per_goal",
    "cumulative_incidence", "difference_p", "doubly_robust", "kaplan_meier", "kappa", "limits", "lopsided",
    "markov", "newcombe", "outside", "overlap", "people_needed", "per_channel_needed", "per_channel_to_see",
    "poisson", "sample_ratio_p", "shapley", "shrunk", "snips", "two_sided", "weeks_needed", "wilson",
]  # fmt: skip
