"""One fetcher is active; the others stand by."""
