"""HEMIS's REST API: the client, the parser of pages, the rate limit and retries."""
