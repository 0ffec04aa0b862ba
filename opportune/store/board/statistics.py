"""How sure are we of a share? The formulas live in `opportune.statistics`."""

from opportune.statistics import lopsided, newcombe, per_channel_needed, wilson

__all__ = ["lopsided", "newcombe", "per_channel_needed", "wilson"]
