"""Starts syncs by a cron schedule."""
