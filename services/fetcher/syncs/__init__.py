"""The rules of a sync. Pure."""
