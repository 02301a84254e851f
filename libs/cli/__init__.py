"""``hemis``: the operator's command. It speaks to the gateway over HTTP, as any client would."""
