"""Writes the published contract to files, and checks that no change breaks its readers."""
