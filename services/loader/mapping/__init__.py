"""HEMIS items become columns. Pure."""
