"""Prefect flows that read as a story: each a few lines over opportune.work."""
