"""Local partners that speak the real protocols: a carrier and a mailbox, programs of their own."""
