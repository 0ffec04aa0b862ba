"""Practice: the same use cases under a virtual clock against the stand-ins."""
