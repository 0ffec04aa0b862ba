"""The use cases, as plain functions over the rules, the store and the channels."""
