"""Rows that HEMIS no longer has: first asked for, then removed."""
