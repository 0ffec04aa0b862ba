"""Practice: the same use cases as the flows, under a virtual clock, against the stand-ins over real sockets."""
