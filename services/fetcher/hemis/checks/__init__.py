"""Finds out whether HEMIS can be reached, and whether token and lists are in order."""
