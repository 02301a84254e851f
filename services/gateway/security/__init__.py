"""Authentication and authorization of requests. Pure: no I/O, the time is an argument."""
