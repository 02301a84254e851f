"""The SQL of a rebuild: shadow tables, the newest records, the merge, the dry run."""
