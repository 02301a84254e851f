"""A fetcher and a HEMIS on a bad day: seeded plans of faults, and what must come of each."""
