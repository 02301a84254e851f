"""Processes that read the topics for a rebuild."""
