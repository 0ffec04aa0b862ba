"""The words in which reasons are said, one module per language."""
