"""Who may call the gateway, and how fast one may guess. Pure: no I/O, the time is an argument."""
