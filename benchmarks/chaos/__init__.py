"""Runs a fetcher against seeded plans of HEMIS faults and checks each result."""
