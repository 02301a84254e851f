"""The published contract as files, and what may change in it."""
