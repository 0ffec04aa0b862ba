"""Which differences are real? Small, checked formulas over counts; no database, no clock, no random source."""
