"""Maps the fields of HEMIS items to columns. Pure."""
