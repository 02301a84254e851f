"""Benchmarks: results are ratios to a limit measured in the same run (``make bench``)."""
