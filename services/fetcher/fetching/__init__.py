"""The tasks: one file for each use case."""
