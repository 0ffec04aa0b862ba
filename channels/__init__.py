"""How words reach a person: one small module a channel. They know messages, never tables."""
