"""``make run``: the stack, the services, two syncs and their progress, until Ctrl-C."""
