"""``make run``: starts everything, syncs the scheduled lists, and serves until Ctrl-C."""
