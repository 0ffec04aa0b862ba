"""Opportune decides, for each person, whether to call or write, and when; then does it.

The zones of this process come from the pinned ``tzdata`` package, never from the system: two releases differ by an
hour for some zones, and an hour decides whether a call was lawful.
"""

import zoneinfo

__version__ = "0.1.0"

zoneinfo.reset_tzpath(to=())
