"""SQL about rows that HEMIS no longer has: not seen, confirmed, removed, or kept by PostgreSQL."""
