"""``hemis``: the operator's command line. It calls the gateway over HTTP, like any other client."""
