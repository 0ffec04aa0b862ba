"""The pages: each has a PATH, a TITLE, a `layout` that reads the address, and `register` for its callbacks."""
