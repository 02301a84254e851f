"""Rows that HEMIS no longer has: HEMIS is asked first, then they are removed."""
